package ledger

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func newLedger(t *testing.T) *Ledger {
	t.Helper()
	l, aside, err := Open(filepath.Join(t.TempDir(), "ledger.db"), time.Now())
	if err != nil || aside != "" {
		t.Fatalf("%q, %v", aside, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
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
		account := fmt.Sprint("a", round)
		err := l.update(account, func(a *accountLedger) error {
			a.Maildrop = "m"
			for _, uid := range known {
				if err := a.arrive(uid, Record{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// Where one transaction ends and the next begins makes no difference.
		c, err := l.Compare(account, "m")
		for i, uid := range listed {
			err = errors.Join(err, c.Add(Row{i + 1, uid}))
			if r.IntN(3) == 0 {
				err = errors.Join(err, c.flush(false))
			}
		}
		d, finished := c.Finish()
		if err := errors.Join(err, finished); err != nil {
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
		for _, row := range d.Fresh {
			fresh = append(fresh, row.UID)
		}
		slices.Sort(fresh)
		slices.Sort(d.Gone)
		maps.DeleteFunc(isListed, func(uid string, _ bool) bool { return isKnown[uid] })
		wantFresh := slices.Sorted(maps.Keys(isListed))
		for _, uid := range listed {
			delete(isKnown, uid)
		}
		wantGone := slices.Sorted(maps.Keys(isKnown))
		if d.Rows != len(listed) || !slices.Equal(fresh, wantFresh) || !slices.Equal(d.Gone, wantGone) {
			t.Fatalf("round %d: %v against %v: fresh %v, gone %v, %d rows", round, listed, known, fresh, d.Gone, d.Rows)
		}
	}
}

// One list puts messages into its order, however it mixes them.
func TestOrderOfAList(t *testing.T) {
	l := newLedger(t)
	now := time.Now()
	list := func(uids string) []string {
		t.Helper()
		c, err := l.Compare("a", "m")
		for i, uid := range uids {
			err = errors.Join(err, c.Add(Row{i + 1, string(uid)}))
		}
		d, finished := c.Finish()
		if err := errors.Join(err, finished); err != nil {
			t.Fatal(err)
		}
		p := Poll{Maildrop: "m", Mode: Full, Messages: len(uids), Listed: len(uids), Complete: true, Numbered: true, Moved: d.Moved, Gone: d.Gone}
		for _, row := range d.Fresh {
			p.Fresh = append(p.Fresh, Arrival{Row: row})
		}
		if _, err := l.Commit("a", p, now); err != nil {
			t.Fatal(err)
		}
		newest, err := l.Newest("a", 100)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, e := range slices.Backward(newest) {
			order = append(order, e.UID)
		}
		return order
	}
	for _, uids := range []string{"abcdefghij", "afbgchdiej", "jihgfedcba", "ahgij", "jagih", "jagihkl", "xjaygihkzl"} {
		if got := strings.Join(list(uids), ""); got != uids {
			t.Errorf("%s, want %s", got, uids)
		}
	}
}

// A list whose numbers do not ascend says nothing of the order.
func TestOrderOfADisorderedList(t *testing.T) {
	l := newLedger(t)
	for _, rows := range [][]Row{{{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}}, {{1, "a"}, {4, "d"}, {3, "c"}, {2, "b"}}} {
		c, err := l.Compare("a", "m")
		for _, row := range rows {
			err = errors.Join(err, c.Add(row))
		}
		d, finished := c.Finish()
		if err := errors.Join(err, finished); err != nil {
			t.Fatal(err)
		}
		p := Poll{Maildrop: "m", Mode: Full, Messages: 4, Listed: 4, Complete: true, Moved: d.Moved}
		for _, row := range d.Fresh {
			p.Fresh = append(p.Fresh, Arrival{Row: row})
		}
		if _, err := l.Commit("a", p, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	var order string
	list, err := l.Newest("a", 10)
	for _, e := range slices.Backward(list) {
		order += e.UID
	}
	if err != nil || order != "abcd" {
		t.Errorf("%s, %v", order, err)
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
			if err := a.arrive(uid, Record{}); err != nil {
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
			return a.sweep(now.Add(time.Duration(step.day)*24*time.Hour), n, true)
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

// What left is remembered up to a number that a maildrop gives reason for, the
// latest first.
func TestTombstonesAreBounded(t *testing.T) {
	l := newLedger(t)
	l.NoSync()
	now := time.Now()
	left := func(count int) (n int, oldest bool) {
		t.Helper()
		if _, err := l.Commit("a", Poll{Maildrop: "m", Mode: Full, Messages: count, Complete: true}, now); err != nil {
			t.Fatal(err)
		}
		err := l.view("a", func(a *accountLedger) error {
			n = a.gone.Stats().KeyN
			_, oldest, _ = a.get("u0")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n, oldest
	}
	err := l.update("a", func(a *accountLedger) error {
		a.Maildrop, a.Baseline = "m", true
		for i := range 5000 {
			uid := fmt.Sprint("u", i)
			if err := errors.Join(a.arrive(uid, Record{}), a.leave(uid, now.Add(time.Duration(i)*time.Second))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ count, left int }{{2500, 5000}, {1000, 5000}, {1000, 2000}, {0, 2000}, {0, minTombstones}} {
		if n, oldest := left(step.count); n != step.left || oldest != (n == 5000) {
			t.Errorf("of a maildrop of %d: %d, the oldest %v", step.count, n, oldest)
		}
	}
}

// A server may take as long as it likes to list a maildrop: meanwhile the
// ledger can be read and written, also where its file has to grow for it.
func TestNothingWaitsForTheServer(t *testing.T) {
	l := newLedger(t)
	c, err := l.Compare("slow", "m")
	for i := range 3 * compareChunk / 2 { // half a chunk waits, and the rest was compared
		err = errors.Join(err, c.Add(Row{i + 1, fmt.Sprint("u", i)}))
	}
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		p := Poll{Maildrop: "m", Mode: Full, Complete: true}
		for i := range 20_000 {
			p.Fresh = append(p.Fresh, Arrival{Row: Row{i + 1, fmt.Sprint("u", i)}})
		}
		_, err := l.Commit("quick", p, time.Now())
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it waits")
	}
	if d, err := c.Finish(); err != nil || d.Rows != 3*compareChunk/2 || len(d.Fresh) != d.Rows {
		t.Errorf("%d rows, %d fresh, %v", d.Rows, len(d.Fresh), err)
	}
}

// Pages are parts of the whole list, wherever one ends, also when what ended
// the last one was read or has left, and only what they hold is decoded.
func TestPage(t *testing.T) {
	l := newLedger(t)
	l.NoSync()
	const n = 20_000
	now := time.Now()
	uid := func(i int) string { return fmt.Sprint("u", i) }
	err := l.update("a", func(a *accountLedger) error {
		a.Count = n
		for i := 1; i <= n; i++ {
			if err := a.arrive(uid(i), Record{Seen: i%10 != 0}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page := func(before string, unseen bool, want ...int) {
		t.Helper()
		list, err := l.Page("a", before, unseen, len(want))
		var numbers []int
		for _, m := range list {
			numbers = append(numbers, m.Number)
			if m.UID != uid(m.Number) || unseen == m.Seen {
				t.Errorf("%+v", m)
			}
		}
		if err != nil || !slices.Equal(numbers, want) {
			t.Errorf("before %q, unseen %v: %v, %v", before, unseen, numbers, err)
		}
	}
	page("", true, n, n-10, n-20)
	page(uid(n-20), true, n-30, n-40)
	page(uid(n-25), true, n-30)
	page(uid(30), true, 20, 10)
	page(uid(10), true)
	if err := l.MarkSeen("a", uid(n-20), uid(n)); err != nil {
		t.Fatal(err)
	}
	page(uid(n-20), true, n-30, n-40)
	page(uid(n), true, n-10)
	page("unheard-of", true)
	if list, err := l.Page("a", "", false, 3); err != nil || len(list) != 3 || list[2].Number != n-2 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := l.Page("nobody", "", false, 3); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	// To decode them all would take more than 20,000 allocations.
	if allocs := testing.AllocsPerRun(1, func() {
		if _, err := l.Page("a", uid(200), false, 50); err != nil {
			t.Error(err)
		}
		if place, err := l.Place("a", uid(1)); err != nil || place != 1 {
			t.Errorf("place %d, %v", place, err)
		}
	}); allocs > 2000 {
		t.Errorf("%v allocations for a page of 50", allocs)
	}
	// With one message fewer than the server counts, numbers say nothing.
	err = l.update("a", func(a *accountLedger) error { return a.leave(uid(n-1), now) })
	if err != nil {
		t.Fatal(err)
	}
	if list, err := l.Page("a", uid(n-1), false, 1); err != nil || len(list) != 1 || list[0].UID != uid(n-2) || list[0].Number != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
