package message

import (
	"slices"
	"strconv"
	"strings"
)

// node is what selectors ask of an element.
type node struct {
	name    string
	id      string
	classes []string
	tag     string // its source
	index   int    // among what its parent holds, from 1
	before  []node // what stands before it there
}

// compound is what a selector says of one element: its name, identifier,
// classes and the rest, each of which may be missing.
type compound struct {
	name, id   string
	classes    []string
	attributes []attributeTest
	places     []place
	any, not   [][]compound // lists of compounds, of which one fits, or none
	combinator byte         // to the next compound: > + ~ or a blank
}

// attributeTest is a selector of an attribute: [name], [name=value], and with
// ~ | ^ $ * before the =.
type attributeTest struct {
	name, value string
	operator    byte // 0 where any value will do
}

// place is :nth-child(), by step and offset.
type place struct{ step, offset int }

// maxSelector is how long a selector may be.
const maxSelector = 300

// parseSelector reads compounds with their combinators, or just one. What asks
// for what comes later, or for a state, is not ok.
func parseSelector(s string, several bool) (compounds []compound, ok bool) {
	if len(s) > maxSelector || strings.ContainsAny(s, "\\|") && !strings.Contains(s, "|=") {
		return nil, false
	}
	open := false // a combinator waits for its compound
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		n := len(compounds)
		if c := s[0]; c == '>' || c == '+' || c == '~' {
			if n == 0 || open {
				return nil, false
			}
			compounds[n-1].combinator, open = c, true
			s = s[1:]
			continue
		}
		end := compoundEnd(s)
		c, ok := parseCompound(s[:end])
		if !ok || n >= maxCompounds || n > 0 && !several {
			return nil, false
		}
		compounds = append(compounds, c)
		s, open = s[end:], false
	}
	return compounds, len(compounds) > 0 && !open
}

// compoundEnd is where the first compound ends.
func compoundEnd(s string) int {
	depth, quote := 0, byte(0)
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case depth <= 0 && (isBlank(c) || c == '>' || c == '+' || c == '~'):
			return i
		}
	}
	return len(s)
}

func parseCompound(s string) (c compound, ok bool) {
	const starts = ".#[:"
	end := strings.IndexAny(s, starts)
	if end < 0 {
		end = len(s)
	}
	if c.name = s[:end]; c.name == "*" {
		c.name = ""
	}
	for s = s[end:]; s != ""; {
		end := strings.IndexAny(s[1:], starts) + 1
		switch s[0] {
		case '[':
			if end = strings.IndexByte(s, ']') + 1; end == 0 {
				return c, false
			}
		case ':':
			if open := strings.IndexByte(s, '('); open > 0 && (end == 0 || open < end) {
				end = closing(s, open)
			}
		}
		if end == 0 {
			end = len(s)
		}
		if !c.add(s[:end]) {
			return c, false
		}
		s = s[end:]
	}
	return c, !strings.ContainsAny(c.name, `*()"'`)
}

// closing is behind the parenthesis that closes the one at open, or 0.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// add takes a piece of a compound, such as .class.
func (c *compound) add(piece string) bool {
	part := piece[1:]
	if part == "" || len(c.classes)+len(c.attributes)+len(c.places)+len(c.any)+len(c.not) >= maxClasses {
		return false
	}
	switch piece[0] {
	case '[':
		test, ok := parseAttribute(strings.TrimSuffix(part, "]"))
		c.attributes = append(c.attributes, test)
		return ok
	case ':':
		return c.addPseudo(part)
	case '.':
		c.classes = append(c.classes, part)
	case '#':
		if c.id != "" && c.id != part {
			return false
		}
		c.id = part
	}
	return !strings.ContainsAny(part, `*()"'`)
}

func (c *compound) addPseudo(part string) bool {
	name, inside, function := strings.Cut(part, "(")
	inside = strings.TrimSpace(strings.TrimSuffix(inside, ")"))
	switch name {
	case "root":
		known := c.name == "" || c.name == "html"
		c.name = "html"
		return known && !function
	case "first-child":
		c.places = append(c.places, place{offset: 1})
		return !function
	case "nth-child":
		p, ok := parsePlace(inside)
		c.places = append(c.places, p)
		return ok
	case "is", "where", "not", "-webkit-any", "-moz-any", "matches":
		var list []compound
		for _, one := range splitList(inside) {
			compounds, ok := parseSelector(one, false)
			if !ok {
				return false
			}
			list = append(list, compounds...)
		}
		if name == "not" {
			c.not = append(c.not, list)
		} else {
			c.any = append(c.any, list)
		}
		return true
	}
	return false
}

