package message

import (
	"bytes"
	"strings"

	"github.com/traymail/traymail/internal/charset"
)

// transfer is a content transfer encoding (RFC 2045, section 6).
type transfer int

const (
	identity transfer = iota // 7bit, 8bit, binary
	base64Encoding
	quotedPrintable
	uuencode
)

// transferEncoding reads a Content-Transfer-Encoding field, also `"base64"`,
// `base64;`, `base64 (comment)`, `8bit, base64` and what is misspelt.
func transferEncoding(value []byte) transfer {
	text := strings.ToLower(string(value[:min(len(value), 200)]))
	if i := strings.IndexAny(text, ";("); i >= 0 {
		text = text[:i]
	}
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimPrefix(strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, one), "x")
		switch meant(one, []string{"base64", "quotedprintable", "uuencode"}) {
		case "base64", "b64":
			return base64Encoding
		case "quotedprintable", "qp":
			return quotedPrintable
		case "uuencode", "uue":
			return uuencode
		}
	}
	return identity
}

// encodings are those that a part declares, which may be two.
func (p *part) encodings() (all []transfer) {
	for _, f := range p.fields {
		if f.name == "content-transfer-encoding" {
			all = append(all, transferEncoding(f.value))
		}
	}
	return all
}

// encoding is the one that a part declares. Of two it is one that has to be undone:
// what some program wrote first, before it encoded the text, or another did.
func (p *part) encoding() transfer {
	for _, e := range p.encodings() {
		if e != identity {
			return e
		}
	}
	return identity
}

// hasEncoding is the one that the body of a text has of those that are declared.
func (p *part) hasEncoding() transfer {
	all := p.encodings()
	if len(all) < 2 || all[0] == all[1] {
		return p.misdeclared(p.encoding())
	}
	for _, e := range all {
		if e != identity && e.fits(p.body) {
			return e
		}
	}
	return identity
}

// misdeclared is the encoding of a body that declares e: base64 and
// quoted-printable are mixed up, and what is one of them is hardly the other.
func (p *part) misdeclared(e transfer) transfer {
	declared := p.params.get("charset")
	readable := func(octets []byte) bool {
		text, used := charset.Decode(octets, declared, charset.Hints{})
		return !hasControls(octets) && !strings.Contains(text, "\ufffd") && (used == "utf-8" || !charset.Same(declared, "utf-8"))
	}
	const enough = 2 << 10
	body := p.body[:min(len(p.body), enough)]
	switch {
	case !p.textual():
	case e == quotedPrintable && len(bytes.TrimSpace(body)) >= shortest && base64Encoding.fits(body):
		digits := digitsAndPadding(body)
		if readable(withoutCut(unbase64(digits[:len(digits)/4*4]))) {
			return base64Encoding
		}
	case e == base64Encoding && !looksBase64(firstLine(bytes.TrimSpace(body))):
		if octets := decodeQuotedPrintable(body); len(body)-len(octets) >= len("=XX=XX") && !plainASCII(octets) && readable(withoutCut(octets)) {
			return quotedPrintable
		}
	}
	return e
}

// fits says whether a body may have an encoding, which is not identity.
func (e transfer) fits(body []byte) bool {
	switch e {
	case base64Encoding:
		const lines = 5
		n := 0
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			if !onlyBase64(line) || wordy(line) {
				return false
			}
			if n++; n == lines {
				break
			}
		}
		return n > 0
	case quotedPrintable:
		return !bytes.Equal(decodeQuotedPrintable(body), body)
	}
	return bytes.Contains(body, []byte("begin "))
}

// undo takes the transfer encoding off a body with LF for line ends. Whatever
// can be read of it is.
func (e transfer) undo(body []byte) []byte {
	switch e {
	case base64Encoding:
		return decodeBase64(body, nil)
	case quotedPrintable:
		return decodeQuotedPrintable(body)
	case uuencode:
		files, _ := cutUU(body)
		var all []byte
		for _, f := range files {
			all = append(all, f.data...)
		}
		return all
	}
	return body
}

// decodeQuotedPrintable decodes lines of any length (RFC 2045, section 6.7).
func decodeQuotedPrintable(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		line, rest, more := bytes.Cut(body, []byte("\n"))
		body = rest
		line = bytes.TrimRight(line, " \t")
		soft := bytes.HasSuffix(line, []byte("="))
		if soft {
			line = line[:len(line)-1]
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) && isHex(line[i+1]) && isHex(line[i+2]) {
				out = append(out, hex2(line[i+1], line[i+2]))
				i += 2
				continue
			}
			out = append(out, line[i])
		}
		if more && !soft {
			out = append(out, '\n')
		}
	}
	return out
}

// uuFile is a file in a text.
type uuFile struct {
	name string
	data []byte
}

// cutUU cuts uuencoded files (POSIX uuencode) out of a text, at most maxFiles,
// and returns the text around them.
func cutUU(text []byte) (files []uuFile, around []byte) {
	from := 0 // what of the text is not in around yet
	for at := 0; at < len(text) && len(files) < maxFiles; {
		line, _, _ := bytes.Cut(text[at:], []byte("\n"))
		next := min(at+len(line)+1, len(text))
		if name, ok := uuBegin(line); ok {
			if data, n := uuLines(text[next:]); data != nil {
				files = append(files, uuFile{name, data})
				around = append(around, text[from:at]...)
				next += n
				from = next
			}
		}
		at = next
	}
	if from == 0 {
		return nil, text
	}
	return files, append(around, text[from:]...)
}

