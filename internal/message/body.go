package message

import (
	"bytes"
	"io"
	"maps"
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
func forgive(l *lines, h Hints) (Message, error) {
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
	m := reading(p, h, s.dropped)
	m.Forgiven = true
	m.Truncated = m.Truncated || l.err != nil
	return m, l.err
}

// reading makes the message of its tree; lacking is what the tree lacks of the
// text.
func reading(p *part, h Hints, lacking dropped) Message {
	known := h.Cut != nil
	cut := known && h.Cut()
	if cut {
		p.endsCut()
	}
	declared := declaredCharset(p)
	m := Message{Header: decodeHeader(p.fields, h, declared)}
	r := reader{languages: languages(p.fields, h), charsets: nonEmpty(declared, m.Charset), room: maxText, cut: cut, complete: known && !cut}
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
	cut       bool     // more of the message follows
	complete  bool     // none does, whatever a missing delimiter seems to say
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
	r.named(t, f)
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
	return transferEncoding(p.fields.get("content-transfer-encoding")).undo(p.body)
}

// decode turns the octets of a text part into text, as far as there is room.
func (r *reader) decode(p *part, raw []byte) string {
	if len(raw) > r.room {
		raw = raw[:r.room]
		r.dropped.octets = true
	}
	hints := charset.Hints{Charsets: r.charsets, Languages: r.languages}
	declared := p.params.get("charset")
	if p.isHTML() {
		if meta := metaCharset(raw); meta != "" {
			if declared == "" {
				declared = meta
			}
			hints.Charsets = append([]string{meta}, hints.Charsets...)
		}
	}
	s, used := charset.Decode(raw, declared, hints)
	if declared == "" && r.found == "" && !plainASCII(raw) {
		r.found = used
	}
	if used != "utf-8" && !charset.Known(declared) {
		r.unknown = plaintext.Truncate(plaintext.Clean(declared), 40)
	}
	if len(s) > r.room {
		s = strings.ToValidUTF8(s[:r.room], "")
		r.dropped.octets = true
	}
	r.room -= len(s)
	return s
}

func (p *part) isHTML() bool { return p.kind == "text/html" || p.kind == "application/xhtml+xml" }

// text reads a text part.
func (r *reader) text(p *part) (t text) {
	r.unknown = ""
	defer func() {
		if r.unknown != "" {
			t.doc.Blocks = append([]Block{{Kind: Notice, Code: UnknownCharset, Args: map[string]string{"charset": r.unknown}}}, t.doc.Blocks...)
		}
	}()
	raw := p.raw()
	switch p.kind {
	case "text/html", "application/xhtml+xml":
		source := r.decode(p, withoutData(raw))
		t.doc, t.html = htmlDocument(source, p.cut || r.dropped.octets), true
	case "text/calendar":
		t.doc.Blocks = r.invitation(p)
		if len(t.doc.Blocks) == 0 && !r.cutIn(p) && len(bytes.TrimSpace(raw)) > 0 {
			t.notice(UnknownCalendar, nil)
		}
	case "text/plain":
		files, around := cutUU(raw)
		for _, f := range files {
			name := fileName(r.decoder(p), []byte(`attachment; filename="`+strings.Trim(f.name, `"`)+`"`), nil)
			r.named(&t, File{Name: name, Type: "application/octet-stream", Octets: int64(len(f.data))})
		}
		raw = around
		if r.cutIn(p) {
			raw = withoutOpenUU(raw)
		}
		t.doc.Blocks = r.plain(p, withoutPictures(r.decode(p, raw)))
	default:
		doc, ok := richDocument(p.kind, r.decode(p, raw))
		if !ok {
			r.file(&t, p, p.kind)
			return t
		}
		t.doc = doc
	}
	if disposition := p.fields.get("content-disposition"); len(disposition) > 0 {
		if name := fileName(r.decoder(p), disposition, nil); name != "" {
			r.file(&t, p, name)
		}
	}
	return t
}

// withoutData cuts pictures out of HTML that hold their octets in the
// address (RFC 2397): they are no text, and would leave no room for it.
func withoutData(raw []byte) []byte {
	const scheme, marker = "data:", ";base64,"
	var out []byte
	for {
		at := bytes.Index(raw, []byte(marker))
		if at < 0 {
			break
		}
		begin, end := bytes.LastIndex(raw[max(0, at-100):at], []byte(scheme)), at+len(marker)
		for end < len(raw) && (base64Digit(raw[end]) >= 0 || raw[end] == '=' || raw[end] == '%' || raw[end] == '\n' || raw[end] == '\r') {
			end++
		}
		if begin < 0 {
			out, raw = append(out, raw[:end]...), raw[end:]
			continue
		}
		out, raw = append(out, raw[:max(0, at-100)+begin+len(scheme)]...), raw[end:]
	}
	if out == nil {
		return raw
	}
	return append(out, raw...)
}

// invitation reads a calendar. Its lines are folded by octets, within
// characters even (RFC 5545, section 3.1).
func (r *reader) invitation(p *part) []Block {
	return invitation(r.decode(p, []byte(unfold(string(r.endedFields(p))))), p.params.get("method"), r.cutIn(p))
}

// endedFields are the lines of a part that consists of fields. Where it was
// cut, the last is missing: it may go on, in a folded line, too.
func (r *reader) endedFields(p *part) []byte {
	raw := p.raw()
	if !r.cutIn(p) {
		return raw
	}
	for final := true; ; final = false {
		end := bytes.LastIndexAny(raw, "\r\n")
		last := raw[end+1:]
		switch {
		case end < 0:
			return nil
		case len(last) > 0 && !isBlank(last[0]), len(last) == 0 && !final:
			return raw[:end+1]
		}
		if raw = raw[:end]; end > 0 && raw[end-1] == '\r' {
			raw = raw[:end-1]
		}
	}
}

// withoutOpenUU leaves out, of a text that was cut, a file by uuencode that
// does not end.
func withoutOpenUU(text []byte) []byte {
	at := bytes.LastIndex(text, []byte("\nbegin ")) + 1
	line, rest, _ := bytes.Cut(text[at:], []byte("\n"))
	if _, ok := uuBegin(line); !ok {
		return text
	}
	for len(rest) > 0 {
		var more bool
		if line, rest, more = bytes.Cut(rest, []byte("\n")); !more {
			break // it may go on
		}
		if line = bytes.TrimRight(line, " \t\r"); len(line) > 0 && (line[0] <= ' ' || line[0] > '`' || len(line) > 1+(int(line[0]-' ')&0x3f+2)/3*4+1) {
			return text
		}
	}
	return text[:at]
}

// news leaves out of a calendar what stands before it already: programs attach
// what they have written into the text, too. Of too many calendars only the
// notices are new.
func (r *reader) news(blocks []Block, before Document) []Block {
	said := ""
	if r.calendars++; r.calendars <= maxEvents {
		said = before.said()
	}
	return slices.DeleteFunc(blocks, func(b Block) bool {
		if b.Kind == Notice {
			return slices.ContainsFunc(before.Blocks[:min(len(before.Blocks), maxEvents+1)], func(other Block) bool {
				return other.Code == b.Code && maps.Equal(other.Args, b.Args)
			})
		}
		return r.calendars > maxEvents || strings.Contains(said, Document{Blocks: []Block{b}}.said())
	})
}

// withoutPictures leaves out what Outlook writes where the HTML has a picture:
// [cid:image001.png@01DC5F2A.7B3C1D20].
func withoutPictures(s string) string {
	const begin = "[cid:"
	const most = 200 // octets of a Content-ID
	before, rest, found := strings.Cut(s, begin)
	if !found {
		return s
	}
	var b strings.Builder
	for found {
		b.WriteString(before)
		if end := strings.IndexAny(rest[:min(len(rest), most)], "] \r\n"); end > 0 && rest[end] == ']' {
			rest = rest[end+1:]
		} else {
			b.WriteString(begin)
		}
		before, rest, found = strings.Cut(rest, begin)
	}
	b.WriteString(before)
	return b.String()
}

// plain reads plain text; what PGP encrypted in it is no text.
func (r *reader) plain(p *part, s string) (blocks []Block) {
	const begin, end = "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----"
	flowed := strings.EqualFold(p.params.get("format"), "flowed")
	delSp := strings.EqualFold(p.params.get("delsp"), "yes")
	for {
		before, rest, ok := strings.Cut(s, begin)
		if !ok || len(blocks) > 100 || before != "" && !strings.HasSuffix(before, "\n") || !armoured(rest) {
			return append(blocks, plainDocument(s, flowed, delSp).Blocks...)
		}
		blocks = append(blocks, plainDocument(before, flowed, delSp).Blocks...)
		blocks = append(blocks, Block{Kind: Notice, Code: Encrypted, Args: map[string]string{"kind": "pgp"}})
		_, s, _ = strings.Cut(rest, end)
	}
}

// armoured says whether base64 follows the first line of what PGP encrypted
// (RFC 9580, section 6.2), after its headers. Talk about that line has words.
func armoured(rest string) bool {
	for line := range strings.SplitSeq(rest[:min(len(rest), 2000)], "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, ": ") {
			return looksBase64([]byte(line))
		}
	}
	return true // cut off
}

