package poll

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

// Which messages a deletion is about is asked in as few flights as a server
// allows: who deletes fifty from a list waits for them.

// candidate is a message to delete, and what the server shows in its place.
type candidate struct {
	ledger.Deletable
	at   ledger.Arrival
	size *pop3.Reply[int64]
	top  *pop3.Reply[struct{}]
}

// find finds messages by their UIDs, and compares each with what the user was
// shown. One that is gone already is passed over.
func (t Target) find(ctx context.Context, c *pop3.Client, list []ledger.Deletable, found *[]ledger.Deleted) (numbers []int, err error) {
	all := make([]candidate, len(list))
	for i, m := range list {
		all[i] = candidate{Deletable: m, at: ledger.Arrival{Row: ledger.Row{UID: m.UID}, Octets: -1}}
	}
	if !t.Known.NoUIDL {
		if err := t.lookInPlace(ctx, c, all); err != nil {
			return nil, err
		}
	}
	if err := t.lookElsewhere(ctx, c, all); err != nil {
		return nil, err
	}
	var replaced []ledger.Arrival
	for _, m := range all {
		if m.at.Number == 0 {
			continue
		}
		if m.Shown.Another(m.at) || m.Shown.Rewritten(m.at) || m.Shown.Contradicts(m.at) || m.Displayed.Differs(m.at) {
			replaced = append(replaced, m.at)
		}
		numbers = append(numbers, m.at.Number)
		*found = append(*found, ledger.Deleted{UID: m.UID, Octets: m.at.Octets})
	}
	if len(replaced) > 0 {
		return nil, &ReplacedError{replaced}
	}
	return numbers, nil
}

