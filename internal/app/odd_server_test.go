package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
)

// on answers one command with raw bytes.
func on(command, raw string) func(string) *popserver.Override {
	return func(line string) *popserver.Override {
		if line == command {
			return &popserver.Override{Raw: raw}
		}
		return nil
	}
}

// A list that was cut short at the first poll must not turn the rest of the
// old mail into news.
func TestPartialFirstPollStaysSilent(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1", "2", "3", "4", "5")
	w.server.SetMood(on("UIDL", "+OK\r\n1 uid00000001\r\n.\r\n"))
	w.poll()
	w.server.SetMood(nil)
	after := w.poll()
	w.expect("new", subjects(after.New), "[]")
	w.expect("unseen", after.Unseen, 0)
	w.deliver("x")
	w.expect("then", subjects(w.poll().New), "[x]")
	w.expect("announced", w.announcer.bodies(), "[x]")
}

// P19: a server that sends the whole message to TOP costs the session; it
// must not cost the mail behind it.
func TestEndlessTOPHidesNothing(t *testing.T) {
	for _, pipelining := range []bool{false, true} {
		w := newWorld(t, popserver.Options{Pipelining: pipelining})
		w.deliver("old")
		w.poll()
		w.deliver("big", "small")
		w.server.SetMood(on("TOP 2 0", "+OK\r\nFrom: Ann <a@x>\r\nSubject: big\r\n\r\n"+
			strings.Repeat(strings.Repeat("x", 78)+"\r\n", 20_000)+".\r\n"))
		w.expect("state", w.pollAny().State, api.OK)
		w.expect("unseen", w.Snapshot().Unseen, 2)
		w.expect("announced", w.announcer.bodies(), "[big small]")
		w.poll()
		w.expect("announced in the end", w.announcer.bodies(), "[big small]")
	}
}

// A message that makes the server hang up is still a message.
func TestDeadlyTOPHidesNothing(t *testing.T) {
	for _, pipelining := range []bool{false, true} {
		w := newWorld(t, popserver.Options{Pipelining: pipelining})
		w.deliver("old")
		w.poll()
		w.deliver("broken", "fine")
		w.server.SetMood(func(line string) *popserver.Override {
			if line == "TOP 2 0" {
				return &popserver.Override{Close: true}
			}
			return nil
		})
		w.expect("state", w.pollAny().State, api.OK)
		w.expect("unseen", w.Snapshot().Unseen, 2)
		w.server.SetMood(nil)
		w.poll()
		w.expect("notifications", len(w.announcer.bodies()), 2)
		w.clock.advance(25 * time.Hour)
		w.poll()
		w.expect("notifications in the end", len(w.announcer.bodies()), 2)
	}
}

