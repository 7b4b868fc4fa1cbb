package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
)

// person sits at a terminal and answers every question alike.
type person struct {
	answer string
	asked  []string
	hidden bool
}

func (p *person) Line(_ context.Context, prompt string) (string, error) {
	p.asked = append(p.asked, prompt)
	return p.answer, nil
}

func (p *person) Secret(ctx context.Context, prompt string) (string, error) {
	p.hidden = true
	return p.Line(ctx, prompt)
}

// runFor is run with somebody at the terminal.
func (s shell) runFor(p *person, language string, args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	var out, err bytes.Buffer
	e := &env{loc: locale.New(language), stdin: strings.NewReader(""), stdout: &out, stderr: &err, terminal: p, keyring: noKeyring{secret.Memory(nil)}}
	code = e.run(s.t.Context(), append([]string{"--home", s.home}, args...))
	if strings.Contains(out.String()+err.String(), password) {
		s.t.Errorf("%v prints the password:\n%s%s", args, out.String(), err.String())
	}
	return code, out.String(), err.String()
}

// noKeyring takes nothing, so that no test writes into that of whoever runs it.
type noKeyring struct{ secret.Store }

func (noKeyring) Set(context.Context, string, string) error { return secret.ErrUnavailable }

// Messages are deleted only after a yes, in the user's language or in English.
func TestDeleteAsks(t *testing.T) {
	for _, c := range []struct {
		language, answer string
		deleted          bool
	}{
		{"en", "", false},
		{"en", "n", false},
		{"en", "yep", false},
		{"en", " Y ", true},
		{"zh-Hans", "是", true},
		{"de", "ja", true},
		{"de", "yes", true},
		{"es", "Sí", true},
	} {
		t.Run(c.language+c.answer, func(t *testing.T) {
			s, server, address := world(t, popserver.Options{})
			uid := server.Maildrop("me").Deliver([]byte("From: Ann <ann@example.org>\nSubject: Lunch\n\nhello\n"))
			id := strings.TrimSpace(s.must("account", "add", "--name", "Home", "--server", address, "--security", "none",
				"--user", "me", "--secret-command", s.passwordCommand(), "--unseen-existing"))
			s.must("check")
			p := &person{answer: c.answer}
			code, stdout, stderr := s.runFor(p, c.language, "delete", id, uid)
			left := len(server.Maildrop("me").Messages())
			if len(p.asked) != 1 || !strings.Contains(p.asked[0], "1") || !strings.Contains(p.asked[0], id) || p.hidden {
				t.Errorf("it asked %q", p.asked)
			}
			if c.deleted && (code != exitDone || stdout != uid+"\n" || left != 0) {
				t.Errorf("after a yes: %d, %q, %q, %d are left", code, stdout, stderr, left)
			}
			if !c.deleted && (code != exitFailed || stderr != "traymail: nothing was deleted\n" || left != 1) {
				t.Errorf("after a no: %d, %q, %q, %d are left", code, stdout, stderr, left)
			}
		})
	}
}

// The password is asked for where somebody can answer, by the name that the
// provider gives it, and never shown. Here there is no keyring to take it.
func TestPasswordIsAskedFor(t *testing.T) {
	s := shell{t, t.TempDir()}
	p := &person{answer: password}
	code, _, stderr := s.runFor(p, "en", "account", "add", "--name", "NetEase", "--server", "pop.163.com", "--user", "wei@163.com")
	if code == exitDone || len(p.asked) != 1 || p.asked[0] != "Authorization code (授权码) (wei@163.com): " || !p.hidden {
		t.Errorf("%d, %q; it asked %q", code, stderr, p.asked)
	}
	p = &person{answer: ""}
	code, _, stderr = s.runFor(p, "en", "account", "add", "--name", "Home", "--server", "pop.example.org", "--user", "me")
	if code != exitUsage || len(p.asked) != 1 || p.asked[0] != "Password (me): " || stderr != "traymail: there is no password\n" {
		t.Errorf("%d, %q; it asked %q", code, stderr, p.asked)
	}
	p = &person{}
	code, _, _ = s.runFor(p, "en", "account", "add", "--name", "Home", "--server", "pop.example.org", "--user", "me", "--secret-command", "x", "--password-stdin")
	if code != exitUsage || len(p.asked) != 0 {
		t.Errorf("%d; it asked %q", code, p.asked)
	}
}

// What waits for input ends when it is told to.
func TestInterrupted(t *testing.T) {
	input, never := io.Pipe()
	defer func() { _ = never.Close() }()
	for _, args := range [][]string{
		{"account", "import", "-"},
		{"account", "add", "--name", "Home", "--server", "pop.example.org", "--user", "me", "--password-stdin"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var out, errs bytes.Buffer
		reads := make(chan struct{})
		go func() {
			<-reads
			cancel()
		}()
		e := &env{loc: locale.New("en"), stdin: &announced{Reader: input, reads: reads}, stdout: &out, stderr: &errs}
		if code := e.run(ctx, append([]string{"--home", t.TempDir()}, args...)); code != exitFailed || errs.String() != "traymail: interrupted\n" {
			t.Errorf("%v: %d, %q", args, code, errs.String())
		}
	}
}

// announced tells that it is read.
type announced struct {
	io.Reader
	reads chan struct{}
	once  sync.Once
}

func (a *announced) Read(b []byte) (int, error) {
	a.once.Do(func() { close(a.reads) })
	return a.Reader.Read(b)
}
