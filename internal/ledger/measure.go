package ledger

// Measuring compares the sizes that a server lists with those that the ledger
// has, as they arrive, after a full UIDL and before that is committed. Like a
// Comparison, it holds no transaction while the server takes its time.
type Measuring struct {
	ledger  *Ledger
	account string
	limit   int
	// next is the sequence at which the ledger's order goes on; elsewhere are
	// those in it that have left or stand at another place, and placed is what
	// does not stand there: the UIDs by their numbers, empty for what is new.
	next      uint64
	elsewhere map[string]bool
	placed    map[int]string
	waiting   []size
	changed   []Arrival
}

type size struct {
	number int
	octets int64
}

// Measure begins a comparison with the sizes of messages that d is about. It
// finds up to limit others.
func (l *Ledger) Measure(account string, d Difference, limit int) *Measuring {
	m := &Measuring{ledger: l, account: account, limit: limit, elsewhere: map[string]bool{}, placed: map[int]string{}}
	for _, uid := range d.Gone {
		m.elsewhere[uid] = true
	}
	for _, row := range d.Moved {
		m.elsewhere[row.UID] = true
		m.placed[row.Number] = row.UID
	}
	for _, row := range d.Fresh {
		m.placed[row.Number] = ""
	}
	return m
}

// Add takes the size of the next message.
func (m *Measuring) Add(number int, octets int64) error {
	if m.waiting = append(m.waiting, size{number, octets}); len(m.waiting) < compareChunk {
		return nil
	}
	return m.flush()
}

// Finish returns the messages whose sizes are not what they were, or were not
// known though there is a header to compare, with those that they had. more:
// there are others.
func (m *Measuring) Finish() (changed []Arrival, more bool, err error) {
	err = m.flush()
	return m.changed[:min(len(m.changed), m.limit)], len(m.changed) > m.limit, err
}

func (m *Measuring) flush() error {
	sizes := m.waiting
	m.waiting = m.waiting[:0]
	return m.ledger.view(m.account, func(a *accountLedger) error {
		order := a.from(m.next)
		defer func() { m.next = order.seq }()
		for _, s := range sizes {
			uid, placed := m.placed[s.number]
			if !placed {
				for order.more && m.elsewhere[order.uid] {
					order.advance()
				}
				uid = order.uid
				order.advance()
			}
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			resized := r.Octets > 0 && s.octets > 0 && r.Octets != s.octets
			if ok && (resized || r.Octets <= 0 && r.Described) && len(m.changed) <= m.limit {
				m.changed = append(m.changed, Arrival{Row: Row{s.number, uid}, Octets: r.Octets})
			}
		}
		return nil
	})
}
