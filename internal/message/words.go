package message

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

// decoder decodes fields; hint is the charset that the message declares
// elsewhere, or empty.
type decoder struct{ hint string }

// encodedWord is an encoded word of RFC 2047. Blanks inside the text, which
// some programs leave in Q words, are forgiven.
var encodedWord = regexp.MustCompile(`=\?([A-Za-z0-9_:.()+-]+)(?:\*[A-Za-z-]*)?\?([BbQq])\?([^?]*)\?=`)

// plain decodes a part of a field that must not have encoded words.
func (d decoder) plain(b []byte) string {
	return plaintext.Truncate(plaintext.Clean(decode(b, d.hint)), maxField)
}

// text decodes a field with encoded words (RFC 2047) and undeclared octets.
func (d decoder) text(value []byte) string {
	var out strings.Builder
	var pending []byte // octets of adjacent words in one charset
	charset := ""
	flush := func() {
		out.WriteString(decode(pending, charset))
		pending = nil
	}
	rest := value
	for {
		m := encodedWord.FindSubmatchIndex(rest)
		if m == nil {
			break
		}
		between := rest[:m[0]]
		word := strings.ToLower(string(rest[m[2]:m[3]]))
		// White space between two words does not count. A character may be
		// split between them, so they are joined before they are decoded.
		adjacent := len(pending) > 0 && len(bytes.TrimSpace(between)) == 0
		if !adjacent || word != charset {
			flush()
			if !adjacent {
				out.WriteString(decode(between, d.hint))
			}
		}
		charset = word
		pending = append(pending, wordOctets(rest[m[4]], rest[m[6]:m[7]])...)
		if len(pending) == 0 {
			pending = []byte{} // an empty word still joins its neighbours
		}
		rest = rest[m[1]:]
	}
	flush()
	out.WriteString(decode(rest, d.hint))
	return plaintext.Truncate(plaintext.Clean(out.String()), maxField)
}

func wordOctets(encoding byte, text []byte) []byte {
	if encoding == 'B' || encoding == 'b' {
		return unbase64(text)
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '_':
			out = append(out, ' ')
		case text[i] == '=' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, hex2(text[i+1], text[i+2]))
			i += 2
		default:
			out = append(out, text[i])
		}
	}
	return out
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

// unbase64 decodes what it can of text, padded or not.
func unbase64(text []byte) []byte {
	clean := bytes.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '+' || r == '/' {
			return r
		}
		return -1
	}, text)
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(out, clean[:len(clean)-len(clean)%4])
	if tail := clean[len(clean)-len(clean)%4:]; len(tail) > 1 {
		more, _ := base64.RawStdEncoding.Decode(out[n:], tail)
		n += more
	}
	return out[:n]
}