// message reads a message within the message (RFC 2046, section 5.2.1).
func (r *reader) message(p *part, attached bool) (t text) {
	switch encoding := transferEncoding(p.fields.get("content-transfer-encoding")); {
	case encoding == identity || len(p.parts) > 0 || len(p.body) == 0:
	case r.encoded == maxEncoded:
		r.dropped.parts = true
	default: // with a transfer encoding, which it must not have
		r.encoded++
		s := splitter{lines: newLines(bytes.NewReader(p.raw())), kept: len(p.body), open: make([]*delimiter, maxDepth/2)}
		for i := range s.open {
			s.open[i] = &delimiter{}
		}
		child, _ := s.message()
		p.parts = []*part{child}
		p.body = nil
		r.dropped.add(s.dropped)
	}
	if attached || fileName(r.decoder(p), p.fields.get("content-disposition"), p.fields.get("content-type")) != "" {
		if p.octets == 0 {
			p.octets = -1 // only its parts were measured
		}
		r.file(&t, p, "message.eml")
	}
	for _, child := range p.parts {
		cut, list := child.header.cut && !r.complete, child.fields
		if cut && child.header.within {
			list = list[:len(list)-1]
		}
		r.forwarded(&t, list, cut)
		t.add(r.entity(child))
		if !child.cut {
			t.notice(ForwardedEnd, nil)
		}
	}
	return t
}

// forwarded says whose message follows. Where its header was cut off, what is
// missing may still come.
func (r *reader) forwarded(t *text, list fields, cut bool) {
	if cut { // what stands in for a field that may follow
		list = slices.DeleteFunc(slices.Clone(list), func(f field) bool { return f.name == "sender" || f.name == "received" })
	}
	hints := Hints{Languages: r.languages}
	h := decodeHeader(list, hints, first(r.charsets))
	from, _ := headerDecoder(list, hints, first(r.charsets)).authors(senders(list)...)
	args := map[string]string{"from": from, "subject": h.Subject}
	if !h.Date.IsZero() {
		args["date"] = h.Date.Format("2006-01-02T15:04:05Z07:00")
	}
	if cut {
		args["cut"] = "header"
	}
	if !cut || args["from"] != "" || args["subject"] != "" {
		t.notice(Forwarded, args)
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
