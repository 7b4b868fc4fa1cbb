package app

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// hold has a command lease the account; end is the end of its connection.
func (w *world) hold(by string) (held *api.Held, end context.CancelFunc) {
	w.t.Helper()
	life, end := context.WithCancel(w.t.Context())
	held, err := api.Hold(api.WithLife(w.t.Context(), life), w.Verbs(), api.LeaseRequest{Account: "a", By: by})
	if err != nil {
		w.t.Fatalf("lease: %v", err)
	}
	w.t.Cleanup(end)
	w.t.Cleanup(held.Release)
	return held, end
}

// await waits for a snapshot of the account that is as it should be.
func (w *world) awaitStatus(what string, is func(api.AccountStatus) bool) {
	w.t.Helper()
	changed, stop := w.Subscribe()
	defer stop()
	limit := time.After(20 * time.Second)
	for !is(w.Snapshot().Accounts[0]) {
		select {
		case <-changed:
		case <-limit:
			w.t.Fatalf("never %s: %+v", what, w.Snapshot().Accounts[0])
		}
	}
}

func free(a api.AccountStatus) bool { return a.Error == nil }

func codeOf(err error) api.Code {
	if p, ok := errors.AsType[*api.ProblemError](err); ok {
		return p.Problem.Code
	}
	return ""
}

// ended waits for the end of a lease and returns why.
func ended(t *testing.T, held *api.Held) error {
	t.Helper()
	ctx, cancel := held.During(t.Context())
	defer cancel()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(20 * time.Second):
		t.Fatal("the lease does not end")
		return nil
	}
}

func TestLeaseEndsPoll(t *testing.T) {
	w := newWorld(t, popserver.Options{NoPlain: true})
	w.deliver("x")
	var held *api.Held
	result := w.during(newGate("STAT", ""), func() { held, _ = w.hold("traymail fetch") })
	if result.State != api.Waiting || result.Error == nil || result.Error.Code != api.CodeHeld || result.Error.Args[api.ArgBy] != "traymail fetch" {
		t.Fatalf("the poll under way says %+v", result)
	}
	if held.Account.ID != "a" {
		t.Errorf("granted: %+v", held.LeaseGrant)
	}
	status := w.Snapshot().Accounts[0]
	if status.State != api.Waiting || status.Error == nil || status.Error.Code != api.CodeHeld || !status.NextPoll.IsZero() || status.Checking {
		t.Errorf("status: %+v", status)
	}
	if h, err := w.Health("a"); err != nil || h.Why != api.WhyHeld {
		t.Errorf("health: %+v, %v", h, err)
	}
	before := w.server.Logins()
	again, err := w.Check(t.Context(), "a")
	if err != nil || again.Accounts[0].Error == nil || again.Accounts[0].Error.Code != api.CodeHeld {
		t.Errorf("check now: %+v, %v", again, err)
	}
	if _, err := w.Fetch(t.Context(), "a", "x", false, false); codeOf(err) != api.CodeHeld {
		t.Errorf("a message is read beside it: %v", err)
	}
	if due, _, _ := w.due(); len(due) != 0 {
		t.Errorf("due: %v", due)
	}
	w.expect("logins during the lease", w.server.Logins()-before, 0)
	held.Release()
	if result := w.poll(); result.State != api.OK || result.Error != nil || result.Messages != 1 {
		t.Errorf("after the lease: %+v", result)
	}
}

func TestLeaseOfTwo(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	held, _ := w.hold("traymail console")
	_, err := api.Hold(t.Context(), w.Verbs(), api.LeaseRequest{Account: "a", By: "traymail fetch"})
	p, ok := errors.AsType[*api.ProblemError](err)
	if !ok || p.Problem.Code != api.CodeHeld || p.Problem.Args[api.ArgBy] != "traymail console" {
		t.Fatalf("the second lease: %v", err)
	}
	held.Release()
	second, _ := w.hold("traymail fetch")
	second.Release()
	if _, err := api.Hold(t.Context(), w.Verbs(), api.LeaseRequest{Account: "none", By: "x"}); !errors.Is(err, api.ErrNoAccount) {
		t.Errorf("of no account: %v", err)
	}
}

func TestLeaseEnds(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(w *world, end context.CancelFunc)
		is   func(error) bool
		stay bool // the account is there, and is polled again
	}{
		"with the client": {func(_ *world, end context.CancelFunc) { end() }, func(err error) bool { return err != nil }, true},
		"with a change": {func(w *world, _ context.CancelFunc) {
			w.account.Name = "renamed"
			if err := w.SaveAccount(w.t.Context(), w.account); err != nil {
				w.t.Errorf("%v", err)
			}
		}, func(err error) bool { return codeOf(err) == api.CodeLeaseChanged }, true},
		"with the account": {func(w *world, _ context.CancelFunc) {
			if err := w.RemoveAccount(w.t.Context(), "a"); err != nil {
				w.t.Errorf("%v", err)
			}
		}, func(err error) bool { return errors.Is(err, api.ErrNoAccount) }, false},
		"with the tray": {func(w *world, _ context.CancelFunc) { w.end() }, func(err error) bool { return err != nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			w.deliver("x")
			w.parting = time.Millisecond
			held, end := w.hold("traymail fetch")
			test.do(w, end)
			if err := ended(t, held); !test.is(err) {
				t.Errorf("ended by %v", err)
			}
			if test.stay {
				w.awaitStatus("free", free)
				if result := w.poll(); result.State != api.OK {
					t.Errorf("polled: %+v", result)
				}
			}
		})
	}
}

