package ledger

// maxRecognised is how many of the newest messages are looked at to recognise
// a migration.
const maxRecognised = 200

// fewMessages are too few to recognise a migration by without a Message-ID.
const fewMessages = 20

// nearly is what "nearly all" means.
func nearly(n, all int) bool { return n*10 >= all*8 }

// takeOver recognises a migration (P16): nearly all UIDs are new at once
// although the count hardly changed. It returns the new UIDs that stand for old
// messages, with the records these had. A message is an old one if its own
// Message-ID is that of one; only where nearly all are, in their old order, are
// those old, too, that stand before the last one of them. Where no Message-ID
// can be compared, sizes have to do; and where those cannot be either, what lies
// beyond the old count is new.
func (a *accountLedger) takeOver(p Poll) (map[string]Record, error) {
	left := len(p.Gone)
	if left == 0 || !nearly(left, a.Count) || !nearly(len(p.Fresh), p.Messages) || !nearly(p.Messages, a.Count) {
		return nil, nil
	}
	m, err := a.match(p.Fresh)
	if err != nil {
		return nil, err
	}
	first := 0 // index of the first that nothing but its own Message-ID makes an old one
	switch {
	case m.known > 0 && m.tried > 0:
		if nearly(len(m.old), min(m.known, m.tried)) && nearly(m.ordered, len(m.old)) {
			first = m.last + 1
		}
	case left < fewMessages:
		// Nothing to compare. Another program that fetches and deletes all mail
		// makes a small maildrop look the same, and that is far more common.
	case m.sized > 0 && !nearly(m.sameSize, m.sized):
	default:
		first = len(p.Fresh) - max(0, p.Messages-a.Count)
	}
	rest, err := a.aligned(first, m)
	if err != nil {
		return nil, err
	}
	taken := map[string]Record{}
	for i, n := range p.Fresh {
		uid, ok := m.old[i]
		if !ok {
			uid, ok = rest[i]
		}
		switch {
		case ok:
			if taken[n.UID], _, err = a.get(uid); err != nil {
				return nil, err
			}
		case i < first:
			// Seen, for what it was is not known.
			taken[n.UID] = newRecord(n, true, false, n.Date)
		}
	}
	return taken, nil
}

// matches are the messages that were recognised by their Message-IDs.
type matches struct {
	// known and tried count the Message-IDs on either side.
	known, tried int
	// old are the old UIDs, by the index of the message; last is its highest.
	old  map[int]string
	last int
	// ordered counts those that come after the one before in the old order, too,
	// and newest is the sequence of the newest of the old ones.
	ordered int
	newest  uint64
	// sized counts the messages whose sizes are known, and sameSize those of
	// them that have the size of an old one; sized is 0 if none of these has any.
	sized, sameSize int
}

// match recognises messages. Of several with one Message-ID, each stands for
// one of those that had it.
func (a *accountLedger) match(fresh []Arrival) (m matches, err error) {
	m = matches{old: map[int]string{}, last: -1}
	type place struct {
		uid string
		seq uint64
	}
	known := map[string][]place{} // newest first
	sizes := map[int64]bool{}
	if err := a.newest(a.order, func(uid string, r Record) bool {
		if r.Octets > 0 {
			sizes[r.Octets] = true
		}
		if r.MessageID != "" {
			m.known++
			known[r.MessageID] = append(known[r.MessageID], place{uid, r.Seq})
		}
		return max(m.known, len(sizes)) < maxRecognised
	}); err != nil {
		return m, err
	}
	var before uint64
	for i, n := range fresh {
		if n.Octets > 0 && len(sizes) > 0 {
			m.sized++
			if sizes[n.Octets] {
				m.sameSize++
			}
		}
		if !n.Described || n.MessageID == "" {
			continue
		}
		m.tried++
		places := known[n.MessageID]
		if len(places) == 0 {
			continue
		}
		at := places[len(places)-1]
		known[n.MessageID] = places[:len(places)-1]
		if len(m.old) == 0 || at.seq > before {
			m.ordered++
		}
		m.old[i], m.last = at.uid, i
		before, m.newest = at.seq, max(m.newest, at.seq)
	}
	return m, nil
}

// aligned finds the old UIDs of the messages before first that were not
// recognised: those that are left over, in their order.
func (a *accountLedger) aligned(first int, m matches) (map[int]string, error) {
	claimed := map[string]bool{}
	for _, uid := range m.old {
		claimed[uid] = true
	}
	old := map[int]string{}
	if first == 0 || m.last < 0 {
		return old, nil
	}
	c := a.order.Cursor()
	k, uid := c.Seek(seqKey(m.newest))
	for i := first - 1; i >= 0; i-- {
		if m.old[i] != "" {
			continue
		}
		for k != nil && claimed[string(uid)] {
			k, uid = c.Prev()
		}
		if k == nil {
			break
		}
		old[i] = string(uid)
		k, uid = c.Prev()
	}
	return old, nil
}
