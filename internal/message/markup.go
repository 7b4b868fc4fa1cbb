package message

import (
	"html"
	"strings"
)

// markup cuts HTML into texts and tags as a browser would, but for this: what
// is opened and never closed (a comment, a title, a quoted value) ends early
// instead of swallowing the rest.
//
// The tokenizer of golang.org/x/net/html is not used: it cannot end early, and
// keeps all attributes of a tag, 42 MB for a tag of 1 MB.
type markup struct {
	source string
	cut    bool // more would follow, so that what is opened swallows the rest
	at     int
	lower  string         // source with A-Z in lower case, made when first needed
	found  map[string]int // where a needle comes next, len(source) for nowhere
}

// tokenKind says what a token is.
type tokenKind int8

const (
	endOfMarkup tokenKind = iota
	textToken
	startTag
	endTag
)

// token is a piece of markup.
type token struct {
	kind       tokenKind
	text       string // of a text, references decoded
	name       string // of a tag, in lower case
	attributes attributes
	empty      bool // <br/>
	begin      int  // where it begins in the source
}

// attributes are those that matter.
type attributes struct {
	style, class, id          string
	action                    string // a form's, or a button's own
	href, alt, title, source  string
	xlink                     string // xlink:href, which leads somewhere in SVG
	width, height             string
	kind, value, start, cite  string
	role, border, media       string
	colour, text              string // of the text, in <font> and <body>
	ground, picture           string // bgcolor, background
	hidden, reversed, checked bool
}

// find is where the needle comes next. Each octet is searched once for each
// needle, however often it is asked.
func (m *markup) find(in, needle string) int {
	at, known := m.found[needle]
	if !known || at < m.at {
		if m.found == nil {
			m.found = map[string]int{}
		}
		at = len(m.source)
		if i := strings.Index(in[m.at:], needle); i >= 0 {
			at = m.at + i
		}
		m.found[needle] = at
	}
	return at
}

// closing is where the end tag of an element comes next.
func (m *markup) closing(name string) int { return m.find(m.lowered(), "</"+name) }

// lowered is the source with A-Z in lower case.
func (m *markup) lowered() string {
	if m.lower == "" {
		lower := []byte(m.source)
		for i, c := range lower {
			if c >= 'A' && c <= 'Z' {
				lower[i] = c + 'a' - 'A'
			}
		}
		m.lower = string(lower)
	}
	return m.lower
}

// closes says whether an element has an end tag somewhere below.
func (m *markup) closes(name string) bool { return m.cut || m.closing(name) < len(m.source) }

