package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// A click on a summary that an earlier process showed still leads somewhere.
func TestAnnouncedOutlivesTheProcess(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("1", "2", "3", "4")
	w.poll()
	key := w.announcer.shown[0].Key
	w.restart()
	for key, want := range map[string]string{
		key:                  "[{a [] false}] true",
		"a/uid/with/slashes": "[{a [uid/with/slashes] false}] true",
		"/":                  "[] true", // several accounts
		"gone/":              "[{gone [] false}] false",
		"rubbish":            "[] false",
	} {
		told, ok := w.Announced(key)
		w.expect(key, fmt.Sprint(told, ok), want)
	}
}

// meddler marks each message as seen while its notification is on the way.
type meddler struct {
	*world
	mu        sync.Mutex
	withdrawn map[string]bool
}

func (m *meddler) Announce(ctx context.Context, n api.Announcement) error {
	err := m.MarkSeen(ctx, n.Account, n.UID)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.withdrawn, n.Key) // it comes up only now
	return err
}

func (m *meddler) Withdraw(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.withdrawn[key] = true
	return nil
}

func TestSeenWhileAnnounced(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	m := &meddler{world: w, withdrawn: map[string]bool{}}
	w.Service.announcer = m
	w.poll()
	w.deliver("x")
	uid := w.poll().New[0].UID
	w.expect("withdrawn", m.withdrawn["a/"+uid], true)
}

// Several that announce at once announce each message once.
func TestAnnouncingAtOnce(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.SetOnline(true)
	w.Pause(w.clock.now().Add(time.Hour))
	w.deliver("1", "2", "3")
	w.poll()
	w.expect("while paused", w.announcer.bodies(), "[]")
	w.clock.advance(2 * time.Hour)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() { w.announceAll(t.Context(), true) })
	}
	group.Wait()
	w.expect("announced", w.announcer.bodies(), "[Ann – 3\nAnn – 2\nAnn – 1]")
}

// What a pause kept back is announced when it ends, not an interval later.
func TestPauseEnds(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.Pause(w.clock.now().Add(time.Hour))
	w.deliver("1", "2", "3", "4")
	w.clock.advance(59 * time.Minute)
	w.poll() // because the user asked for it
	w.expect("paused until", w.Snapshot().PausedUntil.IsZero(), false)
	changed, unsubscribe := w.Subscribe()
	defer unsubscribe()
	logins := w.server.Logins()
	ctx, cancel := context.WithCancel(t.Context())
	shown := make(chan struct{}, 1)
	w.announcer.after = func() { shown <- struct{}{} }
	done := make(chan error, 1)
	w.clock.advance(2 * time.Minute)
	go func() { done <- w.Run(ctx) }()
	select {
	case <-shown:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was announced")
	}
	w.await(changed, func(s api.Snapshot) bool { return s.PausedUntil.IsZero() })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.expect("polls for that", w.server.Logins()-logins, 0)
	w.expect("notifications", len(w.announcer.bodies()), 1)
}

// A system that refuses notifications swallows no mail: it is told as soon as
// they are allowed, and until then the snapshot says what is wrong.
func TestNotAllowed(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.announcer.fail = fmt.Errorf("%w: yes", api.ErrNotAllowed)
	w.deliver("1")
	w.poll()
	w.expect("not allowed", w.Snapshot().NotAllowed, true)
	w.announcer.fail = errors.New("busy")
	w.deliver("2")
	w.poll()
	w.expect("not allowed, of another failure", w.Snapshot().NotAllowed, false)
	w.announcer.fail = nil
	w.poll()
	w.expect("announced", len(w.announcer.bodies()) > 0, true)
	w.expect("not allowed, afterwards", w.Snapshot().NotAllowed, false)
}

// A message whose header cannot be read is not announced as one without sender
// and subject, but once it is known what it is.
func TestAwaitedHeader(t *testing.T) {
	for name, answer := range map[string]popserver.Override{
		"refused": {Raw: "-ERR disk error\r\n"},
		"cut":     {Close: true},
		"nothing": {Raw: "+OK\r\n.\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			w.poll()
			choke := func(line string) *popserver.Override {
				if strings.HasPrefix(line, "TOP") {
					return &answer
				}
				return nil
			}
			w.server.SetMood(choke)
			w.deliver("x")
			got := w.poll().New
			w.expect("new", fmt.Sprint(len(got), got[0].Undescribed), "1 true")
			w.expect("at once", w.announcer.bodies(), "[]")
			w.clock.advance(10 * time.Minute)
			w.poll()
			w.restart()
			w.announceAll(t.Context(), false)
			w.expect("still not known", w.announcer.bodies(), "[]")
			w.server.SetMood(nil)
			w.clock.advance(10 * time.Minute)
			w.poll()
			w.expect("known", w.announcer.bodies(), "[x]")

			w.server.SetMood(choke)
			w.deliver("never read")
			w.poll()
			w.deliver("another")
			w.clock.advance(awaitHeader)
			w.poll()
			w.expect("not for ever", w.announcer.bodies(), "[x (header not fetched yet)]")
			w.server.SetMood(nil)
			w.clock.advance(10 * time.Minute)
			w.poll()
			w.expect("once each", w.announcer.bodies(), "[x (header not fetched yet) another]")
		})
	}
}

// The poll that ends a refusal reads the headers that were awaited before it.
func TestAwaitedHeaderAfterRefusal(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	fail := func(command string, answer popserver.Override) {
		w.server.SetMood(func(line string) *popserver.Override {
			if strings.HasPrefix(line, command) {
				return &answer
			}
			return nil
		})
	}
	fail("TOP", popserver.Override{Close: true})
	w.deliver("x")
	w.poll()
	fail("AUTH", popserver.Override{Raw: "-ERR [AUTH] wrong password\r\n"})
	w.expect("refused", w.pollAny().State, api.Failed)
	w.server.SetMood(nil)
	w.poll()
	w.expect("once it works", w.announcer.bodies(), "[x]")
}

// More new messages than a poll describes, fewer of which are announced: those
// that were left out get their headers at the next poll.
func TestAwaitedHeaderOfOlderMessages(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	rules := []settings.Rule{{Field: settings.FieldSubject, Text: "muted", Effect: settings.EffectMute}}
	if err := w.SavePreferences(t.Context(), settings.Preferences{}, rules); err != nil {
		t.Fatal(err)
	}
	w.deliver("leaves")
	w.poll()
	w.drop.Remove(w.uid("leaves")) // so that it takes a list
	w.announcer.fail = errors.New("no notifications for a while")
	w.deliver("first", "second")
	for i := range poll.MaxDescribed {
		if i%10 == 0 {
			w.deliver("muted")
		} else {
			w.deliver(fmt.Sprint("later ", i))
		}
	}
	w.poll()
	w.expect("kept", fmt.Sprint(w.unannounced()), "92")
	w.announcer.fail = nil
	w.poll()
	w.expect("kept once that is over", w.unannounced(), 0)
}

func (w *world) unannounced() int {
	w.t.Helper()
	list, _, err := w.ledger.Unannounced("a")
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}
