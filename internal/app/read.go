package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	mails := []api.Mail{}
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
		for _, e := range list {
			mails = append(mails, mailOf(a, e))
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
	got, err := s.describeMissing(ctx, l, false)
	if got > 0 {
		s.mu.Lock()
		l.w.headers++
		s.mu.Unlock()
	}
	s.changed(account)
	return err
}

// describeMissing fetches the headers that the ledger lacks of the newest
// messages, or of the newest unseen ones, and returns how many it got, also
// when it fails half way.
func (s *Service) describeMissing(ctx context.Context, l *lease, unseen bool) (got int, err error) {
	id := l.account.ID
	wanted, err := s.ledger.Undescribed(id, describeNewest, unseen)
	if err != nil || len(wanted) == 0 {
		return 0, err
	}
	var list []ledger.Arrival
	failed := s.ask(ctx, l, func(ctx context.Context, t poll.Target) (err error) {
		list, err = poll.Describe(ctx, t, wanted)
		return err
	})
	got, err = s.ledger.Describe(id, list)
	if failed != nil {
		err = failed
	}
	return got, err
}

// describeRest goes on reading headers of new mail after the server ended a
// poll's session over one of them: in new sessions, as long as each of them
// brings something.
func (s *Service) describeRest(ctx context.Context, l *lease) {
	const sessions = 3
	for range sessions {
		var got int
		err := poll.Again(ctx, func() (err error) {
			got, err = s.describeMissing(ctx, l, true)
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
// (P20). markSeen marks it as seen once it was read.
func (s *Service) Fetch(ctx context.Context, account, uid string, whole, markSeen bool) (api.FullMessage, error) {
	l, err := s.lease(ctx, account)
	if err != nil {
		return api.FullMessage{}, err
	}
	defer l.release()
	place, err := s.ledger.Place(account, uid)
	if err != nil {
		return api.FullMessage{}, err
	}
	var m poll.Message
	err = s.ask(ctx, l, func(ctx context.Context, t poll.Target) (err error) {
		m, err = poll.Fetch(ctx, t, ledger.Row{Number: place, UID: uid}, whole)
		return err
	})
	if errors.Is(err, poll.ErrGone) {
		return api.FullMessage{}, s.gone(l, err)
	}
	if err != nil {
		return api.FullMessage{}, err
	}
	r, err := s.ledger.Read(account, uid, poll.Header(m.Header), markSeen)
	full := api.FullMessage{
		Mail: api.Mail{
			Account: account, AccountName: l.account.Name, UID: uid, From: m.From, Subject: m.Subject, Date: m.Date,
			Octets: r.Octets, Seen: r.Seen || markSeen,
		},
		To: m.To, Text: m.Text, Complete: m.Complete, Attachments: m.Attachments,
	}
	if m.FromAddress != "" && m.FromAddress != m.From {
		full.From = m.From + " <" + m.FromAddress + ">"
	}
	if full.Attachments == nil {
		full.Attachments = []string{}
	}
	if err != nil {
		return full, err
	}
	s.changed(account)
	if markSeen {
		s.withdraw(ctx, account, uid)
	}
	return full, nil
}
