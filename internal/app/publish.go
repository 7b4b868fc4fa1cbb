package app

import (
	"cmp"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// maxNewest is how many unseen messages a snapshot lists.
const maxNewest = 10

// ledgerView is what a snapshot has of an account's ledger. It is read again
// only when that has changed: with many accounts it would cost more than all
// their polls to read everything each time.
type ledgerView struct {
	messages, unseen int
	octets           int64
	newest           []api.Mail
}

// refresh reads an account's ledger anew; the caller holds s.mu.
func (s *Service) refresh(w *worker) {
	v := ledgerView{}
	err := s.ledger.view(w.account.ID, func(l *accountLedger) error {
		v.messages, v.octets, v.unseen = l.Count, max(0, l.Octets), l.unseenCount()
		return l.newest(l.unseen, func(uid string, r record) bool {
			v.newest = append(v.newest, mailOf(w.account, uid, r))
			return len(v.newest) < maxNewest
		})
	})
	if err != nil {
		s.log.Error("reading the ledger", "account", w.account.ID, "error", err)
		return
	}
	w.ledger = v
}

// changed publishes after the ledgers of these accounts changed.
func (s *Service) changed(ids ...string) {
	s.mu.Lock()
	for _, id := range ids {
		if w := s.workers[id]; w != nil {
			s.refresh(w)
		}
	}
	s.mu.Unlock()
	s.publish()
}

// publish builds a new snapshot and tells the subscribers.
func (s *Service) publish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := api.Snapshot{
		Revision: s.snapshot.Revision + 1, Offline: s.offline, Demo: s.demo,
		SettingsRevision: s.settingsRevision,
		Accounts:         []api.AccountStatus{}, Newest: []api.Mail{},
	}
	if s.pausedUntil.After(s.now()) {
		next.PausedUntil = s.pausedUntil
	}
	if err := s.store.Err(); err != nil {
		next.SettingsError = s.settingsSentence(err)
	} else if s.damaged != "" {
		next.SettingsError = s.loc.T("problem.ledger_damaged", s.damaged)
	}
	for _, id := range s.order {
		w := s.workers[id]
		status := api.AccountStatus{
			ID: id, Name: w.account.Name, State: w.state, Error: w.problem, Checking: w.checking, Headers: w.headers,
			LastPoll: w.lastPoll, NextPoll: w.due, Poll: w.stats,
		}
		next.Offline = next.Offline || w.unrouted
		if (s.offline && !loopbackHost(w.account.Server) || w.unrouted) && status.State != api.Waiting &&
			(w.problem == nil || w.problem.Kind == api.KindNetwork) {
			status.State, status.Error = api.Waiting, nil // being offline is no error
		}
		status.Messages, status.Octets, status.Unseen = w.ledger.messages, w.ledger.octets, w.ledger.unseen
		next.Newest = append(next.Newest, w.ledger.newest...)
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

// mailOf turns a record into what lists show. Where a message has no date of
// its own, it is when it was first seen.
func mailOf(a settings.Account, uid string, r record) api.Mail {
	date := r.Date
	if date.IsZero() {
		date = r.FirstSeen
	}
	return api.Mail{
		Account: a.ID, AccountName: a.Name, UID: uid,
		From: r.From, Subject: r.Subject, Date: date.In(time.Local), Octets: r.Octets, Seen: r.Seen,
	}
}
