// Package linebreak breaks text into lines where Unicode allows it (UAX #14):
// between Chinese characters, but not before a comma or within a Latin word.
package linebreak

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/segmenter"
)

// Break breaks text into lines no wider than width by measure, in any unit, and
// takes spaces at their ends away. A word that is longer than a line is broken
// between characters; one character is never broken. Only so much is measured
// at a time as a line or two can hold, so that long text takes no longer than
// many lines do.
func Break(text string, width float32, measure func(string) float32) []string {
	var lines []string
	for hard := range strings.SplitSeq(text, "\n") {
		chars := characters(hard)
		if len(chars) == 0 {
			lines = append(lines, "")
		}
		for start := 0; len(chars) > 0; {
			upTo := func(n int) string { return strings.TrimRight(hard[start:chars[n-1].end], " ") }
			n := most(len(chars), func(n int) bool { return measure(upTo(n)) <= width })
			if n < len(chars) {
				n = lastBreak(chars[:n])
			}
			lines = append(lines, upTo(n))
			start, chars = chars[n-1].end, chars[n:]
		}
	}
	return lines
}

// most is the greatest n of 1 to limit for which fits holds, or 1. It tries
// none that is more than twice as great as one that holds.
func most(limit int, fits func(n int) bool) int {
	good, bad := 1, 2
	for bad <= limit && fits(bad) {
		good, bad = bad, 2*bad
	}
	bad = min(bad, limit+1)
	return good + sort.Search(bad-good-1, func(i int) bool { return !fits(good + 1 + i) })
}

// lastBreak says after how many of these characters the line ends.
func lastBreak(chars []character) int {
	for n := len(chars); n > 0; n-- {
		if chars[n-1].mayBreak {
			return n
		}
	}
	return len(chars)
}

// character is what a reader takes for one.
type character struct {
	end      int  // in the text, in octets
	mayBreak bool // a line may end here
}

// characters are those of a text. Korean is broken at spaces only, as it is
// where it is set with care; UAX #14, section 8.2, leaves that to the program.
func characters(text string) []character {
	var parts segmenter.Segmenter
	parts.InitWithString(text)
	breaks := map[int]bool{}
	for i, end := parts.LineIterator(), 0; i.Next(); {
		end += len(string(i.Line().Text))
		before, _ := utf8.DecodeLastRuneInString(text[:end])
		after, _ := utf8.DecodeRuneInString(text[end:])
		breaks[end] = before == ' ' || !unicode.Is(unicode.Hangul, before) && !unicode.Is(unicode.Hangul, after)
	}
	var chars []character
	for i, end := parts.GraphemeIterator(), 0; i.Next(); {
		end += len(string(i.Grapheme().Text))
		chars = append(chars, character{end, breaks[end]})
	}
	return chars
}
