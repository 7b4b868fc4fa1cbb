package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/settings"
)

// Announced says what a notification was about, by its key. Of a summary that
// an earlier process showed, no more is known than its account, if it had one.
func (s *Service) Announced(key string) (told []api.Told, ok bool) {
	if key == announce.SampleKey {
		return []api.Told{{Problem: true}}, true // to the settings, where it came from
	}
	if account, ok := announce.ProblemAccount(key); ok {
		_, _, err := s.mailbox(account)
		return []api.Told{{Account: account, Problem: true}}, err == nil
	}
	account, uid, ok := strings.Cut(key, "/")
	if !ok {
		return nil, false
	}
	if uid != "" {
		return []api.Told{{Account: account, UIDs: []string{uid}}}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch told := s.summaries[key]; {
	case told != nil:
		return told, true
	case announce.Several(key):
		return nil, true
	}
	return []api.Told{{Account: account}}, s.mailboxes[account] != nil
}

// announceAll announces what is still unannounced in every account: what an
// earlier process left, as if it had just come, and what was kept back in one
// summary if it is more than one message.
func (s *Service) announceAll(ctx context.Context, keptBack bool) {
	if s.announcer == nil {
		return
	}
	s.announcing.Lock()
	defer s.announcing.Unlock()
	s.release(ctx, keptBack)
}

// announce announces what is unannounced in an account. After quiet hours or
// a pause, that is what was kept back in all of them.
func (s *Service) announce(ctx context.Context, a settings.Account) {
	if s.announcer == nil {
		return
	}
	s.announcing.Lock()
	defer s.announcing.Unlock()
	if _, _, err := s.mailbox(a.ID); err != nil {
		return // it was removed meanwhile
	}
	if release, _ := s.releaseHeld(); release {
		s.release(ctx, true)
		return
	}
	policy, _ := s.policy()
	held, ok := s.land(ctx, policy)
	sifted := s.sift(policy, a)
	s.settle(a.ID, sifted.Never)
	if sifted.Later > 0 {
		held = append(held, a.ID)
	}
	s.keepBack(held)
	if ok {
		s.tell(ctx, policy.Plan(false, sifted))
	}
	s.keepBack(s.tellTroubles(ctx, policy))
}

func (s *Service) release(ctx context.Context, keptBack bool) {
	policy, _ := s.policy()
	held, ok := s.land(ctx, policy)
	var all []announce.Sifted
	for _, a := range s.Accounts() {
		sifted := s.sift(policy, a)
		s.settle(a.ID, sifted.Never)
		all = append(all, sifted)
		if sifted.Later > 0 {
			held = append(held, a.ID)
		}
	}
	if ok {
		s.tell(ctx, policy.Plan(keptBack, all...))
	}
	held = append(held, s.tellTroubles(ctx, policy)...)
	s.mu.Lock()
	clear(s.keptBack)
	s.mu.Unlock()
	s.keepBack(held)
}

// keepBack notes for which accounts something is kept back; then the scheduler
// looks again when the first of their quiet hours end.
func (s *Service) keepBack(accounts []string) {
	s.mu.Lock()
	before := len(s.keptBack)
	for _, id := range accounts {
		s.keptBack[id] = true
	}
	more := len(s.keptBack) > before
	s.mu.Unlock()
	if more {
		s.wakeScheduler()
	}
}

// releaseHeld is announce.Policy.Release of the accounts for which something
// is kept back.
func (s *Service) releaseHeld() (now bool, next time.Time) {
	policy, held := s.policy()
	return policy.Release(held...)
}

func (s *Service) preferences() settings.Preferences {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.Preferences
}

// policy is what is announced now, and how, and the accounts for which
// something is kept back.
func (s *Service) policy() (p announce.Policy, held []settings.Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	p = announce.Policy{Preferences: s.settings.Preferences, Rules: s.rules, Paused: s.pausedUntil.After(now), Now: now}
	for id := range s.keptBack {
		if w := s.mailboxes[id]; w != nil {
			held = append(held, w.account)
		}
	}
	return p, held
}

// sift judges what is unseen and unannounced in an account, and not on its way.
func (s *Service) sift(p announce.Policy, a settings.Account) announce.Sifted {
	s.mu.Lock()
	flying := slices.Clone(s.flying)
	s.mu.Unlock()
	return s.siftThese(p, a, func(uid string) bool {
		return !slices.ContainsFunc(flying, func(f announce.Planned) bool { return about(f, a.ID, uid) })
	})
}

func (s *Service) siftThese(p announce.Policy, a settings.Account, these func(uid string) bool) announce.Sifted {
	list, unseen, err := s.ledger.Unannounced(a.ID)
	if err != nil {
		s.log.Error("reading the ledger", "account", a.ID, "error", err)
		return announce.Sifted{Account: a}
	}
	letters := make([]announce.Message, 0, len(list))
	awaited := s.awaited(a, list)
	code := s.codeOf(a.ID, len(list))
	s.mu.Lock()
	w := s.mailboxes[a.ID]
	for _, e := range list {
		if (w == nil || !w.handed[e.UID]) && these(e.UID) && !awaited(e) {
			letter := letterOf(a, e)
			letter.Code = code(e)
			letters = append(letters, letter)
		}
	}
	s.mu.Unlock()
	return p.Sift(a, unseen, letters)
}

// awaitHeader is for how long a message is not announced because its header
// could not be read: that may pass, and each message is announced only once.
const awaitHeader = 15 * time.Minute

// awaits says whether a message waits for its header at this time.
func awaits(e ledger.Entry, now time.Time) bool {
	since := now.Sub(e.FirstSeen) // negative where a clock was wrong
	return !e.Described && since >= 0 && since < awaitHeader
}

// awaited says which of an account's unannounced messages are not announced
// yet. More than a poll describes are announced by their number, and without
// TOP there is nothing to wait for.
func (s *Service) awaited(a settings.Account, list []ledger.Entry) func(ledger.Entry) bool {
	now := s.now()
	none := func(ledger.Entry) bool { return false }
	if len(list) > poll.MaxDescribed || !slices.ContainsFunc(list, func(e ledger.Entry) bool { return awaits(e, now) }) {
		return none
	}
	known, err := s.ledger.Meta(a.ID)
	if err != nil || poll.WithoutTOP(known) {
		return none
	}
	return func(e ledger.Entry) bool { return awaits(e, now) }
}

// headersAwaited are messages that were not announced at an account's last poll
// because their headers were not known: as many as a poll describes, the newest.
func (s *Service) headersAwaited(account string, last time.Time) (uids []string) {
	list, _, err := s.ledger.Unannounced(account)
	if err != nil {
		return nil
	}
	for _, e := range list {
		if awaits(e, last) && len(uids) < poll.MaxDescribed {
			uids = append(uids, e.UID)
		}
	}
	return uids
}

// about says whether a notification is about a message.
func about(p announce.Planned, account, uid string) bool {
	return slices.ContainsFunc(p.Told, func(t api.Told) bool { return t.Account == account && slices.Contains(t.UIDs, uid) })
}

// land hands over again what was not answered in time, as it was: whoever has
// got it already knows it by that, and among others it would be told twice.
// held are accounts of which some waits until quiet hours or a pause end. ok:
// nothing failed.
func (s *Service) land(ctx context.Context, policy announce.Policy) (held []string, ok bool) {
	s.mu.Lock()
	flying := s.flying
	s.flying = nil
	s.mu.Unlock()
	for i, p := range flying {
		due := 0
		var later []string
		for _, a := range s.Accounts() {
			sifted := s.siftThese(policy, a, func(uid string) bool { return about(p, a.ID, uid) })
			due += len(sifted.Now)
			if sifted.Later > 0 {
				later = append(later, a.ID)
			}
		}
		switch {
		case len(later) > 0:
			s.fly(p)
			held = append(held, later...)
		case due > 0 && !s.show(ctx, p):
			s.fly(flying[i:]...)
			return held, false
		}
	}
	return held, true
}

// fly remembers notifications that may have arrived, each once.
func (s *Service) fly(list ...announce.Planned) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range list {
		if !slices.ContainsFunc(s.flying, func(f announce.Planned) bool { return f.Key == p.Key }) {
			s.flying = append(s.flying, p)
		}
	}
}

