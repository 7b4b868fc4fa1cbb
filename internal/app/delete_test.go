package app

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// left are the subjects on the server.
func (w *world) left() string {
	var subjects []string
	for _, m := range w.drop.Messages() {
		_, rest, _ := strings.Cut(string(m.Raw), "Subject: ")
		subject, _, _ := strings.Cut(rest, "\r\n")
		subjects = append(subjects, subject)
	}
	return strings.Join(subjects, " ")
}

func (w *world) uid(subject string) string {
	w.t.Helper()
	for _, m := range w.drop.Messages() {
		if strings.Contains(string(m.Raw), "Subject: "+subject+"\r\n") {
			return m.UID
		}
	}
	w.t.Fatalf("there is no message %s", subject)
	return ""
}

// erase deletes messages, of which the caller knows nothing but their UIDs.
func (w *world) erase(uids ...string) ([]string, error) {
	return w.Delete(w.t.Context(), api.DeleteRequest{Account: "a", UIDs: uids})
}

func TestDelete(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		w := newWorld(t, popserver.Options{Pipelining: pipelining})
		w.deliver("1", "2", "3")
		w.poll()
		w.deliver("4", "5")
		w.poll()
		four := w.uid("4")
		deleted, err := w.erase(w.uid("2"), four)
		w.expect("deleted", fmt.Sprint(len(deleted), err), "2 <nil>")
		w.expect("left", w.left(), "1 3 5")
		w.expect("known", fmt.Sprint(w.Snapshot().Accounts[0].Messages, w.Snapshot().Unseen), "3 1")
		// The next poll need not list everything, and nothing is new in it.
		again := w.poll()
		w.expect("poll", fmt.Sprintf("%s %d %d %d", again.Poll.Mode, len(again.New), again.Messages, again.Unseen), "unchanged 0 3 1")
		w.deliver("6")
		grown := w.poll()
		w.expect("grown", fmt.Sprintf("%s %d", grown.Poll.Mode, len(grown.New)), "grown 1")
		// The last one, and one that is gone already.
		_, err = w.erase(w.uid("6"), four)
		w.expect("the last", err, error(nil))
		w.expect("then", w.poll().Poll.Mode+" "+w.left(), "unchanged 1 3 5")
		_, err = w.erase(four)
		var problem *api.ProblemError
		if !errors.As(err, &problem) || problem.Problem.Code != "gone" {
			t.Errorf("deleted twice: %v", err)
		}
	}
}

// What no poll has listed is not said to be gone while it is there, and not
// deleted before somebody could see what it is.
func TestDeleteOfAnUnlistedMessage(t *testing.T) {
	for name, o := range map[string]popserver.Options{"UIDL": {Pipelining: true}, "no UIDL": {NoUIDL: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, o)
			w.deliver("1", "2")
			w.poll()
			w.deliver("3")
			w.poll()
			list, err := w.List("a", 0)
			if err != nil || len(list) != 3 {
				t.Fatal(list, err)
			}
			one, three := list[2].UID, list[0].UID
			before := w.drop.Messages()[2]
			w.drop.Remove(before.UID)
			w.poll() // it is known to have left, and comes back
			w.drop.DeliverUID(before.UID, before.Raw)
			deleted, err := w.erase(one, three)
			var problem *api.ProblemError
			if len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Code != api.CodeUnlisted {
				t.Errorf("deleted %q, %v", deleted, err)
			}
			w.expect("left", w.left(), "1 2 3")
			due, _, _ := w.due()
			w.expect("due at once", due, "[a]")
			w.poll()
			deleted, err = w.erase(one, three, "nobody's")
			w.expect("deleted once it was listed", fmt.Sprint(len(deleted), err), "2 <nil>")
			w.expect("then left", w.left(), "2")
			if deleted, err = w.erase("nobody's"); len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Code != api.CodeGone {
				t.Errorf("of nobody: deleted %q, %v", deleted, err)
			}
		})
	}
}

// Numbers that moved since the last poll never lead to another message.
func TestDeleteFindsTheMessage(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("1", "2", "3", "4")
	w.poll()
	three := w.uid("3")
	w.drop.Remove(w.uid("1"))
	w.deliver("5")
	if _, err := w.erase(three); err != nil {
		t.Fatal(err)
	}
	w.expect("left", w.left(), "2 4 5")
	a := w.poll()
	w.expect("poll", fmt.Sprintf("%s %d %d", a.Poll.Mode, a.Messages, len(a.New)), "full 3 1")
}

// A message that another program deleted leaves the list as soon as somebody
// asks for it.
func TestGoneIsSeenAtOnce(t *testing.T) {
	for name, ask := range map[string]func(w *world, uid string) error{
		"read": func(w *world, uid string) error {
			_, err := w.Fetch(w.t.Context(), "a", uid, false, true)
			return err
		},
		"delete": func(w *world, uid string) error {
			_, err := w.erase(uid)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver("1", "2")
			w.poll()
			one := w.uid("1")
			w.drop.Remove(one)
			var problem *api.ProblemError
			if err := ask(w, one); !errors.As(err, &problem) || problem.Problem.Code != "gone" {
				t.Errorf("it says %v", err)
			}
			due, _, _ := w.due()
			w.expect("due at once", due, "[a]")
			w.expect("then", fmt.Sprint(w.poll().Messages), "1")
		})
	}
}

