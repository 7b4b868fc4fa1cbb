//go:build unix

package hook

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a runner whose hooks write to files of a folder.
type world struct {
	t      *testing.T
	r      *Runner
	folder string
	log    *strings.Builder
	s      api.Snapshot
}

func begin(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), log: &strings.Builder{}}
	w.s = api.Snapshot{Accounts: []api.AccountStatus{{ID: "home", Name: "Home", State: api.OK}, {ID: "work", Name: "Work", State: api.OK}}}
	w.r = New(Options{
		Snapshot: func() api.Snapshot { return w.s }, Say: func(*api.Problem) string { return "It fails." },
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
	})
	t.Cleanup(func() { _ = w.r.Close() })
	return w
}

// script is a hook that is a shell script of the test's, with these arguments.
func (w *world) script(on, text string, arguments ...string) settings.Hook {
	w.t.Helper()
	path := filepath.Join(w.folder, fmt.Sprintf("hook%d", time.Now().UnixNano()))
	if err := os.WriteFile(path, []byte("#!/bin/sh\nF="+w.folder+"\n"+text+"\n"), 0o700); err != nil {
		w.t.Fatal(err)
	}
	return settings.Hook{On: on, Command: append([]string{path}, arguments...), Timeout: settings.Duration(settings.DefaultHookTimeout)}
}

// await waits until a file of the folder says what is wanted.
func (w *world) await(name, want string) {
	w.t.Helper()
	got := ""
	w.until(func() bool {
		raw, err := os.ReadFile(filepath.Join(w.folder, name))
		got = string(raw)
		return err == nil && got == want
	}, func() string { return fmt.Sprintf("%s is %q, want %q", name, got, want) })
}

func (w *world) until(is func() bool, otherwise func() string) {
	w.t.Helper()
	for late := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			w.t.Fatal(otherwise())
		}
	}
}

// idle waits until no hook runs and nothing waits.
func (w *world) idle() {
	w.t.Helper()
	w.until(func() bool {
		w.r.mu.Lock()
		defer w.r.mu.Unlock()
		return !slices.ContainsFunc(w.r.lines, func(l *line) bool { return l.running || len(l.waiting) > 0 })
	}, func() string { return "it runs on" })
}

var lunch = api.NewMail{UID: "u1", From: "Ann", Address: "ann@example.org", Subject: "Lunch; touch pwned `id` $(id) -rf", Octets: 7}

// Whatever a mail says is one argument and one text in JSON, in an environment
// that is the session's.
func TestNew(t *testing.T) {
	w := begin(t)
	t.Setenv("TRAYMAIL_SECRET", "1")
	t.Setenv("NOTIFY_SOCKET", "/x")
	w.r.Use([]settings.Hook{w.script(settings.HookNew, `printf '<%s>' "$@" >$F/args; env >$F/env; cat >$F/json; : >$F/done`,
		"{subject}", "a {subject}", "{from}", "{account}", "{account_name}", "{uid}", "{unseen}", "{problem}", "", "literal")})
	w.s.Unseen = 3
	w.r.Arrived("home", []api.NewMail{lunch}, 0)
	w.await("done", "")
	w.idle()
	w.await("args", "<"+lunch.Subject+"><a {subject}><Ann><home><Home><u1><3><><><literal>")
	raw, err := os.ReadFile(filepath.Join(w.folder, "json"))
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(raw, &got); err != nil || strings.Count(string(raw), "\n") != 1 {
		t.Fatalf("%v: %s", err, raw)
	}
	const want = `{"account":"home","account_name":"Home","event":"new","message":{"address":"ann@example.org","date":null,"from":"Ann","octets":7,"subject":"Lunch; touch pwned ` + "`id`" + ` $(id) -rf","uid":"u1"},"unseen":3}`
	if compact, err := json.Marshal(got); err != nil || string(compact) != want {
		t.Errorf("%s, want %s", compact, want)
	}
	env, err := os.ReadFile(filepath.Join(w.folder, "env"))
	if err != nil || strings.Contains(string(env), "TRAYMAIL_") || strings.Contains(string(env), "NOTIFY_SOCKET") || !strings.Contains(string(env), "PATH=") {
		t.Errorf("%v, %s", err, env)
	}
}

// A hook runs for its account, its condition and its event, once at a time and
// in order.
func TestWhichHooksRun(t *testing.T) {
	w := begin(t)
	mine := w.script(settings.HookNew, `echo "$1" >>$F/mine`, "{uid}")
	mine.Account = "work"
	boss := w.script(settings.HookNew, `echo "$1" >>$F/boss`, "{uid}")
	boss.Field, boss.Text = settings.FieldSender, "BOSS@"
	all := w.script(settings.HookNew, `mkdir $F/busy || echo two >>$F/all; echo "$1" >>$F/all; rmdir $F/busy`, "{uid}")
	count := w.script(settings.HookCount, `echo "$1" >>$F/count`, "{unseen}")
	w.r.Use([]settings.Hook{mine, boss, all, count})
	var list []api.NewMail
	want := ""
	for i := range 5 {
		uid := fmt.Sprint("u", i)
		list = append(list, api.NewMail{UID: uid, From: "Someone"})
		want += uid + "\n"
	}
	list[2].Address = "the.boss@example.org"
	list[3] = api.NewMail{UID: "u3", Undescribed: true}
	w.r.Arrived("home", list, 0)
	w.r.Arrived("work", list[:1], 0)
	w.idle()
	w.await("all", want+"u0\n")
	w.await("mine", "u0\n")
	w.await("boss", "u2\n")
	if _, err := os.Stat(filepath.Join(w.folder, "count")); err == nil {
		t.Error("nobody knows of a count, and its hook ran")
	}
}

