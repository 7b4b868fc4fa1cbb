package app

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

const (
	// pollTimeout bounds one poll, whatever the server does (S9).
	pollTimeout = 5 * time.Minute
	// fullEvery is how often a full UIDL is asked for in any case.
	fullEvery = 24 * time.Hour
	// maxGrown is how many new messages are asked for one by one; more cost
	// less as a full UIDL.
	maxGrown = 200
	// maxDescribed is how many of the new messages get their headers at
	// once; more than that end in a summary anyway.
	maxDescribed = 100
	// batchSize keeps a batch's answers from filling both ends' buffers.
	batchSize = 25
)

// The modes of a poll; the names are a promise of --json.
const (
	modeFull      = "full"
	modeGrown     = "grown"
	modeUnchanged = "unchanged"
)

// newcomer is a message that a poll found and the ledger does not know.
type newcomer struct {
	number    int
	uid       string
	octets    int64
	header    message.Header
	described bool
}

// outcome is what one poll learned. It changes nothing by itself.
type outcome struct {
	mode  string
	stat  pop3.Stat
	fresh []newcomer
	gone  []string
	moved []pop3.Listing
	// complete: a full UIDL listed as many messages as STAT counted.
	complete bool
	// numbered: its numbers had no gaps, so that numbers can be foreseen.
	numbered bool
	lastUID  string
	// empty: the maildrop was said to be empty although messages are known.
	empty bool
	// sizesLie: after sums that did not add up, a full UIDL showed that
	// nothing had happened to the old messages (P18).
	sizesLie bool
	// cut: the session ended while headers were read. The UIDs were known
	// by then, and what is known is not thrown away: a message on which the
	// server chokes would hide all others for ever.
	cut error
	// staged: the UIDs are in the ledger's staging; fresh has the newest only.
	staged bool
	// noUIDL: the server has no UIDL, and digests take the place of UIDs.
	noUIDL bool
	// misled: it worked only without pipelining.
	misled bool
	hints  pop3.Hints
}

// poll is one session with the server, without any change to the ledger.
func (s *Service) poll(ctx context.Context, a settings.Account, who pop3.Credentials, before meta, record *sessionRecord) (o outcome, m pop3.Metrics, err error) {
	o, m, err = s.pollOnce(ctx, a, who, before, record)
	if err != nil && before.Hints.Known && misled(err) && ctx.Err() == nil {
		before.Hints.PipelineLogin, before.Hints.Pipelining = false, false
		before.Incremental = false
		var second pop3.Metrics
		err = again(ctx, func() error {
			o, second, err = s.pollOnce(ctx, a, who, before, record)
			return err
		})
		o.misled = true
		m.RoundTrips += second.RoundTrips
		m.Sent += second.Sent
		m.Received += second.Received
	}
	return o, m, err
}

func (s *Service) pollOnce(ctx context.Context, a settings.Account, who pop3.Credentials, before meta, record *sessionRecord) (o outcome, m pop3.Metrics, err error) {
	c, err := s.dial(ctx, a, before.Hints, &record.transcript)
	if err != nil {
		return o, m, err
	}
	defer func() {
		m = c.Metrics()
		record.take(c)
		leave(ctx, c)
	}()
	incremental := before.Incremental && s.now().Sub(before.LastFull) < fullEvery

	// The first flight: login, STAT, and whether the last message is in its place.
	batch := c.NewBatch()
	stat := batch.Stat()
	var last *identity
	if incremental && before.Count > 0 {
		last = identify(batch, before.Count, before.NoUIDL)
	}
	if err := c.Login(ctx, who, batch); err != nil {
		return o, m, err
	}
	if o.stat, err = stat.Value(); err != nil {
		return o, m, err
	}
	o.hints = c.Hints()
	if incremental {
		inPlace := before.Count == 0
		if last != nil {
			uid, err := last.uid()
			inPlace = err == nil && uid == before.LastUID
		}
		done, err := s.pollIncremental(ctx, c, before, inPlace, &o)
		if done || err != nil {
			return o, m, err
		}
	}
	if !before.Baseline && before.Partial == 0 && !a.UnseenExisting && o.stat.Messages >= stageFrom {
		err := s.pollFirst(ctx, c, a.ID, &o)
		if !refused(err, "UIDL") {
			return o, m, err
		}
	}
	return o, m, s.pollFull(ctx, c, a.ID, before, &o)
}