// disown has what was handed over and not recorded be about no message that
// left: another one may have its UID now.
func (s *Service) disown(account string, left []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := func(uid string) bool { return slices.Contains(left, uid) }
	if w := s.mailboxes[account]; w != nil {
		maps.DeleteFunc(w.handed, func(uid string, _ bool) bool { return gone(uid) })
		w.codes = slices.DeleteFunc(w.codes, func(c oneTimeCode) bool { return gone(c.uid) })
	}
	for i, p := range s.flying {
		s.flying[i].Told = slices.Clone(p.Told)
		for j, t := range p.Told {
			if t.Account == account {
				s.flying[i].Told[j].UIDs = slices.DeleteFunc(slices.Clone(t.UIDs), gone)
			}
		}
	}
}

// letterOf is what of a message may be announced.
func letterOf(a settings.Account, e ledger.Entry) announce.Message {
	return announce.Message{Account: a.ID, UID: e.UID, From: e.From, Address: e.Address, Subject: e.Subject, Undescribed: !e.Described}
}

// settle records what is never announced as if it had been.
func (s *Service) settle(account string, uids []string) {
	if len(uids) == 0 {
		return
	}
	if _, err := s.ledger.MarkAnnounced(account, uids...); err != nil {
		s.log.Error("recording what is not announced", "account", account, "error", err)
	}
}

