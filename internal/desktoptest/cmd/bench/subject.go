package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// subject is a program to measure.
type subject interface {
	name() string
	// prepare is called once, before anything is started.
	prepare(ctx context.Context, d *desktoptest.Desktop) error
	// start starts it in the tray.
	start(d *desktoptest.Desktop) (*exec.Cmd, error)
	// work makes it do what it is for, before it idles.
	work(ctx context.Context, d *desktoptest.Desktop) error
	// polls counts its polls so far; negative: it has none.
	polls() int
	// ask runs a command to its end.
	ask(ctx context.Context, d *desktoptest.Desktop) error
	// openWindow shows its window, or returns errNoWindow.
	openWindow(d *desktoptest.Desktop) (*exec.Cmd, error)
	close()
}

var errNoWindow = errors.New("this program has no window")

// bare is a program that owns a tray icon and nothing else.
type bare struct {
	path, title string
	window      []string // arguments for its window, if it has one
}

func (b *bare) name() string                                        { return b.title }
func (b *bare) prepare(context.Context, *desktoptest.Desktop) error { return nil }
func (b *bare) start(d *desktoptest.Desktop) (*exec.Cmd, error)     { return d.Launch(b.path) }
func (b *bare) work(context.Context, *desktoptest.Desktop) error    { return nil }
func (b *bare) close()                                              {}
func (b *bare) polls() int                                          { return -1 }
func (b *bare) ask(ctx context.Context, d *desktoptest.Desktop) error {
	_, err := d.Output(ctx, b.path, "-exit")
	return err
}

func (b *bare) openWindow(d *desktoptest.Desktop) (*exec.Cmd, error) {
	if b.window == nil {
		return nil, errNoWindow
	}
	return d.Launch(b.path, b.window...)
}

const (
	polls    = 10
	messages = 1000 // in the mailbox
	user     = "bench@example.org"
	password = "bench-password"
)

// traymail is the program itself, with one account on a server with TLS whose
// password is in the keyring.
type traymail struct {
	path   string
	home   string
	server *popserver.Server
}

func newTraymail(path string) *traymail { return &traymail{path: path} }

func (t *traymail) name() string { return "traymail" }

func (t *traymail) prepare(ctx context.Context, d *desktoptest.Desktop) error {
	t.home = filepath.Join(d.Dir, "home", "traymail")
	identity, err := popserver.NewIdentity("127.0.0.1")
	if err != nil {
		return err
	}
	ca := filepath.Join(d.Dir, "ca.pem")
	if err := os.WriteFile(ca, identity.CA, 0o600); err != nil {
		return err
	}
	t.server = popserver.New(popserver.Options{
		Users: map[string]string{user: password}, Pipelining: true, Implicit: true,
		TLS: &tls.Config{Certificates: []tls.Certificate{identity.Certificate}, MinVersion: tls.VersionTLS12},
	})
	for i := range messages {
		t.deliver(i)
	}
	address, err := t.server.ListenAndServeLoopback()
	if err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return err
	}
	_, err = d.OutputWith(ctx, password+"\n", t.path, "account", "add", "--home", t.home, "--name", "Bench",
		"--server", address, "--user", user, "--password-stdin", "--ca-file", ca, "--interval", "12h")
	return err
}

func (t *traymail) deliver(i int) {
	t.server.Maildrop(user).Deliver(fmt.Appendf(nil, "From: Sender %[1]d <s%[1]d@example.org>\r\nTo: <%[2]s>\r\n"+
		"Subject: Message number %[1]d\r\nMessage-ID: <%[1]d@example.org>\r\n\r\nHello.\r\n", i, user))
}

func (t *traymail) start(d *desktoptest.Desktop) (*exec.Cmd, error) {
	return d.Launch(t.path, "--background", "--home", t.home)
}

// work polls, with a new message now and then.
func (t *traymail) work(ctx context.Context, d *desktoptest.Desktop) error {
	for i := range polls {
		if i%3 == 0 {
			t.deliver(messages + i)
		}
		if _, err := d.Output(ctx, t.path, "check", "--home", t.home); err != nil {
			return err
		}
	}
	return nil
}

func (t *traymail) polls() int { return t.server.Logins() }

func (t *traymail) ask(ctx context.Context, d *desktoptest.Desktop) error {
	_, err := d.Output(ctx, t.path, "status", "--home", t.home)
	return err
}

func (t *traymail) openWindow(d *desktoptest.Desktop) (*exec.Cmd, error) {
	return d.Launch(t.path, "settings", "--home", t.home)
}

func (t *traymail) close() { _ = t.server.Close() }
