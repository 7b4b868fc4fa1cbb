package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
)

const (
	defaultList = 1000
	// describeNewest is how many messages of an account get headers for the
	// mailbox list.
	describeNewest = 100
)

// List returns what the ledger knows of messages on the server, newest first:
// of one account, or of all if account is empty. limit zero means 1,000.
// Messages whose headers are not known have neither sender nor subject.
func (s *Service) List(account string, limit int) ([]api.Mail, error) {
	if limit <= 0 {
		limit = defaultList
	}
	var all []dated
	found := account == ""
	for _, a := range s.Accounts() {
		if account != "" && a.ID != account {
			continue
		}
		found = true
		list, err := s.ledger.Newest(a.ID, limit)
		if err != nil {
			return nil, err
		}
		s.showed(a.ID, list)
		all = append(all, placed(mailsOf(a, list))...)
	}
	if !found {
		return nil, api.ErrNoAccount
	}
	if account == "" {
		// Within an account the server's order is the order of arrival.
		slices.SortStableFunc(all, func(a, b dated) int { return b.at.Compare(a.at) })
	}
	mails := make([]api.Mail, min(len(all), limit))
	for i := range mails {
		mails[i] = all[i].Mail
	}
	return mails, nil
}

// Describe fetches the headers that the ledger lacks of the newest messages
// of an account, for List.
func (s *Service) Describe(ctx context.Context, account string) error {
	l, err := s.lease(ctx, account)
	if err != nil {
		return err
	}
	defer l.release()
	wanted, err := s.ledger.Undescribed(account, describeNewest, false)
	if err != nil || len(wanted) == 0 {
		return err
	}
	got, err := s.describe(ctx, l, wanted)
	s.described(l, got)
	return err
}

// describe fetches the headers of messages, and returns how many it got, also
// when it fails half way.
func (s *Service) describe(ctx context.Context, l *lease, wanted []ledger.Placed) (got int, err error) {
	var list []ledger.Arrival
	failed := s.ask(ctx, l, func(ctx context.Context, t poll.Target) (err error) {
		list, err = poll.Describe(ctx, t, wanted)
		return err
	})
	got, err = s.ledger.Describe(l.account.ID, list)
	if failed != nil {
		err = failed
	}
	return got, err
}

// showed notes that the user gets to see which UIDs messages have.
func (s *Service) showed(account string, list []ledger.Entry) {
	if err := s.ledger.Shown(account, list); err != nil {
		s.log.Error("recording what was listed", "account", account, "error", err) // then deleting asks for it again
	}
}

// Page returns a page of an account's messages as the ledger knows them, newest
// first; see api.PageRequest. The error is ErrNoAccount or the ledger's.
func (s *Service) Page(r api.PageRequest) ([]api.Row, error) {
	if _, _, err := s.mailbox(r.Account); err != nil {
		return nil, err
	}
	limit := r.Limit
	if limit <= 0 || limit > api.MaxPage {
		limit = api.MaxPage
	}
	list, err := s.ledger.Page(r.Account, r.Before, r.Unseen, limit)
	shown := make([]ledger.Entry, len(list))
	for i, e := range list {
		shown[i] = e.Entry
	}
	s.showed(r.Account, shown)
	rows := make([]api.Row, len(list))
	for i, e := range list {
		rows[i] = api.Row{
			Number: e.Number, UID: e.UID, Described: e.Described, From: e.From, Address: e.Address, Subject: e.Subject,
			Date: e.Date, Octets: e.Octets, Seen: e.Seen,
		}
		if e.Address == "" && strings.Contains(e.From, "@") {
			rows[i].Address = e.From
		}
	}
	return rows, err
}

// DescribeThese fetches the headers that the ledger lacks of messages of an
// account. What it got before it failed is kept. A server without TOP leaves
// them unknown (P19).
func (s *Service) DescribeThese(ctx context.Context, account string, uids ...string) error {
	l, err := s.lease(ctx, account)
	if err != nil {
		return err
	}
	defer l.release()
	wanted, err := s.ledger.UndescribedAmong(account, uids...)
	if err != nil || len(wanted) == 0 {
		return err
	}
	got, err := s.describe(ctx, l, wanted)
	s.described(l, got)
	return err
}

// described tells the lists that headers have come.
func (s *Service) described(l *lease, got int) {
	if got > 0 {
		s.mu.Lock()
		l.w.headers++
		s.mu.Unlock()
	}
	s.changed(l.account.ID)
}

