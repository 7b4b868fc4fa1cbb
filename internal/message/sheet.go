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
	maxNesting   = 4       // of rules in rules
	maxProduct   = 20_000  // selectors, with those that nesting makes
	maxSiblings  = 20_000  // elements that are remembered for those after them
	maxVariables = 200
	maxWritten   = 64 << 10 // octets of what rules write before and after elements
)

// rule is a selector's. Its last compound is of the element itself.
type rule struct {
	compounds          []compound
	declarations       []declaration
	specificity, order int
	generated          byte // b of what it writes before the element, a after it
}

// sheet holds those rules of a document's style sheets whose selectors ask for
// what is known when an element begins. Rules for some screens only are left out: each variant of a text is
// hidden on the screens of the other, and one has to remain.
type sheet struct {
	rules  map[string][]*rule // by the most telling part of the last compound
	octets int
	count  int
	tried  int // selectors
	left   int // of maxTests
	nodes  int // that are remembered
	// siblings: some rule asks for what stands before.
	siblings  bool
	written   int               // octets before and after elements
	generates bool              // some rule writes before or after an element
	variables map[string]string // of the whole document
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
	s.block(css, nil, 0)
}

// block reads rules, of the whole document or within a rule of some selectors,
// and gives the declarations that stand between them.
func (s *sheet) block(css string, outer []string, depth int) string {
	var between strings.Builder
	for s.count < maxRules && s.tried < maxProduct {
		open := strings.IndexAny(css, "{};")
		if open < 0 {
			between.WriteString(css)
			break
		}
		if css[open] != '{' { // a declaration, @import, or the end of a block for all screens
			between.WriteString(css[:open] + ";")
			css = css[open+1:]
			continue
		}
		head := strings.ToLower(strings.TrimSpace(css[:open]))
		css = css[open+1:]
		if strings.HasPrefix(head, "@") {
			if !forEveryScreen(head) {
				css = css[blockEnd(css):]
			}
			continue
		}
		body, rest, _ := strings.Cut(css, "}")
		selectors := nested(outer, splitList(head))
		if strings.Contains(body, "{") && depth < maxNesting {
			end := blockEnd(css)
			body, rest = css[:end], css[end:]
			body = s.block(strings.TrimSuffix(body, "}"), selectors, depth+1)
		}
		css = rest
		list := declarations(body)
		custom := strings.Contains(body, "--")
		for _, selector := range selectors {
			s.tried++
			if custom && (selector == ":root" || selector == "html" || selector == "body" || selector == "*") {
				s.define(body)
			}
			if len(list) > 0 {
				s.file(selector, list)
			}
		}
	}
	return between.String()
}

// nested are the selectors of rules that stand in another (CSS Nesting).
func nested(outer, list []string) []string {
	if len(outer) == 0 {
		return list
	}
	var all []string
	for _, inner := range list {
		for _, o := range outer {
			selector := o + " " + inner
			if strings.Contains(inner, "&") {
				selector = strings.ReplaceAll(inner, "&", o)
			}
			if all = append(all, selector); len(all) >= maxRules || len(selector) > maxSelector {
				return all
			}
		}
	}
	return all
}

// splitList splits at the commas that stand in no parentheses.
func splitList(s string) (list []string) {
	depth, start := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case ',':
			if depth <= 0 {
				list = append(list, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	return append(list, strings.TrimSpace(s[start:]))
}

// define keeps the variables of the whole document (CSS Custom Properties).
func (s *sheet) define(body string) {
	for declaration := range strings.SplitSeq(body, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || !strings.HasPrefix(name, "--") || len(value) > 200 || len(s.variables) >= maxVariables {
			continue
		}
		if s.variables == nil {
			s.variables = map[string]string{}
		}
		s.variables[name] = strings.ToLower(strings.TrimSpace(value))
	}
}

// resolved puts in values what their variables stand for.
func (s *sheet) resolved(list []declaration) []declaration {
	for i := range list {
		for range 4 {
			before, after, ok := strings.Cut(list[i].value, "var(")
			inside, rest, closed := strings.Cut(after, ")")
			if !ok || !closed {
				break
			}
			name, otherwise, _ := strings.Cut(inside, ",")
			value, known := s.variables[strings.TrimSpace(name)]
			if !known {
				if value = strings.TrimSpace(otherwise); value == "" {
					break
				}
			}
			list = slices.Clone(list)
			list[i].value = before + value + rest
		}
	}
	return list
}

func forEveryScreen(head string) bool {
	if name, _, _ := strings.Cut(head, " "); name == "@layer" {
		return true
	}
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
	generated := byte(0)
	for _, end := range []string{":before", ":after"} {
		if element, ok := strings.CutSuffix(selector, end); ok && element != "" {
			selector, generated = strings.TrimSuffix(element, ":"), end[1]
			s.generates = true
		}
	}
	if selector == "" {
		return
	}
	compounds, ok := parseSelector(selector, true)
	if !ok || s.count >= maxRules {
		s.unsure = s.unsure || paints(list) && !ofMoment(selector)
		return
	}
	s.count++
	r := &rule{generated: generated, compounds: compounds, declarations: list, order: s.count}
	for _, c := range compounds {
		r.specificity += 100 * (len(c.classes) + len(c.attributes) + len(c.places) + len(c.any) + len(c.not))
		s.siblings = s.siblings || c.combinator == '+' || c.combinator == '~'
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
		s.match(e, outer, 0)
		for _, r := range s.matching {
			s.taken = append(s.taken, r.declarations...)
		}
	}
	st := apply(s.resolved(s.taken), s.resolved(inline))
	// Templates shorten the text of a cell with a max-width of nothing.
	if st.narrow && st.overflow == "hidden" && e.role&roleCell == 0 && e.name != "table" {
		st.gone = true
	}
	return st
}

// writes is what the sheets write before an element (b), or after it (a).
func (s *sheet) writes(e *element, outer []element, where byte) string {
	if !s.generates || s.written > maxWritten {
		return ""
	}
	s.match(e, outer, where)
	s.taken = s.taken[:0]
	content := ""
	for _, r := range s.matching {
		for _, d := range r.declarations {
			if d.property == "content" {
				content = d.value
			}
		}
		s.taken = append(s.taken, r.declarations...)
	}
	if content == "" {
		return ""
	}
	if st := apply(s.taken, nil); st.gone || st.flat || st.invisible == yes || st.tiny == yes || st.transparent == yes {
		return ""
	}
	text := contentOf(content, e.tag)
	if s.written += len(text); s.written > maxWritten {
		return ""
	}
	return text
}

// match finds the rules for an element, the strongest last.
func (s *sheet) match(e *element, outer []element, generated byte) {
	s.matching = s.matching[:0]
	take := func(key string) {
		for _, r := range s.rules[key] {
			if len(s.matching) >= maxTaken || s.left < 0 {
				return
			}
			if r.generated != generated {
				continue
			}
			last := len(r.compounds) - 1
			if !s.fits(&r.compounds[last], &e.node) || !s.within(r.compounds[:last], &e.node, outer) {
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

// place says where an element stands among what its parent holds, which is
// children so far, count of them.
func (s *sheet) place(e *node, children *[]node, count *int) {
	*count++
	e.index = *count
	if !s.siblings {
		return
	}
	e.before = *children
	if s.nodes++; s.nodes > maxSiblings {
		s.unsure = true
		return
	}
	*children = append(*children, *e)
}
