package app

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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

// Where encryption without forward secrecy is all that the server knows, the
// test says so, and sends nothing; what it means is the user's to accept. Where
// that would not help either, nothing is offered.
func TestLegacyTLSIsOffered(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	account := func(suite uint16) (settings.Account, *popserver.Server) {
		server := popserver.New(popserver.Options{Users: map[string]string{user: password}, Implicit: true, TLS: &tls.Config{ //nolint:gosec // as old servers are
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
			MaxVersion:   tls.VersionTLS12, CipherSuites: []uint16{suite},
		}})
		t.Cleanup(func() { _ = server.Close() })
		address, err := server.ListenAndServeLoopback()
		if err != nil {
			t.Fatal(err)
		}
		a := w.account
		a.Server, a.Security = "localhost", settings.TLS
		_, port, _ := net.SplitHostPort(address)
		if a.Port, err = strconv.Atoi(port); err != nil {
			t.Fatal(err)
		}
		return a, server
	}
	a, server := account(tls.TLS_RSA_WITH_AES_128_CBC_SHA)
	var steps []string
	report := w.Test(t.Context(), a, "", func(s api.TestStep) { steps = append(steps, s.Name) })
	if report.OK || report.Error.Code != api.CodeLegacyTLS || report.TLS != nil {
		t.Errorf("%+v, %+v", report.Error, report.TLS)
	}
	w.expect("steps", strings.Join(steps, " "), "name connect tls")
	w.expect("sent", len(server.Commands()), 0)
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.expect("a poll", w.pollAny().Error.Code, api.CodeNoCipher)

	a.LegacyTLS = true
	report = w.Test(t.Context(), a, "", nil)
	if report.OK || report.Error.Code != api.CodeUnknownAuthority || report.TLS == nil {
		t.Fatalf("%+v, %+v", report.Error, report.TLS)
	}
	a.Pin = report.TLS.SHA256
	if report = w.Test(t.Context(), a, "", nil); !report.OK {
		t.Errorf("%+v", report.Error)
	}
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.poll()

	worse, _ := account(tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)
	w.expect("what nobody may choose", w.Test(t.Context(), worse, "", nil).Error.Code, api.CodeNoCipher)
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