// describeRest goes on reading headers of new mail after a poll that has not
// got them: in new sessions, as long as each of them brings something. missing
// says what is still to be read.
func (s *Service) describeRest(ctx context.Context, l *lease, missing func() ([]ledger.Placed, error)) {
	const sessions = 3
	for range sessions {
		var got int
		err := poll.Again(ctx, func() error {
			wanted, err := missing()
			if err != nil || len(wanted) == 0 {
				return err
			}
			got, err = s.describe(ctx, l, wanted)
			return err
		})
		if err == nil {
			return
		}
		s.log.Info("reading headers again", "account", l.account.ID, "got", got, "error", err)
		if got == 0 {
			return
		}
	}
}

// DescribeSoon fetches headers for List in the background, if any are missing
// and this has not been tried with the same ones. Subscribers are told.
func (s *Service) DescribeSoon(account string) {
	s.mu.Lock()
	var ids []string
	for _, id := range s.order {
		if (account == "" || id == account) && s.mailboxes[id].problem == nil {
			ids = append(ids, id)
		}
	}
	s.mu.Unlock()
	for _, id := range ids {
		missing := s.missingHeaders(id)
		if !s.describing(id, missing) {
			continue
		}
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
	missing, err := s.ledger.Undescribed(account, describeNewest, false)
	if err != nil || len(missing) == 0 {
		return ""
	}
	return fmt.Sprint(len(missing), " ", missing[0].UID)
}

// Fetch gets a message for reading: its beginning by TOP, or all of it by
// RETR if whole is set, which some providers take for having been fetched
// (P20). markSeen marks it as seen once it was read. Another message than the
// ledger had under this UID takes its place there.
func (s *Service) Fetch(ctx context.Context, account, uid string, whole, markSeen bool) (api.FullMessage, error) {
	return s.fetch(ctx, api.FetchRequest{Account: account, UID: uid, Whole: whole, MarkSeen: markSeen})
}

func (s *Service) fetch(ctx context.Context, request api.FetchRequest) (full api.FullMessage, err error) {
	account, uid, whole, markSeen := request.Account, request.UID, request.Whole, request.MarkSeen
	l, err := s.lease(ctx, account)
	if err != nil {
		return api.FullMessage{}, err
	}
	defer l.release()
	into, err := newReceiver(ctx, request)
	if err != nil {
		return api.FullMessage{}, err
	}
	defer func() { err = into.end(err) }()
	var m poll.Message
	charset, err := s.ledger.Charset(l.account.ID, uid)
	if err != nil {
		return api.FullMessage{}, err
	}
	err = s.askFor(ctx, l, uid, func(ctx context.Context, t poll.Target, at ledger.Row) (err error) {
		if err := into.begin(); err != nil {
			return err
		}
		m, err = poll.Fetch(ctx, t, at, charset, whole, into.writer())
		return err
	})
	if err != nil {
		return api.FullMessage{}, err
	}
	r, replaced, err := s.ledger.Read(account, uid, poll.Header(m.Header), m.Octets, markSeen, s.now())
	full = api.FullMessage{
		Mail: api.Mail{
			Account: account, AccountName: l.account.Name, UID: uid, From: m.From, Subject: m.Subject, Date: api.Time{Time: m.Date},
			Octets: r.Octets, Seen: r.Seen || markSeen,
		},
		Address: m.FromAddress, To: m.To, Document: m.Document, Files: m.Files, Complete: m.Complete,
		MessageID: m.MessageID, ReplyTo: m.ReplyTo, Code: s.codeIn(m),
	}
	if err != nil {
		return full, err
	}
	s.changed(account)
	if replaced {
		s.disown(account, []string{uid})
	}
	if markSeen || replaced {
		s.withdraw(ctx, account, uid)
	}
	return full, nil
}

// Source gets a message as the server sends it; see api.SourceRequest. Nothing
// is marked as seen.
func (s *Service) Source(ctx context.Context, r api.SourceRequest) (source api.MessageSource, err error) {
	l, err := s.lease(ctx, r.Account)
	if err != nil {
		return source, err
	}
	defer l.release()
	err = s.askFor(ctx, l, r.UID, func(ctx context.Context, t poll.Target, at ledger.Row) (err error) {
		source, err = poll.Source(ctx, t, at, r.Header, r.Whole, api.MaxSource)
		return err
	})
	return source, err
}

// askFor is ask for one message, with where the ledger has it.
func (s *Service) askFor(ctx context.Context, l *lease, uid string, session func(context.Context, poll.Target, ledger.Row) error) error {
	place, err := s.ledger.Place(l.account.ID, uid)
	if err != nil {
		return err
	}
	err = s.ask(ctx, l, func(ctx context.Context, t poll.Target) error {
		return session(ctx, t, ledger.Row{Number: place, UID: uid})
	})
	if errors.Is(err, poll.ErrGone) {
		return s.gone(l, err)
	}
	return err
}
