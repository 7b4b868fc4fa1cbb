package charset

import (
	"bytes"
	"unicode/utf8"
)

// untorn joins the halves of characters of UTF-8 that somebody who counts octets
// has put a line end or a blank between, where they are all that is wrong in b.
func untorn(b []byte) []byte {
	const longest = 3 // CR LF and a blank
	if utf8.Valid(b) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r != utf8.RuneError || size != 1 {
			out = append(out, b[i:i+size]...)
			i += size
			continue
		}
		half := subpart(b[i:])
		if i+half == len(b) {
			return append(out, b[i:]...) // cut off, and not torn
		}
		rest := bytes.TrimLeft(b[i+half:min(len(b), i+half+longest+1)], " \t\r\n")
		blanks := min(len(b), i+half+longest+1) - i - half - len(rest)
		next := i + half + blanks
		char := append(bytes.Clone(b[i:i+half]), b[next:min(len(b), next+utf8.UTFMax)]...)
		r, size = utf8.DecodeRune(char)
		if blanks == 0 || blanks > longest || r == utf8.RuneError || size <= half {
			return b
		}
		out = append(out, char[:size]...)
		i = next + size - half
	}
	return out
}
