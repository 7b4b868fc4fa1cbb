package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
)

// severalKey names the summary of several accounts.
const severalKey = "/"

// announceKey names a notification; a summary has no UID.
func announceKey(account, uid string) string { return account + "/" + uid }

// Announced says what a notification was about, by its key. Of a summary that
// an earlier process showed, no more is known than its account, if it had one.
func (s *Service) Announced(key string) (told []api.Told, ok bool) {
	account, uid, ok := strings.Cut(key, "/")
	if !ok {
		return nil, false
	}
	if uid != "" {
		return []api.Told{{account, []string{uid}}}, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch told := s.summaries[key]; {
	case told != nil:
		return told, true
	case key == severalKey:
		return nil, true
	}
	return []api.Told{{Account: account}}, s.mailboxes[account] != nil
}

// notice is a message that is to be announced.
type notice struct {
	api.Mail
	important bool
}

// unannounced is what an account has to announce, newest first, and what the
// user does not want to hear of.
type unannounced struct {
	account settings.Account
	now     []notice
	later   int
	never   []string
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
	u := s.sift(a)
	s.settle(a.ID, u.never)
	if u.later > 0 {
		s.hold(true)
	}
	s.tell(ctx, s.preferences().Limit(), u)
}

func (s *Service) release(ctx context.Context, keptBack bool) {
	var all []unannounced
	later := 0
	for _, a := range s.Accounts() {
		u := s.sift(a)
		s.settle(a.ID, u.never)
		all = append(all, u)
		later += u.later
	}
	s.hold(later > 0)
	limit := s.preferences().Limit()
	if keptBack {
		limit = min(1, limit)
	}
	s.tell(ctx, limit, all...)
}

// hold notes whether anything is kept back; then the scheduler looks again
// when the quiet hours end.
func (s *Service) hold(held bool) {
	s.mu.Lock()
	changed := s.held != held
	s.held = held
	s.mu.Unlock()
	if changed && held {
		s.wakeScheduler()
	}
}

// releaseHeld says whether what was kept back may be announced now, or when
// the quiet hours end that keep it back. A pause has its own end.
func (s *Service) releaseHeld() (now bool, end time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held || s.pausedUntil.After(s.now()) {
		return false, time.Time{}
	}
	end = s.settings.Preferences.Quiet(s.now())
	return end.IsZero(), end
}

func (s *Service) unseenOf(account string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.mailboxes[account]; w != nil {
		return w.overview.Unseen
	}
	return 0
}

func (s *Service) preferences() settings.Preferences {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.Preferences
}

// sift judges what is unseen and unannounced in an account.
func (s *Service) sift(a settings.Account) unannounced {
	s.mu.Lock()
	now := s.now()
	paused, p, rules := s.pausedUntil.After(now), s.settings.Preferences, s.rules
	s.mu.Unlock()
	u := unannounced{account: a}
	list, err := s.ledger.Unannounced(a.ID)
	if err != nil {
		s.log.Error("reading the ledger", "account", a.ID, "error", err)
		return u
	}
	for _, e := range list {
		v, important := judge(letterOf(a.ID, e.Record), a, p, rules, paused, now)
		switch v {
		case announceNow:
			u.now = append(u.now, notice{mailOf(a, e), important})
		case announceLater:
			u.later++
		case announceNever:
			u.never = append(u.never, e.UID)
		}
	}
	return u
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

// tell shows what is to be announced now: up to limit messages one by one.
// Of more, the important ones come alone, unless they are many themselves, and
// the rest is a summary.
func (s *Service) tell(ctx context.Context, limit int, all ...unannounced) {
	p := s.preferences()
	total, important := 0, 0
	for _, u := range all {
		total += len(u.now)
		for _, n := range u.now {
			if n.important {
				important++
			}
		}
	}
	alone := important
	if important > p.Limit() || p.Show == settings.ShowCount {
		alone = 0
	}
	oneByOne := (total <= limit || total-alone == 1 && limit > 0) && p.Show != settings.ShowCount
	var rest []unannounced
	for _, u := range all {
		left := u
		left.now = nil
		for _, n := range slices.Backward(u.now) { // oldest first, as they came
			if !oneByOne && (!n.important || alone == 0) {
				left.now = append(left.now, n)
			} else if !s.show(ctx, s.single(p, u.account, n), api.Told{u.account.ID, []string{n.UID}}) {
				return
			}
		}
		slices.Reverse(left.now)
		if len(left.now) > 0 {
			rest = append(rest, left)
		}
	}
	switch len(rest) {
	case 0:
	case 1:
		s.show(ctx, s.summary(p, rest[0]), toldOf(rest)...)
	default:
		s.show(ctx, s.several(p, rest), toldOf(rest)...)
	}
}

func toldOf(all []unannounced) (told []api.Told) {
	for _, u := range all {
		t := api.Told{Account: u.account.ID}
		for _, n := range u.now {
			t.UIDs = append(t.UIDs, n.UID)
		}
		told = append(told, t)
	}
	return told
}

func dressed(p settings.Preferences, n api.Announcement, important bool) api.Announcement {
	n.Sound, n.Keep = p.Sound, p.Keep
	if important {
		n.Urgency = api.UrgencyCritical
	}
	return n
}

func (s *Service) single(p settings.Preferences, a settings.Account, n notice) api.Announcement {
	body := s.subject(n.Mail)
	if p.Show == settings.ShowSender {
		body = s.loc.N("notify.summary", 1, a.Name)
	}
	return dressed(p, api.Announcement{
		Key: announceKey(a.ID, n.UID), Account: a.ID, AccountName: a.Name, UID: n.UID,
		Title: s.sender(n.Mail), Body: body,
	}, n.important)
}

// maxLines is how many messages, or accounts, a summary names.
const maxLines = 4

func (s *Service) summary(p settings.Preferences, u unannounced) api.Announcement {
	a := u.account
	var lines []string
	important := false
	for i, n := range u.now {
		important = important || n.important
		if i >= maxLines || p.Show == settings.ShowCount {
			continue
		}
		line := plaintext.Truncate(s.sender(n.Mail), 30)
		if p.Show == "" {
			line = s.loc.T("notify.line", line, plaintext.Truncate(s.subject(n.Mail), 60))
		}
		lines = append(lines, line)
	}
	more := len(u.now) - maxLines
	switch unseen := s.unseenOf(a.ID); {
	case p.Show == settings.ShowCount && unseen > len(u.now):
		lines = append(lines, s.loc.N("tray.unseen", unseen, s.loc.Count(unseen)))
	case p.Show != settings.ShowCount && more > 0:
		lines = append(lines, s.loc.N("notify.more", more))
	}
	return dressed(p, api.Announcement{
		Key: announceKey(a.ID, ""), Account: a.ID, AccountName: a.Name,
		Title: s.loc.N("notify.summary", len(u.now), a.Name), Body: strings.Join(lines, "\n"),
	}, important)
}

// several is the summary of several accounts. It names none of the messages.
func (s *Service) several(p settings.Preferences, all []unannounced) api.Announcement {
	var lines []string
	total, more, important := 0, 0, false
	for i, u := range all {
		total += len(u.now)
		important = important || slices.ContainsFunc(u.now, func(n notice) bool { return n.important })
		if i < maxLines {
			lines = append(lines, s.loc.N("notify.summary", len(u.now), u.account.Name))
		} else {
			more += len(u.now)
		}
	}
	if more > 0 {
		lines = append(lines, s.loc.N("notify.more", more))
	}
	return dressed(p, api.Announcement{
		Key: severalKey, Title: s.loc.N("notify.several", total), Body: strings.Join(lines, "\n"),
	}, important)
}

// showTimeout bounds the wait for the system to take a notification.
const showTimeout = 10 * time.Second

// show hands a notification over and only then records it: a crash in between
// repeats one notification and loses none. What cannot be shown is tried again
// with the next poll.
func (s *Service) show(ctx context.Context, n api.Announcement, told ...api.Told) bool {
	if n.UID == "" {
		s.mu.Lock()
		s.summaries[n.Key] = told
		s.mu.Unlock()
	}
	limited, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	if err := s.announcer.Announce(limited, n); err != nil {
		s.log.Warn("no notification", "account", n.Account, "error", err)
		return false
	}
	recorded := true
	for _, t := range told {
		recorded = s.recordAnnounced(ctx, t) && recorded
	}
	return recorded
}

func (s *Service) recordAnnounced(ctx context.Context, t api.Told) bool {
	settled, err := s.ledger.MarkAnnounced(t.Account, t.UIDs...) // settled: seen while it was on its way
	if err != nil {
		s.log.Error("recording a notification", "account", t.Account, "error", err)
		return false
	}
	s.withdraw(ctx, t.Account, settled...)
	return true
}

func (s *Service) sender(m api.Mail) string {
	if m.From == "" {
		return s.loc.T("problem.no_sender")
	}
	return m.From
}

func (s *Service) subject(m api.Mail) string {
	if m.Subject == "" {
		return s.loc.T("problem.no_subject")
	}
	return m.Subject
}
