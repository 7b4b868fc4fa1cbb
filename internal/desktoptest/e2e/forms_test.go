//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"html"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
)

// Mail of the programs that people use arrives, is announced, and is read, as
// its author meant it. What the pane shows is kept in pictures.
func TestForms(t *testing.T) {
	j := begin(t, 5*time.Minute, desktoptest.Options{}, user)
	j.picture = 160
	j.addByCommand()
	j.start("--background")
	j.await("the first poll", func() bool { return !j.status().Accounts[0].LastPoll.IsZero() })
	paths, err := platform.PathsFor(j.home)
	j.must(err)
	client, err := ipc.Dial(j.ctx, paths.Socket)
	j.must(err)
	defer func() { _ = client.Close() }()

	all := forms()
	uids := make([]string, len(all))
	for i, f := range all {
		j.must(j.mail.Deliver(user, f.raw(time.Now(), i)))
		check := j.check()
		if check.State != api.OK || len(check.New) != 1 {
			t.Fatalf("%s: %+v, %+v", f.name, check, check.Error)
		}
		uids[i] = check.New[0].UID
		j.await("the notification of "+f.name, func() bool { return len(j.Notes()) == i+1 })
		if note := j.Notes()[i]; note.Summary != f.from || note.Body != escaped(f.subject) {
			t.Errorf("%s is announced as %q, %q", f.name, note.Summary, note.Body)
		}
	}
	j.settled("forms-notifications")
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window
	rows, err := api.List.Ask(j.ctx, client, api.ListRequest{Account: j.account})
	j.must(err)
	for i, f := range all {
		at := slices.IndexFunc(rows, func(m api.Mail) bool { return m.UID == uids[i] })
		if at < 0 || rows[at].From != f.from || rows[at].Subject != f.subject {
			t.Errorf("%s is not listed as it should be: %+v", f.name, rows)
		}
	}

	loc := locale.New("en")
	var shown []byte // where the text stands
	for i, f := range all {
		message, err := api.Fetch.Ask(j.ctx, client, api.FetchRequest{Account: j.account, UID: uids[i]})
		j.must(err)
		f.compare(t, message, explain.Document(message.Document, time.Now().UTC(), loc))
		if command := []string{"mailbox", "--account", j.account, "--uid", uids[i]}; i == 0 {
			_, err = j.Launch(j.program, append(command, "--home", j.home)...) // which becomes the window
		} else {
			_, err = j.traymail(command...)
		}
		j.must(err)
		j.unseen(len(all) - i - 1)
		window, err := j.AwaitWindow(j.ctx, mailboxTitle)
		j.must(err)
		pane := desktoptest.Geometry{X: window.X + 400, Y: window.Y + 240, Width: window.Width - 410, Height: 290}
		j.await("the text of "+f.name, func() bool {
			colours, err := j.Colours(pane)
			if err != nil || colours < 8 {
				return false
			}
			now, err := j.Pixels(pane)
			return err == nil && !bytes.Equal(now, shown)
		})
		path, err := filepath.Abs(filepath.Join("..", "..", "..", "out", "e2e", fmt.Sprintf("forms-%02d-%s.png", i+1, f.name)))
		j.must(err)
		j.must(j.Picture(j.ctx, path, j.Settled(j.ctx, window)))
		shown, err = j.Pixels(pane)
		j.must(err)
	}
	j.quit()
}

// compare says what a person would miss in a message, or would have to see.
func (f form) compare(t *testing.T, m api.FullMessage, text string) {
	t.Helper()
	if m.From != f.from || m.Subject != f.subject {
		t.Errorf("%s is headed %q, %q", f.name, m.From, m.Subject)
	}
	rest, complete := text, true
	for _, want := range f.reads {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%s lacks, where it should stand, %q", f.name, want)
			complete = false
			continue
		}
		rest = after
	}
	for _, unwanted := range f.hidden {
		if strings.Contains(text, unwanted) {
			t.Errorf("%s shows %q", f.name, unwanted)
			complete = false
		}
	}
	if !complete {
		t.Logf("%s reads\n%s", f.name, text)
	}
	files := make([]string, len(m.Files))
	for i := range m.Files {
		files[i] = m.Files[i].Name
	}
	if !slices.Equal(files, f.files) {
		t.Errorf("%s has the files %q, not %q", f.name, files, f.files)
	}
}

// escaped is text as a notification daemon with markup is given it.
func escaped(text string) string {
	return strings.NewReplacer("&#39;", "'", "&#34;", `"`).Replace(html.EscapeString(text))
}
