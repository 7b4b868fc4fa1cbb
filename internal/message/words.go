package message

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/charset"
	"github.com/traymail/traymail/internal/plaintext"
)

// maxValue is how many octets of a field are decoded.
const maxValue = 64 << 10

// decoder decodes fields.
type decoder struct {
	// hint is the charset that the message's body declares, or empty.
	hint string
	// hints are what else speaks for the charset of undeclared octets.
	hints charset.Hints
}

// undeclared decodes octets that no charset is given for.
func (d decoder) undeclared(b []byte) string {
	if plainASCII(b) && !bytes.Contains(b, []byte("~{")) { // HZ (RFC 1843) is made of ASCII
		return string(b)
	}
	h := d.hints
	if d.hint != "" {
		h.Charsets = append([]string{d.hint}, h.Charsets...)
	}
	text, _ := charset.Decode(b, "", h)
	return text
}

// otherCharset is what a header says of the charset of its undeclared octets:
// that of its encoded words, or the one in which all of its fields together are
// likeliest. It is empty where nothing tells.
func (d decoder) otherCharset(list fields) string {
	var raw [][]byte
	for _, name := range []string{"subject", "from", "to"} {
		value := list.get(name)
		if label := wordCharset(value); label != "" {
			return label
		}
		if value = value[:min(len(value), maxField)]; !plainASCII(value) {
			raw = append(raw, value)
		}
	}
	if len(raw) < 2 {
		return ""
	}
	_, used := charset.Decode(bytes.Join(raw, []byte("\n")), "", d.hints)
	return used
}

// undeclaredOctets says whether the fields that are shown have octets of no
// declared charset.
func undeclaredOctets(list fields) bool {
	return !plainASCII(list.get("subject")) || !plainASCII(list.get("from")) || !plainASCII(list.get("to"))
}

// unknownOctets says whether the fields that are shown have octets that are not
// UTF-8, either.
func unknownOctets(list fields) bool {
	for _, name := range []string{"subject", "from", "to"} {
		if value := list.get(name); !utf8.Valid(withoutCut(value)) {
			return true
		}
	}
	return false
}

// declared decodes octets with a label, which may be empty.
func (d decoder) declared(b []byte, label string) string {
	if label == "" {
		return d.undeclared(b)
	}
	text, _ := charset.Decode(b, label, d.hints)
	return text
}

// plainASCII says whether b needs no decoding. ISO-2022 needs it: it is made of
// ASCII octets and escapes.
func plainASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 || c == 0x1b {
			return false
		}
	}
	return true
}

// plain decodes a part of a field that must not have encoded words.
func (d decoder) plain(b []byte) string {
	return plaintext.Truncate(plaintext.Clean(d.undeclared(b[:min(len(b), maxValue)])), maxField)
}

// text decodes a field with encoded words (RFC 2047) and undeclared octets.
func (d decoder) text(value []byte) string {
	value = value[:min(len(value), maxValue)]
	text := d.words(value)
	// Some gateways encode what is encoded already.
	if text != string(value) && onlyWords(text) {
		text = d.words([]byte(text))
	}
	return plaintext.Truncate(plaintext.Clean(text), maxField)
}

func (d decoder) words(value []byte) string {
	var out strings.Builder
	var pending []byte // octets of adjacent words in one charset
	label, after := "", false
	flush := func() {
		if len(pending) > 0 {
			out.WriteString(d.declared(pending, label))
		}
		pending = nil
	}
	at := 0
	for {
		w, ok := nextWord(value, at)
		if !ok {
			break
		}
		between := value[at:w.start]
		octets, ok := w.octets()
		if !ok {
			flush()
			out.WriteString(d.undeclared(value[at:w.next]))
			at, after = w.next, false
			continue
		}
		// White space between two words does not count. A character may be
		// split between them, so they are joined before they are decoded.
		adjacent := after && len(bytes.TrimSpace(between)) == 0
		if !adjacent || w.label != label && !charset.Same(w.label, label) {
			flush()
			if !adjacent {
				out.WriteString(d.undeclared(between))
			}
			label = w.label
		}
		after, at = true, w.next
		pending = join(pending, octets, label)
	}
	flush()
	if rest := value[at:]; !after || !cutHead(rest) {
		out.WriteString(d.undeclared(rest))
	}
	return out.String()
}

