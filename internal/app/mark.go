package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
)

// singly is how many new messages of an account are announced one by one;
// more become one summary.
const singly = 3

// announceKey names a notification; a summary has no UID.
func announceKey(account, uid string) string { return account + "/" + uid }

// Announced says what a notification was about, by its key. A summary that an
// earlier process showed is about its account, no message in particular.
func (s *Service) Announced(key string) (account string, uids []string, ok bool) {
	account, uid, ok := strings.Cut(key, "/")
	if !ok {
		return "", nil, false
	}
	if uid != "" {
		return account, []string{uid}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return account, s.summaries[account], s.workers[account] != nil
}

// announceAll announces what is still unannounced in every account.
func (s *Service) announceAll(ctx context.Context) {
	for _, a := range s.Accounts() {
		s.announce(ctx, a)
	}
}

// announce shows what is unseen and unannounced, and only then records it as
// announced: a crash in between repeats one notification and loses none.
func (s *Service) announce(ctx context.Context, a settings.Account) {
	s.mu.Lock()
	paused := s.pausedUntil.After(s.now())
	s.mu.Unlock()
	if s.announcer == nil || paused {
		return
	}
	s.announcing.Lock()
	defer s.announcing.Unlock()
	var pending []Mail
	err := s.ledger.view(a.ID, func(l *accountLedger) error {
		return l.newest(l.unseen, func(uid string, r record) bool {
			if !r.Announced {
				pending = append(pending, mailOf(a, uid, r))
			}
			return true
		})
	})
	if err != nil {
		s.log.Error("reading the ledger", "account", a.ID, "error", err)
		return
	}
	if len(pending) > singly {
		s.announceSummary(ctx, a, pending)
		return
	}
	for i := len(pending) - 1; i >= 0; i-- { // oldest first, as they came
		m := pending[i]
		n := Announcement{
			Key: announceKey(a.ID, m.UID), Account: a.ID, AccountName: a.Name, UID: m.UID,
			Title: s.sender(m), Body: s.subject(m),
		}
		if !s.show(ctx, n, m.UID) {
			return
		}
	}
}

func (s *Service) announceSummary(ctx context.Context, a settings.Account, pending []Mail) {
	const shown = 4
	var lines, uids []string
	for i, m := range pending {
		uids = append(uids, m.UID)
		if i < shown {
			lines = append(lines, s.loc.T("notify.line", plaintext.Truncate(s.sender(m), 30), plaintext.Truncate(s.subject(m), 60)))
		}
	}
	if more := len(pending) - shown; more > 0 {
		lines = append(lines, s.loc.N("notify.more", more))
	}
	n := Announcement{
		Key: announceKey(a.ID, ""), Account: a.ID, AccountName: a.Name,
		Title: s.loc.N("notify.summary", len(pending), a.Name), Body: strings.Join(lines, "\n"),
	}
	s.mu.Lock()
	s.summaries[a.ID] = uids
	s.mu.Unlock()
	s.show(ctx, n, uids...)
}

// showTimeout bounds the wait for the system to take a notification.
const showTimeout = 10 * time.Second

// show hands a notification over and records it. What cannot be shown is
// tried again with the next poll.
func (s *Service) show(ctx context.Context, n Announcement, uids ...string) bool {
	limited, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	if err := s.announcer.Announce(limited, n); err != nil {
		s.log.Warn("no notification", "account", n.Account, "error", err)
		return false
	}
	var settled []string // seen while the notification was on its way
	err := s.ledger.update(n.Account, func(l *accountLedger) error {
		settled = nil
		for _, uid := range uids {
			_, err := l.change(uid, func(r *record) {
				r.Announced = true
				if r.Seen || !r.Gone.IsZero() {
					settled = append(settled, uid)
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.Error("recording a notification", "account", n.Account, "error", err)
		return false
	}
	s.withdraw(ctx, n.Account, settled...)
	return true
}

func (s *Service) sender(m Mail) string {
	if m.From == "" {
		return s.loc.T("problem.no_sender")
	}
	return m.From
}

func (s *Service) subject(m Mail) string {
	if m.Subject == "" {
		return s.loc.T("problem.no_subject")
	}
	return m.Subject
}

// MarkSeen marks messages of an account as seen and withdraws what announced
// them. Unknown UIDs are ignored: the message may have left meanwhile.
func (s *Service) MarkSeen(ctx context.Context, account string, uids ...string) error {
	if _, _, err := s.worker(account); err != nil {
		return err
	}
	err := s.ledger.update(account, func(l *accountLedger) error {
		for _, uid := range uids {
			if _, err := l.change(uid, func(r *record) { r.Seen, r.Announced = true, true }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.changed(account)
	s.withdraw(ctx, account, uids...)
	return nil
}

// MarkAllSeen marks all messages of an account as seen, or of every account
// if account is empty.
func (s *Service) MarkAllSeen(ctx context.Context, account string) error {
	ids := []string{account}
	if account == "" {
		ids = nil
		for _, a := range s.Accounts() {
			ids = append(ids, a.ID)
		}
	}
	var errs []error
	for _, id := range ids {
		var uids []string
		err := s.ledger.view(id, func(l *accountLedger) error {
			return l.newest(l.unseen, func(uid string, _ record) bool {
				uids = append(uids, uid)
				return true
			})
		})
		errs = append(errs, err, s.MarkSeen(ctx, id, uids...))
	}
	return errors.Join(errs...)
}

// withdraw takes back the notifications of messages, and a summary once all
// it spoke of is seen or gone.
func (s *Service) withdraw(ctx context.Context, account string, uids ...string) {
	if s.announcer == nil || len(uids) == 0 {
		return
	}
	keys := make([]string, 0, len(uids)+1)
	for _, uid := range uids {
		keys = append(keys, announceKey(account, uid))
	}
	s.mu.Lock()
	summary := s.summaries[account]
	s.mu.Unlock()
	if len(summary) > 0 && s.allSeen(account, summary) {
		s.mu.Lock()
		delete(s.summaries, account)
		s.mu.Unlock()
		keys = append(keys, announceKey(account, ""))
	}
	for _, key := range keys {
		if err := s.announcer.Withdraw(ctx, key); err != nil {
			s.log.Debug("withdrawing a notification", "error", err)
			return
		}
	}
}

func (s *Service) allSeen(account string, uids []string) bool {
	all := true
	err := s.ledger.view(account, func(l *accountLedger) error {
		for _, uid := range uids {
			r, ok, err := l.get(uid)
			if err != nil {
				return err
			}
			all = all && (!ok || r.Seen || !r.Gone.IsZero())
		}
		return nil
	})
	return err == nil && all
}

// withdrawAll takes back all that an account announced.
func (s *Service) withdrawAll(ctx context.Context, account string) {
	if s.announcer == nil {
		return
	}
	var uids []string
	_ = s.ledger.view(account, func(l *accountLedger) error {
		return l.newest(l.unseen, func(uid string, _ record) bool {
			uids = append(uids, uid)
			return true
		})
	})
	s.withdraw(ctx, account, uids...)
	_ = s.announcer.Withdraw(ctx, announceKey(account, ""))
}
