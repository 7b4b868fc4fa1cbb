package app

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/schedule"
	"github.com/traymail/traymail/internal/settings"
)

// mailbox is what a Service knows of one account, guarded by Service.mu.
type mailbox struct {
	account settings.Account
	// generation grows whenever the user changes something about the account;
	// living and end are those of its context. See lease.
	generation uint64
	living     context.Context
	end        context.CancelFunc
	// held is the lease of a command; nil if none has one.
	held *hold
	// leaving: the account is being removed. Nobody begins a session then, and
	// nothing of it is announced.
	leaving bool
	// life ends, by die, when the account is to be removed.
	life context.Context // a mailbox lives longer than any call
	die  context.CancelFunc

	state    api.State
	problem  *api.Problem
	stats    *api.PollStats
	checking bool
	listing  *api.Listing
	due      time.Time // zero: not before something changes
	why      api.Why   // due is then; see Health.Why
	session  *poll.Session
	// overview is what the ledger says; it is read anew when that has changed.
	// With many accounts it would cost more than all their polls to read
	// everything for each snapshot.
	overview ledger.Overview
	// refreshing is held while that is read, so that the newest wins. It is
	// the one field that mu does not guard, and never asked for with mu held.
	refreshing sync.Mutex
	failures   int
	// refusal is about the logins that were refused since the last that was
	// not. until is the time before which nothing but the user has another one
	// tried, after a refusal (P24) or where the server asks for a delay (P21).
	// renewed is ledger.Meta.Renewed, ahead of the file.
	refusal ledger.Refusal
	until   time.Time
	renewed bool
	// secretless is since when there is no password; zero if there is one.
	secretless time.Time
	// handed are the UIDs of what was announced and could not be recorded.
	handed map[string]bool
	// codes are one-time codes of new messages, the newest last.
	codes []oneTimeCode
	// told is ledger.Meta.Told.
	told string
	// patience is ledger.Meta.Patience, and recorded is what the file has of it.
	patience, recorded time.Time
	// loginDelay is the least time between two polls that the server asks for.
	loginDelay time.Duration
	// doubtful: what the last poll found is not believed yet (P17).
	doubtful bool
	// unrouted: at the last poll there was no route to any network.
	unrouted bool
	// described is what DescribeSoon has tried last.
	described string
	// existing is AccountStatus.Existing.
	existing int
	// headers is AccountStatus.Headers.
	headers int
}

// lease is an account's one session with its server, for as long as somebody
// holds it, and the settings that it began with. The maildrop is locked while
// somebody talks to the server (RFC 1939, section 8).
type lease struct {
	w          *mailbox
	account    settings.Account
	generation uint64
	living     context.Context // the life of the generation
	life       context.Context // the life of the account
	free       chan struct{}
	// welcome: the server has just taken the credentials, so that an earlier
	// refusal holds no longer.
	welcome bool
	// doubtful is mailbox.doubtful, of a poll with this lease.
	doubtful bool
}

// errChanged ends what was begun with settings that no longer apply.
var errChanged = errors.New("the account's settings have changed")

// lease waits for the account's session. The settings are those of that
// moment, however long it took. The error is ErrNoAccount, CodeHeld or the
// context's.
func (s *Service) lease(ctx context.Context, id string) (*lease, error) {
	return s.leaseFor(ctx, id, nil)
}

