package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

func TestSavePreferences(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	rules := []settings.Rule{{Account: "a", Field: " Subject", Text: "x", Effect: "mute"}}
	before := w.Snapshot().SettingsRevision
	if err := w.SavePreferences(t.Context(), settings.Preferences{Badge: " Dot", QuietFrom: "22:00", QuietUntil: "7:00"}, rules); err != nil {
		t.Fatal(err)
	}
	all := w.Settings()
	w.expect("settings", fmt.Sprint(all.Preferences.Badge, all.Preferences.QuietUntil, all.Rules, len(all.Accounts)), "dot07:00[{a subject false x mute }] 1")
	w.expect("revision", w.Snapshot().SettingsRevision-before, uint64(1))
	w.Reload()
	w.expect("revision without a change", w.Snapshot().SettingsRevision-before, uint64(1))

	var problem *api.ProblemError
	err := w.SavePreferences(t.Context(), settings.Preferences{QuietFrom: "25:00", QuietUntil: "07:00"}, nil)
	if !errors.As(err, &problem) || problem.Problem.Code != "quiet_from" {
		t.Errorf("error %v", err)
	}
	err = w.SavePreferences(t.Context(), settings.Preferences{}, []settings.Rule{{Field: "subject", Regexp: true, Text: "(", Effect: "mute"}})
	if !errors.As(err, &problem) || problem.Problem.Code != "text" {
		t.Errorf("error %v", err)
	}
	w.expect("after errors", w.Settings().Preferences.Badge, "dot")

	// A rule goes with its account.
	if err := w.RemoveAccount(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.expect("rules", len(w.Settings().Rules), 0)
}

// An edit by hand is told by the snapshot as well.
func TestSettingsRevisionByHand(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	path := filepath.Join(w.dir, "settings.toml")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := w.Snapshot().SettingsRevision
	changed, unsubscribe := w.Subscribe()
	defer unsubscribe()
	watching := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { watching <- w.store.Watch(ctx, w.Reload) }()
	if err := os.WriteFile(path, append(raw, "[preferences]\ntheme = \"dark\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	w.await(changed, func(s api.Snapshot) bool { return s.SettingsRevision == before+1 })
	w.expect("theme", w.Settings().Preferences.Theme, "dark")
	cancel()
	if err := <-watching; err != nil {
		t.Error(err)
	}
}

func TestTryRule(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("Invoice 12", "lunch", "INVOICE 7")
	w.poll()
	for _, test := range []struct {
		rule settings.Rule
		want string
	}{
		{settings.Rule{Field: "subject", Text: "invoice", Effect: "mute"}, "[INVOICE 7 Invoice 12]"},
		{settings.Rule{Field: "subject", Text: "invoice 1.", Effect: "mute"}, "[]"},
		{settings.Rule{Field: "subject", Text: "^invoice 1.$", Regexp: true, Effect: "mute"}, "[Invoice 12]"},
		{settings.Rule{Field: "subject", Text: "lunch|7", Regexp: true, Effect: "mute"}, "[INVOICE 7 lunch]"},
		{settings.Rule{Field: "sender", Text: "ANN <ann@", Effect: "mute"}, "[INVOICE 7 lunch Invoice 12]"},
		{settings.Rule{Field: "sender", Text: "lunch", Effect: "mute"}, "[]"},
	} {
		mails, err := w.TryRule(t.Context(), test.rule)
		if err != nil {
			t.Fatal(err)
		}
		subjects := []string{}
		for _, m := range mails {
			subjects = append(subjects, m.Subject)
		}
		w.expect(test.rule.Text, fmt.Sprint(subjects), test.want)
	}
	var problem *api.ProblemError
	if _, err := w.TryRule(t.Context(), settings.Rule{Field: "subject", Text: "", Effect: "mute"}); !errors.As(err, &problem) || problem.Problem.Code != "text" {
		t.Errorf("error %v", err)
	}
}

// The general proxy is for accounts without their own, and for servers that
// are not on this computer.
func TestGeneralProxy(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	backend := net.JoinHostPort(w.account.Server, strconv.Itoa(w.account.Port))
	proxy, asked := connectProxy(t, backend)
	w.account.Server, w.account.AllowCleartext = "pop.example.test", true
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.expect("without", w.pollAny().State, api.Failed)
	w.prefer(settings.Preferences{Proxy: "http://" + proxy})
	w.mu.Lock()
	again := !w.mailboxes["a"].due.After(w.clock.now())
	w.mu.Unlock()
	w.expect("it is tried again at once", again, true)
	w.poll()
	w.expect("asked for", <-asked, "pop.example.test:"+strconv.Itoa(w.account.Port))
	w.account.Proxy = "http://127.0.0.1:1"
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.expect("its own", w.pollAny().State, api.Failed)
	w.account.Server, w.account.Proxy = "127.0.0.1", ""
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.expect("asked for this computer", len(asked), 0)
}

// connectProxy is an HTTP proxy for which every server is backend.
func connectProxy(t *testing.T, backend string) (address string, asked chan string) {
	t.Helper()
	asked = make(chan string, 10)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		group.Wait()
	})
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				defer func() { _ = conn.Close() }()
				r := bufio.NewReader(conn)
				request, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				asked <- request.Host
				server, err := net.Dial("tcp", backend)
				if err != nil {
					return
				}
				defer func() { _ = server.Close() }()
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
				group.Go(func() {
					_, _ = io.Copy(server, r)
					_ = server.Close()
				})
				_, _ = io.Copy(conn, server)
			})
		}
	})
	return l.Addr().String(), asked
}

// A sound is heard as that of new mail will be, and each time.
func TestTrySound(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	bell := filepath.Join(t.TempDir(), "bell.oga")
	for _, test := range []struct{ sound, want string }{{bell, bell}, {"", ""}, {" System", ""}, {settings.SoundNone, settings.SoundNone}} {
		if err := w.TrySound(t.Context(), test.sound); err != nil {
			t.Fatal(err)
		}
		w.announcer.mu.Lock()
		last := w.announcer.shown[len(w.announcer.shown)-1]
		w.announcer.mu.Unlock()
		w.expect(test.sound, fmt.Sprintf("%v %q", last.Kind == api.SoundSample, last.Sound), fmt.Sprintf("true %q", test.want))
		w.expect("the one before is gone", slices.Contains(w.announcer.withdrawn, last.Key), true)
		told, ok := w.Announced(last.Key)
		w.expect("a click leads to the settings", fmt.Sprint(told, ok), "[{ [] true}] true")
	}
	var problem *api.ProblemError
	if err := w.TrySound(t.Context(), "bell.oga"); !errors.As(err, &problem) || problem.Problem.Code != "sound" {
		t.Errorf("%v", err)
	}
	w.Service.announcer = nil
	if err := w.TrySound(t.Context(), ""); err == nil {
		t.Error("nobody shows it, and that is no error")
	}
}
