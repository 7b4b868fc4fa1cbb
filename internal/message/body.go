package message

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/traymail/traymail/internal/charset"
	"github.com/traymail/traymail/internal/plaintext"
)

const (
	maxText  = 1 << 20 // octets of all text of a message, decoded and as it is printed
	maxFiles = 100     // attachments that are named
	// maxEncoded is how many messages with a transfer encoding are read within
	// one: each may hold the next.
	maxEncoded = 5
)

// Message is a message for reading.
type Message struct {
	Header
	// Document is the text.
	Document Document
	// Files are the attachments, in the message's order; of more than a hundred
	// the first.
	Files []File
	// Truncated says that the message ended early, as after TOP, or that text
	// was left out for being too much, or in too many parts.
	Truncated bool
	// Forgiven says that the message breaks the rules of MIME, or is large, so
	// that go-message did not read it.
	Forgiven bool
}

// File is an attachment.
type File struct {
	// Name is cleaned, without folders; it is the type where there is none.
	Name string `json:"name"`
	// Type is the media type, such as application/pdf.
	Type string `json:"type"`
	// Octets is the size of the file itself; -1 is unknown: the message was
	// cut, or the file is a message.
	Octets int64 `json:"octets"`
	// place is where it stands, for Attachments alone.
	place *spot
}

// Hints are what a message cannot say of itself.
type Hints struct {
	// Languages are those of the reader, as tags of BCP 47: the account's, the
	// system's. They break ties between charsets.
	Languages []string
	// Charset says in which charset an address has written before, or nothing.
	// It may be nil.
	Charset func(address string) string
	// Cut says, of what Read has read, that more of the message follows. It may
	// be nil: then only the end of a multipart tells.
	Cut func() bool
}

