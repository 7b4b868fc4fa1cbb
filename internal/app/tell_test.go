package app

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/notify"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// evening sets the clock to 21:00 of a day, with quiet hours from 22:00 on.
func (w *world) evening(p settings.Preferences, rules ...settings.Rule) {
	w.t.Helper()
	w.clock.t = time.Date(2026, 11, 24, 21, 0, 0, 0, time.UTC)
	p.QuietFrom, p.QuietUntil = "22:00", "07:00"
	w.prefer(p, rules...)
}

func (w *world) prefer(p settings.Preferences, rules ...settings.Rule) {
	w.t.Helper()
	if err := w.SavePreferences(w.t.Context(), p, rules); err != nil {
		w.t.Fatal(err)
	}
}

// shownAs are the notifications, for comparing.
func (a *announcer) shownAs() (all []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, n := range a.shown {
		title, body := notify.Words(n, locale.New("en"))
		s := title + "|" + body
		if n.Urgency == api.UrgencyCritical {
			s = "!" + s
		}
		all = append(all, s)
	}
	a.shown = nil
	return all
}

// What came in quiet hours is one summary in the morning: the scheduler wakes
// for it, and does so only if something came.
func TestQuietHoursEnd(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.evening(settings.Preferences{})
	other := w.account
	other.ID, other.Name, other.User = "b", "B", "other"
	if err := w.SaveAccount(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.clock.advance(2 * time.Hour)
	w.poll()
	release, end := w.releaseHeld()
	w.expect("nothing came", fmt.Sprint(release, end.IsZero()), "false true")
	w.deliver("1", "2")
	w.poll()
	w.server.Maildrop("other").Deliver([]byte("From: Bob <bob@example.org>\nSubject: hi\nMessage-ID: <hi@x>\n\nhello\n"))
	w.poll()
	w.expect("at night", w.announcer.shownAs(), "[]")
	w.expect("counted", w.Snapshot().Unseen, 3)
	release, end = w.releaseHeld()
	w.expect("held until", fmt.Sprint(release, end.Format("15:04")), "false07:00")

	shown := make(chan struct{}, 9)
	w.announcer.after = func() { shown <- struct{}{} }
	logins := w.server.Logins()
	w.clock.t = time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)
	w.mu.Lock()
	for _, k := range w.mailboxes {
		k.due = w.clock.t.Add(time.Hour)
	}
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	select {
	case <-shown:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was announced")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.announcer.after = nil
	told, ok := w.Announced("/")
	w.expect("told", fmt.Sprint(len(told), ok), "2 true")
	w.expect("in the morning", fmt.Sprintf("%q", w.announcer.shownAs()), `["3 new messages|A: 2 new messages\nB: 1 new message"]`)
	w.expect("polls for that", w.server.Logins()-logins, 0)
	w.poll()
	w.expect("afterwards", w.announcer.shownAs(), "[]")
	// Once all of them are seen, the summary goes.
	if err := w.MarkAllSeen(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.expect("withdrawn too early", slices.Contains(w.announcer.withdrawn, "/"), false)
	if err := w.MarkAllSeen(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	w.expect("withdrawn", slices.Contains(w.announcer.withdrawn, "/"), true)
}

// Accounts with quiet hours of their own are let out one after the other, each
// at its own end, and what comes for another meanwhile is told as ever.
func TestQuietHoursOfAccounts(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.evening(settings.Preferences{})
	other := w.account
	other.ID, other.Name, other.User = "b", "B", "other"
	other.QuietFrom, other.QuietUntil, other.QuietDays = "20:00", "9:00", "mon-fri"
	free := w.account
	free.ID, free.Name, free.User, free.QuietNever = "c", "C", "free", true
	if err := w.secrets.Set(t.Context(), "c", password); err != nil {
		t.Fatal(err)
	}
	for _, a := range []settings.Account{other, free} {
		if err := w.SaveAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	deliver := func(user, subject string) {
		w.server.Maildrop(user).Deliver([]byte("From: Bob <bob@example.org>\nSubject: " + subject + "\nMessage-ID: <" + subject + "@x>\n\nhello\n"))
	}
	w.poll()
	deliver("other", "o1")
	w.poll()
	w.expect("only the other is quiet", w.announcer.shownAs(), "[]")
	release, next := w.releaseHeld()
	w.expect("held until", fmt.Sprint(release, next.Format("15:04")), "false09:00")
	w.clock.advance(2 * time.Hour)
	w.deliver("1")
	deliver("free", "f1")
	deliver("free", "f2")
	w.poll()
	w.expect("an account without", w.announcer.shownAs(), "[Bob|f1 Bob|f2]")
	release, next = w.releaseHeld()
	w.expect("the first of both", fmt.Sprint(release, next.Format("15:04")), "false07:00")
	w.clock.advance(8 * time.Hour) // 07:00
	release, next = w.releaseHeld()
	w.expect("at seven", fmt.Sprint(release, next.Format("15:04")), "true09:00")
	w.announceAll(t.Context(), true)
	w.expect("the first", w.announcer.shownAs(), "[Ann|1]")
	release, next = w.releaseHeld()
	w.expect("then", fmt.Sprint(release, next.Format("15:04")), "false09:00")
	w.deliver("2", "3")
	w.poll()
	w.expect("new ones one by one", w.announcer.shownAs(), "[Ann|2 Ann|3]")
	w.clock.advance(2 * time.Hour)
	w.poll() // before the timer fired
	w.expect("the other", w.announcer.shownAs(), "[Bob|o1]")
	release, next = w.releaseHeld()
	w.expect("nothing is left", fmt.Sprint(release, next.IsZero()), "false true")
	// A Friday night is quiet until Saturday morning; Saturday's is not.
	w.clock.t = time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
	deliver("other", "o2")
	w.poll()
	w.expect("on Saturday morning", w.announcer.shownAs(), "[]")
	w.clock.advance(15 * time.Hour)
	w.poll()
	w.expect("on Saturday night", w.announcer.shownAs(), "[Bob|o2]")
}

// The timer is set for the end of the quiet hours while something is held.
func TestSchedulerWakesForQuietEnd(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.evening(settings.Preferences{})
	w.poll()
	w.clock.t = time.Date(2026, 11, 25, 6, 59, 59, int(900*time.Millisecond), time.UTC)
	w.deliver("1")
	w.poll()
	w.expect("before seven", w.announcer.shownAs(), "[]")
	w.mu.Lock()
	w.mailboxes["a"].due = w.clock.t.Add(time.Hour)
	w.mu.Unlock()
	shown := make(chan struct{}, 9)
	w.announcer.after = func() { shown <- struct{}{} }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	running := time.Now()
	w.now = func() time.Time { return w.clock.now().Add(time.Since(running)) }
	go func() { done <- w.Run(ctx) }()
	select {
	case <-shown:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was announced")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.expect("announced", w.announcer.shownAs(), "[Ann|1]")
}

// Whoever comes first after the quiet hours releases everything in one, and
// switching them off does so at once.
func TestHeldIsOneSummary(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.evening(settings.Preferences{})
	w.poll()
	w.clock.advance(2 * time.Hour)
	w.deliver("1", "2")
	w.poll()
	w.clock.advance(9 * time.Hour)
	w.poll() // before the timer fired
	w.expect("by a poll", fmt.Sprintf("%q", w.announcer.shownAs()), `["A: 2 new messages|Ann – 2\nAnn – 1"]`)
	w.clock.advance(15 * time.Hour)
	w.deliver("3")
	w.poll()
	w.expect("the next night", w.announcer.shownAs(), "[]")
	w.prefer(settings.Preferences{})
	release, _ := w.releaseHeld()
	w.expect("switched off", release, true)
	w.announceAll(t.Context(), true)
	w.expect("then", w.announcer.shownAs(), "[Ann|3]")
}

func TestWhatNotificationsTell(t *testing.T) {
	vip := settings.Rule{Field: "subject", Text: "urgent", Effect: "important"}
	mute := settings.Rule{Field: "subject", Text: "offer", Effect: "mute"}
	type p = settings.Preferences
	for _, test := range []struct {
		name        string
		preferences settings.Preferences
		subjects    []string
		want        string
	}{
		{"one by one", p{}, []string{"1", "2", "3"}, `["Ann|1" "Ann|2" "Ann|3"]`},
		{"a summary", p{}, []string{"1", "2", "3", "4"}, `["A: 4 new messages|Ann – 4\nAnn – 3\nAnn – 2\nAnn – 1"]`},
		{"later", p{SummaryAbove: 5}, []string{"1", "2", "3", "4"}, `["Ann|1" "Ann|2" "Ann|3" "Ann|4"]`},
		{"always", p{SummaryAbove: settings.SummaryAlways}, []string{"1"}, `["A: 1 new message|Ann – 1"]`},
		{"sender only", p{Show: settings.ShowSender}, []string{"1"}, `["Ann|A: 1 new message"]`},
		{"senders only", p{Show: settings.ShowSender, SummaryAbove: 1}, []string{"1", "2"}, `["A: 2 new messages|Ann\nAnn"]`},
		{"count only", p{Show: settings.ShowCount}, []string{"1", "urgent"}, `["!A: 2 new messages|"]`},
		{"important", p{}, []string{"1", "Urgent!"}, `["Ann|1" "!Ann|Urgent!"]`},
		{"important among many", p{}, []string{"1", "Urgent!", "2", "3"}, `["!Ann|Urgent!" "A: 3 new messages|Ann – 3\nAnn – 2\nAnn – 1"]`},
		{"and one more", p{SummaryAbove: 1}, []string{"1", "Urgent!"}, `["Ann|1" "!Ann|Urgent!"]`},
		{"too many important", p{SummaryAbove: 1}, []string{"urgent 1", "urgent 2"}, `["!A: 2 new messages|Ann – urgent 2\nAnn – urgent 1"]`},
		{"muted", p{}, []string{"Special OFFER", "1"}, `["Ann|1"]`},
		{"muted, important", p{}, []string{"urgent offer"}, `["!Ann|urgent offer"]`},
	} {
		w := newWorld(t, popserver.Options{})
		w.prefer(test.preferences, mute, vip)
		w.poll()
		w.deliver(test.subjects...)
		w.poll()
		w.expect(test.name, fmt.Sprintf("%q", w.announcer.shownAs()), test.want)
		w.expect(test.name+": unseen", w.Snapshot().Unseen, len(test.subjects))
		// What was muted stays handled, whatever the rules become.
		w.prefer(test.preferences)
		w.poll()
		w.restart()
		w.announceAll(t.Context(), true)
		w.expect(test.name+": announced later", w.announcer.shownAs(), "[]")
	}
}

func TestSilentAccountAndSound(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.prefer(settings.Preferences{Show: settings.ShowCount, Sound: settings.SoundNone, Keep: true})
	w.poll()
	w.deliver("1")
	w.poll()
	w.deliver("2")
	w.poll()
	w.announcer.mu.Lock()
	last := w.announcer.shown[1]
	w.announcer.mu.Unlock()
	w.expect("sound and keep", fmt.Sprint(last.Sound, last.Keep, last.Unseen), "nonetrue 2")
	w.announcer.shownAs()
	w.account.Silent = true
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.deliver("3", "4")
	w.poll()
	w.expect("silent", w.announcer.shownAs(), "[]")
	w.expect("counted", w.Snapshot().Unseen, 4)
	w.account.Silent = false
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.expect("no longer silent", w.announcer.shownAs(), "[]")
}

func TestQuietImportant(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	vip := settings.Rule{Account: "a", Field: "sender", Regexp: true, Text: "^ann <", Effect: "important"}
	w.evening(settings.Preferences{QuietExceptImportant: true}, vip)
	w.poll()
	w.clock.advance(2 * time.Hour)
	w.deliver("1")
	w.drop.Deliver([]byte("From: Bob <bob@example.org>\nSubject: hi\nMessage-ID: <hi@x>\n\nhello\n"))
	w.poll()
	w.expect("at night", w.announcer.shownAs(), "[!Ann|1]")
	w.clock.advance(9 * time.Hour)
	w.poll()
	w.expect("in the morning", w.announcer.shownAs(), "[Bob|hi]")
}

// slow takes notifications and answers too late: what it was given first under
// a key is shown in the end.
type slow struct {
	*world
	stalls bool
	fail   error
	given  map[string]api.Announcement
}

func (s *slow) Announce(ctx context.Context, n api.Announcement) error {
	before, given := s.given[n.Key]
	switch {
	case s.stalls:
		if !given {
			s.given[n.Key] = n
		}
		return fmt.Errorf("no answer: %w", context.DeadlineExceeded)
	case s.fail != nil:
		return s.fail
	case given && reflect.DeepEqual(before, n):
		return nil
	}
	return s.announcer.Announce(ctx, n)
}

func (s *slow) Withdraw(context.Context, string) error { return nil }

// What a daemon has been given and has not answered for stands by itself: among
// others it would be told twice. It waits for the end of quiet hours as they do.
func TestSlowDaemonIsGivenTheSame(t *testing.T) {
	for _, night := range []bool{false, true} {
		w := newWorld(t, popserver.Options{})
		w.evening(settings.Preferences{})
		w.poll()
		daemon := &slow{world: w, stalls: true, given: map[string]api.Announcement{}}
		w.Service.announcer = daemon
		w.deliver("1")
		w.pollAny()
		w.deliver("2", "3", "4", "5")
		w.pollAny()
		w.expect("given", len(daemon.given), 1)
		if night {
			w.clock.advance(2 * time.Hour)
			daemon.stalls = false
			w.poll()
			w.expect("at night", w.announcer.shownAs(), "[]")
			release, end := w.releaseHeld()
			w.expect("held until", fmt.Sprint(release, end.Format("15:04")), "false07:00")
			w.clock.advance(10 * time.Hour)
		}
		daemon.stalls, daemon.fail = false, errors.New("no daemon")
		w.pollAny()
		daemon.fail = nil
		w.poll()
		w.expect("in the end", w.announcer.shownAs(), "[A: 4 new messages|Ann – 5\nAnn – 4\nAnn – 3\nAnn – 2]")
		w.poll()
		w.expect("then", w.announcer.shownAs(), "[]")
	}
}
