package ledger

import (
	"encoding/binary"

	"go.etcd.io/bbolt"
)

// Row is a message as a server lists it.
type Row struct {
	Number int
	UID    string
}

// Difference is how a full UIDL differs from the ledger.
type Difference struct {
	// Rows counts what the server listed.
	Rows int
	// Fresh are the messages that the ledger does not have on the server, in
	// server order; Gone are the UIDs that the server no longer has.
	Fresh []Row
	Gone  []string
	// Moved are those that the server lists later than the ledger does, and what
	// it lists behind them.
	Moved []Row
	// Last is the row with the highest number.
	Last Row
	// Repeated: a UID was listed more than once (P15), and nothing else tells
	// its messages apart.
	Repeated bool
	// Apart are the messages that were listed with the UID of one before them and
	// that were told apart.
	Apart []Row
	// Disordered: the numbers do not ascend, so that the order of the rows is not
	// that of the messages.
	Disordered bool
}

// Comparison compares a UIDL, as it arrives, with the ledger's order. Both
// usually agree row by row, so that memory grows with what differs, not with
// the maildrop. Rows are compared some at a time, each time in a transaction
// of its own: a server may take as long as it likes between them. Nobody else
// changes the order meanwhile, for whoever does holds the account's session.
type Comparison struct {
	ledger  *Ledger
	account string
	// unknown: the ledger is about another maildrop.
	unknown bool
	// next is the sequence at which the ledger's order goes on.
	next    uint64
	d       Difference
	missing map[string]bool // passed over in the ledger, not listed so far
	// order are the rows that were moved, with those that follow.
	order     []Row
	following int
	freshSeen map[string]bool
	waiting   []Row
	// shared are the messages that have the UID of one before them.
	shared []Row
}

// compareChunk is how many rows share a transaction.
const compareChunk = 1000

// Compare begins a comparison with an account's messages, or with none if the
// ledger is about another maildrop.
func (l *Ledger) Compare(account, maildrop string) (*Comparison, error) {
	m, err := l.Meta(account)
	return &Comparison{
		ledger: l, account: account, unknown: m.Maildrop != maildrop,
		missing: map[string]bool{}, freshSeen: map[string]bool{},
	}, err
}

// Add takes the next row of the server's list.
func (c *Comparison) Add(row Row) error {
	if c.waiting = append(c.waiting, row); len(c.waiting) < compareChunk {
		return nil
	}
	return c.flush(false)
}

// Differs says whether nearly everything so far is new, and much: then what was
// listed need not be held.
func (c *Comparison) Differs() bool {
	return len(c.d.Fresh) > stageChunk && nearly(len(c.d.Fresh), c.d.Rows)
}

// Shared returns the messages so far that were listed with the UID of one before
// them.
func (c *Comparison) Shared() ([]Row, error) {
	err := c.flush(false)
	return c.shared, err
}

// TellApart takes what Shared has returned for messages of their own, which are
// to be added with what stands for their UIDs.
func (c *Comparison) TellApart() {
	c.d.Rows -= len(c.shared)
	c.d.Apart = c.shared
}

// Finish says what the whole list came to.
func (c *Comparison) Finish() (Difference, error) {
	if err := c.flush(true); err != nil {
		return Difference{}, err
	}
	c.d.Repeated = c.d.Repeated || len(c.shared) > len(c.d.Apart)
	switch {
	case c.d.Disordered || c.d.Repeated:
		c.d.Moved = nil
	case c.following <= maxFollowing:
		c.d.Moved = c.order
	}
	for uid := range c.missing {
		c.d.Gone = append(c.d.Gone, uid)
	}
	return c.d, nil
}

func (c *Comparison) flush(end bool) error {
	rows := c.waiting
	c.waiting = c.waiting[:0]
	return c.ledger.view(c.account, func(a *accountLedger) error {
		if c.unknown {
			a = &accountLedger{}
		}
		return c.compare(a, rows, end)
	})
}

// maxFollowing is how many messages are moved for what stands before them: where
// there are more, the order is mended by several lists.
const maxFollowing = 1000

// inPlace takes a row that stands where the ledger has it. Behind one that is
// new or moved, and so goes to the end, it has to go there, too.
func (c *Comparison) inPlace(row Row) {
	if len(c.d.Fresh) == 0 && len(c.d.Moved) == 0 {
		return
	}
	if c.following++; c.following <= maxFollowing {
		c.order = append(c.order, row)
	}
}

// compare takes rows up to the place in the order that they reach.
func (c *Comparison) compare(a *accountLedger, rows []Row, end bool) error {
	order := a.from(c.next)
	defer func() { c.next = order.seq }()
	for _, row := range rows {
		c.d.Rows++
		before := c.d.Last.Number
		if row.Number > before {
			c.d.Last = row
		} else {
			c.d.Disordered = true
		}
		switch {
		case order.more && row.UID == order.uid:
			order.advance()
			c.inPlace(row)
			continue
		case c.missing[row.UID]:
			delete(c.missing, row.UID)
			c.d.Moved = append(c.d.Moved, row)
			c.order = append(c.order, row)
			continue
		}
		r, ok, err := a.get(row.UID)
		if err != nil {
			return err
		}
		if !ok || !r.Gone.IsZero() {
			if c.freshSeen[row.UID] {
				c.repeat(row, before)
				continue
			}
			c.freshSeen[row.UID] = true
			c.d.Fresh = append(c.d.Fresh, row)
			continue
		}
		// It stands further on: what lies between was left out or comes later.
		// If it stands further back it is a duplicate, which the ledger's
		// sequence shows.
		if !order.more || r.Seq < order.seq {
			c.repeat(row, before)
			continue
		}
		for order.more && order.uid != row.UID {
			c.missing[order.uid] = true
			order.advance()
		}
		order.advance()
		c.inPlace(row)
	}
	for end && order.more {
		c.missing[order.uid] = true
		order.advance()
	}
	return nil
}

// repeat takes a row whose UID was listed before, when last was the highest
// number. Up to that it may be the same message, listed twice.
func (c *Comparison) repeat(row Row, last int) {
	if row.Number <= last || c.d.Apart != nil {
		c.d.Repeated = true
		return
	}
	c.shared = append(c.shared, row)
}

// place is a place in an account's order; at its end, more is false and seq
// lies behind all.
type place struct {
	cursor *bbolt.Cursor
	seq    uint64
	uid    string
	more   bool
}

// from is the first place in the order at or behind a sequence.
func (a *accountLedger) from(seq uint64) *place {
	p := &place{seq: seq}
	if a.known() {
		p.cursor = a.order.Cursor()
		p.set(p.cursor.Seek(seqKey(seq)))
	}
	return p
}

func (p *place) advance() {
	if p.more {
		p.set(p.cursor.Next())
	}
}

func (p *place) set(key, uid []byte) {
	if p.more = key != nil; p.more {
		p.seq, p.uid = binary.BigEndian.Uint64(key), string(uid)
	} else {
		p.seq, p.uid = p.seq+1, ""
	}
}
