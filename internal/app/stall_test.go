package app

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A server that stalls in the middle of its list holds nobody up but its own
// account: others are polled, though the ledger's file has to grow for them,
// and whatever a view asks for is answered.
func TestStalledServerHoldsNobodyUp(t *testing.T) {
	w := newWorld(t, popserver.Options{NoPlain: true})
	b := w.account
	b.ID, b.User = "b", "other"
	if err := w.SaveAccount(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	w.server.Maildrop("other").Deliver([]byte("Subject: x\n\n"))
	for i := range 1500 { // too few to be staged, and more than the file has room for
		w.deliver(fmt.Sprint("a subject that takes some room in the ledger's file ", i))
	}
	g := newGate("UIDL", "")
	w.server.SetMood(g.mood)
	stalled := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(stalled)
		_, _ = w.Check(ctx, "b") // it is broken off
	}()
	<-g.reached
	done := make(chan struct{})
	go func() {
		defer close(done)
		if result, err := w.Check(t.Context(), "a"); err != nil || result.Accounts[0].Messages != 1500 {
			t.Errorf("%+v, %v", result, err)
		}
		w.Snapshot()
		w.Pause(w.clock.now().Add(time.Minute))
		w.Pause(time.Time{})
		w.Reload()
		if _, err := w.List("", 10); err != nil {
			t.Error(err)
		}
		if err := w.MarkAllSeen(t.Context(), ""); err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("everything waits for the server that stalls")
	}
	cancel()
	close(g.open)
	<-stalled
	<-done
}

// However many accounts a server that stalls has, those of others are polled
// meanwhile.
func TestStalledAccountsLeaveRoom(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	gate, stalls := make(chan struct{}), make(chan struct{}, 10)
	stalling := popserver.New(popserver.Options{Mood: func(string) *popserver.Override {
		stalls <- struct{}{}
		<-gate
		return nil
	}})
	t.Cleanup(func() { _ = stalling.Close() })
	open := sync.OnceFunc(func() { close(gate) })
	t.Cleanup(open)
	address, err := stalling.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var checks sync.WaitGroup
	for i := range 20 {
		a := w.account
		a.ID = fmt.Sprint("stalled-", i)
		a.User = a.ID
		_, port, _ := net.SplitHostPort(address)
		if a.Port, err = strconv.Atoi(port); err != nil {
			t.Fatal(err)
		}
		_ = w.secrets.Set(ctx, a.ID, password)
		if err := w.SaveAccount(ctx, a); err != nil {
			t.Fatal(err)
		}
		checks.Go(func() { _, _ = w.Check(ctx, a.ID) }) // it is broken off
	}
	for range 2 {
		<-stalls // they have all the slots that this server gets
	}
	if result, err := w.Check(ctx, "a"); err != nil || result.Accounts[0].Error != nil {
		t.Errorf("%+v, %v", result, err)
	}
	w.expect("more at the same time", len(stalls), 0)
	cancel()
	open()
	checks.Wait()
}