// join appends the octets of a word. By RFC 2047, section 3, a word of
// ISO-2022 ends in ASCII; some do not, and the next one may begin anew or go
// on: what has blanks or half a character is no Japanese.
func join(pending, octets []byte, label string) []byte {
	if strings.HasPrefix(label, "iso-2022-") && len(octets) > 0 && octets[0] != 0x1b {
		if i := bytes.LastIndexByte(pending, 0x1b); i >= 0 && i+1 < len(pending) && pending[i+1] == '$' &&
			(len(octets)%2 == 1 || bytes.IndexByte(octets, ' ') >= 0) && bytes.IndexByte(octets, 0x1b) < 0 {
			pending = append(pending, "\x1b(B"...)
		}
	}
	return append(pending, octets...)
}

// word is an encoded word of RFC 2047.
type word struct {
	start, next int
	label       string // the charset in lower case, without a language (RFC 2231, section 5)
	encoding    byte   // 'b' or 'q'
	text        []byte
	whole       bool // its end is there
}

// nextWord finds the first encoded word from a place on. Blanks and quotes
// around the charset, blanks and question marks in the text, and a missing
// end are forgiven.
func nextWord(s []byte, from int) (w word, ok bool) {
	for {
		i := wordStart(s[from:])
		if i < 0 {
			return w, false
		}
		w.start = from + i
		var n int
		if w.label, w.encoding, n = wordHead(s[w.start:]); n > 0 {
			w.end(s, w.start+n)
			return w, true
		}
		from = w.start + 2
	}
}

// wordStart is where =? stands next in s, or -1. Folding may have torn it.
func wordStart(s []byte) int {
	for i := 0; ; i++ {
		next := bytes.IndexByte(s[i:], '=')
		if next < 0 {
			return -1
		}
		i += next
		if mark := skipBlanks(s, i+1); mark < len(s) && s[mark] == '?' {
			return i
		}
	}
}

// wordHead reads =?charset?encoding? at the beginning of s, and its length, 0
// where there is none.
func wordHead(s []byte) (label string, encoding byte, n int) {
	const longest = 90
	s = s[:min(len(s), longest)]
	if len(s) == 0 || s[0] != '=' {
		return "", 0, 0
	}
	begin := skipBlanks(s, 1)
	if begin == len(s) || s[begin] != '?' {
		return "", 0, 0
	}
	begin++
	mark := bytes.IndexByte(s[begin:], '?')
	if mark < 0 {
		return "", 0, 0
	}
	name, _, _ := bytes.Cut(s[begin:begin+mark], []byte("*"))
	name = bytes.Trim(name, " \t\"'")
	if words := bytes.Fields(name); len(words) == 2 { // folding tore it
		if joined := bytes.Join(words, nil); charset.Known(string(joined)) {
			name = joined
		}
	}
	for _, c := range name {
		if !isLabel(c) {
			return "", 0, 0
		}
	}
	n = skipBlanks(s, begin+mark+1)
	if n >= len(s) {
		return "", 0, 0
	}
	encoding = s[n] | 0x20
	n = skipBlanks(s, n+1)
	if encoding != 'b' && encoding != 'q' || n >= len(s) || s[n] != '?' {
		return "", 0, 0
	}
	label = strings.ToLower(string(name))
	if label == "utf8" {
		label = "utf-8"
	}
	return label, encoding, n + 1
}

func isLabel(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("_:.()+-", c) >= 0
}

