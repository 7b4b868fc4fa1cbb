//go:build !darwin && !windows

package tray

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/trayview"
)

// systray's state is global and lasts for a process, so each test has its
// tray in a child: this test binary again, which takes one command per line
// on standard input and writes one event per line on standard output.

// childVariable makes the test binary a child; its value is Options as JSON.
const childVariable = "TRAYMAIL_TRAY_TEST"

type childOptions struct {
	Initial     trayview.View
	NoTrayAfter time.Duration
	// Slow makes OnAction wait for a line "go" on standard input.
	Slow bool
}

type command struct {
	View *trayview.View
	Go   bool
}

type event struct {
	Kind   string // ready, action, tapped, no-tray
	Action trayview.Action
}

func TestMain(m *testing.M) {
	if options := os.Getenv(childVariable); options != "" {
		os.Exit(child(options))
	}
	os.Exit(m.Run())
}

func child(options string) int {
	var o childOptions
	if err := json.Unmarshal([]byte(options), &o); err != nil {
		panic(err)
	}
	var mu sync.Mutex
	send := func(e event) {
		mu.Lock()
		defer mu.Unlock()
		if err := json.NewEncoder(os.Stdout).Encode(e); err != nil {
			panic(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	views, proceed := make(chan trayview.View), make(chan struct{}, 100)
	go func() {
		defer cancel() // the end of the input is the end of the tray
		for in := json.NewDecoder(os.Stdin); ; {
			var c command
			if err := in.Decode(&c); err != nil {
				return
			}
			if c.Go {
				proceed <- struct{}{}
			}
			if c.View != nil {
				views <- *c.View
			}
		}
	}()
	err := Run(ctx, Options{
		Initial: o.Initial,
		Views:   views,
		OnAction: func(a trayview.Action) {
			send(event{Kind: "action", Action: a})
			if o.Slow {
				<-proceed
			}
		},
		OnTapped:    func() { send(event{Kind: "tapped"}) },
		OnReady:     func() { send(event{Kind: "ready"}) },
		NoTray:      func() { send(event{Kind: "no-tray"}) },
		NoTrayAfter: o.NoTrayAfter,
		Log:         slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err == nil {
		err = goleak.Find()
	}
	if err != nil {
		panic(err)
	}
	return 0
}

// process is a running child.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	in     io.WriteCloser
	events chan event
}

// start runs a child on the bus at address; an empty address means none.
func start(t *testing.T, address string, o childOptions) *process {
	t.Helper()
	if o.NoTrayAfter == 0 {
		o.NoTrayAfter = time.Hour
	}
	options, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	races := filepath.Join(t.TempDir(), "race")
	cmd := exec.Command(os.Args[0]) // #nosec G204 G702 -- this test again
	cmd.Env = append(os.Environ(), childVariable+"="+string(options), "DBUS_SESSION_BUS_ADDRESS="+address,
		"GORACE=exitcode=0 log_path="+races)
	if address == "" {
		cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+t.TempDir())
	}
	cmd.Stderr = &logWriter{t: t}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, in: in, events: make(chan event, 100)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(p.events)
		for s := bufio.NewScanner(out); s.Scan(); {
			var e event
			if json.Unmarshal(s.Bytes(), &e) == nil {
				p.events <- e
			}
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		<-read
		if err := cmd.Wait(); err != nil {
			t.Errorf("the tray did not end cleanly: %v", err)
		}
		kill.Stop()
		checkRaces(t, races)
	})
	return p
}

func (p *process) send(c command) {
	p.t.Helper()
	if err := json.NewEncoder(p.in).Encode(c); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) show(v trayview.View) { p.t.Helper(); p.send(command{View: &v}) }

// next waits for the next event.
func (p *process) next() event {
	p.t.Helper()
	select {
	case e, ok := <-p.events:
		if !ok {
			p.t.Fatal("the tray ended")
		}
		return e
	case <-time.After(20 * time.Second):
		p.t.Fatal("nothing happens")
	}
	panic("unreachable")
}

// expect waits for the next event and checks its kind.
func (p *process) expect(kind string) event {
	p.t.Helper()
	e := p.next()
	if e.Kind != kind {
		p.t.Fatalf("got %+v, want %q", e, kind)
	}
	return e
}

// checkRaces reads what the race detector wrote, if the test runs with it.
// systray has races of its own, where a panel reads a property or the menu's
// version while it is set; a panel asks again after every change, so they do
// no harm. Ours are those with an access in our own code, which is to say
// that the innermost function of a module, the bus library aside, is ours.
func checkRaces(t *testing.T, path string) {
	t.Helper()
	files, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file) // #nosec G304 -- in the test's folder
		if err != nil {
			t.Fatal(err)
		}
		for _, report := range strings.Split(string(b), "==================") {
			accesses, _, _ := strings.Cut(report, "\nGoroutine ")
			for _, stack := range strings.Split(accesses, "\n\n") {
				if strings.HasPrefix(innermost(stack), "github.com/traymail/") {
					t.Errorf("a data race: %s", report)
					break
				}
			}
		}
	}
}

// innermost is the first function of a stack that belongs to a module other
// than the bus library, empty for none.
func innermost(stack string) string {
	for line := range strings.Lines(stack) {
		function := strings.TrimSpace(line)
		domain, _, ok := strings.Cut(function, "/")
		if ok && strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") &&
			strings.Contains(domain, ".") && !strings.HasPrefix(function, "github.com/godbus/") {
			return function
		}
	}
	return ""
}

func TestInnermost(t *testing.T) {
	for _, test := range []struct{ stack, want string }{
		{"Write at 0x1 by goroutine 20:\n  reflect.Value.Set()\n      /usr/local/go/a.go:1 +0x1\n" +
			"  github.com/godbus/dbus/v5.store()\n      /root/b.go:1 +0x1\n  fyne.io/systray.SetIcon()\n" +
			"      /root/c.go:1 +0x2\n  github.com/traymail/traymail/internal/tray.setIcon()\n", "fyne.io/systray.SetIcon()"},
		{"Previous read at 0x1 by goroutine 1:\n  runtime.racewrite()\n      /usr/a.go:1\n" +
			"  github.com/traymail/traymail/internal/tray.(*tray).apply()\n", "github.com/traymail/traymail/internal/tray.(*tray).apply()"},
		{"Read at 0x1 by goroutine 1:\n  runtime.x()\n      /usr/local/x.y/go:1\n", ""},
	} {
		if got := innermost(test.stack); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// logWriter shows the child's log in the test's.
type logWriter struct{ t *testing.T }

func (w *logWriter) Write(b []byte) (int, error) {
	w.t.Logf("tray: %s", b)
	return len(b), nil
}
