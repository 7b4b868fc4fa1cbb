package typeset

import (
	"slices"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
)

// A line is put in visual order by the bidirectional algorithm (UAX #9), as far
// as text without embeddings needs it: what embeds and overrides has been taken
// out of a message before it is shown. x/text knows the classes of letters, but
// gives runs in logical order only.

// leftward says whether a paragraph is read from right to left: by its first
// letter that has a direction (rules P2 and P3).
func leftward(text string) bool {
	for _, r := range text {
		if r < 0x590 && (r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return false
		}
		switch classOf(r) {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

// turns says whether a text has letters that are read from right to left.
func turns(text string) bool {
	for _, r := range text {
		if r >= 0x590 {
			if c := classOf(r); c == bidi.R || c == bidi.AL || c == bidi.AN {
				return true
			}
		}
	}
	return false
}

func classOf(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

// stretch is a piece of a line in one direction.
type stretch struct {
	from, to int // octets
	leftward bool
}

// visual are the stretches of a line from left to right.
func visual(line string, base bool) []stretch {
	if !base && !turns(line) {
		return []stretch{{0, len(line), false}}
	}
	levels := levelsOf(line, base)
	var all []stretch
	var depth []int8
	at := 0
	for i := 0; at < len(line); i++ {
		_, size := utf8.DecodeRuneInString(line[at:])
		if n := len(all); n > 0 && depth[n-1] == levels[i] {
			all[n-1].to = at + size
		} else {
			all = append(all, stretch{at, at + size, levels[i]%2 == 1})
			depth = append(depth, levels[i])
		}
		at += size
	}
	if len(depth) == 0 {
		return all
	}
	// Rule L2.
	for level := slices.Max(depth); level > 0; level-- {
		for i := 0; i < len(depth); i++ {
			end := i
			for end < len(depth) && depth[end] >= level {
				end++
			}
			if end > i {
				slices.Reverse(all[i:end])
				slices.Reverse(depth[i:end])
				i = end - 1
			}
		}
	}
	return all
}

// levelsOf are the embedding levels of a line's characters.
func levelsOf(line string, base bool) []int8 {
	var classes []bidi.Class
	for _, r := range line {
		classes = append(classes, classOf(r))
	}
	level, edge := int8(0), bidi.L
	if base {
		level, edge = 1, bidi.R
	}
	weak(classes, edge)
	brackets([]rune(line), classes, edge)
	neutral(classes, edge)
	levels := make([]int8, len(classes))
	for i, c := range classes { // rules I1 and I2
		levels[i] = level
		switch {
		case c == bidi.R:
			levels[i] = 1
		case c == bidi.L && base, c == bidi.EN || c == bidi.AN:
			levels[i] = 2
		}
	}
	for i := len(classes) - 1; i >= 0 && (classes[i] == bidi.WS || classes[i] == bidi.B || classes[i] == bidi.S); i-- {
		levels[i] = level // rule L1
	}
	return levels
}

// weak resolves numbers and what stands between them (rules W1 to W7).
func weak(classes []bidi.Class, edge bidi.Class) {
	strong, before := edge, edge
	for i, c := range classes {
		if c == bidi.NSM {
			c = before
		}
		before = c
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.AL:
			strong, c = c, bidi.R
		case bidi.EN:
			if strong == bidi.AL {
				c = bidi.AN
			}
		}
		classes[i] = c
	}
	for i := 1; i+1 < len(classes); i++ {
		a, b := classes[i-1], classes[i+1]
		if a == b && (classes[i] == bidi.ES && a == bidi.EN || classes[i] == bidi.CS && (a == bidi.EN || a == bidi.AN)) {
			classes[i] = a
		}
	}
	for i := 0; i < len(classes); i++ {
		if classes[i] != bidi.ET {
			continue
		}
		end := i
		for end < len(classes) && classes[end] == bidi.ET {
			end++
		}
		if i > 0 && classes[i-1] == bidi.EN || end < len(classes) && classes[end] == bidi.EN {
			for ; i < end; i++ {
				classes[i] = bidi.EN
			}
		}
		i = max(i, end) - 1
	}
	strong = edge
	for i, c := range classes {
		switch c {
		case bidi.L, bidi.R:
			strong = c
		case bidi.EN:
			if strong == bidi.L {
				classes[i] = bidi.L
			}
		}
	}
}

// pairs are the brackets that count as such, opening and closing.
var pairs = map[rune]rune{'(': ')', '[': ']', '{': '}', '（': '）', '【': '】', '「': '」', '『': '』', '《': '》', '〈': '〉'}

// brackets gives both of a pair one direction: that of the line if there is text
// of it between them, else that of the text there if it goes on in it, too
// (rule N0).
func brackets(line []rune, classes []bidi.Class, edge bidi.Class) {
	const deepest = 63
	var open []int
	var found [][2]int
	for i, r := range line {
		if classes[i] != bidi.ON {
			continue
		}
		if _, opens := pairs[r]; opens {
			if len(open) == deepest {
				break
			}
			open = append(open, i)
			continue
		}
		for n := len(open) - 1; n >= 0; n-- {
			if pairs[line[open[n]]] == r {
				found, open = append(found, [2]int{open[n], i}), open[:n]
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	for _, pair := range found {
		var same, other bool
		for i := pair[0] + 1; i < pair[1] && !same; i++ {
			if resolved(classes[i]) {
				is := directionOf(classes, i, edge) == edge
				same, other = is, other || !is
			}
		}
		to := edge
		if !same && !other {
			continue
		}
		if !same {
			for i := pair[0]; ; i-- {
				if i < 0 || resolved(classes[i]) {
					to = directionOf(classes, i, edge)
					break
				}
			}
		}
		classes[pair[0]], classes[pair[1]] = to, to
	}
}

// directionOf is that of a character that is resolved; numbers count as R.
func directionOf(classes []bidi.Class, i int, edge bidi.Class) bidi.Class {
	switch {
	case i < 0 || i >= len(classes):
		return edge
	case classes[i] == bidi.L:
		return bidi.L
	}
	return bidi.R
}

// neutral resolves what has no direction: as what surrounds it if that is of
// one mind, else as the line (rules N1 and N2). White space stays what it is
// where it takes the line's direction, for the end of a line.
func neutral(classes []bidi.Class, edge bidi.Class) {
	for i := 0; i < len(classes); i++ {
		end := i
		for end < len(classes) && !resolved(classes[end]) {
			end++
		}
		if end == i {
			continue
		}
		to := edge
		if before, behind := directionOf(classes, i-1, edge), directionOf(classes, end, edge); before == behind {
			to = before
		}
		for ; i < end; i++ {
			if end < len(classes) || to != edge {
				classes[i] = to
			}
		}
		i--
	}
}

func resolved(c bidi.Class) bool {
	return c == bidi.L || c == bidi.R || c == bidi.EN || c == bidi.AN
}
