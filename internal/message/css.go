package message

import (
	"strconv"
	"strings"
)

// Bounds on style sheets. What lies beyond them styles nothing.
const (
	maxSheet        = 256 << 10 // octets of all sheets of a document
	maxRules        = 4000
	maxDeclarations = 64 // of one rule or attribute
	maxClasses      = 16 // of one element
)

// declaration is one property that says something about reading, in lower case.
type declaration struct {
	property, value string
	important       bool
}

// rule is a selector's: an element's name and classes, both of which may be
// missing, beside the one it is filed under.
type rule struct {
	name         string
	classes      []string
	declarations []declaration
}

// sheet holds those rules of a document's style sheets whose selectors are an
// element's name, a class, an identifier or these put together. Rules for some
// screens only are left out: each variant of a text is hidden on the screens
// of the other, and one has to remain.
type sheet struct {
	rules  map[string][]rule
	octets int
	count  int
	taken  []declaration // by the element looked at
}

// choice is a property that is inherited, and can be taken back further inside.
type choice int8

const (
	inherited choice = iota
	yes
	no
)

func choose(b bool) choice {
	if b {
		return yes
	}
	return no
}

func (c choice) over(outer bool) bool {
	if c == inherited {
		return outer
	}
	return c == yes
}

// style is what CSS says about how an element's text is read.
type style struct {
	gone                  bool // with all that is inside
	shown                 bool // a display that is not none
	hiddenByWord          bool // mso-hide
	invisible, tiny       choice
	outside, transparent  choice
	bold, italic          choice
	preserved             choice // white space
	tight                 bool   // no margin above and below
	indented              bool   // a blockquote that only indents
	listLevel             int    // of Word's lists
	listMarker            bool
	faded, flat, thin     bool // without opacity, height, width
	ceiling               bool // a max-height of nothing
	overflow, position    string
	borderless, barred    bool
	marginTop, marginFoot choice
	clipped, away         bool
}

// relevant are the properties that are looked at.
var relevant = map[string]bool{
	"display": true, "visibility": true, "opacity": true, "overflow": true, "position": true,
	"font": true, "font-size": true, "font-weight": true, "font-style": true, "color": true, "background-clip": true, "-webkit-background-clip": true,
	"height": true, "width": true, "max-height": true, "text-indent": true, "left": true, "top": true, "clip": true,
	"white-space": true, "margin": true, "margin-top": true, "margin-bottom": true,
	"border": true, "border-left": true, "mso-hide": true, "mso-list": true,
}

// declarations reads the inside of a rule or of a style attribute.
func declarations(s string) []declaration {
	if strings.Contains(s, "/*") {
		s = withoutComments(s)
	}
	var list []declaration
	for len(s) > 0 && len(list) < maxDeclarations {
		end := declarationEnd(s)
		property, value, ok := strings.Cut(s[:end], ":")
		s = s[min(end+1, len(s)):]
		property = strings.ToLower(strings.TrimSpace(property))
		if !ok || !relevant[property] || len(value) > 200 {
			continue
		}
		value = strings.ToLower(strings.TrimSpace(value))
		d := declaration{property: property, value: value}
		if i := strings.LastIndexByte(value, '!'); i >= 0 {
			d.important = strings.TrimSpace(value[i+1:]) == "important"
			d.value = strings.TrimSpace(value[:i])
		}
		list = append(list, d)
	}
	return list
}

// declarationEnd is where the semicolon stands that is in no string and no
// parentheses, as those of url(data:image/png;base64,...).
func declarationEnd(s string) int {
	quote, depth := byte(0), 0
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case c == ';' && depth == 0:
			return i
		}
	}
	if quote != 0 || depth > 0 { // never closed
		if i := strings.IndexByte(s, ';'); i >= 0 {
			return i
		}
	}
	return len(s)
}

func withoutComments(s string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, "/*")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if _, s, found = strings.Cut(after, "*/"); !found {
			return out.String()
		}
	}
}