func parseAttribute(s string) (a attributeTest, ok bool) {
	name, value, valued := strings.Cut(s, "=")
	a.name = strings.TrimSpace(name)
	if !valued {
		return a, a.name != ""
	}
	a.operator = '='
	if n := len(a.name); n > 0 && strings.IndexByte("~|^$*", a.name[n-1]) >= 0 {
		a.operator = a.name[n-1]
		a.name = strings.TrimSpace(a.name[:n-1])
	}
	value = strings.TrimSpace(value)
	if value != "" && (value[0] == '"' || value[0] == '\'') {
		end := strings.IndexByte(value[1:], value[0])
		if end < 0 {
			return a, false
		}
		value = value[1 : 1+end]
	} else {
		value, _, _ = strings.Cut(value, " ") // i, for any case
	}
	a.value = value
	return a, a.name != ""
}

// parsePlace reads 3, odd, even, 2n+1 and the like.
func parsePlace(s string) (p place, ok bool) {
	s = strings.ReplaceAll(s, " ", "")
	switch s {
	case "odd":
		return place{step: 2, offset: 1}, true
	case "even":
		return place{step: 2}, true
	}
	step, offset, steps := strings.Cut(s, "n")
	if !steps {
		step, offset = "0", step
	}
	switch step {
	case "", "+":
		step = "1"
	case "-":
		step = "-1"
	}
	if offset == "" {
		offset = "0"
	}
	var wrong, too error
	p.step, wrong = strconv.Atoi(step)
	p.offset, too = strconv.Atoi(offset)
	return p, wrong == nil && too == nil
}

func (p place) of(index int) bool {
	distance := index - p.offset
	if p.step == 0 {
		return distance == 0
	}
	return distance%p.step == 0 && distance/p.step >= 0
}

// fits says whether a compound is of the element. Nothing is any more when the
// tests are used up.
func (s *sheet) fits(c *compound, e *node) bool {
	if s.left -= 1 + len(c.classes); s.left < 0 {
		s.unsure = true
		return false
	}
	if c.name != "" && c.name != e.name || c.id != "" && c.id != e.id {
		return false
	}
	for _, class := range c.classes {
		if !slices.Contains(e.classes, class) {
			return false
		}
	}
	for _, p := range c.places {
		if !p.of(e.index) {
			return false
		}
	}
	for _, a := range c.attributes {
		s.left -= 1 + len(e.tag)/16
		if !a.of(e) {
			return false
		}
	}
	one := func(c compound) bool { return s.fits(&c, e) }
	for _, list := range c.any {
		if !slices.ContainsFunc(list, one) {
			return false
		}
	}
	for _, list := range c.not {
		if slices.ContainsFunc(list, one) {
			return false
		}
	}
	return true
}

// of says whether an element has such an attribute.
func (a *attributeTest) of(e *node) bool {
	value, ok := attributeOf(e.tag, a.name)
	if !ok {
		return false
	}
	value = strings.ToLower(value)
	switch a.operator {
	case '=':
		return value == a.value
	case '~':
		return slices.Contains(strings.Fields(value), a.value)
	case '|':
		return value == a.value || strings.HasPrefix(value, a.value+"-")
	case '^':
		return a.value != "" && strings.HasPrefix(value, a.value)
	case '$':
		return a.value != "" && strings.HasSuffix(value, a.value)
	case '*':
		return a.value != "" && strings.Contains(value, a.value)
	}
	return true
}

// within says whether the compounds before the last are of what an element
// stands in, or behind.
func (s *sheet) within(compounds []compound, e *node, outer []element) bool {
	if len(compounds) == 0 {
		return true
	}
	last, rest := &compounds[len(compounds)-1], compounds[:len(compounds)-1]
	if last.combinator == '+' || last.combinator == '~' {
		for i := len(e.before) - 1; i >= 0; i-- {
			if s.fits(last, &e.before[i]) && s.within(rest, &e.before[i], outer) {
				return true
			}
			if last.combinator == '+' || s.left < 0 {
				return false
			}
		}
		return false
	}
	for i := len(outer) - 1; i >= 0; i-- {
		if s.fits(last, &outer[i].node) && s.within(rest, &outer[i].node, outer[:i]) {
			return true
		}
		if last.combinator == '>' || s.left < 0 {
			return false
		}
	}
	for i := range compounds { // these two are there without their tags
		if !compounds[i].ofDocument() {
			return false
		}
	}
	return true
}

// ofDocument says whether a compound names no more than html or body.
func (c *compound) ofDocument() bool {
	return (c.name == "html" || c.name == "body") && c.id == "" && len(c.classes)+len(c.attributes)+len(c.places)+len(c.any)+len(c.not) == 0 &&
		c.combinator != '+' && c.combinator != '~'
}