// lookInPlace looks at messages where the ledger has them: their UIDs, sizes and
// headers in one flight, or several where their headers could fill the buffers
// of both ends. Those with another UID there keep the number 0.
func (t Target) lookInPlace(ctx context.Context, c *pop3.Client, all []candidate) error {
	for part := range slices.Chunk(all, batchSize) {
		batch := c.NewBatch()
		ids := make([]*identity, len(part))
		for i := range part {
			if m := &part[i]; !m.Alike && m.Number > 0 {
				ids[i] = identify(batch, m.Number, false)
				m.at.Number = m.Number
				t.look(batch, m)
			}
		}
		if err := batch.Do(ctx); err != nil {
			return err
		}
		for i := range part {
			if ids[i] == nil {
				continue
			}
			m := &part[i]
			if uid, err := ids[i].uid(); err != nil || uid != m.UID {
				m.at = ledger.Arrival{Row: ledger.Row{UID: m.UID}, Octets: -1}
			} else if err := m.looked(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookElsewhere finds and looks at the messages without a number: a little
// before their places, for where others have left, or by a list of all.
func (t Target) lookElsewhere(ctx context.Context, c *pop3.Client, all []candidate) error {
	lost := map[string]*candidate{}
	for i := range all {
		if m := &all[i]; m.at.Number == 0 {
			lost[m.UID] = m
		}
	}
	if err := t.before(ctx, c, lost); err != nil {
		return err
	}
	if len(lost) > 0 {
		if err := t.among(ctx, c, lost); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(all, batchSize) {
		batch := c.NewBatch()
		var looking []*candidate
		for i := range part {
			if m := &part[i]; m.at.Number > 0 && m.size == nil {
				t.look(batch, m)
				looking = append(looking, m)
			}
		}
		if err := batch.Do(ctx); err != nil {
			return err
		}
		for _, m := range looking {
			if err := m.looked(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// before looks for messages a little before their places, in one flight, and
// takes those out of lost that are there.
func (t Target) before(ctx context.Context, c *pop3.Client, lost map[string]*candidate) error {
	type guess struct {
		m  *candidate
		n  int
		id *identity
	}
	var guesses []guess
	batch := c.NewBatch()
	for _, m := range lost {
		m.size, m.top = nil, nil
		if m.Alike {
			continue
		}
		from := m.Number - 1 // the place itself has another
		if t.Known.NoUIDL {
			from = m.Number
		}
		for n := from; n > 0 && n > m.Number-locateNearby && len(guesses) < guessesAtOnce; n-- {
			guesses = append(guesses, guess{m, n, identify(batch, n, t.Known.NoUIDL)})
		}
	}
	if err := batch.Do(ctx); err != nil {
		return err
	}
	for _, g := range guesses {
		switch uid, err := g.id.uid(); {
		case pop3.IsFatal(err):
			return err
		case err == nil && uid == g.m.UID && lost[uid] != nil:
			g.m.at.Number = g.n
			delete(lost, uid)
		}
	}
	return nil
}

// among looks for messages by a list of all, in which each UID should be once
// (P15). Those that are not there keep the number 0.
func (t Target) among(ctx context.Context, c *pop3.Client, lost map[string]*candidate) error {
	var stat pop3.Stat
	if t.Known.NoUIDL {
		var err error
		if stat, err = c.Stat(ctx); err != nil {
			return err
		}
	}
	uids := make([]string, 0, len(lost))
	for uid := range lost {
		uids = append(uids, uid)
	}
	var unclear error
	var alike []string
	others := watch(uids...)
	for row, err := range identities(ctx, c, stat.Messages, t.Known.NoUIDL, others.shared) {
		if isUnidentified(err) {
			unclear = err
			continue
		}
		if err != nil {
			return err
		}
		others.add(row)
		if m := lost[row.UID]; m != nil {
			if m.at.Number > 0 {
				alike = append(alike, m.UID)
			}
			m.at.Number = row.Number
		}
	}
	if len(alike) > 0 {
		return about(ErrAlike, alike...)
	}
	for _, m := range lost {
		if m.at.Number == 0 && unclear != nil && digested(m.UID) {
			return unclear // it may be that one
		}
	}
	return nil
}

// look adds to a batch the size of a message, and its header if that can be
// compared with what the user was shown. Without UIDL, the digest has compared
// the header.
func (t Target) look(batch *pop3.Batch, m *candidate) {
	m.size = batch.List(m.at.Number)
	if !m.Shown.Described && m.Displayed == nil || t.Known.NoUIDL {
		return
	}
	m.top = batch.Top(m.at.Number, 0, func(r io.Reader) error {
		header, err := message.ReadHeader(r, t.hintsAgain(m.Shown.Charset))
		if errors.Is(err, message.ErrHeaderTooLong) {
			err = nil
		}
		if err != nil {
			return err
		}
		m.at.Header, m.at.Described = Header(header), true
		// A server may send everything (P19), and the session has to go on.
		_, err = io.Copy(io.Discard, r)
		return err
	})
}

// looked takes what the server has answered. A server without TOP leaves the
// size; one that has it and refuses it now costs the deletion.
func (m *candidate) looked(c *pop3.Client) error {
	if octets, err := m.size.Value(); err == nil {
		m.at.Octets = octets
	}
	if m.top == nil || m.at.Described || !c.Capabilities().Has("TOP") {
		return nil
	}
	// It can show what it has, and does not: nobody could tell.
	err := m.top.Err()
	if refused(err) {
		err = errors.Join(ErrNotSent, err)
	}
	if pop3.IsFatal(err) {
		return err
	}
	return about(err, m.UID)
}

// mark has the server mark messages as deleted (RFC 1939, section 5), all in one
// flight where it takes several commands at once. Where it refuses some, it is
// asked for all, to say which.
func mark(ctx context.Context, c *pop3.Client, numbers []int, list []ledger.Deleted) error {
	batch := c.NewBatch()
	replies := make([]*pop3.Reply[struct{}], len(numbers))
	for i, n := range numbers {
		replies[i] = batch.Dele(n)
	}
	fault := batch.Do(ctx)
	var uids []string
	var first error
	for i, reply := range replies {
		if err := reply.Err(); refused(err) {
			uids = append(uids, list[i].UID)
			first = cmp.Or(first, err)
		}
	}
	if first == nil {
		return fault
	}
	return about(errors.Join(ErrNotDeleted, first), uids...)
}
