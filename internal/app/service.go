package app

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// maxPolls is how many accounts are polled at the same time.
const maxPolls = 4

// Options are what a Service is made of.
type Options struct {
	Settings *settings.Store
	Secrets  secret.Store
	// Ledger is the path of the ledger's file.
	Ledger string
	// Announcer shows notifications; without one, messages stay unannounced
	// until a later process has one.
	Announcer api.Announcer
	Locale    *locale.Catalogue
	// FollowLanguage has Locale speak the language of the preferences.
	FollowLanguage bool
	Log            *slog.Logger
	Demo           bool
	// Routed says whether there is a way to any network; it is asked when a
	// poll could not reach its server. Nil: there is.
	Routed func() bool
	// Now replaces time.Now in tests.
	Now func() time.Time
}

// Service is the domain: it polls, keeps the ledger, and publishes snapshots.
// Its methods are safe for concurrent use.
type Service struct {
	store     *settings.Store
	secrets   secret.Store
	ledger    *ledger
	announcer api.Announcer
	loc       *locale.Catalogue
	follow    bool
	log       *slog.Logger
	now       func() time.Time
	routed    func() bool
	demo      bool
	// discovery and roots replace what Discover asks and whom it trusts, in
	// tests; what is zero is the real thing.
	discovery discover.Discoverer
	roots     *x509.CertPool

	// tlsSessions holds a tls.ClientSessionCache for each server of an account,
	// so that polls resume TLS.
	tlsSessions sync.Map

	// kick wakes the scheduler after anything it should look at again.
	kick chan struct{}
	// readers tells WatchReaders that the settings have changed.
	readers chan struct{}
	polls   chan struct{} // holds a token for each poll under way

	// background work ends with living, at Close.
	background sync.WaitGroup
	living     context.Context //nolint:containedctx // the life of the Service itself
	end        context.CancelFunc

	// announcing is held while notifications go out, one after another.
	announcing sync.Mutex

	mu      sync.Mutex
	workers map[string]*worker
	// sessions holds a token for each account ID that nobody talks to the
	// server for. An ID keeps its own when the account is removed: a session
	// may still be ending when another account takes that ID.
	sessions    map[string]chan struct{}
	order       []string // account IDs in the settings' order
	snapshot    api.Snapshot
	subscribers map[chan struct{}]bool
	pausedUntil time.Time
	offline     bool
	saving      bool
	settling    time.Time // until then the network may not be what it seems
	damaged     string    // where a damaged ledger was set aside
	// summaries are what the notifications spoke of that were no message's own,
	// by their keys.
	summaries map[string][]api.Told
	// held: notifications are kept back until quiet hours or a pause end.
	held bool
	// settings are those in force, and rules those of them made ready.
	settings         settings.Settings
	rules            []rule
	settingsRevision uint64
}

// worker is what a Service knows of one account, guarded by Service.mu.
type worker struct {
	account settings.Account
	// generation grows whenever the user changes something about the account;
	// living and end are those of its context. See lease.
	generation uint64
	living     context.Context //nolint:containedctx // the life of a generation
	end        context.CancelFunc

	state    api.State
	problem  *api.Problem
	cause    error // of problem
	stats    *api.PollStats
	checking bool
	lastPoll time.Time
	due      time.Time // zero: not before something changes
	why      api.Why   // due is then; see Health.Why
	record   *sessionRecord
	ledger   ledgerView
	failures int
	// loginDelay is the least time between two polls that the server asks for.
	loginDelay time.Duration
	// unrouted: when it was polled last there was no way to any network.
	unrouted bool
	// described is what DescribeSoon has tried last.
	described string
	// headers is AccountStatus.Headers.
	headers int
}