// Read decodes a message, or the beginning of one. Its error is r's, or
// ErrHeaderTooLong; what was read before it is returned.
func Read(r io.Reader, h Hints) (Message, error) {
	head := make([]byte, maxClean+1)
	n, err := io.ReadFull(r, head)
	if err == nil {
		// More follows: memory stays bounded line by line.
		return forgive(newLines(io.MultiReader(bytes.NewReader(head), r)), h)
	}
	head = head[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF { // ReadFull's own; r's errors may wrap them
		if p, ok := readClean(head); ok {
			return reading(p, h, dropped{}), nil
		}
		return forgive(newLines(bytes.NewReader(head)), h)
	}
	h.Cut = func() bool { return true }
	m, _ := forgive(newLines(bytes.NewReader(head)), h)
	m.Truncated = true
	return m, err
}

// forgive reads what go-message does not.
func forgive(l *lines, h Hints) (Message, error) { return split(l, h, false) }

// split is forgive; with placed, the files have their places.
func split(l *lines, h Hints, placed bool) (Message, error) {
	list, err := topFields(l)
	if err != nil {
		m := Message{Header: decodeHeader(list, h, ""), Truncated: true, Forgiven: true, Files: []File{}}
		m.Document.Blocks = []Block{{Kind: Notice, Code: LeftOut, Args: map[string]string{"what": "header"}}}
		return m, err
	}
	s := splitter{lines: l}
	for _, f := range list {
		s.kept += len(f.value)
	}
	p := newPart(list, "text/plain")
	s.body(p)
	if l.err != nil {
		h.Cut = func() bool { return true }
	}
	m := readingPlaced(p, h, s.dropped, placed)
	m.Forgiven = true
	m.Truncated = m.Truncated || l.err != nil
	return m, l.err
}

// reading makes the message of its tree; lacking is what the tree lacks of the
// text.
func reading(p *part, h Hints, lacking dropped) Message { return readingPlaced(p, h, lacking, false) }

func readingPlaced(p *part, h Hints, lacking dropped, placed bool) Message {
	known := h.Cut != nil
	cut := known && h.Cut()
	if cut {
		p.endsCut()
	}
	declared := declaredCharset(p)
	m := Message{Header: decodeHeader(p.fields, h, declared)}
	r := reader{languages: languages(p.fields, h), charsets: nonEmpty(declared, m.Charset), room: maxText, cut: cut, complete: known && !cut, placed: placed}
	if h.Charset != nil {
		r.charsets = nonEmpty(append(r.charsets, h.Charset(m.FromAddress))...)
	}
	t := r.entity(p)
	if declared == "" && r.found != "" && undeclaredOctets(p.fields) {
		m.Header = decodeHeader(p.fields, h, r.found)
	}
	// That a forwarded message ends goes without saying where nothing follows.
	for n := len(t.doc.Blocks) - 1; n >= 0 && t.doc.Blocks[n].Code == ForwardedEnd; n-- {
		t.doc.Blocks = t.doc.Blocks[:n]
	}
	r.dropped.add(lacking)
	r.dropped.octets = t.doc.bound(maxText) || r.dropped.octets
	if r.dropped.parts {
		t.notice(LeftOut, map[string]string{"what": "parts"})
	}
	if r.dropped.octets {
		t.notice(LeftOut, nil)
	}
	if all := r.files + r.dropped.files; all > len(t.files) {
		t.notice(MoreFiles, map[string]string{"named": strconv.Itoa(len(t.files)), "all": strconv.Itoa(all)})
	}
	m.Document = t.doc
	m.Document.Blocks = append([]Block{}, m.authors(p.fields, h, declared, t.doc.Blocks)...)
	m.Files = append([]File{}, t.files...)
	m.Truncated = r.dropped.any() || p.cut && p.multipart()
	return m
}

// authors puts before the blocks that a message names several senders: From
// has one of them.
func (m *Message) authors(list fields, h Hints, declared string, blocks []Block) []Block {
	all, n := headerDecoder(list, h, declared).authors(senders(list)...)
	if n < 2 {
		return blocks
	}
	return append([]Block{{Kind: Notice, Code: Authors, Args: map[string]string{"from": all}}}, blocks...)
}

// endsCut notes that a message ended early. Of multiparts that is known.
func (p *part) endsCut() {
	for !p.multipart() {
		p.cut = true
		if len(p.parts) == 0 {
			return
		}
		p = p.parts[0]
	}
}

// declaredCharset is the first that the message declares for a text.
func declaredCharset(p *part) string {
	if c := p.params.get("charset"); c != "" {
		return c
	}
	for _, child := range p.parts {
		if c := declaredCharset(child); c != "" {
			return c
		}
	}
	return ""
}

func nonEmpty(list ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

// languages are those of the message, then those of the reader.
func languages(list fields, h Hints) []string {
	var all []string
	for tag := range strings.SplitSeq(string(list.get("content-language")), ",") {
		if tag = strings.TrimSpace(tag); tag != "" && len(all) < 5 {
			all = append(all, tag)
		}
	}
	return append(all, h.Languages...)
}

// reader turns the parts of a message into its document and files.
type reader struct {
	languages []string
	charsets  []string // that the message uses
	room      int      // octets of text that there is room for
	budget    budget   // of spans and links
	cut       bool     // more of the message follows
	complete  bool     // none does, whatever a missing delimiter seems to say
	placed    bool     // files have their places
	files     int
	encoded   int // messages with a transfer encoding so far
	calendars int // so far
	dropped   dropped
	unknown   string // a charset that the text just read declares
	found     string // the charset of the first text that declares none, if it tells
}

// text is what a part gives to read.
type text struct {
	doc   Document
	files []File
	// html: it is HTML, or has parts that are.
	html bool
}

func (t *text) add(more text) {
	t.doc.Blocks = append(t.doc.Blocks, more.doc.Blocks...)
	t.doc.Pictures += more.doc.Pictures
	t.doc.Unseen += more.doc.Unseen
	t.files = append(t.files, more.files...)
	t.html = t.html || more.html
}

func (t *text) notice(code Code, args map[string]string) {
	for name, value := range args {
		if value == "" {
			delete(args, name)
		}
	}
	t.doc.Blocks = append(t.doc.Blocks, Block{Kind: Notice, Code: code, Args: args})
}

// cutIn says whether a part may go on in the rest of the message.
func (r *reader) cutIn(p *part) bool { return p.cut && !r.complete }

func (r *reader) entity(p *part) (t text) {
	attached := p.attached()
	switch {
	case p.header.cut && !r.complete, p.preamble && r.cut:
		return t // what it is may stand in the rest
	case p.kind == "multipart/alternative":
		return r.alternative(p)
	case p.kind == "multipart/encrypted":
		t.notice(Encrypted, map[string]string{"kind": "pgp"})
		return t
	case p.kind == "multipart/signed" && len(p.parts) == 2:
		return r.entity(p.parts[0]) // the other is the signature
	case p.multipart():
		for i, child := range p.parts {
			switch {
			case p.kind == "multipart/related" && isInlineImage(child):
				continue
			case p.kind == "multipart/appledouble" && child.kind == "application/applefile":
				continue // what an old Mac kept beside the file (RFC 1740)
			case child.kind == "application/pgp-encrypted": // Exchange made multipart/mixed of it
				t.notice(Encrypted, map[string]string{"kind": "pgp"})
				continue
			case i > 0 && p.parts[i-1].kind == "application/pgp-encrypted":
				continue
			}
			one := r.entity(child)
			if child.kind == "text/calendar" {
				one.doc.Blocks = r.news(one.doc.Blocks, t.doc)
			}
			t.add(one)
		}
		return t
	case p.isMessage():
		return r.message(p, attached)
	case p.kind == "message/delivery-status" || p.kind == "message/global-delivery-status":
		r.delivery(&t, p)
		return t
	case p.kind == "text/rfc822-headers":
		l := newLines(bytes.NewReader(append(r.endedFields(p), '\n', '\n')))
		list, _ := topFields(l)
		r.forwarded(&t, list, r.cutIn(p))
		return t
	case p.kind == "message/disposition-notification" || p.kind == "message/global-disposition-notification":
		r.receipt(&t, p)
		return t
	case p.smime():
		code := Encrypted
		if p.signed() {
			code = Signed
		}
		t.notice(code, map[string]string{"kind": "smime"})
		return t
	case p.kind == "application/ms-tnef" || p.kind == "application/vnd.ms-tnef":
		t.notice(Outlook, nil)
		return t
	case p.textual() && !attached:
		return r.text(p)
	}
	if p.kind == "text/calendar" {
		t.doc.Blocks = append(t.doc.Blocks, r.invitation(p)...)
	}
	r.file(&t, p, p.kind)
	return t
}

// isInlineImage says whether a part is a picture inside the HTML beside it.
func isInlineImage(p *part) bool {
	return strings.HasPrefix(p.kind, "image/") && len(p.fields.get("content-id")) > 0 && !p.attached()
}

// attached says whether a part is meant to be a file (RFC 2183, section 2.2).
func (p *part) attached() bool {
	return dispositionType(p.fields.get("content-disposition")) == "attachment"
}

// file names an attachment.
func (r *reader) file(t *text, p *part, otherwise string) {
	name := fileName(r.decoder(p), p.fields.get("content-disposition"), p.fields.get("content-type"))
	if name == "" && p.cut && p.octets <= 0 {
		return // what it is was cut off
	}
	if name == "" {
		name = plaintext.Clean(otherwise)
	}
	f := File{Name: name, Type: plaintext.Truncate(plaintext.Clean(p.kind), 100), Octets: p.octets}
	if p.cut {
		f.Octets = -1
	}
	r.named(t, r.at(f, p, nil))
}

func (r *reader) named(t *text, f File) {
	if r.files++; r.files > maxFiles {
		return
	}
	t.files = append(t.files, f)
}

func (r *reader) decoder(p *part) decoder {
	return decoder{hint: p.params.get("charset"), hints: charset.Hints{Charsets: r.charsets, Languages: r.languages}}
}

// raw is a leaf's body without its transfer encoding.
func (p *part) raw() []byte {
	if p.decoded {
		return p.body
	}
	encoding := p.hasEncoding()
	if encoding == base64Encoding && p.textual() {
		n := p.beforeBase64()
		return append(bytes.Clone(p.body[:n]), decodeBase64(p.realigned(p.body[n:]), p.isAdded)...)
	}
	return encoding.undo(p.body)
}