// add reads a style sheet.
func (s *sheet) add(css string) {
	css = css[:min(len(css), maxSheet-s.octets)]
	s.octets += len(css)
	css = strings.NewReplacer("<!--", " ", "-->", " ", "<![CDATA[", " ", "]]>", " ").Replace(withoutComments(css))
	if s.rules == nil {
		s.rules = map[string][]rule{}
	}
	for s.count < maxRules {
		open := strings.IndexAny(css, "{};")
		if open < 0 {
			return
		}
		head := strings.ToLower(strings.TrimSpace(css[:open]))
		if css[open] != '{' { // @import, or the end of a block for all screens
			css = css[open+1:]
			continue
		}
		css = css[open+1:]
		if strings.HasPrefix(head, "@") {
			if !forEveryScreen(head) {
				css = css[blockEnd(css):]
			}
			continue
		}
		body, rest, _ := strings.Cut(css, "}")
		css = rest
		if list := declarations(body); len(list) > 0 {
			for selector := range strings.SplitSeq(head, ",") {
				s.file(strings.TrimSpace(selector), list)
			}
		}
	}
}

func forEveryScreen(head string) bool {
	switch strings.Join(strings.Fields(head), " ") {
	case "@media screen", "@media only screen", "@media all", "@media screen, print", "@media all, screen":
		return true
	}
	return false
}

