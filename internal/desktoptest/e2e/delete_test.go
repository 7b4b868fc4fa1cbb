//go:build e2e

package e2e

import (
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// Messages are deleted from the mailbox window by keyboard and by the command,
// on a real server: the ones that were meant, after a yes, and no others.
func TestDelete(t *testing.T) {
	j := begin(t, 5*time.Minute, desktoptest.Options{}, user)
	j.picture = 120
	j.addByCommand()
	j.start("--background")
	j.await("the first poll", func() bool { return !j.status().Accounts[0].LastPoll.IsZero() })
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window
	subjects := []string{"the oldest", "the second", "the third", "the newest"}
	for i, subject := range subjects {
		j.deliver("Ann <ann@example.org>", subject, "", "hello")
		j.check()
		j.unseen(i + 1)
	}
	onServer := func() int { return j.check().Messages }
	newest := func() string { return j.status().Newest[0].Subject }
	_, err := j.traymail()
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.must(j.Focus(j.ctx, mailboxTitle))
	j.settled("to-delete")

	j.keys("Delete")
	j.settled("delete-question")
	j.keys("Return") // which is no
	j.settled("kept")
	if n := onServer(); n != 4 {
		t.Fatalf("%d messages after a no", n)
	}
	j.keys("Delete")
	j.settled("delete-question-again")
	j.keys("Tab", "Return")
	j.await("the deletion", func() bool { return onServer() == 3 })
	j.await("it to be known", func() bool { return newest() == "the third" })
	j.unseen(3)
	j.settled("deleted")

	uid := j.status().Newest[0].UID
	if out, err := j.traymail("delete", j.account, uid); err == nil {
		t.Errorf("deleted without a yes: %s", out)
	}
	out, err := j.traymail("delete", j.account, uid, "--yes")
	if err != nil || out != uid+"\n" {
		t.Errorf("it says %q: %v", out, err)
	}
	if n := onServer(); n != 2 || newest() != "the second" {
		t.Errorf("%d messages, the newest is %q", n, newest())
	}
	out, err = j.traymail("delete", j.account, uid, "--yes")
	if err == nil {
		t.Errorf("deleted twice: %q", out)
	}
	if n := onServer(); n != 2 {
		t.Errorf("%d messages are left", n)
	}

	// Another program is faster.
	j.must(j.mail.RemoveOldest(user))
	j.settled("before-the-race")
	j.keys("End", "Delete")
	j.settled("question-too-late")
	j.keys("Tab", "Return")
	j.await("one message", func() bool { return j.status().Accounts[0].Messages == 1 })
	j.settled("too-late")
	if n := onServer(); n != 1 || newest() != "the second" {
		t.Errorf("%d messages, the newest is %q", n, newest())
	}
	j.quit()
}
