package ledger

import (
	"encoding/binary"
	"slices"
)

// maxRecognised is how many of the newest messages with a Message-ID are looked
// at to recognise a migration, and maxSizes how many sizes.
const (
	maxRecognised = 20000
	maxSizes      = 200
)

// fewMessages are too few to recognise a migration by without a Message-ID.
const fewMessages = 20

// nearly is what "nearly all" means.
func nearly(n, all int) bool { return n*10 >= all*8 }

// migrated says whether that looks like a migration (P16): nearly all UIDs are
// new at once although the count hardly changed.
func (a *accountLedger) migrated(p Poll) bool {
	left := len(p.Gone)
	return left > 0 && nearly(left, a.Count) && nearly(len(p.Fresh), p.Messages) && nearly(p.Messages, a.Count)
}

// takeOver recognises the old messages of a migration. It returns the new UIDs that stand for old
// messages, with the records these had. A message is an old one if its own
// Message-ID is that of one; only where nearly all are, in their old order, are
// those old, too, that stand before the last one of them; which they are, their
// places tell (alignment). Where no Message-ID can be compared, sizes have to do; and where those cannot be either, what lies
// beyond the old count is new. One that only has the Message-ID of an old one is
// another message (Record.Differs).
func (a *accountLedger) takeOver(p Poll) (map[string]Record, error) {
	if !a.migrated(p) {
		return nil, nil
	}
	m, err := a.recognise(p.Fresh)
	if err != nil {
		return nil, err
	}
	first := a.firstNew(m, len(p.Fresh), p.Messages)
	rest, unseen := a.aligned(p, first, m)
	taken := map[string]Record{}
	for i, n := range p.Fresh {
		uid, ok := m.old[i]
		if !ok {
			uid, ok = rest[i]
		}
		if m.others[i] {
			continue
		}
		switch {
		case ok:
			r, _, err := a.get(uid)
			if err != nil {
				return nil, err
			}
			r.become(n)
			taken[n.UID] = r
		case i < first:
			// Seen, where what it was is not known.
			taken[n.UID] = newRecord(n, true, unseen[i], n.Date)
		}
	}
	return taken, nil
}

// firstNew is the index, in the newest of so many messages, of the first that
// nothing but its own Message-ID makes an old one.
func (a *accountLedger) firstNew(m matches, newest, messages int) int {
	switch {
	case m.known > 0 && m.tried > 0:
		// Behind the last one of several, all may be new.
		most := nearly(len(m.old), min(m.known, m.tried)) || len(m.old) > fewReturned && nearly(len(m.old), m.upToLast)
		if most && nearly(m.ordered, len(m.old)) {
			return m.last + 1
		}
		return 0
	case a.Count < fewMessages:
		// Nothing to compare. Another program that fetches and deletes all mail
		// makes a small maildrop look the same, and that is far more common.
		return 0
	case m.sized > 0 && !nearly(m.sameSize, m.sized):
		return 0
	}
	return newest - max(0, messages-a.Count)
}

// Recognised returns which of these messages are known by their Message-IDs, by
// their UIDs.
func (l *Ledger) Recognised(account string, list []Arrival) (map[string]bool, error) {
	known := map[string]bool{}
	return known, l.view(account, func(a *accountLedger) error {
		m, err := a.recognise(list)
		for i := range m.old {
			known[list[i].UID] = true
		}
		return err
	})
}

// Renumbered says whether a list shows that UIDs which are still there have
// other messages now: several messages have others' UIDs than before, and stand
// before messages that were before them, or have left their UIDs to others.
func (l *Ledger) Renumbered(account string, p Poll) (is bool, err error) {
	if !p.Complete || !p.Numbered || min(len(p.Fresh), len(p.Gone)) <= fewReturned {
		return false, nil
	}
	err = l.view(account, func(a *accountLedger) error {
		m, err := a.recognise(p.Fresh)
		if err != nil {
			return err
		}
		kept, ok := a.kept(p)
		if !ok {
			return nil
		}
		gone := map[string]bool{}
		for _, uid := range p.Gone {
			gone[uid] = true
		}
		displaced := 0
		first := maxSeq // in the old order, of the kept ones behind
		for i := m.last; i >= 0; i-- {
			for n := len(kept); n > 0 && kept[n-1].at > uint64(p.Fresh[i].Number); n-- { //nolint:gosec // of a list without gaps
				first, kept = min(first, kept[n-1].seq), kept[:n-1]
			}
			if uid := m.old[i]; uid != "" && (!gone[uid] || first < m.places[i]) {
				displaced++
			}
		}
		is = displaced > fewReturned && displaced*2 >= len(m.old)
		return nil
	})
	return is, err
}

