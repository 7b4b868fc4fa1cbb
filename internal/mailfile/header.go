package mailfile

import (
	"bytes"
	"net/mail"
	"strings"
	"time"
)

// maxHeader is how much of a message is looked at for its header.
const maxHeader = 64 << 10

// header keeps what says when a message came and from whom.
type header struct {
	text []byte
	done bool
}

func (h *header) read(p []byte) {
	if h.done {
		return
	}
	from := max(0, len(h.text)-3) // an end that two writes share
	h.text = append(h.text, p[:min(len(p), maxHeader-len(h.text))]...)
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(h.text[from:], []byte(end)); i >= 0 {
			h.text, h.done = h.text[:from+i], true
		}
	}
	h.done = h.done || len(h.text) >= maxHeader
}

// field returns the first field of a name, unfolded; empty if there is none.
func (h *header) field(name string) string {
	var value strings.Builder
	found := false
	for line := range bytes.Lines(h.text) {
		line = bytes.TrimRight(line, "\r\n")
		switch folded := len(line) > 0 && (line[0] == ' ' || line[0] == '\t'); {
		case found && folded:
			value.WriteByte(' ')
			value.Write(bytes.TrimSpace(line))
		case found:
			return value.String()
		default:
			key, rest, ok := bytes.Cut(line, []byte(":"))
			if found = ok && strings.EqualFold(string(key), name); found {
				value.Write(bytes.TrimSpace(rest))
			}
		}
	}
	return value.String()
}

// time is when the message came to the server, or was written; zero if neither
// is known.
func (h *header) time() time.Time {
	received := h.field("Received")
	for _, text := range []string{received[strings.LastIndexByte(received, ';')+1:], h.field("Date")} {
		if at, err := mail.ParseDate(strings.TrimSpace(text)); err == nil && at.Year() >= 1970 && at.Year() < 10000 {
			return at
		}
	}
	return time.Time{}
}

// sender is the envelope's, or who stands for one that is not known.
func (h *header) sender() string {
	const nobody = "MAILER-DAEMON"
	address := strings.Trim(h.field("Return-Path"), "<> \t")
	if address == "" || len(address) > 320 {
		return nobody
	}
	for _, c := range []byte(address) {
		if c <= ' ' || c >= 0x7f {
			return nobody
		}
	}
	return address
}
