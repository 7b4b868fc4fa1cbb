package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

const million = 1_000_000

// held runs f and returns how much more memory was in use at most, in MB, the
// server's part in this process included.
func held(f func()) float64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc)
			case <-done:
				peak <- most
				return
			}
		}
	}()
	f()
	close(done)
	return (float64(<-peak) - float64(before.HeapAlloc)) / million
}

func (w *world) ledgerSize(b *testing.B) float64 {
	info, err := os.Stat(filepath.Join(w.dir, "ledger.db"))
	if err != nil {
		b.Fatal(err)
	}
	return float64(info.Size()) / million
}

// fill delivers messages without much text of their own.
func (w *world) fill(n int) {
	for i := range n {
		w.drop.Deliver(fmt.Appendf(nil, "From: a@example.org\nSubject: %d\nMessage-ID: <%d@x>\n\nhello\n", i, i))
	}
}

// A UIDL of a million rows after a STAT of two messages (S9).
func BenchmarkMillionRows(b *testing.B) {
	w := newWorld(b, popserver.Options{Pipelining: true})
	w.deliver("1", "2")
	w.poll()
	var list bytes.Buffer
	list.WriteString("+OK\r\n")
	for i := range million {
		fmt.Fprintf(&list, "%d uid%08d\r\n", i+1, i+1)
	}
	list.WriteString(".\r\n")
	raw := list.String()
	w.server.SetMood(func(line string) *popserver.Override {
		if line == "UIDL" {
			return &popserver.Override{Raw: raw}
		}
		return nil
	})
	ask := func() {
		w.clock.advance(25 * time.Hour)
		if a := w.pollAny(); a.State != api.Failed {
			b.Fatalf("it is believed: %+v", a)
		}
	}
	for b.Loop() {
		ask()
	}
	b.ReportMetric(held(ask), "MB-held")
	b.ReportMetric(w.ledgerSize(b), "MB-ledger")
}

// All UIDs of 100,000 messages are others at once (P16), at every poll.
func BenchmarkMigration(b *testing.B) {
	w := newWorld(b, popserver.Options{Pipelining: true})
	w.fill(100_000)
	w.poll()
	migrate := func() {
		w.drop.Renumber()
		if a := w.poll(); a.Unseen != 0 || a.Messages != 100_000 {
			b.Fatalf("%d of %d are unseen", a.Unseen, a.Messages)
		}
	}
	for b.Loop() {
		migrate()
	}
	b.ReportMetric(held(migrate), "MB-held")
	b.ReportMetric(w.ledgerSize(b), "MB-ledger")
}

// What a mailbox window asks for when it opens on 100,000 messages: a page that
// it shows, then all others. The tray role keeps nothing of it.
func BenchmarkMailboxWindow(b *testing.B) {
	w := newWorld(b, popserver.Options{Pipelining: true})
	w.fill(100_000)
	w.poll()
	const page = 2000
	var first time.Duration
	open := func() {
		began := time.Now()
		list, err := w.List("a", page)
		first = time.Since(began)
		n := 0
		for ; len(list) > 0 && err == nil; list, err = w.Older("a", list[len(list)-1].UID, page) {
			n += len(list)
		}
		if err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
	for b.Loop() {
		open()
	}
	b.ReportMetric(float64(first.Microseconds())/1000, "ms-first-page")
	b.ReportMetric(held(open), "MB-held")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	open()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/million, "MB-kept")
	b.ReportMetric(held(func() {
		if _, err := w.List("a", page); err != nil { // as before there were further pages
			b.Fatal(err)
		}
	}), "MB-held-by-one-page")
}
