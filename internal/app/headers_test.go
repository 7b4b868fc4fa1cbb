package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// old is a world with so many messages of which the ledger has no header, but
// of the newest hundred.
func old(t *testing.T, n int, o popserver.Options) *world {
	w := newWorld(t, o)
	for i := range n {
		w.deliver(fmt.Sprint("s", i+1))
	}
	w.poll()
	return w
}

// A list goes on where the last page has ended, down to the first message.
func TestOlderPages(t *testing.T) {
	w := old(t, 25, popserver.Options{Pipelining: true})
	var uids []string
	page, err := w.List("a", 10)
	for len(page) > 0 && err == nil {
		for _, m := range page {
			uids = append(uids, m.UID)
			if m.Undescribed && !m.Date.IsZero() {
				t.Errorf("%s came nobody knows when, not at %s", m.UID, m.Date)
			}
		}
		page, err = api.List.Ask(t.Context(), w.Verbs(), api.ListRequest{Account: "a", Before: uids[len(uids)-1], Limit: 10})
	}
	if err != nil {
		t.Fatal(err)
	}
	all := w.drop.Messages()
	for i, m := range all {
		if len(uids) != 25 || uids[24-i] != m.UID {
			t.Fatalf("listed %q", uids)
		}
	}
	if list, err := w.Older("a", "nobody's", 10); len(list) > 0 || err != nil {
		t.Errorf("older than nobody: %v, %v", list, err)
	}
	if _, err := w.Older("x", uids[0], 10); !errors.Is(err, api.ErrNoAccount) {
		t.Error(err)
	}
}

// Headers are fetched for who looks at them, and kept for the newest and for
// what is unseen.
func TestHeadersOnRequest(t *testing.T) {
	w := old(t, 30, popserver.Options{Pipelining: true})
	all := w.drop.Messages()
	got, err := api.Headers.Ask(t.Context(), w.Verbs(), api.DescribeRequest{Account: "a", UIDs: []string{all[0].UID, all[20].UID, "nobody's"}})
	if err != nil || len(got.Mails) != 2 || got.Mails[0].Subject != "s1" || got.Mails[1].Subject != "s21" || got.Received < 100 {
		t.Fatalf("%+v, %v", got, err)
	}
	before := len(w.server.Commands())
	again, err := w.Headers(t.Context(), api.DescribeRequest{Account: "a", UIDs: []string{all[0].UID}})
	if err != nil || again.Mails[0].Subject != "s1" || len(w.server.Commands()) != before {
		t.Errorf("asked again: %+v, %v", again, err)
	}

	// Of more than are kept, the newest are, and what is unseen.
	note := func(i, keep int) {
		m := ledger.Arrival{Row: ledger.Row{UID: all[i].UID}, Described: true, Header: ledger.Header{Subject: "noted"}}
		if err := w.ledger.DescribeSome("a", []ledger.Arrival{m}, keep); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.MarkUnseen(t.Context(), "a", all[2].UID); err != nil {
		t.Fatal(err)
	}
	note(2, 5)
	note(4, 25)
	note(5, 25)
	note(6, 1000)
	missing, err := w.ledger.UndescribedAmong("a", all[2].UID, all[4].UID, all[5].UID, all[6].UID)
	if err != nil || len(missing) != 1 || missing[0].UID != all[4].UID {
		t.Errorf("not kept: %+v, %v", missing, err)
	}

	// As many as the user says are kept of what is fetched.
	few := w.preferences()
	few.KeptHeaders = settings.MinKeptHeaders
	if err := w.SavePreferences(t.Context(), few, nil); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		w.deliver("more")
	}
	w.poll()
	if got, err := w.Headers(t.Context(), api.DescribeRequest{Account: "a", UIDs: []string{all[7].UID}}); err != nil || got.Mails[0].Subject != "s8" {
		t.Fatalf("%+v, %v", got, err)
	}
	if missing, err := w.ledger.UndescribedAmong("a", all[7].UID); err != nil || len(missing) != 1 {
		t.Errorf("it was kept: %+v, %v", missing, err)
	}

	w.server.SetMood(func(line string) *popserver.Override {
		if strings.HasPrefix(line, "TOP") {
			return &popserver.Override{Close: true}
		}
		return nil
	})
	if got, err := w.Headers(t.Context(), api.DescribeRequest{Account: "a", UIDs: []string{all[8].UID}}); err == nil {
		t.Errorf("a server that hangs up gives %+v", got)
	}
}

// What is deleted is compared with what a list has shown, also where the ledger
// has not kept the header.
func TestDeleteComparesWhatWasDisplayed(t *testing.T) {
	w := old(t, 3, popserver.Options{Pipelining: true})
	m := w.drop.Messages()[1]
	page, err := w.List("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	shown := page[1]
	shown.Undescribed, shown.From, shown.Subject = false, "Ann", "another subject"
	r := api.DeleteRequest{Account: "a", UIDs: []string{m.UID}, Shown: []api.Mail{shown}}
	var problem *api.ProblemError
	if got, err := w.Delete(t.Context(), r); len(got) > 0 || !errors.As(err, &problem) || problem.Problem.Code != api.CodeReplaced {
		t.Errorf("deleted %q, %v", got, err)
	}
	w.expect("left", w.left(), "s1 s2 s3")
}

// Sizes are listed once, in one session, and kept.
func TestSizes(t *testing.T) {
	w := old(t, 30, popserver.Options{Pipelining: true})
	if err := w.Sizes(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	list, err := w.List("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	all := w.drop.Messages()
	for i, m := range list {
		if m.UID != all[29-i].UID || m.Octets < 20 {
			t.Errorf("%s has %d octets", m.UID, m.Octets)
		}
	}
	a := w.poll()
	w.expect("poll", fmt.Sprint(a.Poll.Mode, len(a.New)), "unchanged0")

	none := old(t, 3, popserver.Options{NoUIDL: true})
	var problem *api.ProblemError
	if err := none.Sizes(t.Context(), "a"); !errors.As(err, &problem) || problem.Problem.Code != api.CodeNoSizes {
		t.Error(err)
	}
}

// What was seen can be unseen again, and is not announced for that.
func TestMarkUnseen(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("1", "2")
	w.poll()
	one := w.uid("1")
	for i, unseen := range []bool{false, true, true, false} {
		if _, err := api.MarkSeen.Ask(t.Context(), w.Verbs(), api.SeenRequest{Account: "a", UIDs: []string{one, "nobody's"}, Unseen: unseen}); err != nil {
			t.Fatal(err)
		}
		w.expect(fmt.Sprint("unseen after ", i), w.Snapshot().Unseen, map[bool]int{true: 2, false: 1}[unseen])
	}
	if _, err := api.MarkSeen.Ask(t.Context(), w.Verbs(), api.SeenRequest{Account: "a", UIDs: []string{one}, Unseen: true}); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.expect("announced", w.announcer.bodies(), "[1 2]")
}
