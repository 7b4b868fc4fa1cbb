package app

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Damage anywhere in the file ends in a ledger that works, never in one that
// fails at every poll.
func TestDamageAnywhere(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range 150 {
		w.deliver(fmt.Sprint(i))
	}
	w.poll()
	path := filepath.Join(w.dir, "ledger.db")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for at := 0; at < len(good); at += page {
		if len(bytes.Trim(good[at:min(at+page, len(good))], "\x00")) == 0 {
			continue // never used
		}
		for name, harm := range map[string]func([]byte){
			"zeroed":  func(b []byte) { clear(b) },
			"ones":    func(b []byte) { copy(b, slices.Repeat([]byte{0xff}, len(b))) },
			"content": func(b []byte) { copy(b[len(b)/2:], slices.Repeat([]byte{0}, len(b)/2)) },
		} {
			bad := slices.Clone(good)
			harm(bad[at:min(at+page, len(bad))])
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			w.open()
			w.clock.advance(25 * time.Hour) // so that the poll is a full one
			after := w.pollAny()
			if _, err := w.List("a", 0); err != nil {
				t.Errorf("page %d %s: %v", at/page, name, err)
			}
			if after.State != api.OK || after.Messages != 150 || after.Unseen != 0 || len(w.announcer.bodies()) != 0 {
				t.Errorf("page %d %s: %+v %+v", at/page, name, after, after.Error)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.open()
}

// A ledger cut at any page, or with any bit flipped, never ends the program.
// What can be told to be damaged is set aside, and begins anew in silence:
// nothing is announced again.
func TestCutsAndFlippedBits(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range 60 {
		w.deliver(fmt.Sprint(i))
	}
	w.poll()
	w.deliver("news")
	w.poll()
	path := filepath.Join(w.dir, "ledger.db")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var bad [][]byte
	used := len(bytes.TrimRight(good, "\x00"))
	for cut := 0; cut < used+2*4096; cut += 4096 { // most of the file is room to grow
		bad = append(bad, good[:cut], good[:cut+100])
	}
	r := rand.New(rand.NewPCG(7, 7))
	for range 60 {
		flipped := slices.Clone(good)
		for at := r.IntN(used); ; at = r.IntN(used) {
			if good[at] != 0 {
				flipped[at] ^= 1 << r.IntN(8)
				break
			}
		}
		bad = append(bad, flipped)
	}
	aside := 0
	for i, b := range bad {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		w.open()
		w.ledger.NoSync() // the machine does not die here
		w.clock.advance(25 * time.Hour)
		w.announcer.shown = nil
		a := w.pollAny()
		if a.State != api.OK || a.Messages != 61 {
			t.Fatalf("%d: %+v %+v", i, a, a.Error)
		}
		if len(w.announcer.shown) > 1 { // a flipped "announced" repeats one at most
			t.Fatalf("%d: announced %q", i, w.announcer.bodies())
		}
		if w.damaged != "" {
			aside++
			if err := os.Remove(w.damaged); err != nil {
				t.Error(err)
			}
			w.expect("unseen after a new beginning", a.Unseen, 0)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if aside < 30 {
		t.Errorf("only %d of %d were set aside", aside, len(bad))
	}
	w.open()
}
