// Package message decodes mail to what a person reads: headers and text, in
// any charset and any form that mail programs have sent. Well-formed messages
// are read by go-message; what it cannot read, a splitter of our own reads
// line by line. Everything returned is cleaned for display. It must never fail
// on bad input, fetch anything, or hold more than its bounds.
package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/charset"
	"github.com/traymail/traymail/internal/plaintext"
)

// Header is what lists and notifications show of a message.
type Header struct {
	// From is the display name, or the address where there is none. A name
	// that contains another address has the real one behind it.
	From string
	// FromAddress is the address alone.
	FromAddress string
	To          string
	// ReplyTo is the address for answers, if the message names one and it is
	// another than FromAddress.
	ReplyTo   string
	Subject   string
	MessageID string
	// Date is the zero time where the message has none that can be read.
	Date time.Time
	// Read: its Status field has an R, which mail programs write that keep
	// their mail in mbox files, and which servers of such files pass on. A
	// sender can write it as well.
	Read bool
	// Charset is the one that the sender used and declared, or was found to
	// use; empty for UTF-8 and ASCII. It is a hint for later messages.
	Charset string
	// Unsure: From, To or Subject has octets of which the header does not say what
	// they are, and that are not UTF-8. The text may tell.
	Unsure bool
	// Digest is of the fields that tell messages apart, as they came. It does
	// not depend on how they are decoded.
	Digest string
}

// ReadHeader decodes the header of a message and stops at the blank line after
// it. Its error is r's or ErrHeaderTooLong; what was read before it is returned.
func ReadHeader(r io.Reader, h Hints) (Header, error) {
	list, err := topFields(newLines(r))
	return decodeHeader(list, h, ""), err
}

// topFields reads a message's own header. Blank lines before it are skipped.
func topFields(l *lines) (fields, error) {
	line, _, more := l.next()
	blank := more && len(line) == 0
	for more && len(line) == 0 {
		if l.octets > maxHeader {
			return nil, ErrHeaderTooLong
		}
		line, _, more = l.next()
	}
	if more {
		name, _, ok := bytes.Cut(line, []byte(":"))
		is := ok && known(strings.ToLower(string(name)))
		l.undo()
		if blank && !is {
			return nil, l.err // a message without header
		}
	}
	return readFields(l, func(line []byte, list fields) bool {
		// The first delimiter, without a blank line before it.
		if !bytes.HasPrefix(line, []byte("--")) {
			return false
		}
		_, params := mediaType(list.get("content-type"))
		boundary := params.get("boundary")
		return boundary != "" && string(bytes.TrimRight(line[2:], " \t")) == boundary
	})
}

// decodeHeader decodes the fields of a message, of whose parts the first text
// has the declared charset.
func decodeHeader(list fields, hints Hints, declared string) Header {
	if declared == "" {
		_, params := mediaType(list.get("content-type"))
		declared = params.get("charset")
	}
	d := headerDecoder(list, hints, declared)
	sender := sender(list)
	var h Header
	h.From, h.FromAddress = d.person(sender)
	if hints.Charset != nil {
		if used := hints.Charset(h.FromAddress); used != "" {
			d.hints.Charsets = []string{used}
			if declared == "" {
				d.hint = d.otherCharset(list)
			}
			h.From, h.FromAddress = d.person(sender)
		}
	}
	h.Subject = d.text(list.get("subject"))
	h.MessageID = plaintext.Truncate(plaintext.Clean(plaintext.FromBytes(list.get("message-id"))), maxField)
	h.To = d.people(list.get("to"))
	if _, reply := d.person(list.get("reply-to")); reply != h.FromAddress {
		h.ReplyTo = reply
	}
	h.Read = bytes.ContainsRune(list.get("status"), 'R')
	if h.Date = date(list.get("date")); neverSet(h.Date) {
		if received := receivedDate(list.get("received")); !received.IsZero() {
			h.Date = received
		}
	}
	h.Charset = usedCharset(list, declared)
	h.Unsure = h.Charset == "" && declared == "" && unknownOctets(list)
	sum := sha256.New()
	for _, name := range []string{"message-id", "date", "from"} {
		sum.Write(list.get(name))
		sum.Write([]byte{0})
	}
	h.Digest = hex.EncodeToString(sum.Sum(nil)[:16])
	return h
}

// headerDecoder decodes the fields of a message, of whose parts the first text
// has the declared charset.
func headerDecoder(list fields, hints Hints, declared string) decoder {
	d := decoder{hint: declared, hints: charset.Hints{Languages: languages(list, hints)}}
	if declared == "" {
		d.hint = d.otherCharset(list)
	}
	return d
}

// sender is the field that says who has written a message.
func sender(list fields) []byte { return senders(list)[0] }

// senders are the fields that do: a header has one (RFC 5322, section 3.6), but
// a forged one may have several, of which each program shows another.
func senders(list fields) (all [][]byte) {
	for _, f := range list {
		if f.name == "from" && len(bytes.TrimSpace(f.value)) > 0 {
			all = append(all, f.value)
		}
	}
	if len(all) == 0 {
		all = [][]byte{list.get("sender")}
	}
	return all
}

// usedCharset is what a sender declares, in words of the subject or for the
// text, if that is worth remembering.
func usedCharset(list fields, declared string) string {
	for _, value := range [][]byte{list.get("subject"), list.get("from")} {
		if label := wordCharset(value); label != "" {
			declared = label
			break
		}
	}
	declared = strings.ToLower(declared)
	switch declared {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return ""
	}
	return plaintext.Truncate(plaintext.Clean(declared), 40)
}