// tell shows what is planned, until something cannot be shown.
func (s *Service) tell(ctx context.Context, plan []announce.Planned) {
	for _, p := range plan {
		if !s.show(ctx, p) {
			return
		}
	}
}

// showTimeout bounds the wait for the system to take a notification.
const showTimeout = 10 * time.Second

// show hands a notification over and only then records it: a crash in between
// repeats one notification and loses none. What cannot be shown is tried again
// with the next poll.
func (s *Service) show(ctx context.Context, p announce.Planned) bool {
	n := p.Announcement
	if n.UID == "" && n.Kind != api.AccountProblem {
		s.mu.Lock()
		s.summaries[n.Key] = p.Told
		s.mu.Unlock()
	}
	limited, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	err := s.announcer.Announce(limited, n)
	s.setNotAllowed(errors.Is(err, api.ErrNotAllowed))
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && n.Kind != api.AccountProblem {
			s.fly(p)
		}
		s.log.Warn("showing a notification", "account", n.Account, "error", err)
		return false
	}
	recorded := true
	for _, t := range p.Told {
		recorded = s.recordAnnounced(ctx, t) && recorded
	}
	return recorded
}

// setNotAllowed notes whether the system allows notifications, for the menu.
func (s *Service) setNotAllowed(refused bool) {
	s.mu.Lock()
	changed := s.notAllowed != refused
	s.notAllowed = refused
	s.mu.Unlock()
	if changed {
		s.publish()
	}
}

// recordAnnounced has the ledger remember what was announced. What cannot be
// written, on a full disk say, is remembered here, or each poll would repeat it,
// and is what is wrong with the account.
func (s *Service) recordAnnounced(ctx context.Context, t api.Told) bool {
	settled, err := s.ledger.MarkAnnounced(t.Account, t.UIDs...) // settled: seen while it was on its way
	if err == nil {
		s.withdraw(ctx, t.Account, settled...)
		return true
	}
	s.log.Error("recording a notification", "account", t.Account, "error", err)
	s.mu.Lock()
	if w := s.mailboxes[t.Account]; w != nil {
		if w.handed == nil {
			w.handed = map[string]bool{}
		}
		for _, uid := range t.UIDs {
			w.handed[uid] = true
		}
		s.conclude(w, err, false)
	}
	s.mu.Unlock()
	s.publish()
	return false
}

// recordHanded writes what an earlier recordAnnounced could not.
func (s *Service) recordHanded(ctx context.Context, account string) error {
	s.mu.Lock()
	w := s.mailboxes[account]
	var uids []string
	if w != nil {
		uids = slices.Collect(maps.Keys(w.handed))
	}
	s.mu.Unlock()
	if len(uids) == 0 {
		return nil
	}
	settled, err := s.ledger.MarkAnnounced(account, uids...)
	if err != nil {
		return err
	}
	s.mu.Lock()
	for _, uid := range uids {
		delete(w.handed, uid)
	}
	s.mu.Unlock()
	s.withdraw(ctx, account, settled...)
	return nil
}
