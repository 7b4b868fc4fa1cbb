package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What Thunderbird has fetched counts no longer: neither what it fetched
// before it was seen here, which is not announced either, nor afterwards.
func TestOtherReaders(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.account.PopState = filepath.Join(w.dir, "Mail", "popstate.dat")
	if err := os.MkdirAll(filepath.Dir(w.account.PopState), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.poll()
	write := func(uids ...string) {
		t.Helper()
		text := "# POP3 State File\n\n*" + w.account.Server + " " + user + "\n"
		for _, uid := range uids {
			text += "k " + uid + " 1700000000\n"
		}
		temp := w.account.PopState + ".new"
		if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(temp, w.account.PopState); err != nil {
			t.Fatal(err)
		}
	}
	w.deliver("one", "two", "three")
	uids := w.drop.Messages()
	write(uids[0].UID)
	w.poll()
	w.expect("unseen", w.Snapshot().Unseen, 2)
	w.expect("announced", w.announcer.bodies(), "[two three]")

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.WatchReaders(ctx) }()
	changed, unsubscribe := w.Subscribe()
	defer unsubscribe()
	// It may not watch yet: the file is written until it was noticed.
	again := time.NewTicker(popStateSettles * 2)
	defer again.Stop()
	for deadline := time.After(30 * time.Second); w.Snapshot().Unseen != 1; {
		write(uids[0].UID, uids[1].UID)
		select {
		case <-changed:
		case <-again.C:
		case <-deadline:
			t.Fatalf("%d are unseen", w.Snapshot().Unseen)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	w.expect("withdrawn", fmt.Sprint(w.announcer.withdrawn), "[a/"+uids[0].UID+" a/"+uids[1].UID+"]")
}
