package message

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/charset"
)

// shortest is how many digits a line has at least that is not an encoder's last.
const shortest = 40

// mostAsked is how many lines of a body are asked whether they belong to it.
const mostAsked = 50

// decodeBase64 decodes lines of base64, with stray characters and padding
// wherever it stands: several encoders write one body. A line that cannot be
// base64 begins the text that a mailing list or a gateway added, and so does one
// behind the last of an encoder that isAdded says is that; it may be nil.
func decodeBase64(body []byte, isAdded func(before, line []byte) bool) []byte {
	if !looksBase64(firstLine(bytes.TrimSpace(body))) {
		return body
	}
	var (
		out   []byte
		start int // what of the body is not in out yet
		group int // digits of it
		most  int // digits of the longest line
		asked int
		ended bool
	)
	flush := func(end int) {
		out = append(out, unbase64(body[start:end])...)
		start, group = end, 0
	}
	for at := 0; at < len(body); {
		line := firstLine(body[at:])
		next := min(at+len(line)+1, len(body))
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			at = next
			continue
		}
		added := most > 0 && !looksBase64(line)
		if most > 0 && !added && isAdded != nil && asked < mostAsked && group%4 == 0 && (ended || !onlyBase64(line)) {
			flush(at)
			asked++
			added = !moreBase64(body[at:]) && isAdded(out, line)
		}
		if added {
			flush(at)
			return append(append(out, '\n'), body[at:]...)
		}
		digits := base64Digits(line)
		group += digits
		most = max(most, digits)
		// Only the last line of an encoder is shorter than the others, which are
		// never this short.
		ended = digits < max(most, shortest)
		if bytes.IndexByte(line, '=') >= 0 {
			flush(next)
			ended = true
		}
		at = next
	}
	flush(len(body))
	return out
}

// moreBase64 says whether some lines follow that are clean base64.
func moreBase64(body []byte) bool {
	const enough = 2
	n := 0
	for len(body) > 0 && n < enough {
		line := firstLine(body)
		body = body[min(len(line)+1, len(body)):]
		if line = bytes.TrimSpace(line); len(line)%4 != 0 || !onlyBase64(line) {
			return false
		}
		if len(line) > 0 {
			n++
		}
	}
	return n == enough
}

// isAdded says whether a line that could be base64 is a text behind it: what
// stands before it goes on with the line as it is, far more likely than with
// what it would be decoded.
func (p *part) isAdded(before, line []byte) bool {
	const few, enough = 10, 512
	if before = before[max(0, len(before)-enough):]; len(before) == enough {
		// No character, and no escape, is torn.
		for _, c := range []byte("\n\x1b ") {
			if i := bytes.IndexByte(before, c); i >= 0 {
				before = before[i:]
				break
			}
		}
	}
	line = line[:min(len(line), enough)]
	decoded := unbase64(line)
	if len(line) < few || onlyBase64(line) && !wordy(line) || hasControls(before) {
		return false // no words; no text, or in two octets to a character
	}
	declared := p.params.get("charset")
	text, used := charset.Decode(append(bytes.Clone(before), '\n'), declared, charset.Hints{})
	if inUnits(used) || strings.HasSuffix(text, "\ufffd\n") {
		return false // or a character goes on
	}
	with, other := charset.Decode(append(bytes.Clone(before), decoded...), declared, charset.Hints{})
	torn := other != used || strings.HasPrefix(used, "iso-2022-") && slices.ContainsFunc(decoded, func(c byte) bool { return c >= 0x80 }) ||
		hasControls([]byte(with)) || strings.Count(with, "\ufffd") > strings.Count(text, "\ufffd")
	return charset.Likelier(text+string(line), with, torn)
}

