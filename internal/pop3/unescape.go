package pop3

import (
	"encoding/base64"
	"encoding/binary"
	"html"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are what an escape begins with.
const escapes = `%=\&+`

// unescaped are a text and what it stands for in the escapes that gateways and
// servers use. Each kind is undone by itself: what another would take for an
// escape may be the secret's own.
func unescaped(text string) []string {
	forms := []string{text}
	add := func(form string) {
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	plus := strings.ReplaceAll(text, "+", " ")
	add(plus)
	add(unmarked(text, '%', hexOctet)) // RFC 3986, section 2.1
	add(unmarked(plus, '%', hexOctet))
	add(unmarked(text, '=', hexOctet)) // RFC 2045, section 6.7
	add(unmarked(text, '\\', backslashed))
	add(html.UnescapeString(text))
	return forms
}

// unmarked replaces what follows a mark by what decode makes of it, which also
// says how many octets that were; none is no escape.
func unmarked(s string, mark byte, decode func(string) (string, int)) string {
	if strings.IndexByte(s, mark) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == mark {
			if octets, n := decode(s[i+1:]); n > 0 {
				b.WriteString(octets)
				i += n
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hexOctet(s string) (string, int) {
	if _, ok := hexValue(s, 2); ok {
		return unhex(s[:2]), 2
	}
	return "", 0
}

// hexValue reads the first n octets as hexadecimal digits.
func hexValue(s string, n int) (value rune, ok bool) {
	if len(s) < n {
		return 0, false
	}
	for i := range n {
		digit := digits[s[i]].hex
		if digit == none {
			return 0, false
		}
		value = value<<4 | rune(digit)
	}
	return value, true
}

// backslashed reads an escape of JSON (RFC 8259, section 7) or C, without its
// backslash.
func backslashed(s string) (string, int) {
	if s == "" {
		return "", 0
	}
	switch c := s[0]; {
	case c == 'u':
		value, ok := hexValue(s[1:], 4)
		if !ok {
			return "", 0
		}
		if utf16.IsSurrogate(value) && strings.HasPrefix(s[5:], `\u`) {
			if next, ok := hexValue(s[7:], 4); ok && utf16.DecodeRune(value, next) != utf8.RuneError {
				return string(utf16.DecodeRune(value, next)), 11
			}
		}
		return string(value), 5
	case c == 'x':
		octet, n := hexOctet(s[1:])
		return octet, n + min(n, 1)
	case c >= '0' && c <= '7':
		value, n := 0, 0
		for n < min(3, len(s)) && s[n] >= '0' && s[n] <= '7' {
			value, n = value<<3|int(s[n]-'0'), n+1
		}
		return string([]byte{byte(value)}), n
	case strings.IndexByte("abefnrtv", c) >= 0:
		return "\n", 1 // some control character
	}
	return s[:1], 1
}

// none is no digit.
const none = 0xff

// digits are the values of the digits of Base64, the alphabet for URLs
// included, and of hexadecimal.
var digits = func() (table [256]struct{ base64, hex byte }) {
	for i := range table {
		table[i].base64, table[i].hex = none, none
	}
	for _, alphabet := range []string{"+/", "-_"} {
		alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + alphabet
		for i := range len(alphabet) {
			table[alphabet[i]].base64 = byte(i)
		}
	}
	for _, alphabet := range []string{"0123456789abcdef", "0123456789ABCDEF"} {
		for i := range len(alphabet) {
			table[alphabet[i]].hex = byte(i)
		}
	}
	return table
}()

// fromUTF16 decodes whole units.
func fromUTF16(s string, order binary.ByteOrder) string {
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = order.Uint16([]byte(s[2*i : 2*i+2]))
	}
	return string(utf16.Decode(units))
}

// runs are the longest parts of a text of which every octet is one of a kind.
func runs(text string, of func(byte) bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		begin := 0
		for i := 0; i <= len(text); i++ {
			if i < len(text) && of(text[i]) {
				continue
			}
			if i > begin && !yield(text[begin:i]) {
				return
			}
			begin = i + 1
		}
	}
}

// standard makes digits of the alphabet for URLs those of the other.
var standard = strings.NewReplacer("-", "+", "_", "/")

// unbase64 decodes digits of either alphabet, whole octets of them.
func unbase64(word string) string {
	word = standard.Replace(word)
	if len(word)%4 == 1 {
		word = word[:len(word)-1]
	}
	b, _ := base64.RawStdEncoding.DecodeString(word) // what was decoded until an error
	return string(b)
}

func unhex(word string) string {
	b := make([]byte, len(word)/2)
	for i := range b {
		b[i] = digits[word[2*i]].hex<<4 | digits[word[2*i+1]].hex
	}
	return string(b)
}
