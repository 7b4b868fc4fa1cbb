package message

import (
	"strconv"
	"strings"
	"unicode"
)

// maxDeclarations is how many of one rule or attribute are looked at.
const maxDeclarations = 64

// declaration is one property that says something about reading, in lower case.
type declaration struct {
	property, value string
	important       bool
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
	invisible, tiny       choice
	outside, transparent  choice
	bold, italic          choice
	preserved             choice // white space
	tight                 bool   // no margin above and below
	indented              bool   // a blockquote that only indents
	listLevel             int    // of Word's lists
	listMarker            bool
	numbering             string // of a list, as the attribute type has it
	faded, flat, thin     bool   // without opacity, height, width
	ceiling               bool   // a max-height of nothing
	overflow, position    string
	borderless, barred    bool
	marginTop, marginFoot choice
	clipped, away, moved  bool
	cutAway, offPage      bool   // by a path, by a margin
	colour, ground        colour // of the text, and behind it
	pictured, shadowed    bool   // there is a picture behind it, or a shadow that shows it
	lifted                bool   // by a margin, over what stands before
	narrow                bool   // a max-width of nothing
	dissolved             bool   // by a filter
	shrunk                bool   // by a transformation
	skipped               bool   // what is inside
	struck, unmarked      bool   // line-through, and no line at all
	column                bool   // what stands in a flex container is one below the other
	display               string
}

// relevant are the properties that are looked at.
var relevant = map[string]bool{
	"display": true, "flex-direction": true, "flex-flow": true, "visibility": true, "content-visibility": true, "opacity": true, "overflow": true, "position": true,
	"font": true, "font-size": true, "font-weight": true, "font-style": true, "color": true, "background-clip": true, "-webkit-background-clip": true,
	"background": true, "background-color": true, "background-image": true, "text-shadow": true, "clip-path": true, "-webkit-clip-path": true,
	"height": true, "width": true, "max-height": true, "text-indent": true, "left": true, "top": true, "clip": true,
	"white-space": true, "margin": true, "margin-top": true, "margin-bottom": true, "margin-left": true,
	"list-style": true, "list-style-type": true,
	"max-width": true, "transform": true, "-webkit-transform": true, "scale": true, "filter": true, "-webkit-filter": true,
	"content": true, "box-shadow": true,
	"text-decoration": true, "text-decoration-line": true,
	"border": true, "border-left": true, "mso-list": true,
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
		property = strings.ToLower(strings.TrimSpace(unescapeCSS(property)))
		if !ok || !relevant[property] || len(value) > 200 {
			continue
		}
		if property == "content" {
			value = strings.TrimSpace(value)
			if i := len(value) - len("!important"); i > 0 && strings.EqualFold(value[i:], "!important") {
				value = strings.TrimSpace(value[:i])
			}
			list = append(list, declaration{property: property, value: value})
			continue
		}
		value = strings.ToLower(strings.TrimSpace(unescapeCSS(value)))
		d := declaration{property: property, value: value}
		if i := strings.LastIndexByte(value, '!'); i >= 0 {
			d.important = strings.TrimSpace(value[i+1:]) == "important"
			d.value = strings.TrimSpace(value[:i])
		}
		list = append(list, d)
	}
	return list
}

// unescapeCSS decodes the escapes of CSS (Syntax, level 3, section 4.3.7).
func unescapeCSS(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		end := i + 1
		for end < len(s) && end < i+7 && strings.IndexByte("0123456789abcdefABCDEF", s[end]) >= 0 {
			end++
		}
		if end == i+1 {
			continue // what follows stands for itself
		}
		n, _ := strconv.ParseInt(s[i+1:end], 16, 32) // six digits at most
		out.WriteRune(rune(n))
		if end < len(s) && isBlank(s[end]) {
			end++
		}
		i = end - 1
	}
	return out.String()
}

// contentOf is the text of a value of content: its strings, and attributes of
// the element. Signs of private fonts are no text.
func contentOf(value, tag string) string {
	var out strings.Builder
	for value != "" && out.Len() < maxWritten {
		if q := value[0]; q == '"' || q == '\'' {
			end := 1
			for end < len(value) && value[end] != q {
				if value[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(value))
			out.WriteString(unescapeCSS(value[1:end]))
			value = value[min(end+1, len(value)):]
			continue
		}
		if inside, ok := strings.CutPrefix(value, "attr("); ok {
			name, _, _ := strings.Cut(inside, ")")
			text, _ := attributeOf(tag, strings.TrimSpace(name))
			out.WriteString(text)
			value = inside[len(name):]
			continue
		}
		value = value[1:]
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Co, r) {
			return -1
		}
		return r
	}, out.String())
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
	s.gone = s.gone || s.skipped || s.faded || s.dissolved || s.shrunk || s.cutAway || s.offPage || (s.clipped || s.away) && (s.position == "absolute" || s.position == "fixed") ||
		// Where nothing cuts it off, a text stands outside a box of no size.
		(s.flat || s.thin || s.ceiling) && (s.overflow == "hidden" || s.overflow == "clip")
	s.tight = s.marginTop == yes && s.marginFoot == yes
	s.indented = s.borderless && !s.barred
	if s.shadowed {
		s.transparent = no
	}
	// What it stands in may not be what it stands on.
	elsewhere := s.position != "" && s.position != "static" && (s.position != "relative" || s.moved) || s.lifted
	if s.pictured || s.ground == 0 && elsewhere {
		s.ground = unknownColour
	}
	return s
}

