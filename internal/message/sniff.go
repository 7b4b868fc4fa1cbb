package message

import (
	"bytes"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/charset"
)

// beginsHTML says whether a text of no declared type is an HTML document.
func beginsHTML(raw []byte) bool {
	raw = withoutProlog(raw)
	begin := strings.ToLower(string(raw[:min(len(raw), 20)]))
	return strings.HasPrefix(begin, "<!doctype html") || strings.HasPrefix(begin, "<html>") || strings.HasPrefix(begin, "<html ")
}

// withoutProlog leaves out what may stand before a document: a mark, blanks, a
// declaration of XML, comments.
func withoutProlog(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	for {
		raw = bytes.TrimLeft(raw, " \t\r\n")
		end := ""
		switch {
		case bytes.HasPrefix(raw, []byte("<?xml ")):
			end = "?>"
		case bytes.HasPrefix(raw, []byte("<!--")):
			end = "-->"
		}
		i := bytes.Index(raw, []byte(end))
		if end == "" || i < 0 {
			return raw
		}
		raw = raw[i+len(end):]
	}
}

// htmlWithin is how much of a text that declares text/plain is HTML all the
// same, from its beginning: all of it, or all but what a mailing list appended.
// A text about HTML has words beside its tags, or a name, or comes from a program
// that knows how text flows; of such it is 0.
func (r *reader) htmlWithin(p *part, raw []byte) int {
	begin := withoutProlog(raw)
	if !sourceBegin().Match(begin[:min(len(begin), 4096)]) || p.params.get("format") != "" || p.params.get("name") != "" ||
		fileName(r.decoder(p), p.fields.get("content-disposition"), nil) != "" {
		return 0
	}
	if bytes.IndexByte(raw, 0x1b) >= 0 { // ISO-2022 has the octets of tags within its characters
		if text, _ := charset.Decode(raw, p.params.get("charset"), charset.Hints{}); isHTML(text, r.cutIn(p)) {
			return len(raw)
		}
		return 0
	}
	n := len(raw)
	if i := lastEnd(raw); i > 0 && footerBegin().Match(raw[i:]) {
		n = i
	}
	if !isHTML(strings.TrimPrefix(string(raw[:n]), "\xef\xbb\xbf"), n == len(raw) && r.cutIn(p)) {
		return 0
	}
	return n
}

var footerBegin = lazily(`^\s*\n(?:_{5,}|-{5,}|={5,}|\*{5,}|-- ?\r?\n)`)

// lastEnd is where the last tag of raw ends.
func lastEnd(raw []byte) int {
	begin := bytes.LastIndex(raw, []byte("</"))
	if begin < 0 {
		return 0
	}
	return begin + bytes.IndexByte(raw[begin:], '>') + 1
}

// isHTML says whether source, which begins with a tag, has all its words within
// elements that end, or could if it went on. A document may be less tidy.
func isHTML(source string, cut bool) bool {
	type open struct {
		name string
		text bool // directly in it
	}
	const deepest, many = 200, 5
	var (
		m      = markup{source: source, cut: cut}
		whole  = beginsHTML([]byte(source))
		stack  []open
		words  bool
		broken bool // an end tag lacks its beginning, or the other way round
		ended  bool // by </html>
		closed int
	)
	if !whole && isTemplate(source) {
		return false
	}
	for {
		t := m.next()
		switch t.kind {
		case endOfMarkup:
			if !words || cut && closed > 0 || whole && (cut || ended || closed >= many) {
				return words
			}
			for _, o := range stack {
				broken = broken || o.text || !implicit(o.name)
			}
			return !broken
		case textToken:
			if strings.Trim(t.text, " \t\r\n\f\u00a0\u200b\ufeff") == "" {
				continue
			}
			if len(stack) == 0 {
				return false
			}
			stack[len(stack)-1].text = true
			words = true
		case startTag:
			switch raw := isRaw(t.name); {
			case t.name == "script" && !strings.Contains(t.attributes.kind, "json"), t.name == "xmp", t.name == "plaintext":
				return false
			case t.empty && !raw, voids[t.name], len(stack) == deepest:
			default:
				stack = append(stack, open{name: t.name})
				if raw && m.closes(t.name) {
					m.raw(t.name)
				}
			}
		case endTag:
			at := len(stack) - 1
			for at >= 0 && stack[at].name != t.name {
				at--
			}
			if at < 0 {
				broken = true
				continue
			}
			for _, o := range stack[at+1:] {
				broken = broken || !implicit(o.name)
			}
			stack = stack[:at]
			ended = ended || t.name == "html"
			closed++
		}
	}
}

// isTemplate says whether a program was to fill in the source, or shows it.
func isTemplate(source string) bool {
	return slices.ContainsFunc([]string{"{{", "{%", "${", "<%", "<?php", "className="}, func(s string) bool { return strings.Contains(source, s) })
}

// isRaw says whether an element has no tags within.
func isRaw(name string) bool {
	switch name {
	case "script", "style", "title", "textarea":
		return true
	}
	return false
}

// implicit says whether an element may lack its end tag.
func implicit(name string) bool {
	switch name {
	case "html", "head", "body", "p":
		return true
	}
	_, is := implied[name]
	return is
}
