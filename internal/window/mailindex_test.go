//go:build cgo && !nowindow

package window

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// subjects are those of messages in order, with their UIDs where there is none.
func subjects(list []*mail) string {
	var all []string
	for _, m := range list {
		if m.Undescribed {
			all = append(all, "("+m.UID+")")
		} else {
			all = append(all, m.Subject)
		}
	}
	return strings.Join(all, " ")
}

func indexed(mails ...api.Mail) *mailIndex {
	x := newMailIndex()
	by := map[string][]api.Mail{}
	for _, m := range mails {
		by[m.Account] = append(by[m.Account], m)
	}
	for id, list := range by {
		x.replace(id, x.adopt(list))
	}
	return x
}

func TestIndexSelects(t *testing.T) {
	day := func(n int) api.Time { return api.Time{Time: time.Date(2024, 5, n, 12, 0, 0, 0, time.UTC)} }
	x := indexed(
		api.Mail{Account: "a", AccountName: "Work", UID: "1", Date: day(9), From: "Zoë", Subject: "Ünter", Octets: 10},
		api.Mail{Account: "a", AccountName: "Work", UID: "2", Undescribed: true, Octets: 70, Seen: true},
		api.Mail{Account: "a", AccountName: "Work", UID: "3", Date: day(5), From: "ann", Subject: "ＡＢＣ", Octets: 50, Seen: true},
		api.Mail{Account: "b", AccountName: "Home", UID: "1", Date: day(7), From: "Bob", Subject: "会议安排", Octets: 30},
		api.Mail{Account: "b", AccountName: "Home", UID: "2", Undescribed: true, Seen: true},
	)
	for _, c := range []struct {
		of            extract
		want          string
		searched, all int
	}{
		{extract{}, "Ünter 会议安排 (2) (2) ＡＢＣ", 3, 5},
		{extract{account: "a"}, "Ünter (2) ＡＢＣ", 2, 3},
		{extract{account: "a", order: oldestFirst}, "ＡＢＣ (2) Ünter", 2, 3},
		{extract{unseen: true}, "Ünter 会议安排", 2, 2},
		{extract{account: "a", order: bySender}, "ＡＢＣ Ünter (2)", 2, 3},
		{extract{account: "a", order: largestFirst}, "(2) ＡＢＣ Ünter", 2, 3},
		{extract{words: []string{fold("ÜNTER")}}, "Ünter", 3, 5},
		{extract{words: []string{fold("u\u0308n"), fold("ZO")}}, "Ünter", 3, 5},
		{extract{words: []string{fold("abc")}}, "ＡＢＣ", 3, 5},
		{extract{words: []string{fold("会议")}}, "会议安排", 3, 5},
		{extract{words: []string{fold("home")}}, "会议安排 (2)", 3, 5},
		{extract{words: []string{fold("nobody")}}, "", 3, 5},
	} {
		list, searched, all := x.view(c.of)
		if got := subjects(list); got != c.want || searched != c.searched || all != c.all {
			t.Errorf("%+v shows %s (%d of %d), want %s (%d of %d)", c.of, got, searched, all, c.want, c.searched, c.all)
		}
	}
}

// What was fetched for the screen is not lost with the next list, and a message
// stays the same one.
func TestIndexKeepsWhatItKnows(t *testing.T) {
	x := indexed(api.Mail{Account: "a", UID: "1", Undescribed: true, Octets: 9}, api.Mail{Account: "a", UID: "2"})
	one := x.by[mailKey{"a", "1"}]
	x.adopt([]api.Mail{{Account: "a", UID: "1", Subject: "s", Octets: 9}})
	x.replace("a", x.adopt([]api.Mail{{Account: "a", UID: "3"}, {Account: "a", UID: "1", Undescribed: true, Octets: 9, Seen: true}}))
	if now := x.by[mailKey{"a", "1"}]; now != one || now.Subject != "s" || !now.Seen || now.Undescribed {
		t.Errorf("it is %+v", now)
	}
	if x.by[mailKey{"a", "2"}] != nil || len(x.accounts["a"]) != 2 {
		t.Error("what has left is still there")
	}
	// Another size under the UID is another message.
	x.adopt([]api.Mail{{Account: "a", UID: "1", Undescribed: true, Octets: 10}})
	if now := x.by[mailKey{"a", "1"}]; now.Subject != "" || !now.Undescribed {
		t.Errorf("another message is shown as %+v", now)
	}
}

// A hundred thousand messages are searched between two keys.
func BenchmarkSearch(b *testing.B) {
	x := newMailIndex()
	var all []api.Mail
	for i := range 100_000 {
		all = append(all, api.Mail{Account: "a", AccountName: "Work", UID: fmt.Sprint(i), From: fmt.Sprint("Sender ", i%700), Subject: strings.Repeat("word ", i%9)})
	}
	x.replace("a", x.adopt(all))
	for b.Loop() {
		x.view(extract{words: []string{"699"}})
	}
}
