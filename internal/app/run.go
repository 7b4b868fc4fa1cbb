package app

import (
	"context"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/schedule"
)

const (
	// settleTime is how long a network that has just come back may not be what
	// it seems: a captive portal answers for every server until the user has
	// logged in there. settleRetry is when it is tried again meanwhile.
	settleTime  = 2 * time.Minute
	settleRetry = 20 * time.Second
)

func (s *Service) wakeScheduler() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Run polls accounts when they are due, until ctx ends. It sets one timer,
// for the next account that is due; between polls nothing runs. It ends with
// what Options.Alone returns, if that is an error.
func (s *Service) Run(ctx context.Context) error {
	var group sync.WaitGroup
	defer group.Wait()
	if s.damaged != "" {
		// Snapshots say it as long as this process lives, to whoever looks.
		if err := s.ledger.Acknowledge(); err != nil {
			s.log.Error("writing the ledger", "error", err)
		}
	}
	keptBack, _ := s.releaseHeld()
	s.announceAll(ctx, keptBack) // what a crash left unannounced, too
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.secrets.Unlocked():
			group.Go(func() { s.tokens.Settle(ctx) })
			s.resumeLocked()
		case <-s.kick:
		case <-timer.C:
		}
		due, next, resumed := s.due()
		if resumed {
			s.publish()
		}
		if len(due) > 0 {
			if err := s.alone(); err != nil {
				return err
			}
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
	var turns []schedule.Turn
	for _, id := range s.order {
		if w := s.mailboxes[id]; w.waiting(s.offline) {
			turns = append(turns, schedule.Turn{ID: id, Due: w.due, Why: w.why, Interval: time.Duration(w.account.Interval)})
		}
	}
	ids, next = schedule.Pick(turns, now, s.saving)
	for _, id := range ids {
		s.mailboxes[id].checking = true // so that it is not due again meanwhile
	}
	return ids, next, resumed
}

// settles says whether an error may pass by itself, because the network has
// just changed. The caller holds s.mu.
func (s *Service) settles(err error) bool {
	return s.now().Before(s.settling) && (unreached(err) || pop3.IsKind(err, pop3.KindTLS))
}

// SetSaving says whether to save power or network traffic; accounts then wait
// longer for one another.
func (s *Service) SetSaving(saving bool) {
	s.mu.Lock()
	s.saving = saving
	s.mu.Unlock()
}

// resumeLocked has the accounts polled that wait for the keyring.
func (s *Service) resumeLocked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.mailboxes {
		if w.problem != nil && w.problem.Kind == api.KindSecret {
			w.pollAt(s.now(), api.WhyNow)
		}
	}
}

// Pause stops polls and notifications until then; the zero time resumes.
func (s *Service) Pause(until time.Time) {
	s.mu.Lock()
	s.pausedUntil = until
	if until.IsZero() {
		for _, w := range s.mailboxes {
			w.pollAt(s.now(), api.WhyNow)
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
	soon := s.now().Add(wakeDelay)
	for _, w := range s.mailboxes {
		// A server that asked for patience gets it (P21).
		if schedule.Judge(w.problem) != schedule.Asked {
			w.pollAt(soon, api.WhyWake)
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