func (s *style) set(property, value string) {
	switch property {
	case "display":
		s.gone, s.shown, s.display = value == "none", value != "none", value
	case "flex-direction", "flex-flow":
		s.column = strings.HasPrefix(value, "column")
	case "visibility":
		s.invisible = choose(value == "hidden" || value == "collapse")
	case "content-visibility":
		s.skipped = value == "hidden"
	case "opacity":
		n, unit, ok := length(value)
		s.faded = ok && (unit == "" && n <= 0.01 || unit == "%" && n <= 1)
	case "overflow":
		s.overflow = value
	case "position":
		s.position = value
	case "height":
		s.flat = isSpeck(value)
	case "width": // a max-width of nothing shortens the text of a cell
		s.thin = isSpeck(value)
	case "max-width":
		s.narrow = isZero(value)
	case "transform", "-webkit-transform", "scale":
		s.shrunk = shrinks(property, value)
	case "filter", "-webkit-filter":
		s.dissolved = dissolves(value)
	case "text-decoration", "text-decoration-line":
		s.struck, s.unmarked = strings.Contains(value, "line-through"), value == "none"
	case "max-height":
		s.ceiling = isZero(value)
	case "text-indent":
		n, _, ok := length(value)
		s.outside = choose(ok && n <= -900)
	case "left", "top":
		n, _, ok := length(value)
		s.away = s.away || ok && n <= -900
		s.moved = s.moved || ok && n != 0
	case "clip":
		s.clipped = strings.HasPrefix(value, "rect(0") || strings.HasPrefix(value, "rect(1px")
	case "clip-path", "-webkit-clip-path":
		s.clip(value)
	case "color":
		if value == "inherit" || value == "currentcolor" {
			s.colour, s.transparent = 0, inherited
			return
		}
		var clear bool
		s.colour, clear = parseColour(value)
		s.transparent = choose(clear)
	case "box-shadow":
		s.pictured = s.pictured || strings.Contains(value, "inset")
	case "text-shadow":
		s.shadowed = value != "none"
	case "background":
		s.pictured = strings.Contains(value, "url(") || strings.Contains(value, "gradient")
		s.setGround(value)
	case "background-color":
		s.setGround(value)
	case "background-image":
		s.pictured = value != "none" && value != "initial"
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
		if len(sides) > 0 {
			s.lift(sides[0])
			s.shift(sides[[]int{0, 0, 1, 1, 3}[min(len(sides), 4)]])
		}
	case "margin-left":
		s.shift(value)
	case "margin-top":
		s.marginTop = choose(isNearZero(value))
		s.lift(value)
	case "margin-bottom":
		s.marginFoot = choose(isNearZero(value))
	case "list-style", "list-style-type":
		for field := range strings.FieldsSeq(value) {
			if numbering, ok := numberings[field]; ok {
				s.numbering = numbering
			}
		}
	case "mso-list":
		s.listMarker = value == "ignore"
		if _, level, ok := strings.Cut(value, "level"); ok && level != "" && level[0] >= '1' && level[0] <= '9' {
			s.listLevel = int(level[0] - '0')
		}
	}
}

// numberings are how items are numbered, by their names in CSS and as the
// attribute type has them.
var numberings = map[string]string{
	"decimal": "1", "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i", "upper-roman": "I",
}

// shift takes a margin that moves a text off the page.
func (s *style) shift(left string) {
	n, _, ok := length(left)
	s.offPage = ok && n <= -900
}

func (s *style) lift(top string) {
	n, _, ok := length(top)
	s.lifted = ok && n < 0
}

// clip takes a path that leaves nothing to see.
func (s *style) clip(path string) {
	kind, inside, _ := strings.Cut(path, "(")
	inside, _, _ = strings.Cut(inside, " at ")
	inside, _, _ = strings.Cut(inside, " round ")
	sides := strings.Fields(strings.TrimSuffix(strings.TrimSpace(inside), ")"))
	s.cutAway = false
	if len(sides) == 0 {
		return
	}
	n, unit, ok := length(sides[0])
	switch kind {
	case "inset":
		s.cutAway = ok && unit == "%" && (n >= 100 || n >= 50 && len(sides) < 3)
	case "circle", "ellipse":
		s.cutAway = ok && n == 0
	case "polygon":
		s.cutAway = strings.Trim(inside, "0, px%)") == ""
	}
}

// shrinks says whether a transformation leaves nothing to see.
func shrinks(property, value string) bool {
	if property == "scale" {
		for field := range strings.FieldsSeq(value) {
			if isZero(field) {
				return true
			}
		}
		return false
	}
	for function := range strings.SplitSeq(value, ")") {
		name, inside, _ := strings.Cut(strings.TrimSpace(function), "(")
		arguments := strings.FieldsFunc(inside, func(r rune) bool { return r == ',' || r == ' ' })
		if len(arguments) == 0 {
			continue
		}
		n, _, ok := length(arguments[0])
		switch name {
		case "scale", "scalex", "scaley", "scale3d":
			if ok && n == 0 || name != "scalex" && len(arguments) > 1 && isZero(arguments[1]) {
				return true
			}
		case "translate", "translatex", "translatey", "translate3d":
			if ok && n <= -900 {
				return true
			}
		}
	}
	return false
}

// dissolves says whether a filter leaves nothing to see.
func dissolves(value string) bool {
	_, inside, ok := strings.Cut(value, "opacity(")
	n, unit, number := length(strings.TrimSpace(strings.SplitN(inside, ")", 2)[0]))
	return ok && number && (unit == "" && n <= 0.01 || unit == "%" && n <= 1) && !strings.Contains(value, "alpha(")
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