// pollIncremental tries to do without a full UIDL, and says whether that was
// possible.
func (s *Service) pollIncremental(ctx context.Context, c *pop3.Client, before meta, inPlace bool, o *outcome) (done bool, err error) {
	grown := o.stat.Messages - before.Count
	switch {
	case !inPlace || grown < 0 || grown > maxGrown || before.SizesLie || o.stat.Octets < 0 || before.Octets < 0:
		return false, nil
	case grown == 0:
		o.mode, o.lastUID = modeUnchanged, before.LastUID
		return o.stat.Octets == before.Octets, nil
	}
	// The second flight: only what is new. The octets must add up; then
	// nothing happened to the old part, and it need not be listed.
	fresh := make([]newcomer, grown)
	ids := make([]*identity, grown)
	sizes := make([]*pop3.Reply[int64], grown)
	batch := c.NewBatch()
	for i := range fresh {
		n := before.Count + 1 + i
		fresh[i].number = n
		ids[i] = identify(batch, n, before.NoUIDL)
		sizes[i] = batch.List(n)
	}
	for i := range fresh {
		describe(batch, &fresh[i]) // last: a server may choke on these (P19)
	}
	o.cut = batch.Do(ctx)
	sum := before.Octets
	for i := range fresh {
		var uidErr, sizeErr error
		fresh[i].uid, uidErr = ids[i].uid()
		fresh[i].octets, sizeErr = sizes[i].Value()
		if uidErr != nil || sizeErr != nil {
			return false, o.cut
		}
		sum += fresh[i].octets
	}
	if sum != o.stat.Octets {
		// Either something happened to the old part, or sizes mean nothing
		// on this server: a full UIDL will tell.
		o.sizesLie = true
		return false, o.cut
	}
	o.mode, o.fresh, o.lastUID = modeGrown, fresh, fresh[grown-1].uid
	return true, nil
}

// describe adds the TOP that fills in a newcomer's headers. A server without
// TOP leaves them unknown (P19).
func describe(batch *pop3.Batch, n *newcomer) {
	batch.Top(n.number, 0, func(r io.Reader) error {
		header, err := message.ReadHeader(r)
		if err == nil {
			n.header, n.described = header, true
		}
		return err
	})
}

// pollFull streams a full UIDL against the ledger.
func (s *Service) pollFull(ctx context.Context, c *pop3.Client, account string, before meta, o *outcome) error {
	o.mode, o.noUIDL = modeFull, before.NoUIDL
	if o.stat.Messages == 0 {
		o.complete = true
		if before.Count > 0 && !before.EmptyOnce { // P17
			o.empty = true
			return nil
		}
	}
	var d difference
	err := s.ledger.view(account, func(l *accountLedger) error {
		if before.Maildrop == "" {
			l = &accountLedger{} // what is there is about another maildrop
		}
		if o.stat.Messages == 0 {
			var err error
			d, err = l.compare(func(func(pop3.Listing, error) bool) {})
			return err
		}
		var err error
		d, err = l.compare(identities(ctx, c, o.stat.Messages, o.noUIDL))
		if refused(err, "UIDL") && !o.noUIDL {
			o.noUIDL = true
			d, err = l.compare(identities(ctx, c, o.stat.Messages, true))
		}
		return err
	})
	if err != nil {
		if o.noUIDL && refused(err, "TOP") {
			return errors.Join(errNoUIDL, err)
		}
		return err
	}
	o.complete = d.rows == o.stat.Messages
	o.numbered = d.last.Number == d.rows
	if o.complete {
		o.gone, o.moved, o.lastUID = d.gone, d.moved, d.last.UID
	}
	for _, row := range d.fresh {
		o.fresh = append(o.fresh, newcomer{number: row.Number, uid: row.UID})
	}
	// P18: the old part is as it was, and yet the sums had not added up.
	o.sizesLie = before.SizesLie || o.sizesLie && len(o.gone) == 0 && len(d.fresh) == o.stat.Messages-before.Count
	described := o.fresh
	switch {
	case !before.Baseline:
		// Enough of the silent baseline to recognise it after a migration.
		described = described[max(0, len(described)-describedBaseline):]
	default:
		described = described[max(0, len(described)-maxDescribed):]
	}
	o.cut = s.describeAll(ctx, c, described)
	return nil
}

// describedBaseline is how many messages of a new account get their headers.
const describedBaseline = 10

// describeAll asks for the sizes and headers of newcomers.
func (s *Service) describeAll(ctx context.Context, c *pop3.Client, list []newcomer) error {
	for part := range slices.Chunk(list, batchSize) {
		batch := c.NewBatch()
		sizes := make([]*pop3.Reply[int64], len(part))
		for i := range part {
			if part[i].number > 0 { // else it has left
				sizes[i] = batch.List(part[i].number)
				describe(batch, &part[i])
			}
		}
		fault := batch.Do(ctx)
		for i, size := range sizes {
			if size == nil {
				continue
			}
			if octets, err := size.Value(); err == nil {
				part[i].octets = octets
			}
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// errNoUIDL: the server cannot tell messages apart, and without TOP they
// cannot be told apart here.
var errNoUIDL = errors.New("the server supports neither UIDL nor TOP")

// refused says whether the server refused this command for good.
func refused(err error, command string) bool {
	var e *pop3.Error
	return errors.As(err, &e) && !e.Fatal() && e.Command == command && e.Kind == pop3.KindPermanent
}
