package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

const (
	defaultList = 1000
	// describeNewest is how many messages of an account get headers for the
	// mailbox list.
	describeNewest = 100
	// previewLines is what TOP asks for.
	previewLines = 200
	// locateNearby is how far from the expected place a message is looked
	// for before the whole UIDL is listed.
	locateNearby = 3
)

// List returns what the ledger knows of messages on the server, newest first:
// of one account, or of all if account is empty. limit zero means 1,000.
// Messages whose headers are not known have neither sender nor subject.
func (s *Service) List(account string, limit int) ([]api.Mail, error) {
	if limit <= 0 {
		limit = defaultList
	}
	mails := []api.Mail{}
	found := account == ""
	for _, a := range s.Accounts() {
		if account != "" && a.ID != account {
			continue
		}
		found = true
		err := s.ledger.view(a.ID, func(l *accountLedger) error {
			n := 0
			return l.newest(l.order, func(uid string, r record) bool {
				mails = append(mails, mailOf(a, uid, r))
				n++
				return n < limit
			})
		})
		if err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, api.ErrNoAccount
	}
	if account == "" {
		// Within an account the server's order is the order of arrival.
		slices.SortStableFunc(mails, newestFirst)
	}
	return mails[:min(len(mails), limit)], nil
}

// Describe fetches the headers that the ledger lacks of the newest messages
// of an account, for List.
func (s *Service) Describe(ctx context.Context, account string) error {
	l, err := s.lease(ctx, account)
	if err != nil {
		return err
	}
	defer l.release()
	got, err := s.describeMissing(ctx, l, func(l *accountLedger) *bbolt.Bucket { return l.order })
	if got > 0 {
		s.mu.Lock()
		l.w.headers++
		s.mu.Unlock()
	}
	s.changed(account)
	return err
}

// session logs in for f, with what is known of the server.
func (s *Service) session(ctx context.Context, l *lease, f func(context.Context, *pop3.Client) error) error {
	a := l.account
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	explain := func(err error) error {
		if err == nil || errors.Is(err, api.ErrNoAccount) {
			return err
		}
		return &api.ProblemError{Problem: *Explain(err, a, s.loc), Err: err}
	}
	if refused := s.refused(a.ID); refused != nil { // P24
		return &api.ProblemError{Problem: *refused}
	}
	who, err := s.credentials(ctx, a, "")
	if err != nil {
		return explain(err)
	}
	var hints pop3.Hints
	if err := s.ledger.view(a.ID, func(l *accountLedger) error {
		hints = l.Hints
		return nil
	}); err != nil {
		return err
	}
	c, err := s.dial(ctx, a, hints, nil)
	if err != nil {
		return explain(err)
	}
	defer leave(ctx, c)
	if err := c.Login(ctx, who, nil); err != nil {
		s.stopIfRefused(l, err)
		return explain(err)
	}
	return explain(f(ctx, c))
}

// stopIfRefused stops an account whose credentials were refused, wherever
// that happened (P24).
func (s *Service) stopIfRefused(l *lease, err error) {
	var e *pop3.Error
	if !errors.As(err, &e) || e.Kind != pop3.KindAuth {
		return
	}
	s.mu.Lock()
	if w := l.w; l.valid() {
		w.problem, w.cause, w.state = Explain(err, w.account, s.loc), err, api.Failed
		s.reschedule(w)
	}
	s.mu.Unlock()
	s.publish()
}

// refused is the problem of an account whose credentials were refused; nil if
// they were not, or if the user has changed something since.
func (s *Service) refused(id string) *api.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.workers[id]; w != nil && w.problem != nil && w.problem.Kind == api.KindAuth {
		return w.problem
	}
	return nil
}

// ErrGone: the message is no longer on the server.
var ErrGone = errors.New("the message is no longer on the server")

// Fetch gets a message for reading: its beginning by TOP, or all of it by
// RETR if whole is set, which some providers take for having been fetched
// (P20). markSeen marks it as seen once it was read.
func (s *Service) Fetch(ctx context.Context, account, uid string, whole, markSeen bool) (api.FullMessage, error) {
	l, err := s.lease(ctx, account)
	if err != nil {
		return api.FullMessage{}, err
	}
	defer l.release()
	guess, noUIDL, err := s.place(account, uid)
	if err != nil {
		return api.FullMessage{}, err
	}
	var m message.Message
	complete := whole
	err = s.session(ctx, l, func(ctx context.Context, c *pop3.Client) error {
		// EXPIRE 0: at the end of the session this server may delete what was
		// retrieved. It must not without a goodbye (RFC 1939, section 6).
		if days, never, ok := c.Capabilities().Expire(); ok && !never && days == 0 {
			defer func() { _ = c.Close() }()
		}
		n, err := locate(ctx, c, uid, guess, noUIDL)
		if err != nil {
			return err
		}
		size, err := c.List(ctx, n)
		var e *pop3.Error
		if errors.As(err, &e) && e.Fatal() {
			return err
		}
		var octets int64
		m, octets, err = fetch(ctx, c, n, whole)
		// A short message arrives whole by TOP as well.
		complete = complete || size > 0 && octets >= size
		return err
	})
	if errors.Is(err, ErrGone) {
		return api.FullMessage{}, s.gone(l, err)
	}
	if err != nil {
		return api.FullMessage{}, err
	}
	full := api.FullMessage{
		Mail: api.Mail{
			Account: account, AccountName: l.account.Name, UID: uid, From: m.From, Subject: m.Subject, Date: m.Date, Seen: markSeen,
		},
		To: m.To, Text: m.Text, Complete: complete, Attachments: m.Attachments,
	}
	if m.FromAddress != "" && m.FromAddress != m.From {
		full.From = m.From + " <" + m.FromAddress + ">"
	}
	if full.Attachments == nil {
		full.Attachments = []string{}
	}
	err = s.ledger.update(account, func(l *accountLedger) error {
		_, err := l.change(uid, func(r *record) {
			full.Octets, full.Seen = r.Octets, r.Seen || markSeen
			if !r.Described {
				r.Described, r.From, r.Subject, r.Date, r.MessageID = true, m.From, m.Subject, m.Date, m.MessageID
				r.Address = addressOf(m.Header)
			}
		})
		return err
	})
	if err != nil {
		return full, err
	}
	if markSeen {
		return full, s.MarkSeen(ctx, account, uid)
	}
	s.changed(account)
	return full, nil
}

