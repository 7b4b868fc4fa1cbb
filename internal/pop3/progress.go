package pop3

import (
	"errors"
	"time"
)

// progress measures a server that has begun to answer against the least that
// keeps a session alive. Silence before an answer is another matter: see
// Client.expect. A server that falls behind spends its credit, and each octet
// earns some, so that bursts with pauses between them are as good as a slow
// line. The zero value has full credit.
type progress struct {
	// answering: some of the response has come.
	answering bool
	spent     time.Duration // of stallWindow
}

// errStalled: the server sends, and so slowly that it might as well not.
var errStalled = errors.New("the server sends next to nothing")

// left bounds the patience for the next octets.
func (p *progress) left(patience time.Duration) time.Duration {
	if !p.answering {
		return patience
	}
	return min(patience, stallWindow-p.spent)
}

// took counts what a read took and brought.
func (p *progress) took(waited time.Duration, octets int) {
	if p.answering {
		p.spent += waited
	}
	p.spent = max(0, p.spent-time.Duration(octets)*time.Second/stallRate)
	p.answering = p.answering || octets > 0
}

// stalled says whether the credit is spent.
func (p *progress) stalled() bool { return p.spent >= stallWindow }
