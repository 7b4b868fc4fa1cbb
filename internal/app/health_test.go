package app

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

func TestHealth(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true, Capabilities: []string{"IMPLEMENTATION Example \x1b[31m1.0", "LOGIN-DELAY 3600"}})
	health := func() api.Health {
		t.Helper()
		h, err := w.Health("a")
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := health()
	w.expect("before the first poll", fmt.Sprint(h.Why, h.Session, h.TLS, h.Transcript, h.Capabilities), "now<nil> <nil> [] []")
	w.poll()
	h = health()
	w.expect("after it", fmt.Sprint(h.Why, " ", h.Failures, h.TLS, h.Login, h.Implementation, h.Pipelining, h.Session.Mode), "login-delay 0 <nil>PLAINExample 1.0truefull")
	text := strings.Join(h.Transcript, "\n")
	if !strings.Contains(text, "C: AUTH PLAIN ***") || !strings.Contains(text, "C: QUIT") || strings.Contains(text, password) {
		t.Errorf("the transcript is\n%s", text)
	}

	// A day later the server has forgotten its delay, and then its manners.
	w.clock.advance(25 * time.Hour)
	w.server.SetMood(on("STAT", "-ERR [SYS/TEMP] later\r\n"))
	w.pollAny()
	h = health()
	w.expect("after a failure", fmt.Sprint(h.Failures, h.Session.RoundTrips > 0), "1 true")
	w.server.SetMood(nil)
	w.Pause(w.clock.now().Add(time.Hour))
	w.expect("paused", health().Why, api.WhyPaused)
	w.Pause(time.Time{})
	w.expect("no longer", health().Why, api.WhyNow)

	w.server.SetPassword(user, "changed")
	w.pollAny()
	w.expect("refused", health().Why, api.WhyRetry) // P24: it has worked before
	w.secrets.lock(true)
	w.pollAny()
	w.expect("locked", health().Why, api.WhyUnlock)
	if _, err := w.Health("b"); !errors.Is(err, api.ErrNoAccount) {
		t.Errorf("an account that is not there: %v", err)
	}
}

func TestHealthOfTLS(t *testing.T) {
	identity, err := popserver.NewIdentity("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, popserver.Options{})
	server := popserver.New(popserver.Options{Users: map[string]string{user: password}, TLS: identity.ServerTLS(), Implicit: true})
	t.Cleanup(func() { _ = server.Close() })
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	a := w.account
	a.Security, a.CAFile = settings.TLS, filepath.Join(w.dir, "ca.pem")
	if err := os.WriteFile(a.CAFile, identity.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	if a.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	for _, resumed := range []bool{false, true} {
		w.poll()
		h, err := w.Health("a")
		if err != nil || h.TLS == nil {
			t.Fatal(h, err)
		}
		w.expect("TLS", []any{h.TLS.Version, h.TLS.Resumed, h.TLS.Names, h.TLS.Subject, h.TLS.Issuer, len(h.TLS.SHA256)},
			[]any{"TLS 1.3", resumed, "[localhost 127.0.0.1]", "CN=127.0.0.1", "CN=traymail test authority", 64})
		if left := time.Until(h.TLS.Expires); left < 20*time.Hour || left > 25*time.Hour {
			t.Errorf("it expires in %v", left)
		}
	}
}