// Of counts only the latest is of use; the same one is no change.
func TestCount(t *testing.T) {
	w := begin(t)
	slow := w.script(settings.HookCount, `echo "$1" >>$F/count; while [ ! -e $F/go ]; do sleep 0.01; done`, "{unseen}")
	w.r.Use([]settings.Hook{slow})
	w.r.Changed(w.s)
	w.await("count", "0\n")
	for _, n := range []int{1, 2, 2, 3} {
		w.s.Unseen = n
		w.r.Changed(w.s)
	}
	w.r.Use([]settings.Hook{slow}) // the same hook goes on
	if err := os.WriteFile(filepath.Join(w.folder, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.idle()
	w.await("count", "0\n3\n")
}

// A problem is told when it begins, when it becomes another, and when it ends.
func TestProblem(t *testing.T) {
	w := begin(t)
	w.r.Use([]settings.Hook{w.script(settings.HookProblem, `echo "$1: $2" >>$F/problems`, "{account}", "{problem}")})
	set := func(state api.State, code api.Code) {
		w.s.Accounts = slices.Clone(w.s.Accounts)
		w.s.Accounts[1].State, w.s.Accounts[1].Error = state, nil
		if code != "" {
			w.s.Accounts[1].Error = &api.Problem{Kind: api.KindNetwork, Code: code}
		}
		w.r.Changed(w.s)
	}
	set(api.OK, "")
	set(api.Failed, api.CodeRefused)
	set(api.Failed, api.CodeRefused)
	set(api.Waiting, "")
	set(api.Failed, api.CodeTimeout)
	set(api.OK, "")
	w.idle()
	w.await("problems", "work: It fails.\nwork: It fails.\nwork: \n")
}

// What goes wrong is in the health, and nothing that a mail or a program says
// in the log.
func TestFailures(t *testing.T) {
	w := begin(t)
	gone := w.script(settings.HookNew, "")
	gone.Command = []string{"no-such-program-anywhere", "{subject}"}
	hangs := w.script(settings.HookNew, `sleep 100 & echo $! >$F/child; wait`)
	hangs.Timeout = settings.Duration(200 * time.Millisecond)
	noisy := w.script(settings.HookNew, `echo "hunter2 $1" >&2; yes | head -c 100000 >&2; exit 3`, "{subject}")
	leaves := w.script(settings.HookNew, `sleep 100 & echo $! >$F/left`)
	w.r.Use([]settings.Hook{gone, hangs, noisy, leaves})
	w.r.Arrived("home", []api.NewMail{lunch}, 0)
	w.idle()
	got := w.r.Health("home")
	for i, want := range []string{"executable file not found", "it took longer than 200ms", "exit status 3", ""} {
		h := got[i]
		if h.Runs != 1 || (h.Failures == 1) != (want != "") || !strings.Contains(h.Error, want) || want == "" && h.Error != "" || h.LastRun.IsZero() || h.On != settings.HookNew {
			t.Errorf("%d: %+v, want %s", i, h, want)
		}
	}
	if got[2].Said != "hunter2 "+lunch.Subject {
		t.Errorf("%q", got[2].Said)
	}
	if log := w.log.String(); strings.Contains(log, "hunter2") || strings.Contains(log, "Lunch") || strings.Count(log, "a hook failed") != 3 {
		t.Error(log)
	}
	// Of one that took too long nothing is left; what another leaves behind is its affair.
	pid, err := os.ReadFile(filepath.Join(w.folder, "child"))
	if err != nil {
		t.Fatal(err)
	}
	w.until(func() bool { return !alive(string(pid)) }, func() string { return "its child lives on" })
	if pid, err := os.ReadFile(filepath.Join(w.folder, "left")); err != nil || !alive(string(pid)) {
		t.Errorf("%v: what was left behind is gone", err)
	} else {
		kill(t, string(pid))
	}
}

// More than can wait is counted, and the end waits for nobody long.
func TestFloodAndEnd(t *testing.T) {
	w := begin(t)
	w.r.Use([]settings.Hook{w.script(settings.HookNew, `: >$F/began; sleep 100`)})
	w.r.Arrived("home", slices.Repeat([]api.NewMail{lunch}, 2*maxWaiting), 5)
	w.await("began", "")
	began := time.Now()
	if err := w.r.Close(); err != nil || time.Since(began) > 2*lastMoment {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	h := w.r.Health("home")[0]
	if h.Missed < maxWaiting+4 || h.Missed > maxWaiting+5 || h.Runs != 1 || h.Error != "traymail ended" {
		t.Errorf("%+v", h)
	}
	w.r.Arrived("home", []api.NewMail{lunch}, 0)
	if h := w.r.Health("home")[0]; h.Runs != 1 {
		t.Errorf("after the end it ran %d times", h.Runs)
	}
}
