package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/schedule"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// proven says whether the credentials of a lease have worked before, as far as
// the ledger knows.
func (s *Service) proven(l *lease) bool {
	m, err := s.known(l)
	return err == nil && !m.LastPoll.IsZero() && !m.Renewed
}

// credentialsOf is what of an account's settings a login depends on.
func credentialsOf(a settings.Account) [8]string {
	return [...]string{poll.Maildrop(a), a.User, a.Mechanism, a.SecretCommand, a.ClientCert, a.ClientKey, tokens.ServerOf(a), a.OAuth.ClientID}
}

// refusal is what there is to remember of a login that was refused just now.
func refusal(w *mailbox, proven bool, now time.Time) ledger.Refusal {
	r := ledger.Refusal{Count: w.refusal.Count + 1, Last: now, Proven: proven, Settings: digest(w.account)}
	r.Problem, _ = json.Marshal(w.problem) // strings alone: it cannot fail
	return r
}

// digest tells the settings of an account from others.
func digest(a settings.Account) string {
	text, _ := json.Marshal(a) // #nosec G117 -- no secret is among them; as above
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// recordRefusal has the ledger remember the refusal of a login that err may be.
func (s *Service) recordRefusal(l *lease, err error) {
	if !poll.Refused(err) {
		return
	}
	s.mu.Lock()
	r, valid := l.w.refusal, l.valid()
	s.mu.Unlock()
	if !valid || r.Count == 0 {
		return
	}
	if err := s.ledger.Refuse(l.account.ID, r); err != nil {
		s.log.Error("recording a refused login", "account", l.account.ID, "error", err)
	}
}

// recordPatience has the ledger remember since when the server asks for
// patience, unless a poll has succeeded, which ends that there as well.
func (s *Service) recordPatience(l *lease, err error) {
	s.mu.Lock()
	since, valid := l.w.patience, l.valid()
	known := l.w.recorded.Equal(since)
	if valid {
		l.w.recorded = since
	}
	s.mu.Unlock()
	if !valid || known || err == nil {
		return
	}
	if err := s.ledger.Wait(l.account.ID, since); err != nil {
		s.log.Error("recording a delay", "account", l.account.ID, "error", err)
	}
}

// recall takes up what an earlier process knew of accounts that do not work:
// what the user was told, since when servers ask for patience, and which logins
// were refused, for which they wait as they would have waited there.
func (s *Service) recall() {
	for _, a := range s.Accounts() {
		m, err := s.ledger.Meta(a.ID)
		if err != nil {
			continue
		}
		s.mu.Lock()
		w := s.mailboxes[a.ID]
		w.told = m.Told
		if !m.Patience.After(s.now()) { // else by a clock that was wrong
			w.patience, w.recorded = m.Patience, m.Patience
		}
		s.mu.Unlock()
		if m.Refused == nil || m.Refused.Settings != digest(a) {
			continue
		}
		r := *m.Refused
		var problem api.Problem
		if json.Unmarshal(r.Problem, &problem) != nil || schedule.Judge(&problem) != schedule.Refused {
			continue
		}
		if r.Last.After(s.now()) {
			r.Last = s.now() // by a clock that was wrong
		}
		s.mu.Lock()
		w.refusal, w.problem, w.state, w.failures = r, &problem, api.Failed, r.Count
		w.due, w.why = schedule.Poll{
			Now: r.Last, Verdict: schedule.Refused, Refusals: r.Count, Proven: r.Proven,
		}.Next()
		w.until = w.due
		s.mu.Unlock()
	}
	s.publish()
}