// leaseFor is lease for a command's hold, which keeps back all others.
func (s *Service) leaseFor(ctx context.Context, id string, h *hold) (*lease, error) {
	s.mu.Lock()
	free, w := s.sessions[id], s.mailboxes[id]
	if w != nil && w.held != h {
		defer s.mu.Unlock()
		return nil, w.held.error()
	}
	s.mu.Unlock()
	if free == nil {
		return nil, api.ErrNoAccount
	}
	select {
	case <-free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w = s.mailboxes[id]
	switch {
	case w == nil || w.leaving:
		free <- struct{}{}
		return nil, api.ErrNoAccount
	case w.held != h:
		free <- struct{}{}
		return nil, w.held.error()
	}
	return &lease{w: w, account: w.account, generation: w.generation, living: w.living, life: w.life, free: free}, nil
}

// evict ends whatever is under way for an account that is to be removed, and
// waits for its session. stay gives it back to an account that is not removed
// after all; the error is ErrNoAccount or the context's.
func (s *Service) evict(ctx context.Context, id string) (account settings.Account, stay func(removed bool), err error) {
	s.mu.Lock()
	w, free := s.mailboxes[id], s.sessions[id]
	if w == nil || w.leaving {
		s.mu.Unlock()
		return account, nil, api.ErrNoAccount
	}
	account = w.account
	w.leaving = true
	w.die()
	s.renew(w)
	s.mu.Unlock()
	back := func(removed bool) {
		s.mu.Lock()
		w.leaving = false
		if !removed && s.mailboxes[id] == w {
			w.life, w.die = context.WithCancel(s.living)
			s.restart(w)
		}
		s.mu.Unlock()
		s.publish()
		s.wakeScheduler()
	}
	select {
	case <-free:
		return account, func(removed bool) {
			free <- struct{}{}
			back(removed)
		}, nil
	case <-ctx.Done():
		back(false)
		return account, nil, ctx.Err()
	}
}

func (l *lease) release() { l.free <- struct{}{} }

// during returns a context that also ends with the settings of the lease.
func (l *lease) during(ctx context.Context) (context.Context, context.CancelFunc) {
	return both(ctx, l.living)
}

// both returns a context that also ends when another one does.
func both(ctx, other context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(errChanged) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// valid says whether the settings of a lease still hold; what was learned with
// others is no verdict on the account. The caller holds s.mu.
func (l *lease) valid() bool { return l.w.generation == l.generation }

// holds is valid for those who do not hold s.mu.
func (s *Service) holds(l *lease) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.valid()
}

// renew begins another generation: what is under way with the old settings
// ends, and its verdict is dropped. The caller holds s.mu.
func (s *Service) renew(w *mailbox) {
	if w.end != nil {
		w.end()
	}
	w.generation++
	w.living, w.end = context.WithCancel(s.living)
}

// restart has an account polled at once, after the user changed something. An
// older problem says nothing any more, nor does what is under way. The caller
// holds s.mu.
func (s *Service) restart(w *mailbox) {
	s.renew(w)
	w.failures, w.due, w.why, w.unrouted = 0, s.now(), api.WhyNow, false
	w.patience, w.until, w.refusal, w.secretless = time.Time{}, time.Time{}, ledger.Refusal{}, time.Time{}
	if w.problem != nil {
		w.problem, w.state = nil, api.Waiting
	}
}

// conclude takes a verdict on an account, and says when it is polled next.
// proven: its credentials have worked before. The caller holds s.mu.
func (s *Service) conclude(w *mailbox, err error, proven bool) {
	w.state, w.problem = api.OK, nil
	if err != nil {
		w.problem, w.state = Problem(err, w.account), api.Failed
	}
	switch {
	case w.problem == nil || w.problem.Kind != api.KindSecret:
		w.secretless = time.Time{}
	case w.secretless.IsZero():
		w.secretless = s.now()
	}
	verdict := schedule.Judge(w.problem)
	s.standing(w, verdict)
	switch verdict {
	case schedule.Good:
		w.failures, w.refusal, w.renewed = 0, ledger.Refusal{}, false
	case schedule.Refused:
		w.failures++
		w.refusal = refusal(w, proven && !w.renewed, s.now())
	case schedule.Locked:
		w.state = api.Waiting
		w.failures++
	default:
		w.failures++
	}
	w.due, w.why = schedule.Poll{
		Now: s.now(), Verdict: verdict, Interval: time.Duration(w.account.Interval), Failures: w.failures,
		Refusals: w.refusal.Count, Proven: w.refusal.Proven,
		Doubtful: w.doubtful, LoginDelay: w.loginDelay, Jitter: rand.Float64(), //nolint:gosec // G404: no secret hangs on it
	}.Next()
	switch w.until = (time.Time{}); {
	case verdict == schedule.Refused:
		w.until = w.due
	case verdict == schedule.Good && w.loginDelay > 0:
		w.until = s.now().Add(w.loginDelay)
	}
}

// standing notes since when a server asks for patience, and tells the user once
// that has outlasted a day: what was to pass may be a lock that nobody holds,
// or a wrong password in words that nobody knows. The caller holds s.mu.
func (s *Service) standing(w *mailbox, verdict schedule.Verdict) {
	const long = 24 * time.Hour
	switch verdict {
	case schedule.Asked:
		if w.patience.IsZero() {
			w.patience = s.now()
		}
		if s.now().Sub(w.patience) >= long {
			w.problem.Args[api.ArgSince] = w.patience.Format(time.RFC3339)
		}
	case schedule.Unreached, schedule.Locked: // they say nothing of the server
	default:
		w.patience = time.Time{}
	}
}

// unsettled notes that an account was asked too soon after the network changed:
// nothing is wrong as yet, and nothing is known either. The caller holds s.mu.
func (s *Service) unsettled(w *mailbox) {
	w.state, w.problem = api.Waiting, nil
	w.due, w.why = s.now().Add(settleRetry), api.WhyRetry
}

// polled takes what came of a poll for the account's state, if its settings
// still hold. The patience of a check is for what may pass by itself.
func (s *Service) polled(l *lease, session *poll.Session, err error, patient bool) (result api.AccountCheck, valid bool) {
	unrouted := unreached(err) && !loopback.Is(l.account.Server) && !s.routed()
	proven := poll.Refused(err) && s.proven(l)
	defer func() { // once s.mu is free
		s.recordRefusal(l, err)
		s.recordPatience(l, err)
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	w := l.w
	if !l.valid() {
		return result, false
	}
	w.checking, w.unrouted, w.session = false, unrouted, session
	if len(session.Capabilities) > 0 {
		w.loginDelay = session.Capabilities.LoginDelay()
	}
	result = api.AccountCheck{ID: w.account.ID, Name: w.account.Name, New: []api.NewMail{}}
	if patient && s.settles(err) {
		s.unsettled(w)
		result.State = w.state
		return result, true
	}
	w.doubtful = err == nil && l.doubtful
	if s.conclude(w, err, proven); err == nil {
		stats := session.Stats
		w.stats, result.Poll = &stats, &stats
	}
	result.State, result.Error = w.state, w.problem
	return result, true
}

// setChecking says whether somebody polls an account.
func (s *Service) setChecking(id string, checking bool) {
	s.mu.Lock()
	if w := s.mailboxes[id]; w != nil {
		w.checking = checking
	}
	s.mu.Unlock()
	s.publish()
}

// The first list of a large maildrop takes a while: after listingAfter it is
// shown how far it has come, anew every listingEvery.
const (
	listingAfter = 2 * time.Second
	listingEvery = time.Second
)

// listing publishes how far the list of a poll has come.
func (s *Service) listing(l *lease) func(listed, messages int) {
	next := s.now().Add(listingAfter)
	return func(listed, messages int) {
		now := s.now()
		if now.Before(next) || messages <= 0 {
			return
		}
		next = now.Add(listingEvery)
		s.setListing(l, &api.Listing{Listed: min(listed, messages), Messages: messages})
		s.publish()
	}
}

func (s *Service) setListing(l *lease, listing *api.Listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.w.listing = listing
}

// describing notes which missing headers are fetched for an account, and says
// whether they were not tried before.
func (s *Service) describing(id, missing string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.mailboxes[id]
	if w == nil || missing == "" || missing == w.described {
		return false
	}
	w.described = missing
	return true
}

// waiting says whether an account waits for its time. The caller holds s.mu.
func (w *mailbox) waiting(offline bool) bool {
	return !w.due.IsZero() && !w.checking && !w.leaving && w.held == nil && (!offline || loopback.Is(w.account.Server))
}

// pollAt has an account polled at another time, unless it waits for the user;
// nor before what a refusal or the server's delay allows. The caller holds s.mu.
func (w *mailbox) pollAt(due time.Time, why api.Why) {
	switch {
	case w.due.IsZero():
	case !due.Before(w.until):
		w.due, w.why = due, why
	case w.refusal.Count > 0:
		w.due, w.why = w.until, api.WhyRetry
	default:
		w.due, w.why = w.until, api.WhyLoginDelay
	}
}

// pollSoon has an account polled as soon as its server allows.
func (s *Service) pollSoon(l *lease) {
	s.mu.Lock()
	l.w.pollAt(s.now().Add(l.w.loginDelay), api.WhyNow)
	s.mu.Unlock()
	s.wakeScheduler()
}
