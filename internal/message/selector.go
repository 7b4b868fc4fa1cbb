package message

import (
	"cmp"
	"slices"
	"strings"
)

// Bounds on style sheets. What lies beyond them styles nothing.
const (
	maxSheet     = 256 << 10 // octets of all sheets of a document
	maxRules     = 4000
	maxCompounds = 8       // of one selector
	maxClasses   = 16      // of one element, and of one compound
	maxTaken     = 128     // rules for one element
	maxTests     = 2 << 20 // of selectors on elements, in a document
)

// compound is what a selector says of one element: its name, identifier and
// classes, each of which may be missing.
type compound struct {
	name, id string
	classes  []string
	parent   bool // of the element of the next compound, and not any ancestor
}

// rule is a selector's. Its last compound is of the element itself.
type rule struct {
	compounds          []compound
	declarations       []declaration
	specificity, order int
}

// sheet holds those rules of a document's style sheets whose selectors are
// made of names, classes and identifiers, of an element and of what it stands
// in. Rules for some screens only are left out: each variant of a text is
// hidden on the screens of the other, and one has to remain.
type sheet struct {
	rules  map[string][]*rule // by the most telling part of the last compound
	octets int
	count  int
	left   int // of maxTests
	// unsure: a rule that is left out may have given something a colour.
	unsure   bool
	matching []*rule       // the element looked at
	taken    []declaration // by it
}

// add reads a style sheet.
func (s *sheet) add(css string) {
	s.unsure = s.unsure || len(css) > maxSheet-s.octets
	css = css[:min(len(css), maxSheet-s.octets)]
	s.octets += len(css)
	css = strings.NewReplacer("<!--", " ", "-->", " ", "<![CDATA[", " ", "]]>", " ").Replace(withoutComments(css))
	if s.rules == nil {
		s.rules, s.left = map[string][]*rule{}, maxTests
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

// file keeps a rule under its identifier, its first class, or the element's name.
func (s *sheet) file(selector string, list []declaration) {
	if selector == "" {
		return
	}
	compounds, ok := parseSelector(selector)
	if !ok || s.count >= maxRules {
		s.unsure = s.unsure || paints(list) && !ofMoment(selector)
		return
	}
	s.count++
	r := &rule{compounds: compounds, declarations: list, order: s.count}
	for _, c := range compounds {
		r.specificity += 100 * len(c.classes)
		if c.id != "" {
			r.specificity += 10_000
		}
		if c.name != "" {
			r.specificity++
		}
	}
	last, key := compounds[len(compounds)-1], "*"
	switch {
	case last.id != "":
		key = "#" + last.id
	case len(last.classes) > 0:
		key = "." + last.classes[0]
	case last.name != "":
		key = last.name
	}
	s.rules[key] = append(s.rules[key], r)
}

// parseSelector reads compounds beside each other, or with > between. Other
// combinators, attributes and pseudo-classes are not ok.
func parseSelector(s string) (compounds []compound, ok bool) {
	if len(s) > 300 || strings.ContainsAny(s, "+~:[\\()\"'") {
		return nil, false
	}
	for field := range strings.FieldsSeq(strings.ReplaceAll(s, ">", " > ")) {
		n := len(compounds)
		if field == ">" {
			if n == 0 || compounds[n-1].parent {
				return nil, false
			}
			compounds[n-1].parent = true
			continue
		}
		c, ok := parseCompound(field)
		if !ok || n >= maxCompounds {
			return nil, false
		}
		compounds = append(compounds, c)
	}
	n := len(compounds)
	return compounds, n > 0 && !compounds[n-1].parent
}

func parseCompound(s string) (c compound, ok bool) {
	end := strings.IndexAny(s, ".#")
	if end < 0 {
		end = len(s)
	}
	if c.name = s[:end]; c.name == "*" {
		c.name = ""
	}
	for s = s[end:]; s != ""; {
		end := strings.IndexAny(s[1:], ".#") + 1
		if end == 0 {
			end = len(s)
		}
		part := s[1:end]
		switch {
		case part == "" || strings.Contains(part, "*") || len(c.classes) >= maxClasses:
			return c, false
		case s[0] == '.':
			c.classes = append(c.classes, part)
		case c.id != "" && c.id != part:
			return c, false
		default:
			c.id = part
		}
		s = s[end:]
	}
	return c, !strings.Contains(c.name, "*")
}

// paints says whether a rule is about colours.
func paints(list []declaration) bool {
	return slices.ContainsFunc(list, func(d declaration) bool { return d.property == "color" || strings.HasPrefix(d.property, "background") })
}

// ofMoment says whether a selector is for moments, or a dark mode.
func ofMoment(selector string) bool {
	for _, s := range []string{":hover", ":active", ":focus", ":visited", ":link", "[data-og"} {
		if strings.Contains(selector, s) {
			return true
		}
	}
	return false
}

// styleOf is what the sheets and its attributes say about an element that
// stands in others.
func (s *sheet) styleOf(e *element, attributes *attributes, outer []element) style {
	inline := declarations(attributes.style)
	s.taken = append(s.taken[:0], painted(e, attributes)...)
	if s.rules != nil {
		s.match(e, outer)
		for _, r := range s.matching {
			s.taken = append(s.taken, r.declarations...)
		}
	}
	return apply(s.taken, inline)
}

// match finds the rules for an element, the strongest last.
func (s *sheet) match(e *element, outer []element) {
	s.matching = s.matching[:0]
	take := func(key string) {
		for _, r := range s.rules[key] {
			if len(s.matching) >= maxTaken || s.left < 0 {
				return
			}
			last := len(r.compounds) - 1
			if !s.fits(&r.compounds[last], e) || !s.within(r.compounds[:last], outer) {
				continue
			}
			s.left -= len(r.declarations)
			s.matching = append(s.matching, r)
		}
	}
	if e.id != "" {
		take("#" + e.id)
	}
	for i, class := range e.classes {
		if !slices.Contains(e.classes[:i], class) {
			take("." + class)
		}
	}
	take(e.name)
	take("*")
	slices.SortFunc(s.matching, func(a, b *rule) int {
		return cmp.Or(cmp.Compare(a.specificity, b.specificity), cmp.Compare(a.order, b.order))
	})
}

// fits says whether a compound is of the element. Nothing is any more when the
// tests are used up.
func (s *sheet) fits(c *compound, e *element) bool {
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
	return true
}

// within says whether the compounds before the last are of what an element
// stands in.
func (s *sheet) within(compounds []compound, outer []element) bool {
	if len(compounds) == 0 {
		return true
	}
	last := &compounds[len(compounds)-1]
	for i := len(outer) - 1; i >= 0; i-- {
		if s.fits(last, &outer[i]) && s.within(compounds[:len(compounds)-1], outer[:i]) {
			return true
		}
		if last.parent || s.left < 0 {
			return false
		}
	}
	for _, c := range compounds { // these two are there without their tags
		if c.name != "html" && c.name != "body" || c.id != "" || len(c.classes) > 0 {
			return false
		}
	}
	return true
}
