// Package message decodes mail to what a person reads: headers and text, in
// any charset, declared, misdeclared or not declared at all. Everything it
// returns is cleaned for display. It must never fail on bad input, fetch
// anything, or hold more than its bounds.
package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
)

const (
	maxHeader = 64 << 10 // octets of all headers; the rest is ignored
	maxField  = 1000     // characters of a decoded field
)

// Header is what lists and notifications show of a message.
type Header struct {
	// From is the display name, or the address where there is none.
	From string
	// FromAddress is the address alone.
	FromAddress string
	To          string
	Subject     string
	MessageID   string
	// Date is the zero time where the message has none that can be read.
	Date time.Time
	// Read: its Status field has an R, which mail programs write that keep
	// their mail in mbox files, and which servers of such files pass on. A
	// sender can write it as well.
	Read bool
}

// field is one header field as it came, unfolded.
type field struct {
	name  string // in lower case
	value []byte
}

type fields []field

func (f fields) get(name string) []byte {
	for _, field := range f {
		if field.name == name {
			return field.value
		}
	}
	return nil
}

// readFields reads up to the blank line or the end. Lines that are not
// fields are skipped.
func readFields(r *bufio.Reader) (fields, error) {
	var list fields
	total, inField := 0, false
	for {
		line, err := readLine(r)
		if total += len(line); len(bytes.TrimRight(line, "\r\n")) == 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				return list, err
			}
			return list, nil
		}
		text := bytes.TrimRight(line, "\r\n")
		switch {
		case total > maxHeader:
		case (text[0] == ' ' || text[0] == '\t') && len(list) > 0:
			if inField {
				last := &list[len(list)-1]
				last.value = append(append(last.value, ' '), bytes.TrimSpace(text)...)
			}
		default:
			name, value, ok := bytes.Cut(text, []byte(":"))
			name = bytes.TrimRight(name, " \t")
			inField = ok && len(name) > 0 && !bytes.ContainsAny(name, " \t")
			if inField {
				list = append(list, field{strings.ToLower(string(name)), bytes.TrimSpace(value)})
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return list, err
		}
	}
}

// readLine reads a line of which it keeps at most maxHeader octets.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if room := maxHeader + 2 - len(line); room > 0 {
			line = append(line, piece[:min(room, len(piece))]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// ReadHeader decodes the headers of a message and stops at the blank line
// after them. Its error is r's; whatever was read before it is returned.
func ReadHeader(r io.Reader) (Header, error) {
	list, err := readFields(bufio.NewReader(r))
	return decodeHeader(list), err
}

func decodeHeader(list fields) Header {
	// What the body declares is the best guess for undeclared headers.
	_, params := mediaType(list.get("content-type"))
	d := decoder{hint: params["charset"]}
	h := Header{
		Subject:   d.text(list.get("subject")),
		MessageID: plaintext.Truncate(plaintext.Clean(plaintext.FromBytes(list.get("message-id"))), maxField),
		To:        d.people(list.get("to")),
		Date:      date(list.get("date")),
		Read:      bytes.ContainsRune(list.get("status"), 'R'),
	}
	h.From, h.FromAddress = d.person(list.get("from"))
	if h.From == "" {
		h.From, h.FromAddress = d.person(list.get("sender"))
	}
	return h
}

// date reads what mail programs write, RFC 5322 or not quite.
func date(value []byte) time.Time {
	s := string(value)
	if t, err := mail.ParseDate(s); err == nil {
		return t
	}
	if i := strings.LastIndex(s, "("); i > 0 {
		s = s[:i]
	}
	s = strings.Join(strings.Fields(s), " ")
	for _, layout := range []string{
		"Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05",
		"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", time.RFC3339,
		"Mon, 2 Jan 2006 15:04:05 GMT-0700", "Mon, 2 Jan 2006 15:04 -0700", "Monday, 2 Jan 2006 15:04:05 -0700",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// person splits "Name <address>" by hand: real From fields are too broken for
// a grammar, and the name matters more than the syntax.
func (d decoder) person(value []byte) (name, address string) {
	value = bytes.TrimSpace(value)
	raw := value
	if open := bytes.LastIndexByte(value, '<'); open >= 0 {
		inside := value[open+1:]
		if end := bytes.IndexByte(inside, '>'); end >= 0 {
			inside = inside[:end]
		}
		address, raw = d.plain(inside), value[:open]
	} else if open := bytes.IndexByte(value, '('); open >= 0 {
		address = d.plain(value[:open]) // me@example.org (Name)
		raw = bytes.TrimRight(value[open+1:], ") ")
	} else if bytes.IndexByte(value, '@') >= 0 && !bytes.Contains(value, []byte("=?")) {
		address, raw = d.plain(value), nil
	}
	name = d.text(unquote(raw))
	name = strings.Trim(name, `"' `)
	if name == "" {
		name = address
	}
	return name, address
}

func (d decoder) people(value []byte) string {
	var names []string
	for _, part := range splitList(value) {
		if name, _ := d.person(part); name != "" {
			names = append(names, name)
		}
	}
	return plaintext.Truncate(strings.Join(names, ", "), maxField)
}

// splitList cuts an address list at commas outside quotes and brackets.
func splitList(value []byte) [][]byte {
	var parts [][]byte
	start, quoted, depth := 0, false, 0
	for i, b := range value {
		switch {
		case b == '"' && (i == 0 || value[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case b == '<' || b == '(':
			depth++
		case b == '>' || b == ')':
			depth--
		case b == ',' && depth <= 0:
			parts = append(parts, value[start:i])
			start = i + 1
		}
		if len(parts) > 100 {
			return parts
		}
	}
	return append(parts, value[start:])
}

// unquote removes the quotes of a quoted string and its escapes.
func unquote(b []byte) []byte {
	b = bytes.TrimSpace(b)
	if len(b) < 2 || b[0] != '"' {
		return b
	}
	b = bytes.TrimSuffix(b[1:], []byte(`"`))
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && b[i+1] < 0x80 {
			i++
		}
		out = append(out, b[i])
	}
	return out
}
