package charset

import "bytes"

// withoutWebcodes leaves out the emoji that SoftBank's first phones wrote amid a
// text of whatever charset: ESC $, a page, codes, SI. They are too rare now for a
// table of their own; left in, they would be read as letters or kanji.
func withoutWebcodes(b []byte) []byte {
	const begin = "\x1b$"
	var out []byte
	from := 0
	for i := 0; ; {
		next := bytes.Index(b[i:], []byte(begin))
		if next < 0 {
			break
		}
		i += next
		size := webcodes(b[i:])
		if size > 0 {
			out = append(out, b[from:i]...)
			from = i + size
		}
		i += max(size, len(begin))
	}
	if from == 0 {
		return b
	}
	return append(out, b[from:]...)
}

// webcodes is how long the run is at the beginning of b, or 0.
func webcodes(b []byte) int {
	const head = 3
	if len(b) <= head || bytes.IndexByte([]byte("GEFOPQ"), b[head-1]) < 0 {
		return 0
	}
	for i, c := range b[head:] {
		switch {
		case c == 0x0f && i > 0:
			return head + i + 1
		case c < 0x21 || c > 0x7a:
			return 0
		}
	}
	return 0
}
