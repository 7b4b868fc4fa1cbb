package message

import (
	"bytes"
	"io"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

// maxListed is how many fields of a header are listed.
const maxListed = 1000

// Field is one header field, decoded and cleaned for display.
type Field struct {
	// Name is spelled as it came.
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Fields decodes all header fields of a message (RFC 5322, section 2.2), in
// their order, and stops at the blank line after them. Lines that are no
// fields are skipped. Of a field with encoded words or octets that are not
// ASCII it returns the first 1,000 characters, of any other 16 kB. Its error
// is r's, or ErrHeaderTooLong; what was read before it is returned.
func Fields(r io.Reader) ([]Field, error) {
	raw, err := header{lines: newLines(r), all: true}.read()
	list := make([]Field, len(raw))
	for i, f := range raw {
		list[i] = Field{plaintext.Clean(f.spelled), listedValue(f.value)}
	}
	return list, err
}

// listedValue decodes a value. What machines write is long, and plain.
func listedValue(value []byte) string {
	plain := bytes.IndexFunc(value, func(r rune) bool { return r >= 0x80 }) < 0
	if plain && !strings.Contains(string(value), "=?") {
		return plaintext.Clean(string(value))
	}
	return decoder{}.text(value)
}