// TakeOver recognises a migration of what is staged, all of it, by its newest
// messages, and makes it the account's messages under other UIDs. It returns
// those that are new, and false where it is something else; then nothing has
// changed. renumbered: UIDs that the account has stand for other messages, too.
func (s *Staging) TakeOver(newest []Arrival, renumbered bool) (news []Arrival, ok bool, err error) {
	var m matches
	first := 0
	err = s.ledger.view(s.account, func(a *accountLedger) error {
		if !renumbered && !nearly(s.rows-s.known, s.rows) || !nearly(s.rows, a.Count) {
			return nil
		}
		if m, err = a.recognise(newest); err != nil {
			return err
		}
		first = a.firstNew(m, len(newest), s.rows)
		return nil
	})
	if err != nil || first <= 0 || renumbered && m.last < 0 {
		return nil, false, err
	}
	claimed := map[string]bool{}
	for _, uid := range m.old {
		claimed[uid] = true
	}
	taken := func(staged *accountLedger) func(string) bool {
		return func(uid string) bool { return claimed[uid] || !renumbered && staged.uids.Get([]byte(uid)) != nil }
	}
	var al *alignment
	if err := s.update(func(staged, account *accountLedger) error {
		anchors, err := s.anchors(staged, account, m, len(newest), renumbered)
		al = account.align(anchors, taken(staged))
		return err
	}); err != nil {
		return nil, false, err
	}
	// From the newest on, in both orders at once.
	at := maxSeq
	for i, more := len(newest)-1, true; more; {
		err := s.update(func(staged, account *accountLedger) error {
			var rows []Entry
			rows, at, more = staged.before(at, stageChunk)
			for _, row := range rows {
				uid, r := "", Record{FirstSeen: s.now, Seen: true, Announced: true}
				kept, ok, err := account.get(row.UID)
				switch {
				case err != nil:
					return err
				case ok && kept.Gone.IsZero() && !renumbered:
					uid = row.UID
				case i >= 0 && m.old[i] != "":
					uid = m.old[i]
				case i >= first, i >= 0 && m.others[i]:
					r = newRecord(newest[i], false, false, s.now)
					news = append(news, newest[i])
				default:
					var unseen bool
					uid, unseen = al.next(account, row.Seq, taken(staged))
					r.Seen = !unseen
				}
				if uid != "" {
					if r, _, err = account.get(uid); err != nil {
						return err
					}
					if i >= 0 && m.old[i] == uid {
						r.become(newest[i])
					}
				}
				i--
				if err := staged.become(row, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, false, err
		}
	}
	slices.Reverse(news)
	return news, true, nil
}

// anchors are the messages of a staging that are known in the account's order,
// too: of the newest, as many as there are matches of, those that are recognised.
func (s *Staging) anchors(staged, account *accountLedger, m matches, newest int, renumbered bool) (anchors []anchor, err error) {
	if m.last < 0 {
		return nil, nil // what they were is not known
	}
	news := 0
	i := newest - s.rows
	for at := staged.from(0); at.more; at.advance() {
		kept, ok, err := account.get(at.uid)
		switch {
		case err != nil:
			return nil, err
		case ok && kept.Gone.IsZero() && !renumbered:
			anchors = append(anchors, anchor{at: at.seq, seq: kept.Seq, news: news})
		case i >= 0 && m.old[i] != "":
			anchors = append(anchors, anchor{at: at.seq, seq: m.places[i], news: news})
		case i < 0 || !m.others[i]:
			news++
		}
		i++
	}
	return anchors, nil
}

// maxSeq lies behind every sequence.
const maxSeq = ^uint64(0)

// before returns up to limit messages on the server before a sequence, newest
// first, the sequence of the last of them, and whether there may be more.
func (a *accountLedger) before(seq uint64, limit int) (list []Entry, last uint64, more bool) {
	for len(list) < limit {
		uid := a.previous(&seq)
		if uid == "" {
			return list, seq, false
		}
		list = append(list, Entry{uid, Record{Seq: seq}})
	}
	return list, seq, true
}

// previous is the UID of the last message before a sequence, which becomes its
// own; empty if there is none.
func (a *accountLedger) previous(seq *uint64) string {
	if a.order == nil {
		return ""
	}
	c := a.order.Cursor()
	previous := c.Prev
	if k, _ := c.Seek(seqKey(*seq)); k == nil {
		previous = c.Last
	}
	k, uid := previous()
	if k == nil {
		return ""
	}
	*seq = binary.BigEndian.Uint64(k)
	return string(uid)
}

// become gives a message in the order another record.
func (a *accountLedger) become(row Entry, r Record) error {
	r.Seq, r.Missed = row.Seq, 0
	if !r.Seen {
		if err := a.unseen.Put(seqKey(r.Seq), []byte(row.UID)); err != nil {
			return err
		}
	}
	return a.put(row.UID, r)
}

// matches are the messages that were recognised by their Message-IDs.
type matches struct {
	// known and tried count the Message-IDs on either side, and upToLast those
	// that were tried up to the last message that was recognised.
	known, tried, upToLast int
	// old are the old UIDs, by the index of the message; last is its highest.
	old  map[int]string
	last int
	// places are the sequences of the old ones.
	places map[int]uint64
	// others have Message-IDs that are known, of other messages.
	others map[int]bool
	// ordered counts those that come after the one before in the old order, too.
	ordered int
	// sized counts the messages whose sizes are known, and sameSize those of
	// them that have the size of an old one; sized is 0 if none of these has any.
	sized, sameSize int
}

// recognise recognises messages. Where nearly all that have a known Message-ID
// look like others, it is the server that shows them otherwise.
func (a *accountLedger) recognise(fresh []Arrival) (matches, error) {
	m, err := a.match(fresh, Record.Differs)
	if n := len(m.others); err == nil && n > fewReturned && nearly(n, n+len(m.old)) {
		m, err = a.match(fresh, Record.Contradicts)
		m.others = nil
	}
	return m, err
}

// match recognises messages by their Message-IDs, where nothing else speaks
// against it. Of several with one Message-ID, each stands for one of those that
// had it.
func (a *accountLedger) match(fresh []Arrival, differs func(Record, Arrival) bool) (m matches, err error) {
	m = matches{old: map[int]string{}, places: map[int]uint64{}, last: -1, others: map[int]bool{}}
	type place struct {
		uid string
		r   Record
	}
	known := map[string][]place{} // newest first
	wanted := map[string]bool{}
	for _, n := range fresh {
		wanted[n.MessageID] = wanted[n.MessageID] || n.Described
	}
	sizes := map[int64]bool{}
	if err := a.newest(a.order, func(uid string, r Record) bool {
		if r.Octets > 0 && len(sizes) < maxSizes {
			sizes[r.Octets] = true
		}
		if r.MessageID != "" {
			m.known++
			if wanted[r.MessageID] {
				known[r.MessageID] = append(known[r.MessageID], place{uid, r})
			}
		}
		return m.known < maxRecognised
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
		// The oldest that can be this one: a Message-ID can be copied.
		places := known[n.MessageID]
		k := -1
		for i := len(places) - 1; i >= 0; i-- {
			switch r := places[i].r; {
			case differs(r, n):
				continue
			case k < 0 || r.Subject == n.Subject && places[k].r.Subject != n.Subject:
				k = i
			}
		}
		if k < 0 {
			m.others[i] = len(places) > 0
			continue
		}
		at := places[k]
		known[n.MessageID] = slices.Delete(places, k, k+1)
		if len(m.old) == 0 || at.r.Seq > before {
			m.ordered++
		}
		m.old[i], m.places[i], m.last = at.uid, at.r.Seq, i
		m.upToLast = m.tried
		before = at.r.Seq
	}
	return m, nil
}

// aligned finds the old UIDs of the messages before first that were not
// recognised, by their places, and which of the others were unseen.
func (a *accountLedger) aligned(p Poll, first int, m matches) (old map[int]string, unseen map[int]bool) {
	old, unseen = map[int]string{}, map[int]bool{}
	if first == 0 || m.last < 0 {
		return old, unseen
	}
	kept, ok := a.kept(p)
	if !ok {
		return old, unseen
	}
	gone, claimed := map[string]bool{}, map[string]bool{}
	for _, uid := range p.Gone {
		gone[uid] = true
	}
	for _, uid := range m.old {
		claimed[uid] = true
	}
	taken := func(uid string) bool { return claimed[uid] || !gone[uid] }
	alone := len(kept) == 0
	at := func(i int) uint64 {
		if alone {
			return uint64(i) + 1 //nolint:gosec // an index
		}
		return uint64(p.Fresh[i].Number) //nolint:gosec // of a list without gaps
	}
	var anchors []anchor
	news := 0
	for i := range m.last + 1 {
		for len(kept) > 0 && kept[0].at < at(i) {
			kept[0].news = news
			anchors, kept = append(anchors, kept[0]), kept[1:]
		}
		switch uid := m.old[i]; {
		case uid == "" && !m.others[i]:
			news++
		case gone[uid]:
			anchors = append(anchors, anchor{at: at(i), seq: m.places[i], news: news})
		}
	}
	al := a.align(anchors, taken)
	for i := m.last; i >= 0; i-- {
		if m.old[i] != "" || m.others[i] {
			continue
		}
		uid, was := al.next(a, at(i), taken)
		if uid != "" {
			old[i] = uid
		}
		unseen[i] = was
	}
	return old, unseen
}

// kept are the messages that have kept their UIDs, and false where their places
// in the list are not known.
func (a *accountLedger) kept(p Poll) (kept []anchor, ok bool) {
	if len(p.Fresh) == p.Messages {
		return nil, true
	}
	gone, listed, moved := map[string]bool{}, map[int]bool{}, map[string]int{}
	for _, uid := range p.Gone {
		gone[uid] = true
	}
	for _, n := range p.Fresh {
		listed[n.Number] = true
	}
	for _, row := range p.Moved {
		moved[row.UID] = row.Number
	}
	n := 1
	for at := a.from(0); at.more; at.advance() {
		if gone[at.uid] {
			continue
		}
		for listed[n] {
			n++
		}
		if number, ok := moved[at.uid]; ok && number != n {
			return nil, false // they have another order now
		}
		kept = append(kept, anchor{at: uint64(n), seq: at.seq})
		n++
	}
	return kept, p.Numbered && len(kept)+len(p.Fresh) == p.Messages
}
