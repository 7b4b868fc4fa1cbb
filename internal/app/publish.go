package app

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/settings"
)

// maxNewest is how many unseen messages a snapshot lists.
const maxNewest = 10

// refresh rereads the ledger for these accounts. Nobody who needs s.mu waits
// for the file.
func (s *Service) refresh(ids ...string) {
	for _, id := range ids {
		s.mu.Lock()
		w := s.mailboxes[id]
		s.mu.Unlock()
		if w == nil {
			continue
		}
		w.refreshing.Lock()
		overview, err := s.ledger.Overview(id, maxNewest)
		if err != nil {
			s.log.Error("reading the ledger", "account", id, "error", err)
		} else {
			if overview.LastPoll.After(s.now()) {
				overview.LastPoll = time.Time{} // a clock was ahead
			}
			s.mu.Lock()
			w.overview = overview
			s.mu.Unlock()
		}
		w.refreshing.Unlock()
	}
}

// changed publishes after the ledgers of these accounts changed.
func (s *Service) changed(ids ...string) {
	s.refresh(ids...)
	s.publish()
}

// publish builds a new snapshot and tells the subscribers.
func (s *Service) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := api.Snapshot{
		Revision: s.snapshot.Revision + 1, Offline: s.offline, Demo: s.demo, NotAllowed: s.notAllowed,
		SettingsRevision: s.settingsRevision,
		Accounts:         []api.AccountStatus{}, Newest: []api.Mail{},
	}
	if s.pausedUntil.After(s.now()) {
		next.PausedUntil = s.pausedUntil
	}
	if err := s.store.Err(); err != nil {
		next.Problem = settingsProblem(err)
		if s.snapshot.Problem == nil || !reflect.DeepEqual(s.snapshot.Problem, next.Problem) {
			s.log.Error("the settings are not taken over", "error", err)
		}
	} else if s.damaged != "" {
		next.Problem = &api.Problem{Kind: api.KindConfig, Code: api.CodeDamaged, Args: api.Args{api.ArgFile: s.damaged}}
	}
	for _, id := range s.order {
		w := s.mailboxes[id]
		status := api.AccountStatus{
			ID: id, Name: w.account.Name, State: w.state, Error: w.problem, Checking: w.checking, Listing: w.listing, Headers: w.headers, Existing: w.existing,
			LastPoll: w.overview.LastPoll, NextPoll: w.due, Poll: w.stats,
		}
		next.Offline = next.Offline || w.unrouted
		if (s.offline && !loopback.Is(w.account.Server) || w.unrouted) && status.State != api.Waiting &&
			(w.problem == nil || w.problem.Kind == api.KindNetwork) {
			status.State, status.Error = api.Waiting, nil // being offline is not an error
		}
		if w.held != nil {
			status.State, status.Error, status.NextPoll = api.Waiting, w.held.problem(), time.Time{}
		}
		status.Messages, status.Octets, status.Unseen = w.overview.Messages, w.overview.Octets, w.overview.Unseen
		for _, e := range w.overview.Newest {
			next.Newest = append(next.Newest, mailOf(w.account, e))
		}
		next.Unseen += status.Unseen
		next.Checking = next.Checking || w.checking
		next.Accounts = append(next.Accounts, status)
	}
	slices.SortStableFunc(next.Newest, newestFirst)
	next.Newest = next.Newest[:min(len(next.Newest), maxNewest)]
	s.snapshot = next
	for c := range s.subscribers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func newestFirst(a, b api.Mail) int { return cmp.Compare(b.Date.UnixNano(), a.Date.UnixNano()) }

// mailOf turns what the ledger knows into what lists show. Where a message has
// no date of its own, it is when it was first seen.
func mailOf(a settings.Account, e ledger.Entry) api.Mail {
	date := e.Date
	if date.IsZero() {
		date = e.FirstSeen
	}
	return api.Mail{
		Account: a.ID, AccountName: a.Name, UID: e.UID,
		From: e.From, Subject: e.Subject, Date: api.Time{Time: date.In(time.Local)}, Octets: e.Octets, Seen: e.Seen,
		Undescribed: !e.Described,
	}
}

// mailsOf is mailOf for messages of an account, newest first. Those that were
// there at the first look and say nothing of themselves came nobody knows when.
func mailsOf(a settings.Account, list []ledger.Entry) []api.Mail {
	var first time.Time
	for _, e := range list {
		if first.IsZero() || e.FirstSeen.Before(first) {
			first = e.FirstSeen
		}
	}
	return mailsSince(a, list, first)
}

// mailsSince is mailsOf where the first look is known to have been at first.
func mailsSince(a settings.Account, list []ledger.Entry, first time.Time) []api.Mail {
	mails := make([]api.Mail, len(list))
	for i, e := range list {
		mails[i] = mailOf(a, e)
		if !e.Described && (e.Seen || a.UnseenExisting) && e.FirstSeen.Equal(first) {
			mails[i].Date = api.Time{}
		}
	}
	return mails
}

// placed are messages of an account, newest first, each with the time by which
// it stands among those of others: that of one without is its elder's, or else
// that of the next younger one.
func placed(mails []api.Mail) []dated {
	list := make([]dated, len(mails))
	var at time.Time
	for i := len(mails) - 1; i >= 0; i-- {
		if !mails[i].Date.IsZero() {
			at = mails[i].Date.Time
		}
		list[i] = dated{mails[i], at}
	}
	for i := range list {
		if !list[i].at.IsZero() {
			at = list[i].at
		} else if i > 0 {
			list[i].at = at
		}
	}
	return list
}

type dated struct {
	api.Mail
	at time.Time
}