// Open reads the ledger. The caller holds the lifetime lock of the folder.
func Open(o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Routed == nil {
		o.Routed = func() bool { return true }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l, aside, err := openLedger(o.Ledger, o.Now())
	if err != nil {
		return nil, err
	}
	if aside != "" {
		o.Log.Error("the ledger was damaged and begins anew", "set_aside", aside)
	}
	s := &Service{
		store: o.Settings, secrets: o.Secrets, ledger: l, announcer: o.Announcer,
		loc: o.Locale, follow: o.FollowLanguage, log: o.Log, now: o.Now, routed: o.Routed, demo: o.Demo,
		kick: make(chan struct{}, 1), readers: make(chan struct{}, 1), polls: make(chan struct{}, maxPolls),
		workers: map[string]*worker{}, sessions: map[string]chan struct{}{}, subscribers: map[chan struct{}]bool{},
		summaries: map[string][]api.Told{}, damaged: aside,
	}
	s.living, s.end = context.WithCancel(context.Background())
	s.Reload()
	return s, nil
}

// Close ends work in the background and closes the ledger. Run and every
// other call have returned by then.
func (s *Service) Close() error {
	s.end()
	s.background.Wait()
	return s.ledger.close()
}

// Reload takes the settings as they are now: call it when they have changed.
func (s *Service) Reload() {
	all := s.store.Settings()
	accounts := all.Accounts
	s.mu.Lock()
	reroute := s.settings.Preferences.Proxy != all.Preferences.Proxy
	if s.settingsRevision == 0 || !reflect.DeepEqual(all, s.settings) {
		s.settings, s.rules = all, compileRules(all.Rules)
		s.settingsRevision++
		s.speak(all.Preferences.Language)
	}
	s.order = s.order[:0]
	present := map[string]bool{}
	for _, a := range accounts {
		s.order = append(s.order, a.ID)
		present[a.ID] = true
		w := s.workers[a.ID]
		switch {
		case w == nil:
			w = &worker{account: a, state: api.Waiting, due: s.now(), why: api.WhyNow}
			s.renew(w)
			s.workers[a.ID] = w
			if s.sessions[a.ID] == nil {
				s.sessions[a.ID] = make(chan struct{}, 1)
				s.sessions[a.ID] <- struct{}{}
			}
			s.recall(w)
		case w.account != a:
			w.account = a
			s.refresh(w)
			s.restart(w)
		case reroute && a.Proxy == "":
			s.restart(w)
		}
	}
	for id, w := range s.workers {
		if !present[id] {
			s.renew(w)
			w.end()
			delete(s.workers, id)
		}
	}
	s.mu.Unlock()
	s.publish()
	s.wakeScheduler()
	select {
	case s.readers <- struct{}{}:
	default:
	}
}

// restart has an account polled at once, after the user changed something. An
// older problem says nothing any more, nor does what is under way.
func (s *Service) restart(w *worker) {
	s.renew(w)
	w.failures, w.due, w.why, w.unrouted = 0, s.now(), api.WhyNow, false
	if w.problem != nil {
		w.problem, w.cause, w.state = nil, nil, api.Waiting
	}
}

// recall shows what the ledger knows before the first poll.
func (s *Service) recall(w *worker) {
	err := s.ledger.view(w.account.ID, func(l *accountLedger) error {
		w.lastPoll = l.LastPoll
		return nil
	})
	if err != nil {
		s.log.Error("reading the ledger", "account", w.account.ID, "error", err)
	}
	s.refresh(w)
}

// Accounts are the accounts in force.
func (s *Service) Accounts() []settings.Account { return s.store.Settings().Accounts }

// SaveAccount adds an account, or changes the one with its ID. It is polled
// at once: its password may be new as well.
func (s *Service) SaveAccount(_ context.Context, a settings.Account) error {
	a.Normalize()
	err := s.store.Update(func(all *settings.Settings) error {
		for i := range all.Accounts {
			if all.Accounts[i].ID == a.ID {
				all.Accounts[i] = a
				return nil
			}
		}
		all.Accounts = append(all.Accounts, a)
		return nil
	})
	if err != nil {
		return &api.ProblemError{Problem: *Explain(err, a, s.loc), Err: err}
	}
	s.Reload()
	s.mu.Lock()
	if w := s.workers[a.ID]; w != nil {
		s.restart(w)
	}
	s.mu.Unlock()
	s.publish()
	s.wakeScheduler()
	return nil
}

// RemoveAccount removes an account, its secret and its ledger. What cannot be
// undone comes last: an account that cannot be removed is as it was.
func (s *Service) RemoveAccount(ctx context.Context, id string) error {
	// Nobody may be talking to the server, or the ledger would come back.
	l, err := s.lease(ctx, id)
	if err != nil {
		return err
	}
	defer l.release()
	var undo func(*settings.Settings) error
	err = s.store.Update(func(all *settings.Settings) error {
		undo = takeOut(all, id)
		return nil
	})
	if err != nil {
		return &api.ProblemError{Problem: *Explain(err, l.account, s.loc), Err: err}
	}
	if err := s.secrets.Delete(ctx, id); err != nil && l.account.SecretCommand == "" {
		undone := s.store.Update(undo)
		s.Reload()
		return errors.Join(&api.ProblemError{Problem: *Explain(&secretError{err}, l.account, s.loc), Err: err}, undone)
	}
	s.withdrawAll(ctx, id)
	err = errors.Join(s.ledger.forget(id), s.ledger.forget(stagingName(id)))
	s.Reload()
	return err
}

// takeOut takes an account and its rules out of the settings, and returns what
// puts them back, whatever else has changed by then.
func takeOut(all *settings.Settings, id string) (undo func(*settings.Settings) error) {
	ours := func(r settings.Rule) bool { return r.Account == id }
	at := slices.IndexFunc(all.Accounts, func(a settings.Account) bool { return a.ID == id })
	if at < 0 {
		return func(*settings.Settings) error { return nil }
	}
	account := all.Accounts[at]
	var rules []settings.Rule
	for _, r := range all.Rules {
		if ours(r) {
			rules = append(rules, r)
		}
	}
	all.Accounts = slices.Delete(all.Accounts, at, at+1)
	all.Rules = slices.DeleteFunc(all.Rules, ours)
	return func(all *settings.Settings) error {
		all.Accounts = slices.Insert(all.Accounts, min(at, len(all.Accounts)), account)
		all.Rules = append(all.Rules, rules...)
		return nil
	}
}

// worker returns the worker of an account, or ErrNoAccount.
func (s *Service) worker(id string) (*worker, settings.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workers[id]
	if w == nil {
		return nil, settings.Account{}, api.ErrNoAccount
	}
	return w, w.account, nil
}

// Pause stops polls and notifications until then; the zero time resumes.
func (s *Service) Pause(until time.Time) {
	s.mu.Lock()
	s.pausedUntil = until
	if until.IsZero() {
		for _, w := range s.workers {
			if !w.due.IsZero() {
				w.due, w.why = s.now(), api.WhyNow
			}
		}
	}
	s.mu.Unlock()
	s.publish()
	s.wakeScheduler()
}

// wakeDelay lets the network settle after sleep or a change.
const wakeDelay = 5 * time.Second

// Wake has every account polled soon, because the machine resumed or the
// network is back.
func (s *Service) Wake(reason string) {
	s.log.Info("polling soon", "reason", reason)
	s.mu.Lock()
	s.settling = s.now().Add(settleTime)
	for _, w := range s.workers {
		// A server that asked for patience gets it (P21).
		if !w.due.IsZero() && (w.problem == nil || w.problem.Kind != api.KindTemporary) {
			w.due, w.why = s.now().Add(wakeDelay), api.WhyWake
		}
	}
	s.mu.Unlock()
	s.wakeScheduler()
}

// SetOnline says whether the machine has a network. Being offline is a
// waiting state, not an error.
func (s *Service) SetOnline(online bool) {
	s.mu.Lock()
	was := !s.offline
	s.offline = !online
	s.mu.Unlock()
	if online == was {
		return
	}
	if online {
		s.Wake("online")
	}
	s.publish()
	s.wakeScheduler()
}

// Subscribe returns a channel that receives after snapshots have changed, and
// a function that ends it. Several changes may share one receive.
func (s *Service) Subscribe() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	s.subscribers[c] = true
	s.mu.Unlock()
	return c, func() {
		s.mu.Lock()
		delete(s.subscribers, c)
		s.mu.Unlock()
	}
}

// SetAside is where a damaged ledger was moved to when this process began;
// empty if none was.
func (s *Service) SetAside() string { return s.damaged }

// Snapshot returns the latest one.
func (s *Service) Snapshot() api.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}