// place is the number that a message should have if nothing happened since
// the last poll.
func (s *Service) place(account, uid string) (n int, noUIDL bool, err error) {
	err = s.ledger.view(account, func(l *accountLedger) error {
		n, noUIDL = l.Count, l.NoUIDL
		found := false
		err := l.newest(l.order, func(u string, _ record) bool {
			if found = u == uid; found {
				return false
			}
			n--
			return n > 0
		})
		if !found {
			n = 0
		}
		return err
	})
	return n, noUIDL, err
}

// locate finds the number of a message in this session: at or just before the
// place where it should be, else by listing everything.
func locate(ctx context.Context, c *pop3.Client, uid string, guess int, noUIDL bool) (int, error) {
	n, err := nearby(ctx, c, uid, guess, noUIDL)
	if n > 0 || err != nil {
		return n, err
	}
	n, _, err = everywhere(ctx, c, uid, noUIDL)
	return n, err
}

// nearby looks for a message at or just before a place, and returns 0 if it
// is not there.
func nearby(ctx context.Context, c *pop3.Client, uid string, guess int, noUIDL bool) (int, error) {
	for n := guess; n > 0 && n > guess-locateNearby; n-- {
		batch := c.NewBatch()
		id := identify(batch, n, noUIDL)
		if err := batch.Do(ctx); err != nil {
			return 0, err
		}
		got, err := id.uid()
		var e *pop3.Error
		switch {
		case err == nil && got == uid:
			return n, nil
		case errors.As(err, &e) && !e.Fatal():
		case err != nil:
			return 0, err
		}
	}
	return 0, nil
}

// everywhere looks for a message by listing everything, and says how many
// have this UID; there should be one (P15).
func everywhere(ctx context.Context, c *pop3.Client, uid string, noUIDL bool) (n, times int, err error) {
	var stat pop3.Stat
	if noUIDL {
		if stat, err = c.Stat(ctx); err != nil {
			return 0, 0, err
		}
	}
	for row, err := range identities(ctx, c, stat.Messages, noUIDL) {
		if err != nil {
			return 0, 0, err
		}
		if row.UID == uid {
			n = row.Number
			times++
		}
	}
	if times == 0 {
		return 0, 0, ErrGone
	}
	return n, times, nil
}

// errNoTOP: the server cannot send the beginning of a message.
var errNoTOP = errors.New("the server does not support TOP")

// fetch reads a message, and says how many octets of it came.
func fetch(ctx context.Context, c *pop3.Client, n int, whole bool) (message.Message, int64, error) {
	var body io.ReadCloser
	var err error
	if whole {
		body, err = c.Retr(ctx, n)
	} else {
		body, err = c.Top(ctx, n, previewLines)
		var e *pop3.Error
		if errors.As(err, &e) && !e.Fatal() && e.Kind == pop3.KindPermanent {
			err = errors.Join(errNoTOP, err) // P19, and no RETR instead (P20)
		}
	}
	if err != nil {
		return message.Message{}, 0, err
	}
	counted := &counter{r: body}
	m, err := message.Read(counted)
	return m, counted.n, errors.Join(err, body.Close())
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// DescribeSoon fetches headers for List in the background, if any are missing
// and this has not been tried with the same ones. Subscribers are told.
func (s *Service) DescribeSoon(_ context.Context, account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		w := s.workers[id]
		if account != "" && id != account || w.problem != nil {
			continue
		}
		missing := s.missingHeaders(id)
		if missing == "" || missing == w.described {
			continue
		}
		w.described = missing
		s.background.Go(func() {
			if err := s.Describe(s.living, id); err != nil && s.living.Err() == nil {
				s.log.Warn("fetching headers", "account", id, "error", err)
			}
		})
	}
}

// missingHeaders names the newest message without headers, and how many there
// are; it is empty if none is missing.
func (s *Service) missingHeaders(account string) string {
	newest, n, rank := "", 0, 0
	err := s.ledger.view(account, func(l *accountLedger) error {
		return l.newest(l.order, func(uid string, r record) bool {
			if !r.Described {
				if n == 0 {
					newest = uid
				}
				n++
			}
			rank++
			return rank < describeNewest
		})
	})
	if err != nil || n == 0 {
		return ""
	}
	return fmt.Sprint(n, " ", newest)
}
