package app

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// secured puts the world's server behind a certificate of its own making, and
// returns the account that reaches it.
func (w *world) secured() settings.Account {
	w.t.Helper()
	id, err := popserver.NewIdentity("localhost")
	if err != nil {
		w.t.Fatal(err)
	}
	server := popserver.New(popserver.Options{Users: map[string]string{user: password}, TLS: id.ServerTLS(), Implicit: true})
	w.t.Cleanup(func() { _ = server.Close() })
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		w.t.Fatal(err)
	}
	a := w.account
	a.Server, a.Security = "localhost", settings.TLS
	_, port, _ := net.SplitHostPort(address)
	if a.Port, err = strconv.Atoi(port); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// A certificate that nobody vouches for is shown and can be trusted for this
// account; when it changes, the account stops until the user has looked.
func TestTrustedByFingerprint(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	a := w.secured()
	var steps []string
	report := w.Test(t.Context(), a, "", func(s api.TestStep) { steps = append(steps, s.Name) })
	if report.OK || report.Error.Code != "unknown-authority" || report.TLS == nil || !slices.Contains(report.TLS.Names, "localhost") {
		t.Fatalf("%+v, %+v", report.Error, report.TLS)
	}
	w.expect("steps", strings.Join(steps, " "), "name connect tls")
	if len(report.Transcript) == 0 {
		t.Error("there is no transcript")
	}

	a.Pin = strings.ToUpper(report.TLS.SHA256)
	if report := w.Test(t.Context(), a, "", nil); !report.OK || report.Steps[2].Found != api.FoundPin {
		t.Fatalf("%+v", report)
	}
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.poll()

	moved := w.secured() // the same server with another certificate
	moved.Pin = a.Pin
	if err := w.SaveAccount(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	c := w.pollAny()
	if c.Error == nil || c.Error.Code != "pin" || c.Error.Args[api.ArgTrusted] != report.TLS.SHA256 || c.Error.Args[api.ArgIssuer] == "" {
		t.Errorf("%+v", c.Error)
	}
	w.expect("stops", w.mailboxes["a"].due.IsZero(), true)
	again := w.Test(t.Context(), moved, "", nil)
	if again.TLS == nil || again.TLS.SHA256 == report.TLS.SHA256 {
		t.Errorf("the new certificate is not shown: %+v", again.TLS)
	}
	moved.Pin = again.TLS.SHA256
	if err := w.SaveAccount(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	w.poll()
}

// What can be chosen is what there is.
func TestMechanisms(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	for _, name := range settings.Mechanisms {
		a := w.account
		a.Mechanism = strings.ToLower(name)
		a.Normalize()
		if problems := a.Validate(); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
		who, err := w.credentials(t.Context(), a, "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = poll.Test(t.Context(), w.way(a, who, ledger.Meta{}), func(api.TestStep) {})
		if err != nil && strings.Contains(err.Error(), "unknown mechanism") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
