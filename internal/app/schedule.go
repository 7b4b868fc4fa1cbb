package app

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/pop3"
)

const (
	// slack lets accounts that are due at about the same time share a wake-up;
	// savingSlack is longer, where power or the network is dear.
	slack       = 30 * time.Second
	savingSlack = 5 * time.Minute
	// settleTime is how long a network that has just come back may not be what
	// it seems: a captive portal answers for every server until the user has
	// logged in there. settleRetry is when it is tried again meanwhile.
	settleTime  = 2 * time.Minute
	settleRetry = 20 * time.Second
	// maxBackoff is the longest wait after failures.
	maxBackoff = 6 * time.Hour
	// firstRetry is the shortest wait after a failure of the network.
	firstRetry = 30 * time.Second
	// patience is the shortest wait after the server asked for some (P21).
	patience = time.Minute
)

func (s *Service) wakeScheduler() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Run polls accounts when they are due, until ctx ends. It sets one timer,
// for the next account that is due; between polls nothing runs.
func (s *Service) Run(ctx context.Context) error {
	var group sync.WaitGroup
	defer group.Wait()
	keptBack, _ := s.releaseHeld()
	s.announceAll(ctx, keptBack) // what a crash left unannounced, too
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.secrets.Unlocked():
			s.resumeLocked()
		case <-s.kick:
		case <-timer.C:
		}
		due, next, resumed := s.due()
		if resumed {
			s.publish()
		}
		release, end := s.releaseHeld()
		if release {
			group.Go(func() { s.announceAll(ctx, true) })
		}
		if !end.IsZero() && (next.IsZero() || end.Before(next)) {
			next = end
		}
		for _, id := range due {
			group.Go(func() {
				if _, err := s.check(ctx, id, true); err != nil && ctx.Err() == nil {
					s.log.Error("polling", "account", id, "error", err)
				}
				s.wakeScheduler()
			})
		}
		if next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(0, next.Sub(s.now())))
		}
	}
}

// due returns the accounts to poll now, when to look again, and whether a
// pause has ended.
func (s *Service) due() (ids []string, next time.Time, resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.pausedUntil.After(now) {
		return nil, s.pausedUntil, false
	}
	resumed = !s.pausedUntil.IsZero()
	s.pausedUntil = time.Time{}
	earliest := time.Time{}
	for _, w := range s.workers {
		if w.waiting(s.offline) && (earliest.IsZero() || w.due.Before(earliest)) {
			earliest = w.due
		}
	}
	if earliest.IsZero() {
		return nil, earliest, resumed
	}
	limit := now
	if !earliest.After(now) {
		limit = now.Add(slack)
		if s.saving {
			limit = now.Add(savingSlack)
		}
	}
	for _, id := range s.order {
		w := s.workers[id]
		if !w.waiting(s.offline) {
			continue
		}
		if !w.due.After(limit) {
			w.checking = true // so that it is not due again meanwhile
			ids = append(ids, id)
		} else if next.IsZero() || w.due.Before(next) {
			next = w.due
		}
	}
	return ids, next, resumed
}

// settles says whether an error may pass by itself, because the network has
// just changed. The caller holds s.mu.
func (s *Service) settles(err error) bool {
	var e *pop3.Error
	return s.now().Before(s.settling) && errors.As(err, &e) && (e.Kind == pop3.KindNetwork || e.Kind == pop3.KindTLS)
}

// SetSaving says whether power or the network is dear just now; accounts then
// wait longer for one another.
func (s *Service) SetSaving(saving bool) {
	s.mu.Lock()
	s.saving = saving
	s.mu.Unlock()
}

// waiting says whether the account waits for its time.
func (w *worker) waiting(offline bool) bool {
	return !w.due.IsZero() && !w.checking && (!offline || loopbackHost(w.account.Server))
}

func loopbackHost(host string) bool { return pop3.Loopback(host) }

// resumeLocked has the accounts polled that wait for the keyring.
func (s *Service) resumeLocked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.workers {
		if w.problem != nil && w.problem.Kind == kindSecret {
			w.due, w.why = s.now(), whyNow
		}
	}
}

// loginDelay is what the server asks for between logins (P21).
func (s *Service) loginDelay(account string) (delay time.Duration) {
	err := s.ledger.view(account, func(l *accountLedger) error {
		delay = pop3.Capabilities(l.Hints.Capabilities).LoginDelay()
		return nil
	})
	if err != nil {
		s.log.Error("reading the ledger", "account", account, "error", err)
	}
	return delay
}

// reschedule sets when an account is due again after a poll.
func (s *Service) reschedule(w *worker) {
	interval := time.Duration(w.account.Interval)
	earliest := s.now().Add(w.loginDelay)
	defer func() {
		asked := w.problem == nil || w.problem.Kind == string(pop3.KindTemporary)
		if asked && w.due.Before(earliest) {
			w.due, w.why = earliest, whyLoginDelay
		}
	}()
	if w.problem == nil {
		w.failures, w.why = 0, whyInterval
		// Jitter of a twentieth keeps many users from asking at once.
		w.due = s.now().Add(interval + rand.N(interval/10) - interval/20) //nolint:gosec // G404: no secret hangs on it
		return
	}
	w.failures++
	w.due, w.why = retryAt(s.now(), w.problem, interval, w.failures), whyRetry
	switch {
	case w.problem.Kind == kindSecret && w.problem.Code == codeLocked:
		w.why = whyUnlock
	case w.due.IsZero():
		w.why = whyUser
	}
}

// retryAt is when to try again after a failure; the zero time means not by
// itself.
func retryAt(now time.Time, p *Problem, interval time.Duration, failures int) time.Time {
	grow := func(first time.Duration) time.Duration {
		wait := first << min(failures-1, 16)
		if wait <= 0 || wait > maxBackoff {
			wait = maxBackoff
		}
		return wait
	}
	if p.Code == codePin {
		return time.Time{} // only the user knows which certificate is right
	}
	switch p.Kind {
	case string(pop3.KindAuth):
		return time.Time{} // P24: the user must act
	case string(pop3.KindConfig):
		if p.Code == codeCAFile || p.Code == codeClientCert {
			return now.Add(interval) // no server is asked, and nobody tells when the file is there
		}
		if p.Code == "" || p.Code == codeDiskFull {
			return now.Add(grow(interval)) // nobody tells when there is room again
		}
		return time.Time{}
	case string(pop3.KindNetwork):
		return now.Add(min(grow(firstRetry), interval))
	case kindSecret:
		return now.Add(interval) // or when the keyring tells
	case string(pop3.KindTemporary):
		return now.Add(max(patience, min(grow(patience), max(interval, 5*patience))))
	}
	return now.Add(grow(interval))
}
