package app

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// cutPause is how long after a login that the server cut another is tried.
const cutPause = 5 * time.Second

// Options are what a Service is made of.
type Options struct {
	Settings *settings.Store
	Secrets  secret.Store
	// Ledger is the path of the ledger's file.
	Ledger string
	// Announcer shows notifications; without one, messages stay unannounced
	// until a later process has one.
	Announcer api.Announcer
	// Arrived is told of the messages that a poll saw for the first time, once
	// each, oldest first; more says how many others there are, older ones. It
	// must not wait. It may be nil.
	Arrived func(account string, list []api.NewMail, more int)
	Log     *slog.Logger
	Demo    bool
	// Routed says whether there is a way to any network; it is asked when a
	// poll could not reach its server. Nil means that there always is.
	Routed func() bool
	// Languages are the reader's, as tags of BCP 47: they tell charsets apart
	// that nothing declares. It may be nil.
	Languages func() []string
	// Alone is asked before accounts are polled; its error says that the folder
	// has become another's, or is gone. nil asks nobody.
	Alone func() error
	// Now replaces time.Now in tests.
	Now func() time.Time
}

// Service is the domain: it polls, keeps the ledger, and publishes snapshots.
// Its methods are safe for concurrent use.
type Service struct {
	store     *settings.Store
	secrets   secret.Store
	tokens    *tokens.Keeper
	ledger    *ledger.Ledger
	announcer api.Announcer
	arrived   func(account string, list []api.NewMail, more int)
	log       *slog.Logger
	now       func() time.Time
	routed    func() bool
	demo      bool
	languages func() []string
	alone     func() error
	// discovery and roots replace what Discover asks and whom it trusts, in
	// tests; what is zero is the real thing.
	discovery discover.Discoverer
	roots     *x509.CertPool

	// pause is cutPause, less in tests.
	pause time.Duration
	// searchFrom is poll.Target.SearchFrom, less in tests.
	searchFrom int

	// tlsSessions holds a tls.ClientSessionCache for each server of an account,
	// so that polls resume TLS.
	tlsSessions sync.Map

	// kick wakes the scheduler after anything it should look at again.
	kick chan struct{}
	// readers tells WatchReaders that the settings have changed.
	readers chan struct{}
	slots   slots // for polls

	// background work ends with living, at Close.
	background sync.WaitGroup
	living     context.Context
	end        context.CancelFunc

	// silence is api.LeaseSilence, and parting partingTime; less in tests.
	silence, parting time.Duration

	// announcing is held while notifications go out, one after another.
	announcing sync.Mutex

	mu        sync.Mutex
	mailboxes map[string]*mailbox
	// sessions holds a token for each account ID that nobody talks to the
	// server for. An ID keeps its own when the account is removed: a session
	// may still be ending when another account takes that ID.
	sessions map[string]chan struct{}
	// leased are the leases of commands, by their names, of which leaseCount counts all.
	leased      map[string]*hold
	leaseCount  uint64
	order       []string // account IDs in the settings' order
	snapshot    api.Snapshot
	subscribers map[chan struct{}]bool
	pausedUntil time.Time
	offline     bool
	saving      bool
	settling    time.Time // until then the network may not be what it seems
	damaged     string    // where a damaged ledger was set aside
	// foundDamaged: that was done when this service was opened.
	foundDamaged bool
	// summaries are what the notifications that were not about a single message
	// were about, by their keys.
	summaries map[string][]api.Told
	// flying are notifications that may have arrived: there was no answer in
	// time.
	flying []announce.Planned
	// keptBack are the accounts of which something is kept back until their
	// quiet hours or a pause end.
	keptBack map[string]bool
	// notAllowed is Snapshot.NotAllowed.
	notAllowed bool
	// settings are those in force, and rules those of them made ready.
	settings         settings.Settings
	rules            []announce.Rule
	settingsRevision uint64
}

