package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// later begins a deletion of messages by their subjects, as the user was shown
// them, and returns what cancels its request, and what waits for its answer.
func (w *world) later(name string, subjects ...string) (cancel func(), answer func() ([]api.Deletion, error)) {
	w.t.Helper()
	list, err := w.List("a", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	r := api.DeleteRequest{Account: "a"}
	for _, m := range list {
		if slices.Contains(subjects, m.Subject) {
			r.UIDs, r.Shown = append(r.UIDs, m.UID), append(r.Shown, m)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.t.Cleanup(cancel)
	type result struct {
		list []api.Deletion
		err  error
	}
	done := make(chan result, 1)
	service := w.Service
	go func() {
		list, err := service.DeleteLater(ctx, api.DeletionRequest{DeletionRef: api.DeletionRef{Name: name}, Requests: []api.DeleteRequest{r}})
		done <- result{list, err}
	}()
	w.eventually("the deletion waits", func() bool {
		service.mu.Lock()
		defer service.mu.Unlock()
		return service.waiting[name] != nil || len(done) > 0
	})
	return cancel, func() ([]api.Deletion, error) {
		select {
		case r := <-done:
			return r.list, r.err
		case <-time.After(time.Minute):
			w.t.Fatal("no answer")
			return nil, nil
		}
	}
}

// eventually waits until reached holds.
func (w *world) eventually(what string, reached func() bool) {
	w.t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	deadline := time.After(time.Minute)
	for !reached() {
		select {
		case <-again.C:
		case <-deadline:
			w.t.Fatalf("in vain: %s", what)
		}
	}
}

func tenMessages(t *testing.T, o popserver.Options) *world {
	w := newWorld(t, o)
	w.deliver("1", "2", "3")
	w.poll()
	w.deliver("4", "5", "6", "7", "8", "9", "10")
	w.poll()
	if err := w.Describe(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.undoTime = time.Hour
	return w
}

// Whatever ends before the time is over deletes nothing, and no server hears of
// it.
func TestNothingIsDeletedBeforeItsTime(t *testing.T) {
	for name, end := range map[string]func(w *world, cancel func()){
		"taken back": func(w *world, _ func()) {
			if took, err := api.Undo.Ask(w.t.(*testing.T).Context(), w.Verbs(), api.DeletionRef{Name: "d"}); !took || err != nil {
				w.t.Errorf("taken back: %v, %v", took, err)
			}
		},
		"the window closed or died": func(_ *world, cancel func()) { cancel() },
		"the tray role ended":       func(w *world, _ func()) { w.restart() },
	} {
		t.Run(name, func(t *testing.T) {
			w := tenMessages(t, popserver.Options{Pipelining: true})
			before := len(w.server.Commands())
			cancel, answer := w.later("d", "2", "4", "9")
			end(w, cancel)
			if list, _ := answer(); len(list) > 0 {
				t.Errorf("it answers %+v", list)
			}
			if said := w.server.Commands()[before:]; len(said) > 0 {
				t.Errorf("the server was told %q", said)
			}
			w.expect("left", w.left(), "1 2 3 4 5 6 7 8 9 10")
			// It is over for good.
			if took, err := api.DeleteNow.Ask(t.Context(), w.Verbs(), api.DeletionRef{Name: "d"}); took || err != nil {
				t.Errorf("it still waits: %v, %v", took, err)
			}
			a := w.poll()
			w.expect("poll", fmt.Sprint(a.Messages, len(a.New)), "10 0")
		})
	}
}

// When the time is over, or the user wants no more of it, all go in one session:
// a flight that looks at them, one that deletes, and the end.
func TestDeletedInOneSession(t *testing.T) {
	for name, c := range map[string]struct {
		pipelining, now bool
	}{"after the time": {true, false}, "at once": {true, true}, "one by one": {false, true}} {
		t.Run(name, func(t *testing.T) {
			w := tenMessages(t, popserver.Options{Pipelining: c.pipelining})
			if !c.now {
				w.undoTime = time.Millisecond
			}
			before := len(w.server.Commands())
			cancel, answer := w.later("d", "2", "4", "9")
			if c.now {
				if took, err := api.DeleteNow.Ask(t.Context(), w.Verbs(), api.DeletionRef{Name: "d"}); !took || err != nil {
					t.Errorf("begun: %v, %v", took, err)
				}
				if took, err := api.Undo.Ask(t.Context(), w.Verbs(), api.DeletionRef{Name: "d"}); took || err != nil {
					t.Errorf("taken back too late: %v, %v", took, err)
				}
			}
			list, err := answer()
			cancel()
			if err != nil || len(list) != 1 || len(list[0].UIDs) != 3 || list[0].Problem != nil {
				t.Fatalf("%+v, %v", list, err)
			}
			w.expect("left", w.left(), "1 3 5 6 7 8 10")
			var said []string
			for _, line := range w.server.Commands()[before:] {
				if verb, _, _ := strings.Cut(line, " "); slices.Contains([]string{"UIDL", "LIST", "TOP", "DELE", "QUIT", "RETR"}, verb) {
					said = append(said, line)
				}
			}
			w.expect("said", strings.Join(said, "; "), "UIDL 9; LIST 9; TOP 9 0; UIDL 4; LIST 4; TOP 4 0; UIDL 2; LIST 2; TOP 2 0; DELE 9; DELE 4; DELE 2; QUIT")
			a := w.poll()
			w.expect("poll", fmt.Sprint(a.Poll.Mode, a.Messages, len(a.New)), "unchanged7 0")
		})
	}
}

// One that the server refuses, or that is another than was shown, keeps all.
func TestNoneIsDeletedWhereOneIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		mood   popserver.Mood
		before func(w *world)
		code   api.Code
	}{
		"refused": {mood: func(line string) *popserver.Override {
			if line == "DELE 4" {
				return &popserver.Override{Raw: "-ERR it is locked\r\n"}
			}
			return nil
		}, code: api.CodeNotDeleted},
		"another message": {before: func(w *world) {
			uid := w.uid("9")
			w.drop.Remove(uid)
			w.drop.DeliverUID(uid, alike("precious"))
		}, code: api.CodeReplaced},
	} {
		for _, pipelining := range []bool{true, false} {
			t.Run(fmt.Sprint(name, pipelining), func(t *testing.T) {
				w := tenMessages(t, popserver.Options{Pipelining: pipelining})
				_, answer := w.later("d", "2", "4", "9")
				if c.before != nil {
					c.before(w)
				}
				left := w.left()
				w.server.SetMood(c.mood)
				if took := w.decide("d", nil, true); !took {
					t.Fatal("it does not wait")
				}
				list, err := answer()
				w.server.SetMood(nil)
				if err != nil || len(list) != 1 || len(list[0].UIDs) > 0 || list[0].Problem == nil || list[0].Problem.Code != c.code {
					t.Fatalf("%+v, %v", list, err)
				}
				w.expect("left", w.left(), left)
			})
		}
	}
}

// A deletion that has begun is carried out although whoever wanted it has gone.
func TestBegunIsCarriedOut(t *testing.T) {
	w := tenMessages(t, popserver.Options{Pipelining: true})
	asked, carryOn := make(chan struct{}), make(chan struct{})
	w.server.SetMood(func(line string) *popserver.Override {
		if line == "DELE 9" {
			close(asked)
			<-carryOn
		}
		return nil
	})
	cancel, answer := w.later("d", "9")
	w.decide("d", nil, true)
	<-asked
	cancel()
	if list, err := answer(); list != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", list, err)
	}
	close(carryOn)
	w.eventually("it is gone", func() bool { return w.Snapshot().Accounts[0].Messages == 9 })
	w.expect("left", w.left(), "1 2 3 4 5 6 7 8 10")
}

// Who asks for too much, or without a name, gets an error and no memory.
func TestDeletionsAreBounded(t *testing.T) {
	w := tenMessages(t, popserver.Options{})
	for _, r := range []api.DeletionRequest{
		{},
		{DeletionRef: api.DeletionRef{Name: strings.Repeat("x", 65)}},
		{DeletionRef: api.DeletionRef{Name: "d"}, Requests: []api.DeleteRequest{{UIDs: make([]string, api.MaxDeletion+1)}}},
	} {
		if _, err := w.DeleteLater(t.Context(), r); err == nil {
			t.Errorf("%d messages under %q are taken", len(r.Requests), r.Name)
		}
	}
	for i := range maxWaiting {
		w.later(fmt.Sprint(i), "1")
	}
	_, answer := w.later("one more", "1")
	if _, err := answer(); err == nil {
		t.Error("any number may wait")
	}
	if _, answer := w.later("1", "1"); func() bool { _, err := answer(); return err == nil }() {
		t.Error("two of one name wait")
	}
}
