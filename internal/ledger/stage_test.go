package ledger

import (
	"fmt"
	"testing"
	"time"
)

// What a first poll that died had staged is not part of the next one's, and
// nothing is left of a staging that was taken over.
func TestStaging(t *testing.T) {
	l := newLedger(t)
	stage := func(prefix string, n int) *Staging {
		t.Helper()
		s, err := l.Stage("a", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if err := s.Add(Row{i + 1, fmt.Sprint(prefix, i)}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	stage("left over ", stageChunk)
	if m, err := l.Meta("a"); err != nil || m.Count != 0 {
		t.Fatalf("it counts before it is complete: %+v, %v", m, err)
	}
	if err := stage("u", stageChunk+1).Flush(); err != nil {
		t.Fatal(err)
	}
	p := Poll{Maildrop: "m", Mode: Full, Messages: stageChunk + 1, Complete: true, Numbered: true, Staged: true}
	if _, err := l.Commit("a", p, time.Now()); err != nil {
		t.Fatal(err)
	}
	list, err := l.Newest("a", 2*stageChunk)
	if err != nil || len(list) != stageChunk+1 || list[0].UID != fmt.Sprint("u", stageChunk) || !list[0].Seen {
		t.Errorf("%d messages, %v", len(list), err)
	}
	err = l.view(stagingName("a"), func(a *accountLedger) error {
		if a.known() {
			t.Error("the staging is still there")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Commit("a", p, time.Now()); err == nil {
		t.Error("nothing was staged, and it was taken over")
	}
}
