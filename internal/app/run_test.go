package app

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// Accounts that are due at about the same time share a wake-up; nothing is
// due twice, and nothing while paused or offline.
func TestDue(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	s := w.Service
	now := w.clock.now()
	s.mailboxes["a"].account.Server = "pop.example.org" // not loopback, which is never offline
	for id, in := range map[string]time.Duration{"a": 0, "b": 29 * time.Second, "c": 31 * time.Second, "d": -1} {
		k := &mailbox{account: s.mailboxes["a"].account, due: now.Add(in), why: api.WhyInterval}
		if in < 0 {
			k.due = time.Time{}
		}
		if id != "a" {
			s.order = append(s.order, id)
		}
		s.mailboxes[id] = k
	}
	ask := func() string {
		ids, next, resumed := s.due()
		in := "never"
		if !next.IsZero() {
			in = next.Sub(w.clock.now()).String()
		}
		return fmt.Sprint(ids, in, resumed)
	}
	s.pausedUntil = now.Add(time.Minute)
	w.expect("paused", ask(), "[]1m0sfalse")
	s.pausedUntil = time.Time{}
	s.offline = true
	w.expect("offline", ask(), "[]neverfalse")
	s.offline = false
	w.expect("due", ask(), "[]29sfalse")
	w.clock.advance(29 * time.Second)
	w.expect("both", ask(), "[a b]2sfalse")
	w.expect("at once again", ask(), "[]2sfalse")
	w.clock.advance(2 * time.Second)
	w.expect("later", ask(), "[c]neverfalse")
	s.pausedUntil = now
	w.expect("after a pause", ask(), "[]nevertrue")
}

// P21: waking up is no reason to press a server that asked for patience.
func TestWakeKeepsPatience(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.Wake("test")
	k := w.mailboxes["a"]
	w.expect("awake", k.due.Sub(w.clock.now()), wakeDelay)
	w.server.SetMood(on("STAT", "-ERR [SYS/TEMP] later\r\n"))
	w.pollAny()
	before := k.due
	w.Wake("test")
	w.expect("patient", k.due.Equal(before), true)
}

// Being offline is no error, and hides none that the network is not to blame for.
func TestOfflineHidesWhatItCauses(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	k := w.mailboxes["a"]
	k.account.Server = "pop.example.org"
	k.state, k.problem = api.Failed, &api.Problem{Kind: "network", Code: "dns", Text: "x"}
	w.SetOnline(false)
	a := w.Snapshot().Accounts[0]
	w.expect("state", fmt.Sprint(a.State, a.Error == nil), "waitingtrue")
	k.problem = &api.Problem{Kind: "auth", Code: "AUTH", Text: "x"}
	w.publish()
	w.expect("state", w.Snapshot().Accounts[0].State, api.Failed)
}

// A captive portal answers for every server until the user has logged in
// there: right after the network changed that is no error yet.
func TestCaptivePortal(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	portal := popserver.New(popserver.Options{Mood: func(string) *popserver.Override {
		return &popserver.Override{Raw: "HTTP/1.1 302 Found\r\n", Close: true}
	}})
	t.Cleanup(func() { _ = portal.Close() })
	address, err := portal.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	a := w.account
	a.Security = settings.TLS
	_, port, _ := net.SplitHostPort(address)
	if a.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	look := func(patient bool) string {
		t.Helper()
		c, err := w.check(t.Context(), "a", patient)
		if err != nil {
			t.Fatal(err)
		}
		if c.Error != nil {
			return string(c.State) + " " + string(c.Error.Kind)
		}
		return string(c.State)
	}
	w.expect("on an old network", look(true), "error tls")
	w.Wake("online")
	w.expect("on a new one", look(true), "waiting")
	w.expect("asked by the user", look(false), "error tls")
	if due := w.mailboxes["a"].due; due.IsZero() {
		t.Error("it gives up")
	}
	w.clock.advance(settleTime)
	w.expect("when it is no longer new", look(true), "error tls")
}

