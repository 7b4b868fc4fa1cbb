package app

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

func newLedger(t *testing.T) *ledger {
	t.Helper()
	l, aside, err := openLedger(filepath.Join(t.TempDir(), "ledger.db"), time.Now())
	if err != nil || aside != "" {
		t.Fatalf("%q, %v", aside, err)
	}
	t.Cleanup(func() { _ = l.close() })
	return l
}

func rowsOf(uids []string) iter.Seq2[pop3.Listing, error] {
	return func(yield func(pop3.Listing, error) bool) {
		for i, uid := range uids {
			if !yield(pop3.Listing{Number: i + 1, UID: uid}, nil) {
				return
			}
		}
	}
}

// Whatever the order and however many duplicates: the difference is that of
// the two sets.
func TestCompare(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := newLedger(t)
	for round := range 200 {
		var known []string
		for i := range r.IntN(12) {
			known = append(known, fmt.Sprint("k", i))
		}
		listed := slices.Clone(known)
		for range r.IntN(6) {
			switch at := r.IntN(len(listed) + 1); r.IntN(4) {
			case 0:
				listed = slices.Insert(listed, at, fmt.Sprint("f", r.IntN(4)))
			case 1:
				if len(listed) > 0 {
					listed = slices.Insert(listed, at, listed[r.IntN(len(listed))])
				}
			case 2:
				if at < len(listed) {
					listed = slices.Delete(listed, at, at+1)
				}
			case 3:
				r.Shuffle(len(listed), func(i, j int) { listed[i], listed[j] = listed[j], listed[i] })
			}
		}
		var d difference
		err := l.update(fmt.Sprint("a", round), func(a *accountLedger) error {
			for _, uid := range known {
				if err := a.arrive(uid, record{}); err != nil {
					return err
				}
			}
			var err error
			d, err = a.compare(rowsOf(listed))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		isKnown, isListed := map[string]bool{}, map[string]bool{}
		for _, uid := range known {
			isKnown[uid] = true
		}
		for _, uid := range listed {
			isListed[uid] = true
		}
		var fresh []string
		for _, row := range d.fresh {
			fresh = append(fresh, row.UID)
		}
		slices.Sort(fresh)
		slices.Sort(d.gone)
		maps.DeleteFunc(isListed, func(uid string, _ bool) bool { return isKnown[uid] })
		wantFresh := slices.Sorted(maps.Keys(isListed))
		for _, uid := range listed {
			delete(isKnown, uid)
		}
		wantGone := slices.Sorted(maps.Keys(isKnown))
		if d.rows != len(listed) || !slices.Equal(fresh, wantFresh) || !slices.Equal(d.gone, wantGone) {
			t.Fatalf("round %d: %v against %v: fresh %v, gone %v, %d rows", round, listed, known, fresh, d.gone, d.rows)
		}
	}
}

// A UID that left is remembered for 30 days, all of them, and no longer.
func TestSweep(t *testing.T) {
	l := newLedger(t)
	now := time.Now()
	const n = 500
	err := l.update("a", func(a *accountLedger) error {
		for i := range n {
			uid := fmt.Sprint("u", i)
			if err := a.arrive(uid, record{}); err != nil {
				return err
			}
			if err := a.leave(uid, now.Add(time.Duration(i%2)*48*time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ day, left int }{{29, n}, {31, n / 2}, {33, 0}} {
		err := l.update("a", func(a *accountLedger) error {
			return a.sweep(now.Add(time.Duration(step.day) * 24 * time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = l.view("a", func(a *accountLedger) error {
			if uids, gone := a.uids.Stats().KeyN, a.gone.Stats().KeyN; uids != step.left || gone != step.left {
				t.Errorf("day %d: %d and %d are remembered, want %d", step.day, uids, gone, step.left)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

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
		w.ledger.db.NoSync = true // the machine does not die here
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
