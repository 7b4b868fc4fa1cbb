package linebreak

// Ends breaks one line of text, which has no line feed, into lines no wider
// than width, and returns where each ends, in octets; spaces at an end belong
// to the line and may stand out of it. advance is the width of one character,
// which is text[from:to]; each is asked for once. A word that is longer than a
// line is broken between characters; one character is never broken.
func Ends(text string, width float32, advance func(from, to int) float32) []int {
	var ends []int
	var x, sinceBreak float32 // of the line; of what stands behind the last place to break
	from, start, last := 0, 0, 0
	for _, c := range characters(text) {
		w := advance(from, c.end)
		blank := text[from:c.end] == " "
		if x+w > width && !blank && from > start {
			if last > start {
				ends, start, x = append(ends, last), last, sinceBreak
			}
			if x+w > width && from > start {
				ends, start, x = append(ends, from), from, 0
			}
			sinceBreak = x
		}
		x += w
		sinceBreak += w
		if from = c.end; c.mayBreak {
			last, sinceBreak = from, 0
		}
	}
	return append(ends, len(text))
}

// Characters returns where each character of a text ends, in octets: what a
// reader takes for one (UAX #29).
func Characters(text string) []int {
	var ends []int
	for _, c := range characters(text) {
		ends = append(ends, c.end)
	}
	return ends
}