func TestLeaseSilence(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.silence, w.parting = time.Millisecond, time.Millisecond
	held, _ := w.hold("traymail console")
	if err := ended(t, held); codeOf(err) != api.CodeLeaseSilent {
		t.Errorf("ended by %v", err)
	}
	w.awaitStatus("free", free)
	if err := held.Keep(t.Context()); codeOf(err) != api.CodeLeaseOver {
		t.Errorf("a sign of life afterwards: %v", err)
	}
	held.Release()
}

// What a command did is in the ledger before the lease has ended.
func TestLeaseReport(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("x", "y", "z")
	w.poll()
	x, y := w.uid("x"), w.uid("y")
	w.deliver("later")
	held, _ := w.hold("traymail fetch")
	report := api.LeaseReport{
		Target:  "maildir /m",
		Fetched: []api.FetchedMail{{UID: x, Octets: 3, Header: "h"}, {UID: "not polled yet"}},
		Deleted: []api.DeletedMail{{UID: x, Octets: -1}}, Seen: []string{y},
	}
	if err := held.Report(t.Context(), report); err != nil {
		t.Fatal(err)
	}
	for target, n := range map[string]int{"maildir /m": 2, "maildir /n": 0} {
		list, err := held.Fetched(t.Context(), target, x, y, "not polled yet")
		if err != nil || len(list) != n {
			t.Errorf("fetched to %s: %+v, %v", target, list, err)
		} else if n > 0 && list[0] != report.Fetched[0] {
			t.Errorf("%+v", list[0])
		}
	}
	status := w.Snapshot().Accounts[0]
	if status.Messages != 2 {
		t.Errorf("%d messages", status.Messages)
	}
	held.Release()
	w.drop.Remove(w.drop.Messages()[0].UID)
	result := w.poll()
	if result.Messages != 3 || len(result.New) != 1 || result.New[0].Subject != "later" {
		t.Errorf("the next poll: %+v", result)
	}
	// Another maildrop forgets all but this.
	again, _ := w.hold("traymail fetch")
	if list, err := again.Fetched(t.Context(), "maildir /m", x); err != nil || len(list) != 1 {
		t.Errorf("after the next poll: %+v, %v", list, err)
	}
}

// A login that a command was refused is the last until something changes (P24).
func TestLeaseRefused(t *testing.T) {
	w := newWorld(t, popserver.Options{NoPlain: true})
	w.server.SetMood(func(line string) *popserver.Override {
		if !strings.HasPrefix(line, "PASS") {
			return nil
		}
		return &popserver.Override{Raw: "-ERR [AUTH] bad password\r\n"}
	})
	held, _ := w.hold("traymail fetch")
	err := Visit(t.Context(), held, w.secrets, w.log, func(ctx context.Context, target poll.Target) error {
		c, err := target.Open(ctx, nil)
		if err == nil {
			_ = c.Quit(ctx)
		}
		return err
	})
	if p, ok := errors.AsType[*api.ProblemError](err); !ok || p.Problem.Kind != api.KindAuth {
		t.Fatalf("the visit: %v", err)
	}
	held.Release()
	if _, err := api.Hold(t.Context(), w.Verbs(), api.LeaseRequest{Account: "a", By: "traymail fetch"}); err == nil {
		t.Error("leased in spite of the refusal")
	}
	if status := w.Snapshot().Accounts[0]; status.State != api.Failed || status.Error.Kind != api.KindAuth {
		t.Errorf("%+v", status)
	}
}

func TestVisit(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("x")
	held, end := w.hold("traymail fetch")
	visit := func(session func(context.Context, poll.Target) error) error {
		return Visit(t.Context(), held, w.secrets, w.log, session)
	}
	err := visit(func(ctx context.Context, target poll.Target) error {
		c, err := target.Open(ctx, nil)
		if err != nil {
			return err
		}
		stat, err := c.Stat(ctx)
		if stat.Messages != 1 {
			t.Errorf("%+v", stat)
		}
		return errors.Join(err, c.Quit(ctx))
	})
	if err != nil {
		t.Error(err)
	}
	// It ends with the lease.
	err = visit(func(ctx context.Context, _ poll.Target) error {
		end()
		<-ctx.Done()
		return ctx.Err()
	})
	if err == nil || t.Context().Err() != nil {
		t.Errorf("after the end: %v", err)
	}
}
