package message

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/charset"
	"github.com/traymail/traymail/internal/plaintext"
)

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
		r.budget.charge(&t.doc)
		if r.unknown != "" {
			t.doc.Blocks = append([]Block{{Kind: Notice, Code: UnknownCharset, Args: map[string]string{"charset": r.unknown}}}, t.doc.Blocks...)
		}
	}()
	raw := p.raw()
	if p.kind == "text/plain" && len(bytes.TrimSpace(p.fields.get("content-type"))) == 0 && beginsHTML(raw) {
		p.kind = "text/html"
	}
	var footer []byte
	if p.kind == "text/plain" {
		if n := r.htmlWithin(p, raw); n > 0 {
			p.kind, raw, footer = "text/html", raw[:n], raw[n:]
		}
	}
	switch p.kind {
	case "text/html", "application/xhtml+xml":
		source := r.decode(p, withoutData(raw))
		t.doc, t.html = htmlDocument(source, p.cut || r.dropped.octets), true
		if len(footer) > 0 {
			t.doc.Blocks = append(t.doc.Blocks, r.plain(p, r.decode(p, footer))...)
		}
	case "text/calendar":
		t.doc.Blocks = r.invitation(p)
		if len(t.doc.Blocks) == 0 && !r.cutIn(p) && len(bytes.TrimSpace(raw)) > 0 {
			t.notice(UnknownCalendar, nil)
		}
	case "text/plain":
		found := func(name string, octets int, data []byte) {
			name = fileName(r.decoder(p), []byte(`attachment; filename="`+strings.Trim(name, `"`)+`"`), nil)
			r.named(&t, r.at(File{Name: name, Type: "application/octet-stream", Octets: int64(octets)}, nil, data))
		}
		files, around := cutUU(raw)
		for _, f := range files {
			found(f.name, len(f.data), f.data)
		}
		more, around := cutYEnc(around, r.cutIn(p))
		for _, f := range more {
			found(f.name, f.octets, nil)
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