// yEncFile is a file in a text, of so many octets.
type yEncFile struct {
	name   string
	octets int
}

// cutYEnc cuts files in yEnc (http://www.yenc.org/yenc-draft.1.3.txt) out of a
// text, at most maxFiles. One that does not end is no file, unless the text was
// cut: then it is left out.
func cutYEnc(text []byte, cut bool) (files []yEncFile, around []byte) {
	if !bytes.Contains(text, []byte("=ybegin ")) {
		return nil, text
	}
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		name, ok := yEncBegin(line)
		if !ok || len(files) == maxFiles {
			n := len(text) - len(rest)
			around, text = append(around, text[:n]...), rest
			continue
		}
		file, after, ended := bytes.Cut(rest, []byte("\n=yend "))
		if !ended {
			if !cut {
				around = append(around, text...)
			}
			break
		}
		if bytes.HasPrefix(file, []byte("=ypart ")) {
			_, file, _ = bytes.Cut(file, []byte("\n"))
		}
		// Line ends stand for nothing, and an escape is of two octets.
		octets := len(file) - bytes.Count(file, []byte("\n")) - bytes.Count(file, []byte("\r")) - bytes.Count(file, []byte("="))
		files = append(files, yEncFile{name, octets})
		_, text, _ = bytes.Cut(after, []byte("\n"))
	}
	return files, around
}

// yEncBegin reads `=ybegin line=128 size=123 name=a.bin`.
func yEncBegin(line []byte) (name string, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("=ybegin "))
	head, file, named := bytes.Cut(rest, []byte(" name="))
	ok = ok && named && bytes.Contains(rest, []byte("line=")) && bytes.Contains(head, []byte(" size="))
	return strings.TrimSpace(string(file)), ok
}

// uuBegin reads `begin 644 name`.
func uuBegin(line []byte) (name string, ok bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimRight(line, " \t"), []byte("begin "))
	if !ok {
		return "", false
	}
	mode, file, _ := bytes.Cut(rest, []byte(" "))
	if len(mode) < 3 || len(mode) > 4 || len(bytes.Trim(mode, "01234567")) > 0 || len(file) == 0 {
		return "", false
	}
	return string(file), true
}

// uuLines decodes lines up to `end`, and says how far that went. At the end
// of a text that was cut they are taken as they are.
func uuLines(text []byte) (data []byte, n int) {
	for n < len(text) {
		line, _, _ := bytes.Cut(text[n:], []byte("\n"))
		n = min(n+len(line)+1, len(text))
		line = bytes.TrimRight(line, " \t\r")
		switch {
		case bytes.Equal(line, []byte("end")):
			return append(data, []byte{}...), n
		case len(line) == 0 || len(line) == 1 && (line[0] == '`' || line[0] == ' '):
			continue
		}
		octets := int(line[0]-' ') & 0x3f
		// Blanks at its end, which stand for nothing, may be lost.
		if missing := (octets*8+5)/6 - (len(line) - 1); line[0] < ' ' || line[0] > '`' || missing > min(8, octets/2) || len(line) > 90 {
			return nil, 0
		}
		decoded := make([]byte, 0, 48)
		for i := 1; len(decoded) < octets; i += 4 {
			var q [4]byte
			for j := range q {
				if i+j < len(line) {
					q[j] = (line[i+j] - ' ') & 0x3f // else a blank
				}
			}
			decoded = append(decoded, q[0]<<2|q[1]>>4, q[1]<<4|q[2]>>2, q[2]<<6|q[3])
		}
		data = append(data, decoded[:min(octets, len(decoded))]...)
	}
	return data, n
}

// sizer counts the octets that a body has without its transfer encoding.
type sizer struct {
	encoding transfer
	n        int64 // octets, or digits of base64
	padded   int64 // octets of groups that ended in padding
	soft     bool
}

func newSizer(e transfer) *sizer { return &sizer{encoding: e} }

// line counts a line, or a piece of one; broken says that a line end stands
// before it.
func (s *sizer) line(line []byte, broken bool) {
	if broken && !s.soft && (s.encoding == identity || s.encoding == quotedPrintable) {
		s.n += 2 // CR LF
	}
	s.soft = false
	switch s.encoding {
	case base64Encoding:
		for _, c := range line {
			if base64Digit(c) >= 0 {
				s.n++
			} else if c == '=' {
				s.padded, s.n = s.padded+s.n*3/4, 0
			}
		}
	case quotedPrintable:
		s.soft = bytes.HasSuffix(bytes.TrimRight(line, " \t"), []byte("="))
		s.n += int64(len(line)) - 2*int64(bytes.Count(line, []byte("=")))
		if s.soft {
			s.n++
		}
	case uuencode:
		if len(line) > 1 && line[0] >= ' ' && line[0] <= '`' && !bytes.HasPrefix(line, []byte("begin ")) && string(line) != "end" {
			s.n += int64(line[0]-' ') & 0x3f
		}
	default:
		s.n += int64(len(line))
	}
}

func (s *sizer) octets() int64 {
	if s.encoding == base64Encoding {
		return s.padded + s.n*3/4
	}
	return max(s.n, 0)
}