// blockEnd is where the block ends whose brace has been opened before s.
func blockEnd(s string) int {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// file keeps a rule under its class or identifier, or under the element's name.
func (s *sheet) file(selector string, list []declaration) {
	if selector == "" || s.count >= maxRules || len(selector) > 200 || strings.ContainsAny(selector, " \t\r\n>+~:*[\\") {
		return
	}
	s.count++
	r := rule{declarations: list}
	if i := strings.IndexByte(selector, '#'); i >= 0 {
		r.name, selector = selector[:i], selector[i:]
		if !strings.Contains(r.name+selector[1:], ".") {
			s.rules[selector] = append(s.rules[selector], r)
		}
		return
	}
	parts := strings.Split(selector, ".")
	r.name = parts[0]
	key := r.name
	if len(parts) > 1 {
		key, r.classes = "."+parts[1], parts[2:]
	}
	s.rules[key] = append(s.rules[key], r)
}

// styleOf is what the sheets and its attribute say about an element.
func (s *sheet) styleOf(name string, attributes *attributes) style {
	inline := declarations(attributes.style)
	if s.rules == nil {
		return apply(nil, inline)
	}
	sheets := s.taken[:0]
	classes := strings.Fields(strings.ToLower(attributes.class))
	classes = classes[:min(len(classes), maxClasses)]
	take := func(key string) {
		rules := s.rules[key]
		for _, r := range rules[:min(len(rules), 32)] {
			if r.name != "" && r.name != name || !containsAll(classes, r.classes) {
				continue
			}
			sheets = append(sheets, r.declarations...)
		}
	}
	take(name)
	for _, class := range classes {
		take("." + class)
	}
	if attributes.id != "" {
		take("#" + strings.ToLower(attributes.id))
	}
	s.taken = sheets
	return apply(sheets, inline)
}

func containsAll(have, want []string) bool {
	for _, w := range want {
		found := false
		for _, h := range have {
			found = found || h == w
		}
		if !found {
			return false
		}
	}
	return true
}

// apply lets declarations follow each other as the cascade wants it.
func apply(sheets, inline []declaration) style {
	var s style
	for _, important := range []bool{false, true} {
		for _, list := range [][]declaration{sheets, inline} {
			for _, d := range list {
				if d.important == important {
					s.set(d.property, d.value)
				}
			}
		}
	}
	s.gone = s.gone || s.faded || (s.clipped || s.away) && s.position == "absolute" ||
		(s.flat || s.thin) && s.overflow == "hidden" ||
		// Without overflow nothing would hide in a browser, but mail that says
		// so means it; positioning by boxes of no height is the exception.
		s.ceiling && s.overflow != "visible" && s.position != "relative"
	s.tight = s.marginTop == yes && s.marginFoot == yes
	s.indented = s.borderless && !s.barred
	return s
}

func (s *style) set(property, value string) {
	switch property {
	case "display":
		s.gone, s.shown = value == "none", value != "none"
	case "visibility":
		s.invisible = choose(value == "hidden" || value == "collapse")
	case "opacity":
		n, unit, ok := length(value)
		s.faded = ok && n == 0 && (unit == "" || unit == "%")
	case "overflow":
		s.overflow = value
	case "position":
		s.position = value
	case "height":
		s.flat = isSpeck(value)
	case "width": // a max-width of nothing shortens the text of a cell
		s.thin = isSpeck(value)
	case "max-height":
		s.ceiling = isZero(value)
	case "text-indent":
		n, _, ok := length(value)
		s.outside = choose(ok && n <= -900)
	case "left", "top":
		n, _, ok := length(value)
		s.away = s.away || ok && n <= -900
	case "clip":
		s.clipped = strings.HasPrefix(value, "rect(0") || strings.HasPrefix(value, "rect(1px")
	case "color":
		s.transparent = choose(value == "transparent")
	case "background-clip", "-webkit-background-clip":
		if value == "text" { // the background shows in the letters
			s.transparent = no
		}
	case "white-space":
		s.preserved = choose(strings.HasPrefix(value, "pre") || value == "break-spaces")
	case "border":
		s.borderless = value == "none" || isZero(value)
	case "border-left":
		s.barred = value != "none" && !isZero(value)
	case "mso-hide":
		s.hiddenByWord = value == "all"
	default:
		s.setText(property, value)
	}
}

func (s *style) setText(property, value string) {
	switch property {
	case "font-size":
		s.setSize(value)
	case "font-weight":
		s.bold = choose(isBold(value))
	case "font-style":
		s.italic = choose(value == "italic" || strings.HasPrefix(value, "oblique"))
	case "font":
		s.bold, s.italic = no, no
		for field := range strings.FieldsSeq(value) {
			size, _, _ := strings.Cut(field, "/")
			_, unit, ok := length(size)
			switch {
			case isBold(field):
				s.bold = yes
			case field == "italic" || field == "oblique":
				s.italic = yes
			case ok && (unit != "" || isZero(size)):
				s.setSize(size)
			}
		}
	case "margin":
		sides := strings.Fields(value)
		if len(sides) > 0 {
			s.marginTop = choose(isNearZero(sides[0]))
			s.marginFoot = s.marginTop
		}
		if len(sides) > 2 {
			s.marginFoot = choose(isNearZero(sides[2]))
		}
	case "margin-top":
		s.marginTop = choose(isNearZero(value))
	case "margin-bottom":
		s.marginFoot = choose(isNearZero(value))
	case "mso-list":
		s.listMarker = value == "ignore"
		if _, level, ok := strings.Cut(value, "level"); ok && level != "" && level[0] >= '1' && level[0] <= '9' {
			s.listLevel = int(level[0] - '0')
		}
	}
}

func isBold(value string) bool {
	if n, err := strconv.Atoi(value); err == nil {
		return n >= 600 && n <= 1000
	}
	return value == "bold" || value == "bolder"
}

// setSize takes sizes that nobody can read for hiding. Templates set text to
// nothing around their columns, and back inside.
func (s *style) setSize(value string) {
	n, unit, ok := length(value)
	switch {
	case !ok:
		s.tiny = choose(false)
		if value == "inherit" || value == "larger" || value == "smaller" {
			s.tiny = inherited
		}
	case unit == "em" || unit == "%" || unit == "ex":
		s.tiny = inherited // a part of what it is outside
		if n == 0 || n < 0.1 && unit != "%" || n < 10 && unit == "%" {
			s.tiny = yes
		}
	case unit == "rem" || unit == "vw" || unit == "vh":
		s.tiny = choose(n < 0.1)
	default:
		s.tiny = choose(n <= 1.5)
	}
}

// length is a number and its unit.
func length(value string) (float64, string, bool) {
	end := 0
	for end < len(value) && (value[end] >= '0' && value[end] <= '9' || value[end] == '.' || end == 0 && (value[end] == '-' || value[end] == '+')) {
		end++
	}
	n, err := strconv.ParseFloat(value[:end], 64)
	return n, strings.TrimSpace(value[end:]), err == nil
}

func isZero(value string) bool {
	n, _, ok := length(value)
	return ok && n == 0
}

// isSpeck says so of a pixel, too.
func isSpeck(value string) bool {
	n, unit, ok := length(value)
	return ok && (n == 0 || n <= 1 && (unit == "px" || unit == "pt"))
}

// isNearZero says so of Word's ".0001pt", too.
func isNearZero(value string) bool {
	n, _, ok := length(value)
	return ok && n >= 0 && n < 0.01
}
