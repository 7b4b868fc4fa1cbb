package poll

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/onetime"
	"github.com/traymail/traymail/internal/pop3"
)

const (
	// codeLines is what TOP asks for where a header suggests a one-time code: text
	// that stands before HTML, or HTML of some kilobytes.
	codeLines = 120
	// codeOctets is what is read of them, and maxCodes of how many messages.
	codeOctets = 64 << 10
	maxCodes   = 3
	// codeTime is how long a poll waits for that: the mail is known already.
	codeTime = 10 * time.Second
)

// codes looks for one-time codes in what is new, by one more flight, and only
// for messages whose headers suggest one and do not have it. Whatever goes
// wrong, the poll has what it came for.
func (p poller) codes(ctx context.Context, c *pop3.Client, o *Outcome) {
	ctx, cancel := context.WithTimeout(ctx, codeTime)
	defer cancel()
	batch := c.NewBatch()
	asked := 0
	for _, n := range slices.Backward(o.Fresh) {
		if !n.Described || n.Number <= 0 || asked == maxCodes {
			continue
		}
		if _, known := Code(n.Header, ""); known || !onetime.Likely(n.From, address(n.Header), n.Subject) {
			continue
		}
		asked++
		batch.Top(n.Number, codeLines, func(r io.Reader) error {
			text, err := p.beginning(r, n.Header)
			if code, ok := Code(n.Header, text); ok && err == nil {
				if o.Codes == nil {
					o.Codes = map[string]string{}
				}
				o.Codes[n.UID] = code
			}
			return err
		})
	}
	if asked > 0 {
		_ = batch.Do(ctx)
	}
}

// beginning is the text of the beginning of the message with a header; nothing
// if it is that of another.
func (p poller) beginning(r io.Reader, header ledger.Header) (string, error) {
	hints := p.mailHints()
	hints.Cut = func() bool { return true }
	m, err := message.Read(io.LimitReader(r, codeOctets), hints)
	if err != nil || m.MessageID != header.MessageID || m.Subject != header.Subject {
		return "", err
	}
	return m.Document.Text(nil), nil
}

// Code is the one-time code of a message with a header and the beginning of a
// text, which may be empty.
func Code(h ledger.Header, text string) (code string, ok bool) {
	return onetime.Find(onetime.Mail{From: h.From, Address: address(h), Subject: h.Subject, Text: text})
}

// address is a sender's, who may have no other name.
func address(h ledger.Header) string {
	if h.Address == "" {
		return h.From
	}
	return h.Address
}