func skipBlanks(s []byte, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

// end finds where the text of a word ends, which begins at from.
func (w *word) end(s []byte, from int) {
	for i := from; i+1 < len(s); i++ {
		switch {
		case s[i] == '?' && s[i+1] == '=':
			if w.encoding == 'q' && goesOn(s[i+2:]) {
				continue
			}
			w.text, w.next, w.whole = s[from:i], i+2, true
			if _, _, n := wordHead(s[i+1:]); n > 0 {
				w.next-- // its = begins the next one
			}
			return
		case s[i] == '=' && s[i+1] == '?':
			if _, _, n := wordHead(s[i:]); n > 0 {
				if !w.tornEnd(s[:i], from) {
					w.text, w.next, w.whole = bytes.TrimRight(s[from:i], " \t?"), i, false
				}
				return
			}
		}
	}
	if w.tornEnd(s, from) {
		return
	}
	w.next, w.whole = len(s), false
	if w.encoding == 'b' {
		for i := from; i < len(s); i++ {
			if base64Digit(s[i]) < 0 && s[i] != '=' {
				w.next = i
				break
			}
		}
	}
	w.text = bytes.TrimRight(s[from:w.next], "?")
	if w.next < len(s) && s[w.next] == '?' && w.next+1 == len(s) {
		w.next++
	}
}

// tornEnd finds the end of a word if folding has put blanks into it.
func (w *word) tornEnd(s []byte, from int) bool {
	for i := from; i < len(s); i++ {
		if s[i] != '?' {
			continue
		}
		end := skipBlanks(s, i+1)
		if end > i+1 && end < len(s) && s[end] == '=' && (end+1 == len(s) || isBlank(s[end+1])) {
			w.text, w.next, w.whole = s[from:i], end+1, true
			return true
		}
	}
	return false
}

// goesOn says whether ?= is no end, but a question mark and an octet written
// as =3D: then another end follows.
func goesOn(s []byte) bool {
	if len(s) < 2 || !isHex(s[0]) || !isHex(s[1]) {
		return false
	}
	for i := 2; i+1 < len(s) && !isBlank(s[i]); i++ {
		if s[i] == '=' && s[i+1] == '?' {
			return false
		}
		if s[i] == '?' && s[i+1] == '=' {
			return true
		}
	}
	return false
}

// cutHead says whether s is a word that is cut before its text.
func cutHead(s []byte) bool {
	s = bytes.TrimSpace(s)
	if len(s) > 90 || !bytes.HasPrefix(s, []byte("=?")) {
		return false
	}
	label, encoding, _ := bytes.Cut(s[2:], []byte("?"))
	for _, c := range label {
		if !isLabel(c) && c != '*' {
			return false
		}
	}
	return len(encoding) == 0 || len(encoding) == 1 && (encoding[0]|0x20 == 'b' || encoding[0]|0x20 == 'q')
}

// onlyWords says whether s consists of encoded words.
func onlyWords(s string) bool {
	b := []byte(strings.TrimSpace(s))
	if !bytes.HasPrefix(b, []byte("=?")) || !bytes.HasSuffix(b, []byte("?=")) {
		return false
	}
	at := 0
	for at < len(b) {
		w, ok := nextWord(b, at)
		if !ok || !w.whole || len(bytes.TrimSpace(b[at:w.start])) > 0 {
			return false
		}
		at = w.next
	}
	return true
}

// wordCharset is the charset of the first encoded word of a field, in lower
// case, or empty.
func wordCharset(value []byte) string {
	w, _ := nextWord(value, 0)
	return w.label
}

// octets undoes the encoding, whichever it is: programs mix them up. What is
// neither is left.
func (w word) octets() ([]byte, bool) {
	if w.encoding == 'q' {
		if octets, ok := disguised(w.text); ok && w.label == "utf-8" {
			return octets, true
		}
		return unq(w.text), true
	}
	if isBase64(w.text) {
		return unbase64(w.text), true
	}
	if text := base64URL.Replace(string(w.text)); isBase64([]byte(text)) {
		return unbase64([]byte(text)), true
	}
	for i := 0; i+2 < len(w.text); i++ {
		if w.text[i] == '=' && isHex(w.text[i+1]) && isHex(w.text[i+2]) {
			return unq(w.text), true
		}
	}
	return nil, false
}

// disguised decodes base64 that is called Q, if it can be nothing else.
func disguised(text []byte) ([]byte, bool) {
	if len(text) < 8 || len(text)%4 != 0 || !isBase64(text) || bytes.IndexByte(bytes.TrimRight(text, "="), '=') >= 0 {
		return nil, false
	}
	octets := unbase64(text)
	foreign := 0
	for rest := octets; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return nil, false
		}
		if r >= 0x80 {
			foreign++
		}
		rest = rest[n:]
	}
	return octets, foreign > 1
}