// P15: with duplicate UIDs the place in the ledger is not the number on the
// server; headers must not end up with the wrong message.
func TestHeadersBelongToTheirMessage(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	mail := func(uid string) []byte { return []byte("Subject: of " + uid + "\n\nhello\n") }
	for _, uid := range []string{"u1", "dup", "u3", "dup"} {
		w.drop.DeliverUID(uid, mail(uid))
	}
	for i := range 10 + 2 {
		uid := fmt.Sprint("n", i)
		w.drop.DeliverUID(uid, mail(uid))
	}
	w.poll()
	if err := w.Describe(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	list, err := w.List("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		want := "of " + m.UID
		if strings.HasPrefix(m.UID, "digest-") { // the second one
			want = "of dup"
		}
		if m.Subject != "" && m.Subject != want {
			t.Errorf("%s has the subject %q", m.UID, m.Subject)
		}
		if strings.HasPrefix(m.UID, "n") && m.Subject == "" {
			t.Errorf("%s has no subject", m.UID)
		}
	}
}

// P15: numbers may have gaps; what left must stop counting all the same.
func TestGapsInNumbers(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	rows := []string{"1 a", "3 c"}
	w.server.SetMood(func(line string) *popserver.Override {
		switch line {
		case "STAT":
			return &popserver.Override{Raw: fmt.Sprintf("+OK %d %d\r\n", len(rows), 100*len(rows))}
		case "UIDL":
			return &popserver.Override{Raw: "+OK\r\n" + strings.Join(rows, "\r\n") + "\r\n.\r\n"}
		}
		return nil
	})
	w.poll()
	rows = append(rows, "5 e")
	w.expect("unseen", w.poll().Unseen, 1)
	rows = rows[:2]
	w.expect("unseen after it left", w.poll().Unseen, 0)
}

// A typing error in the settings costs no knowledge.
func TestWrongServerKeepsTheLedger(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old")
	w.poll()
	w.deliver("x")
	w.poll()
	right := w.account
	wrong := right
	wrong.Server = "127.0.0.2"
	if err := w.SaveAccount(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	w.expect("state", w.pollAny().State, api.Failed)
	if err := w.SaveAccount(t.Context(), right); err != nil {
		t.Fatal(err)
	}
	after := w.poll()
	w.expect("after", fmt.Sprint(after.Messages, after.Unseen, subjects(after.New)), "2 1 []")
}

// Another user is another maildrop: a new baseline, and nothing of the old.
func TestAnotherMaildropBeginsAnew(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old")
	w.poll()
	w.deliver("x")
	w.poll()
	other := w.account
	other.Server = "localhost"
	if err := w.SaveAccount(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	after := w.poll()
	w.expect("after", fmt.Sprint(after.Messages, after.Unseen, subjects(after.New)), "2 0 []")
	w.deliver("y")
	w.expect("new", subjects(w.poll().New), "[y]")
}

// P24 holds for reading, too.
func TestRefusedPasswordStopsReading(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old")
	w.poll()
	list, err := w.List("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	w.server.SetPassword(user, "changed")
	w.expect("kind", w.pollAny().Error.Kind, "auth")
	var problem *api.ProblemError
	if _, err := w.Fetch(t.Context(), "a", list[0].UID, false, true); !errors.As(err, &problem) || problem.Problem.Kind != "auth" {
		t.Errorf("fetching: %v", err)
	}
	if err := w.Describe(t.Context(), "a"); err != nil && !errors.As(err, &problem) {
		t.Errorf("describing: %v", err)
	}
	w.expect("attempts", w.server.FailedLogins(), 1)
}

// P19: without TOP there is no preview, and no RETR in its place (P20).
func TestServerWithoutTOP(t *testing.T) {
	w := newWorld(t, popserver.Options{NoTOP: true})
	w.poll()
	w.deliver("x")
	uid := w.poll().New[0].UID
	w.expect("notifications", len(w.announcer.bodies()), 1)
	var problem *api.ProblemError
	if _, err := w.Fetch(t.Context(), "a", uid, false, true); !errors.As(err, &problem) || problem.Problem.Code != "no-top" {
		t.Errorf("fetching: %v", err)
	}
	if slices.ContainsFunc(w.server.Commands(), func(c string) bool { return strings.HasPrefix(c, "RETR") }) {
		t.Error("RETR without being asked")
	}
	if m, err := w.Fetch(t.Context(), "a", uid, true, true); err != nil || m.Subject != "x" {
		t.Errorf("%+v, %v", m, err)
	}
}

// One after another: a mailbox that another program empties and that fills
// again is no migration.
func TestTurnoverIsNoMigration(t *testing.T) {
	for _, noTOP := range []bool{false, true} {
		w := newWorld(t, popserver.Options{NoTOP: noTOP})
		w.deliver("1", "2", "3", "4")
		w.poll()
		for _, m := range w.drop.Messages() {
			w.drop.Remove(m.UID)
		}
		w.deliver("5", "6", "7", "8")
		after := w.poll()
		w.expect("new", len(after.New), 4)
		w.expect("unseen", after.Unseen, 4)
	}
}

// P18: sums that never add up cost a full list each time, and no message is
// announced twice or missed.
func TestSizesThatLie(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1", "2")
	lies := 0
	w.server.SetMood(func(line string) *popserver.Override {
		if line != "STAT" {
			return nil
		}
		lies++
		return &popserver.Override{Raw: fmt.Sprintf("+OK %d %d\r\n", len(w.drop.Messages()), 1000*lies)}
	})
	w.poll()
	for i := range 3 {
		subject := fmt.Sprint("new ", i)
		w.deliver(subject)
		got := w.poll()
		w.expect("new", subjects(got.New), "["+subject+"]")
		w.expect("nothing new", len(w.poll().New), 0)
		w.expect("mode", got.Poll.Mode, "full")
	}
}

// Even two messages are recognised by their Message-IDs.
func TestMigrationOfFewMessages(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1")
	w.poll()
	w.deliver("2")
	w.poll()
	w.drop.Renumber()
	after := w.poll()
	w.expect("after", fmt.Sprint(subjects(after.New), after.Unseen), "[] 1")
	w.expect("announced", w.announcer.bodies(), "[2]")
}

// fussy hangs up on whoever sends two commands at once.
type fussy struct{ net.Listener }

func (f fussy) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	return fussyConn{c}, err
}

type fussyConn struct{ net.Conn }

func (c fussyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if bytes.Count(p[:n], []byte("\n")) > 1 {
		return 0, io.EOF
	}
	return n, err
}

// A server that offers PIPELINING and cannot do it is found out, and then
// costs one login a poll.
func TestPipeliningThatFails(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(fussy{l}) }()
	t.Cleanup(func() {
		_ = w.server.Close()
		if err := <-served; !errors.Is(err, popserver.ErrClosed) {
			t.Error(err)
		}
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	w.account.Port, _ = strconv.Atoi(port)
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.deliver("old")
	for range 4 {
		w.pollAny()
	}
	w.deliver("x")
	w.poll()
	before := w.server.Logins()
	w.poll()
	w.expect("logins of a poll", w.server.Logins()-before, 1)
	w.expect("announced", w.announcer.bodies(), "[x]")
}

// The capability's seconds count, whatever the user's interval (P21).
func TestLoginDelayIsHonoured(t *testing.T) {
	w := newWorld(t, popserver.Options{Capabilities: []string{"LOGIN-DELAY 3600"}})
	w.poll()
	w.poll() // by hints
	if wait := w.Snapshot().Accounts[0].NextPoll.Sub(w.clock.now()); wait < time.Hour {
		t.Errorf("the next poll is in %v", wait)
	}
}

// A server that never answers QUIT delays nobody for long.
func TestSilentQUIT(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.server.SetMood(func(line string) *popserver.Override {
		if line == "QUIT" {
			return &popserver.Override{Stall: true}
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	result, err := w.Check(ctx)
	if err != nil || result.Accounts[0].State != api.OK {
		t.Errorf("%+v, %v", result, err)
	}
}

// unavailable is a machine without a keyring.
type unavailable struct{ secret.Store }

func (unavailable) Delete(context.Context, string) error { return secret.ErrUnavailable }

func TestRemoveAccountWithSecretCommandNeedsNoKeyring(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.account.SecretCommand = "echo " + password
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.secrets.Store = unavailable{w.secrets.Store}
	if err := w.RemoveAccount(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	w.expect("accounts", len(w.Accounts()), 0)
}

// A check that failed has cost nothing that could be told.
func TestFailedCheckHasNoStats(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.server.SetMood(on("STAT", "-ERR [SYS/TEMP] later\r\n"))
	a := w.pollAny()
	w.expect("poll", a.Poll == nil, true)
	w.expect("error", string(a.Error.Kind)+" "+string(a.Error.Code), "temporary SYS/TEMP")
}

// A server that begins a message and sends nothing of it has not sent one
// without sender, subject and text.
func TestNothingSent(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("x")
	uid := w.poll().New[0].UID
	w.server.SetMood(func(line string) *popserver.Override {
		if strings.HasPrefix(line, "TOP") || strings.HasPrefix(line, "RETR") {
			return &popserver.Override{Raw: "+OK\r\n.\r\n"}
		}
		return nil
	})
	for _, whole := range []bool{false, true} {
		var problem *api.ProblemError
		if m, err := w.Fetch(t.Context(), "a", uid, whole, true); !errors.As(err, &problem) || problem.Problem.Code != api.CodeNothingSent {
			t.Errorf("reading: %+v, %v", m, err)
		}
		if s, err := w.Source(t.Context(), api.SourceRequest{Account: "a", UID: uid, Whole: whole}); !errors.As(err, &problem) || problem.Problem.Code != api.CodeNothingSent {
			t.Errorf("the source: %+v, %v", s, err)
		}
	}
	w.expect("unseen", w.Snapshot().Unseen, 1)
}