// next is the next token.
func (m *markup) next() token {
	for m.at < len(m.source) {
		rest := m.source[m.at:]
		if m.cut && (rest == "<" || rest == "</" || rest == "<!") {
			break
		}
		if rest[0] != '<' || len(rest) == 1 {
			return m.text()
		}
		switch c := rest[1]; {
		case isLetter(c):
			if t, ok := m.tag(1); ok {
				t.kind = startTag
				return t
			}
		case c == '/' && len(rest) > 2 && isLetter(rest[2]):
			if t, ok := m.tag(2); ok {
				t.kind = endTag
				return t
			}
		case c == '!' && strings.HasPrefix(rest, "<![CDATA["):
			if end := m.find(m.source, "]]>"); end < len(m.source) {
				t := token{kind: textToken, text: m.source[m.at+len("<![CDATA[") : max(end, m.at+len("<![CDATA["))]}
				m.at = end + len("]]>")
				return t
			}
			if m.cut {
				t := token{kind: textToken, text: rest[len("<![CDATA["):]}
				m.at = len(m.source)
				return t
			}
			m.skipTo(">")
		case c == '!' && strings.HasPrefix(rest, "<!--"):
			m.comment()
		case c == '!' || c == '?' || c == '/' && len(rest) > 2:
			m.skipTo(">")
		default:
			return m.text()
		}
	}
	return token{}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// skipTo moves behind the needle.
func (m *markup) skipTo(needle string) {
	m.at = min(m.find(m.source, needle)+len(needle), len(m.source))
}

func (m *markup) comment() {
	m.at += len("<!--")
	if rest := m.source[m.at:]; strings.HasPrefix(rest, ">") || strings.HasPrefix(rest, "->") {
		m.skipTo(">")
		return
	}
	usual, odd := m.find(m.source, "-->"), m.find(m.source, "--!>")
	if min(usual, odd) == len(m.source) {
		if m.cut {
			m.at = len(m.source)
		} else if end := m.find(m.source, "<"); end < m.find(m.source, ">") {
			m.at = end
		} else {
			m.skipTo(">")
		}
		return
	}
	m.at = min(usual, odd)
	m.skipTo(">")
}

// text is the text up to the next tag. Its first octet begins none.
func (m *markup) text() token {
	end := m.textEnd(m.at + 1)
	text := m.source[m.at:end]
	if m.cut && end == len(m.source) {
		text = withoutHalves(text)
	}
	m.at = end
	return token{kind: textToken, text: html.UnescapeString(text)}
}

// withoutHalves is a text that was cut, without the tag or reference that had
// just begun.
func withoutHalves(text string) string {
	text = strings.TrimSuffix(text, "<")
	i := len(text)
	for i > max(0, len(text)-12) && inReference(text[i-1]) {
		i--
	}
	if i > 0 && text[i-1] == '&' {
		return text[:i-1]
	}
	return text
}

func inReference(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == '#' }

// textEnd is where the first tag begins from i.
func (m *markup) textEnd(i int) int {
	for ; i < len(m.source); i++ {
		next := strings.IndexByte(m.source[i:], '<')
		if next < 0 {
			break
		}
		if i += next; i+1 < len(m.source) && (isLetter(m.source[i+1]) || strings.IndexByte("!?/", m.source[i+1]) >= 0) {
			return i
		}
	}
	return len(m.source)
}

// raw is the text up to the end tag of an element in which there are no tags.
func (m *markup) raw(name string) string {
	end := m.closing(name)
	text := m.source[m.at:end]
	m.at = end
	return text
}

// untitled says whether a title's end tag, the next of its kind, is another's,
// because the text in between is a document.
func (m *markup) untitled() bool {
	end := m.closing("title")
	title := m.lower[m.at:min(end, m.at+2000)]
	for _, tag := range []string{"</head", "<body", "<p>", "<div", "<table", "<td"} {
		if strings.Contains(title, tag) {
			return true
		}
	}
	return false
}

// tag reads a tag whose name begins after n octets. It is not ok at the end
// of the source.
func (m *markup) tag(n int) (token, bool) {
	s := m.source
	i := m.at + n
	for i < len(s) && !isBlank(s[i]) && s[i] != '/' && s[i] != '>' {
		i++
	}
	t := token{name: strings.ToLower(s[m.at+n : min(i, m.at+n+40)]), begin: m.at}
	for {
		for i < len(s) && (isBlank(s[i]) || s[i] == '/') {
			t.empty = s[i] == '/'
			i++
		}
		if i >= len(s) {
			m.at = len(s)
			return t, false
		}
		if s[i] == '>' {
			m.at = i + 1
			return t, true
		}
		t.empty = false
		start := i
		for i++; i < len(s) && !isBlank(s[i]) && s[i] != '/' && s[i] != '>' && s[i] != '='; { // a name may begin with =
			i++
		}
		name := s[start:i]
		for i < len(s) && isBlank(s[i]) {
			i++
		}
		value := ""
		if i < len(s) && s[i] == '=' {
			value, i = m.value(i + 1)
		}
		t.attributes.set(name, value)
	}
}

// value reads an attribute's value, which begins at i, and says where it ends.
func (m *markup) value(i int) (string, int) {
	s := m.source
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		m.at = i + 1
		if end := m.find(s, s[i:i+1]); end < len(s) {
			return s[i+1 : end], end + 1
		}
		if m.cut {
			return "", len(s)
		}
		i++
	}
	start := i
	for i < len(s) && !isBlank(s[i]) && s[i] != '>' {
		i++
	}
	return s[start:i], i
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// set takes an attribute, the first of each name.
func (a *attributes) set(name, value string) {
	if len(name) > len("background") {
		return
	}
	var field *string
	switch strings.ToLower(name) {
	case "style":
		field = &a.style
	case "class":
		field = &a.class
	case "id":
		field = &a.id
	case "href":
		field = &a.href
	case "xlink:href":
		field = &a.xlink
	case "action", "formaction":
		field = &a.action
	case "src":
		field = &a.source
	case "alt":
		field = &a.alt
	case "title":
		field = &a.title
	case "width":
		field = &a.width
	case "height":
		field = &a.height
	case "type":
		field = &a.kind
	case "value":
		field = &a.value
	case "start":
		field = &a.start
	case "role":
		field = &a.role
	case "border":
		field = &a.border
	case "cite":
		field = &a.cite
	case "media":
		field = &a.media
	case "color":
		field = &a.colour
	case "text":
		field = &a.text
	case "bgcolor":
		field = &a.ground
	case "background":
		field = &a.picture
	case "hidden", "popover":
		a.hidden = true
	case "reversed":
		a.reversed = true
	case "checked":
		a.checked = true
	}
	if field != nil && *field == "" {
		*field = unescapeValue(value)
	}
}

// attributeOf is the value of any attribute of a tag.
func attributeOf(tag, wanted string) (value string, ok bool) {
	i := 0
	for i < len(tag) && !isBlank(tag[i]) && tag[i] != '/' {
		i++
	}
	for i < len(tag) {
		for i < len(tag) && (isBlank(tag[i]) || tag[i] == '/') {
			i++
		}
		start := i
		for i < len(tag) && !isBlank(tag[i]) && tag[i] != '/' && tag[i] != '>' && (tag[i] != '=' || i == start) {
			i++
		}
		name := tag[start:i]
		for i < len(tag) && isBlank(tag[i]) {
			i++
		}
		value = ""
		if i < len(tag) && tag[i] == '=' {
			for i++; i < len(tag) && isBlank(tag[i]); i++ {
			}
			start = i
			if i < len(tag) && (tag[i] == '"' || tag[i] == '\'') {
				end := strings.IndexByte(tag[i+1:], tag[i])
				if end < 0 {
					return "", false
				}
				value, i = tag[i+1:i+1+end], i+1+end+1
			} else {
				for i < len(tag) && !isBlank(tag[i]) && tag[i] != '>' {
					i++
				}
				value = tag[start:i]
			}
		}
		if strings.EqualFold(name, wanted) {
			return unescapeValue(value), true
		}
		if i < len(tag) && tag[i] == '>' {
			break
		}
	}
	return "", false
}

// unescapeValue decodes the references in an attribute's value, where
// "?a=1&copy=2" holds none.
func unescapeValue(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		end := i + 1
		for end < len(s) && end < i+40 && inReference(s[end]) {
			end++
		}
		reference := s[i:end]
		switch {
		case end < len(s) && s[end] == ';':
			end++
			out.WriteString(html.UnescapeString(s[i:end]))
		case end < len(s) && s[end] == '=':
			out.WriteString(reference)
		case strings.HasPrefix(reference, "&#") || reference == "&amp" || reference == "&lt" || reference == "&gt" || reference == "&quot" || reference == "&nbsp":
			out.WriteString(html.UnescapeString(reference))
		default:
			out.WriteString(reference)
		}
		s = s[end:]
	}
}