// base64URL makes base64 of the alphabet for addresses (RFC 4648, section 5).
var base64URL = strings.NewReplacer("-", "+", "_", "/")

// unq undoes Q (RFC 2047, section 4.2). Octets and blanks that it does not
// allow are kept; an octet that folding has torn is mended.
func unq(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '_':
			out = append(out, ' ')
		case '=':
			next := skipBlanks(text, i+1)
			switch {
			case next+1 < len(text) && isHex(text[next]) && isHex(text[next+1]):
				out = append(out, hex2(text[next], text[next+1]))
				i = next + 1
			case next == i+1 && next+1 < len(text) && isHex(text[next]) && isBlank(text[next+1]) && hexAfterBlanks(text, next+1):
				i = skipBlanks(text, next+1)
				out = append(out, hex2(text[next], text[i]))
			case next > i+1 && next < len(text) && text[next] == '=':
				i = next - 1 // a soft line break, as quoted-printable has them
			default:
				out = append(out, c)
			}
		default:
			out = append(out, c)
		}
	}
	return out
}

// hexAfterBlanks says whether the second digit of an octet stands behind blanks.
func hexAfterBlanks(text []byte, i int) bool {
	i = skipBlanks(text, i)
	return i < len(text) && isHex(text[i])
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'F' || b >= 'a' && b <= 'f'
}

// hex2 is the octet that two digits write.
func hex2(high, low byte) byte { return digit(high)<<4 | digit(low) }

func digit(b byte) byte {
	if b <= '9' {
		return b - '0'
	}
	return b&^0x20 - 'A' + 10
}

// base64Digit is the value of a digit of base64, or -1.
func base64Digit(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// isBase64 says whether text can be base64: with blanks, without padding, or
// padded inside, as when several texts were encoded one by one.
func isBase64(text []byte) bool {
	place, padded := 0, false // in a group of four
	for _, c := range text {
		switch {
		case isBlank(c):
			continue
		case c == '=':
			if place == 1 {
				return false
			}
			if padded = place != 0; !padded {
				continue
			}
		case base64Digit(c) < 0 || padded:
			return false
		}
		if place = (place + 1) % 4; place == 0 {
			padded = false
		}
	}
	return true
}

// unbase64 decodes what it can of text, padded or not, or padded inside.
func unbase64(text []byte) []byte {
	out := make([]byte, 0, len(text)/4*3+3)
	group, digits := 0, 0
	flush := func() {
		switch digits {
		case 2:
			out = append(out, byte(group>>4&0xff))
		case 3:
			out = append(out, byte(group>>10&0xff), byte(group>>2&0xff))
		}
		group, digits = 0, 0
	}
	for _, c := range text {
		if c == '=' {
			flush()
			continue
		}
		d := base64Digit(c)
		if d < 0 {
			continue
		}
		group = group<<6 | d
		if digits++; digits == 4 {
			out = append(out, byte(group>>16), byte(group>>8), byte(group))
			group, digits = 0, 0
		}
	}
	flush()
	return out
}