// What the server does not confirm has not happened.
func TestDeleteThatFails(t *testing.T) {
	for name, odd := range map[string]func(line string) *popserver.Override{
		"refused": func(line string) *popserver.Override {
			if strings.HasPrefix(line, "DELE 3") {
				return &popserver.Override{Raw: "-ERR it is locked\r\n"}
			}
			return nil
		},
		"cut": func(line string) *popserver.Override {
			if strings.HasPrefix(line, "DELE 3") {
				return &popserver.Override{Close: true}
			}
			return nil
		},
		"the end is refused": func(line string) *popserver.Override {
			if line == "QUIT" {
				return &popserver.Override{Raw: "-ERR some deleted messages not removed\r\n", Close: true}
			}
			return nil
		},
		"no answer at the end": func(line string) *popserver.Override {
			if line == "QUIT" {
				return &popserver.Override{Close: true}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver("1", "2", "3")
			w.poll()
			w.server.SetMood(odd)
			deleted, err := w.erase(w.uid("2"), w.uid("3"))
			w.server.SetMood(nil)
			var problem *api.ProblemError
			if len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Kind == "" {
				t.Errorf("deleted %q, %v", deleted, err)
			}
			w.expect("left", w.left(), "1 2 3")
			w.expect("known", w.Snapshot().Accounts[0].Messages, 3)
			a := w.poll()
			w.expect("poll", fmt.Sprint(a.Messages, len(a.New)), "3 0")
		})
	}
}

// A server that says nothing at the end may have deleted all the same: that
// is not called a failure to delete, and a poll tells.
func TestDeleteWithoutConfirmation(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("1", "2", "3")
	w.poll()
	two := w.uid("2")
	w.server.SetMood(func(line string) *popserver.Override {
		if line == "QUIT" { // carried out, and the answer is lost
			w.drop.Remove(two)
			return &popserver.Override{Close: true}
		}
		return nil
	})
	deleted, err := w.erase(two)
	w.server.SetMood(nil)
	var problem *api.ProblemError
	if len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Code != api.CodeUnconfirmed {
		t.Errorf("deleted %q, %v", deleted, err)
	}
	w.expect("known", w.Snapshot().Accounts[0].Messages, 3)
	due, _, _ := w.due()
	w.expect("due at once", due, "[a]")
	a := w.poll()
	w.expect("poll", fmt.Sprint(a.Poll.Mode, a.Messages, len(a.New)), "full2 0")
}

// alike is a message that only its subject tells from others.
func alike(subject string) []byte {
	return []byte("From: Ann <ann@example.org>\nSubject: " + subject + "\nDate: Mon, 02 Jan 2006 15:04:05 +0000\n\nhello\n")
}

// Of messages that cannot be told apart none is deleted; it could be the other.
func TestDeleteOfMessagesAlike(t *testing.T) {
	for name, c := range map[string]struct {
		options popserver.Options
		uids    [2]string
	}{
		"without UIDL":  {popserver.Options{NoUIDL: true}, [2]string{"x", "y"}},
		"one UID twice": {popserver.Options{NoTOP: true}, [2]string{"x", "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.options)
			w.drop.DeliverUID(c.uids[0], alike("bill"))
			w.drop.DeliverUID(c.uids[1], alike("spam"))
			w.deliver("other")
			w.poll()
			list, err := w.List("a", 0)
			if err != nil || len(list) != 2 {
				t.Fatal(list, err)
			}
			deleted, err := w.erase(list[1].UID)
			var problem *api.ProblemError
			if len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Code != "alike" {
				t.Errorf("deleted %q, %v", deleted, err)
			}
			w.expect("left", w.left(), "bill spam other")
			if _, err := w.erase(list[0].UID, list[0].UID); err != nil {
				t.Error(err)
			}
			w.expect("left of others", w.left(), "bill spam")
		})
	}
}

// What was listed of one maildrop is never deleted in another that the
// account was pointed at meanwhile, even where UIDs are the same.
func TestDeleteInAnotherMaildrop(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1")
	w.poll()
	uid := w.uid("1")
	other := popserver.New(popserver.Options{Users: map[string]string{"you": password}})
	t.Cleanup(func() { _ = other.Close() })
	if other.Maildrop("you").Deliver(alike("precious")) != uid {
		t.Fatal("the UIDs differ")
	}
	address, err := other.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	w.account.User = "you"
	if w.account.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	deleted, err := w.erase(uid)
	var problem *api.ProblemError
	if len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Code != api.CodeUnlisted {
		t.Errorf("deleted %q, %v", deleted, err)
	}
	w.expect("left", len(other.Maildrop("you").Messages()), 1)
}

// A deleted message that comes back is not new.
func TestDeletedComesBack(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.deliver("1", "2")
	w.poll()
	w.expect("announced", w.announcer.bodies(), "[1 2]")
	all := w.drop.Messages()
	if _, err := w.erase(all[1].UID); err != nil {
		t.Fatal(err)
	}
	w.drop.DeliverUID(all[1].UID, all[1].Raw)
	a := w.poll()
	w.expect("new", len(a.New), 0)
	w.expect("announced in all", w.announcer.bodies(), "[1 2]")
}

// A server that may delete what was retrieved is given no occasion to.
func TestReadingDeletesNothing(t *testing.T) {
	for expire, want := range map[string]int{"0": 0, "30": 1, "NEVER": 1} {
		w := newWorld(t, popserver.Options{})
		w.server.SetMood(func(line string) *popserver.Override {
			if line == "CAPA" {
				return &popserver.Override{Raw: "+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN\r\nEXPIRE " + expire + "\r\n.\r\n"}
			}
			return nil
		})
		w.deliver("1")
		w.poll()
		before := len(w.server.Commands())
		if m, err := w.Fetch(t.Context(), "a", w.uid("1"), true, true); err != nil || m.Subject != "1" {
			t.Fatalf("%+v, %v", m, err)
		}
		goodbyes := 0
		for _, line := range w.server.Commands()[before:] {
			if line == "QUIT" {
				goodbyes++
			}
		}
		w.expect("QUIT with EXPIRE "+expire, goodbyes, want)
	}
}