// Open reads the ledger. The caller holds the lifetime lock of the folder.
func Open(o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Routed == nil {
		o.Routed = func() bool { return true }
	}
	if o.Alone == nil {
		o.Alone = func() error { return nil }
	}
	if o.Arrived == nil {
		o.Arrived = func(string, []api.NewMail, int) {}
	}
	if o.Languages == nil {
		o.Languages = func() []string { return nil }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l, aside, err := ledger.Open(o.Ledger, o.Now())
	if err != nil {
		return nil, LedgerError(err)
	}
	if aside != "" {
		o.Log.Error("the ledger was damaged; starting with an empty one", "set_aside", aside)
	}
	damaged, err := l.SetAside()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &Service{
		store: o.Settings, secrets: o.Secrets, ledger: l, announcer: o.Announcer, arrived: o.Arrived,
		log: o.Log, now: o.Now, routed: o.Routed, demo: o.Demo, languages: o.Languages, alone: o.Alone,
		pause: cutPause, silence: api.LeaseSilence, parting: partingTime, leased: map[string]*hold{},
		kick: make(chan struct{}, 1), readers: make(chan struct{}, 1),
		mailboxes: map[string]*mailbox{}, sessions: map[string]chan struct{}{}, subscribers: map[chan struct{}]bool{},
		summaries: map[string][]api.Told{}, keptBack: map[string]bool{}, damaged: damaged, foundDamaged: aside != "",
	}
	s.living, s.end = context.WithCancel(context.Background())
	s.tokens = tokens.New(o.Secrets, s.web, o.Now, o.Log)
	s.Reload()
	s.recall()
	return s, nil
}

// Close ends work in the background and closes the ledger. Run and every
// other call have returned by then.
func (s *Service) Close() error {
	s.end()
	s.background.Wait()
	s.tokens.Close()
	for _, a := range s.Accounts() {
		if err := s.recordHanded(s.living, a.ID); err != nil {
			s.log.Error("recording a notification", "account", a.ID, "error", err)
		}
	}
	return s.ledger.Close()
}

// Reload takes the settings as they are now: call it when they have changed.
func (s *Service) Reload() {
	all := s.store.Settings()
	s.mu.Lock()
	stale := s.adopt(all)
	s.mu.Unlock()
	s.refresh(stale...)
	s.publish()
	s.wakeScheduler()
	select {
	case s.readers <- struct{}{}:
	default:
	}
}

// adopt has settings in force, and returns the accounts that are new or other
// than they were. The caller holds s.mu.
func (s *Service) adopt(all settings.Settings) (changed []string) {
	reroute := s.settings.Preferences.Proxy != all.Preferences.Proxy
	if s.settingsRevision == 0 || !reflect.DeepEqual(all, s.settings) {
		s.settings, s.rules = all, announce.Compile(all.Rules)
		s.settingsRevision++
	}
	s.order = s.order[:0]
	present := map[string]bool{}
	for _, a := range all.Accounts {
		s.order = append(s.order, a.ID)
		present[a.ID] = true
		w := s.mailboxes[a.ID]
		switch {
		case w == nil:
			w = &mailbox{account: a, state: api.Waiting, due: s.now(), why: api.WhyNow}
			s.renew(w)
			w.life, w.die = context.WithCancel(s.living)
			s.mailboxes[a.ID] = w
			if s.sessions[a.ID] == nil {
				s.sessions[a.ID] = make(chan struct{}, 1)
				s.sessions[a.ID] <- struct{}{}
			}
			changed = append(changed, a.ID)
		case w.account != a:
			w.renewed = w.renewed || credentialsOf(w.account) != credentialsOf(a)
			w.account = a
			s.restart(w)
			changed = append(changed, a.ID)
		case reroute && a.Proxy == "":
			s.restart(w)
		}
	}
	for id, w := range s.mailboxes {
		if !present[id] {
			s.renew(w)
			w.end()
			w.die()
			delete(s.mailboxes, id)
		}
	}
	return changed
}

// Accounts are the accounts in force.
func (s *Service) Accounts() []settings.Account { return s.store.Settings().Accounts }

// mailbox returns what is known of an account, or ErrNoAccount.
func (s *Service) mailbox(id string) (*mailbox, settings.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.mailboxes[id]
	if w == nil || w.leaving {
		return nil, settings.Account{}, api.ErrNoAccount
	}
	return w, w.account, nil
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

// SetAside is where a damaged ledger was moved to, and whether this process has
// done so; empty if none was, or if Run has begun since in another process.
func (s *Service) SetAside() (aside string, here bool) { return s.damaged, s.foundDamaged }

// Snapshot returns the latest one.
func (s *Service) Snapshot() api.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot
}
