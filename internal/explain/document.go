package explain

import (
	"strings"
	"time"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/message"
)

// Document is the text of a message as windows and commands show it, with the
// sentences of its notices. Times are told in now's time zone.
func Document(d message.Document, now time.Time, loc *locale.Catalogue) string {
	return d.Text(func(b message.Block) string { return notice(b, now, loc) })
}

// NoText says that a message shows none, or that the part of it that was
// loaded does not.
func NoText(complete bool, loc *locale.Catalogue) string {
	if complete {
		return loc.T("window.no_text")
	}
	return loc.T("window.no_text_yet")
}

// notice is the sentence of a notice; empty for one that is not known.
func notice(b message.Block, now time.Time, loc *locale.Catalogue) string {
	switch b.Code {
	case message.Invitation:
		return invitation(b.Args, now, loc)
	case message.Forwarded:
		sent, _ := time.Parse(time.RFC3339, b.Args["date"]) // else it is not known
		return loc.T("message.forwarded", Sender(b.Args["from"], loc),
			details(loc, Subject(b.Args["subject"], loc), loc.FullTime(sent, now)))
	case message.ForwardedEnd:
		return loc.T("message.forwarded_end")
	case message.Undelivered:
		return delivery(b.Args, loc)
	case message.UnknownCharset:
		return loc.T("message.unknown_charset", b.Args["charset"])
	case message.Encrypted:
		if b.Args["kind"] == "pgp" {
			return loc.T("message.encrypted_pgp")
		}
		return loc.T("message.encrypted_smime")
	case message.Signed:
		return loc.T("message.signed")
	case message.LeftOut:
		return loc.T("message.left_out")
	case message.Outlook:
		return loc.T("message.outlook")
	}
	return ""
}

// details joins what is known.
func details(loc *locale.Catalogue, parts ...string) string {
	known := parts[:0]
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	return strings.Join(known, loc.T("message.separator"))
}

// invitation says what a calendar part is about.
func invitation(args map[string]string, now time.Time, loc *locale.Catalogue) string {
	title := args["title"]
	if title == "" {
		title = loc.T("message.untitled")
	}
	when := span(args["start"], args["end"], now, loc)
	if zone := args["zone"]; zone != "" && when != "" {
		when = loc.T("message.zone", when, zone)
	}
	what := details(loc, title, when, args["place"])
	switch args["method"] {
	case "cancel":
		return loc.T("message.cancelled", what)
	case "reply":
		return loc.T("message.reply", what)
	case "counter":
		return loc.T("message.counter", what)
	case "publish":
		return loc.T("message.event", what)
	}
	return loc.T("message.invitation", what)
}

// span is when an event is. Of an end on the day of the start only the hour is
// said; of whole days there is none.
func span(start, end string, now time.Time, loc *locale.Catalogue) string {
	from, days, ok := moment(start, now)
	if !ok {
		return ""
	}
	to, _, known := moment(end, now)
	known = known && to.After(from)
	switch {
	case days && known:
		return loc.T("message.span", loc.Day(from), loc.Day(to))
	case days:
		return loc.Day(from)
	case known:
		return loc.T("message.span", loc.FullTime(from, now), loc.Moment(to, from))
	}
	return loc.FullTime(from, now)
}

// moment reads an RFC 3339 time, one without a zone, which is meant wherever
// the reader is, or a whole day.
func moment(s string, now time.Time) (t time.Time, day, ok bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.In(now.Location()), false, true
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", s, now.Location()); err == nil {
		return t, false, true
	}
	t, err := time.ParseInLocation(time.DateOnly, s, now.Location())
	return t, true, err == nil
}

// delivery says what became of a message, and why (RFC 3464, section 2.3).
func delivery(args map[string]string, loc *locale.Catalogue) string {
	recipient := args["recipient"]
	if recipient == "" {
		recipient = loc.T("message.recipient")
	}
	key := "message.delivery_failed"
	switch action := args["action"]; action {
	case "delayed", "delivered", "relayed", "expanded":
		key = "message.delivery_" + action
	}
	text := loc.T(key, recipient)
	reason, status := args["reason"], args["status"]
	if strings.Contains(reason, status) { // as in "550 5.1.1 no such user"
		status = ""
	}
	if why := details(loc, reason, status); why != "" {
		return loc.T("message.delivery_why", text, why)
	}
	return text
}

// Author is the sender's name with the address, unless the name is that or
// ends with it already.
func Author(from, address string, loc *locale.Catalogue) string {
	if address == "" || from == address || strings.HasSuffix(from, "<"+address+">") {
		return Sender(from, loc)
	}
	return from + " <" + address + ">"
}

// Attachments names the files of a message, with their sizes where they are
// known. Names that could be taken for several stand in quotes.
func Attachments(files []message.File, loc *locale.Catalogue) string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
		if strings.ContainsAny(f.Name, ",;،、，；“”") {
			names[i] = "“" + strings.NewReplacer("“", `"`, "”", `"`).Replace(f.Name) + "”"
		}
		if f.Octets >= 0 {
			names[i] = loc.T("message.file", names[i], loc.Size(f.Octets))
		}
	}
	return strings.Join(names, loc.T("window.list_separator"))
}
