package message

// Document is the text of a message, as its author arranged it. What commands
// and windows show is made of it.
type Document struct {
	Blocks []Block `json:"blocks"`
	// Pictures is how many pictures of other computers the HTML shows, none of
	// which is loaded, and Unseen how many of these nobody would see: they only
	// tell that the message was opened.
	Pictures int `json:"pictures,omitempty"`
	Unseen   int `json:"unseen,omitempty"`
}

// Kind says what a block is.
type Kind string

// The kinds of blocks.
const (
	Paragraph    Kind = "paragraph" // its text may hold line breaks
	Heading      Kind = "heading"
	ListItem     Kind = "item"
	Row          Kind = "row" // of a table
	Preformatted Kind = "preformatted"
	Rule         Kind = "rule"
	// Notice is a sentence about the message that is not its author's; the
	// words are made where it is shown, in the reader's language.
	Notice Kind = "notice"
)

// Block is a piece of a document that stands on lines of its own.
type Block struct {
	Kind Kind `json:"kind"`
	// Level is a heading's, 1 to 6, or an item's depth in nested lists, from 1.
	Level int `json:"level,omitempty"`
	// Mark is the number or letters before an item of an ordered list, as 3, b or
	// iv; other items have none, and a bullet. Bare items (a further paragraph of
	// the same item) are paragraphs.
	Mark string `json:"mark,omitempty"`
	// Quote is how many quotations the block stands in.
	Quote int `json:"quote,omitempty"`
	// Spans are the text.
	Spans []Span `json:"spans,omitempty"`
	// Cells are a row's.
	Cells [][]Span `json:"cells,omitempty"`
	// Code says what a notice tells, with Args for its sentence.
	Code Code              `json:"code,omitempty"`
	Args map[string]string `json:"args,omitempty"`
}

// Span is text in one style. Text and Link are cleaned for display.
type Span struct {
	Text   string `json:"text"`
	Bold   bool   `json:"bold,omitempty"`
	Italic bool   `json:"italic,omitempty"`
	Code   bool   `json:"code,omitempty"`
	// Struck is crossed out, as an old price.
	Struck bool `json:"struck,omitempty"`
	// Link is a target of http, https, ftp or mailto, or one of another scheme
	// that names a host or a number, which is to be shown and not opened.
	Link string `json:"link,omitempty"`
}

// Code is what a notice tells.
type Code string

// The notices, with their arguments.
const (
	// Invitation to an event, from a calendar part: title, start, end, place.
	// Times are RFC 3339; or a date alone for whole days, the end being the
	// last one; or without an offset where they are meant in any zone, or in
	// one of which only the name, zone, is known. method is the calendar's
	// (RFC 5546: publish, request, reply, add, cancel, refresh, counter,
	// declinecounter). kind is missing for an event, or task (end is when it is
	// due), journal or busy. A reply has answer (RFC 5545, section 3.2.12:
	// accepted, declined, tentative, delegated, completed, in-process) and who,
	// as have counter, refresh and busy, and delegate if another comes instead. What repeats does so by repeats (day, week, month, year,
	// other), every so many of them if more than one, on days of the week (MO,
	// TU, ..., as the offset of start has it; -1FR for the last of a month), so many times or until a time.
	// What is unknown is missing, which may be more than a message has that
	// was cut.
	Invitation Code = "invitation"
	// UnknownCalendar: a calendar part has nothing that can be told.
	UnknownCalendar Code = "unknown_calendar"
	// Authors: the message names several senders (from).
	Authors Code = "authors"
	// Forwarded begins a message within the message: from, subject, date (RFC
	// 3339). With cut, header, what is missing may stand in the rest of it.
	Forwarded Code = "forwarded"
	// ForwardedEnd ends it.
	ForwardedEnd Code = "forwarded_end"
	// Undelivered is a delivery report (RFC 3464): recipient, action (failed,
	// delayed, delivered, relayed, expanded), status, reason.
	Undelivered Code = "delivery"
	// MoreRecipients are those of a delivery report that are not named: how
	// many more, and how many of them failed, if any.
	MoreRecipients Code = "more_recipients"
	// MoreEvents are those of a calendar that are not told: how many more.
	MoreEvents Code = "more_events"
	// Receipt is a notification of what became of a message (RFC 8098):
	// recipient, disposition (displayed, deleted, dispatched, processed).
	Receipt Code = "receipt"
	// UnknownCharset: the text that follows is declared in a charset that is not
	// known, and is read in the likeliest one: charset.
	UnknownCharset Code = "unknown_charset"
	// Encrypted by S/MIME or PGP (kind: smime, pgp): traymail cannot read it.
	Encrypted Code = "encrypted"
	// Signed by S/MIME so that the text is inside (kind: smime).
	Signed Code = "signed"
	// LeftOut: there is more text, beyond what is read of one message. what is
	// missing for more than a megabyte of text, header for a header as large,
	// or parts for too many parts, or too many within each other.
	LeftOut Code = "left_out"
	// MoreFiles: of all attachments, so many are named (all, named).
	MoreFiles Code = "more_files"
	// Outlook sent the text in a form of its own (winmail.dat).
	Outlook Code = "outlook"
)