// Where power or the network is dear, accounts wait longer for one another.
func TestSavingSlack(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	b := w.account
	b.ID, b.User = "b", "another"
	if err := w.SaveAccount(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	now := w.clock.now()
	for id, due := range map[string]time.Time{"a": now, "b": now.Add(30 * time.Second)} {
		k := w.mailboxes[id]
		k.due, k.why, k.checking = due, api.WhyInterval, false
		k.account.Interval = settings.Duration(5 * time.Minute)
	}
	w.SetSaving(true)
	ids, next, _ := w.due()
	w.expect("saving", fmt.Sprint(ids, next.Sub(now)), "[] 30s")
	w.mailboxes["b"].due = now.Add(31 * time.Second)
	ids, _, _ = w.due()
	w.expect("no more than a tenth", ids, "[a]")
}

// P21: neither waking nor the end of a pause undercuts what the server asks for.
func TestWakeKeepsLoginDelay(t *testing.T) {
	w := newWorld(t, popserver.Options{Capabilities: []string{"LOGIN-DELAY 600"}})
	w.poll()
	k := w.mailboxes["a"]
	asked := w.clock.now().Add(600 * time.Second)
	w.Wake("test")
	w.expect("awake", fmt.Sprint(k.due.Sub(asked), " ", k.why), "0s login-delay")
	w.Pause(time.Time{})
	w.expect("resumed", fmt.Sprint(k.due.Sub(asked), " ", k.why), "0s login-delay")
	w.clock.advance(700 * time.Second)
	w.Wake("test")
	w.expect("later", fmt.Sprint(k.due.Sub(w.clock.now()), " ", k.why), "5s wake")
}

// Without a network manager, a poll that fails looks for a way out: being
// offline is no error, and is tried again sooner than usual.
func TestNoRoute(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	a := w.account
	a.Server, a.Security = "255.255.255.255", settings.TLS // nobody connects to a broadcast
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, routed := range []bool{true, false} {
		w.routed = func() bool { return routed }
		if _, err := w.check(t.Context(), "a", true); err != nil {
			t.Fatal(err)
		}
		s := w.Snapshot()
		want := map[bool]string{true: "error false", false: "waiting true"}[routed]
		w.expect("state", fmt.Sprint(s.Accounts[0].State, " ", s.Offline), want)
		if wait := w.mailboxes["a"].due.Sub(w.clock.now()); wait <= 0 || wait > time.Minute {
			t.Errorf("the next poll is in %v", wait)
		}
	}
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.expect("offline", w.Snapshot().Offline, false)
}

// P17: a mailbox that is said to be empty is looked at again soon, and not after
// a whole interval; but no sooner than its server allows, and once.
func TestEmptiedIsLookedAtAgain(t *testing.T) {
	for name, test := range map[string]struct {
		capability string
		wait       time.Duration
		why        api.Why
	}{
		"soon":        {"", time.Minute, api.WhyRetry},
		"LOGIN-DELAY": {"LOGIN-DELAY 300", 5 * time.Minute, api.WhyLoginDelay},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.server.SetMood(func(line string) *popserver.Override {
				if line != "CAPA" || test.capability == "" {
					return nil
				}
				return &popserver.Override{Raw: "+OK\r\nUSER\r\nSASL PLAIN\r\nUIDL\r\nTOP\r\n" + test.capability + "\r\n.\r\n"}
			})
			w.deliver("1", "2")
			w.poll()
			next := func() (time.Duration, api.Why) {
				a := w.mailboxes["a"]
				return a.due.Sub(w.clock.now()), a.why
			}
			for _, m := range w.drop.Messages() {
				w.drop.Remove(m.UID)
			}
			w.clock.advance(time.Hour)
			w.expect("not believed", w.poll().Messages, 2)
			wait, why := next()
			w.expect("then again", fmt.Sprint(wait, why), fmt.Sprint(test.wait, test.why))
			w.clock.advance(wait)
			due, _, _ := w.due()
			w.expect("due", due, "[a]")
			w.expect("believed", w.poll().Messages, 0)
			_, why = next()
			w.expect("as usual", why, api.WhyInterval)
			w.deliver("3")
			w.clock.advance(time.Hour)
			w.expect("new", subjects(w.poll().New), "[3]")
		})
	}
}
