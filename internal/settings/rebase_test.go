package settings

import "testing"

// What was changed here counts, and what was changed elsewhere stays.
func TestRebase(t *testing.T) {
	before := Account{ID: "a", Name: "A", Server: "pop.example.org", Port: 995, Interval: Duration(DefaultInterval), Silent: true, OAuth: OAuth{Provider: "google"}}
	now, next := before, before
	now.Name, now.Port, now.Silent = "B", 1995, false
	next.Name, next.OAuth.ClientID = "C", "c"
	want := now
	want.Name, want.OAuth.ClientID = "C", "c"
	if got := Rebase(now, before, next); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := Rebase(before, before, next); got != next {
		t.Errorf("nothing has changed elsewhere: %+v", got)
	}
	if !SameMailbox(now, before) || SameMailbox(next, before) {
		t.Error("which mailbox it is")
	}
}