// beforeBase64 is how much text a gateway has put before a body in base64, which
// is all of one that was never encoded.
func (p *part) beforeBase64() int {
	const lines, few = 20, 8
	body := p.body
	first := firstLine(bytes.TrimSpace(body))
	if looksBase64(first) && (onlyBase64(first) && !wordy(first) || onlyStray(first) || !p.isText(first)) {
		return 0
	}
	at := 0
	for range lines {
		line := firstLine(body[at:])
		if text := bytes.TrimSpace(line); at > 0 && len(text) >= few && onlyBase64(text) && len(text)%4 == 0 && !wordy(text) {
			if decoded := withoutCut(unbase64(text)); !hasControls(decoded) && (utf8.Valid(decoded) || len(decoded) >= 3*few) {
				return at
			}
		}
		if at += len(line) + 1; at >= len(body) {
			break
		}
	}
	return len(body)
}

// isText says whether a line that could be base64 is none, because it would be
// controls, or not in its charset.
func (p *part) isText(line []byte) bool {
	declared := p.params.get("charset")
	decoded, used := charset.Decode(unbase64(line), declared, charset.Hints{})
	torn := hasControls([]byte(decoded)) || strings.Contains(decoded, "\ufffd") || used != "utf-8" && charset.Same(declared, "utf-8")
	return !inUnits(used) && torn && charset.Likelier(string(line), decoded, true)
}

// inUnits says whether a charset has two octets or four to every character.
func inUnits(name string) bool {
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf-32")
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return line
}

// withoutCut is b without the beginning of a character of UTF-8 at its end.
func withoutCut(b []byte) []byte {
	for n := 1; n <= min(utf8.UTFMax-1, len(b)); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}

// hasControls says whether b has octets that no text has: ISO 2022 shifts by
// ESC, SO and SI.
func hasControls(b []byte) bool {
	return bytes.ContainsFunc(b, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != 0x0e && r != 0x0f && r != 0x1b || r == 0x7f
	})
}

func base64Digits(line []byte) int {
	n := 0
	for _, c := range line {
		if base64Digit(c) >= 0 {
			n++
		}
	}
	return n
}

// onlyBase64 says whether a line has nothing but digits of base64, and padding.
func onlyBase64(line []byte) bool {
	digits := bytes.TrimRight(line, "=")
	return base64Digits(digits) == len(digits) && len(line)-len(digits) <= 2
}

// onlyStray says whether a line is a whole one of base64 but for one octet, and
// no words.
func onlyStray(line []byte) bool {
	return len(line) >= shortest && base64Digits(line) == len(line)-1 && !bytes.ContainsAny(line, " \t") && !wordy(line)
}

// wordy says whether the letters of a line make words: with capitals at their
// beginning, or throughout, and with no digit amid them.
func wordy(line []byte) bool {
	isUpper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	isLetter := func(c byte) bool { return isUpper(c) || c >= 'a' && c <= 'z' }
	letters, words := 0, 0
	for i := 0; i < len(line); {
		start, upper := i, 0
		for i < len(line) && isLetter(line[i]) {
			if isUpper(line[i]) {
				upper++
			}
			i++
		}
		after := len(line[i:]) - len(bytes.TrimLeft(line[i:], "0123456789")) // digits
		switch n := i - start; {
		case n == 0:
			i++
			continue
		case upper > 1 && upper < n, upper == 1 && !isUpper(line[start]), after > 0 && i+after < len(line) && isLetter(line[i+after]):
			return false
		}
		letters += i - start
		words++
	}
	return letters >= 4 && letters >= 3*words
}

// looksBase64 says whether a line is mostly of base64's alphabet, without the
// blanks that text has between its words.
func looksBase64(line []byte) bool {
	line = bytes.TrimSpace(line)
	digits, blanks, strays := 0, 0, 0
	for _, c := range line[:min(len(line), 1000)] {
		switch {
		case base64Digit(c) >= 0, c == '=':
			digits++
		case c == ' ', c == '\t':
			blanks++
		default:
			strays++
		}
	}
	return strays*4 <= digits && blanks*12 <= digits
}
