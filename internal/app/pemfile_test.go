package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// A PEM file that cannot be used is the problem of its account and of no other,
// also after a restart; it is tried again by itself, for nobody tells when the
// folder it is in is mounted.
func TestUnusablePEMFileStopsNoOtherAccount(t *testing.T) {
	for code, change := range map[pop3.Code]func(a *settings.Account, path string){
		pop3.CodeCAFile:     func(a *settings.Account, path string) { a.CAFile = path },
		pop3.CodeClientCert: func(a *settings.Account, path string) { a.ClientCert, a.ClientKey = path, path },
	} {
		t.Run(string(code), func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			path := filepath.Join(w.dir, "file.pem")
			broken := w.account
			broken.ID, broken.Name, broken.User = "b", "B", "other"
			change(&broken, path)
			if err := w.SaveAccount(t.Context(), broken); err != nil {
				t.Fatal(err)
			}
			w.restart()
			w.expect("accounts", len(w.Accounts()), 2)
			for _, content := range []string{"", "no certificate"} {
				if content != "" {
					if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				result, err := w.Check(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				w.expect("the other account", result.Accounts[0].State, api.OK)
				got := result.Accounts[1]
				if got.State != api.Failed || got.Error == nil {
					t.Fatalf("%q: %+v", content, got)
				}
				w.expect("problem", fmt.Sprint(got.Error.Kind, " ", got.Error.Code), "config "+string(code))
				if got.Error.Args[api.ArgFile] != path {
					t.Errorf("the file is not named: %v", got.Error.Args)
				}
			}
			w.clock.advance(time.Duration(broken.Interval) * 6 / 5)
			due, _, _ := w.due()
			slices.Sort(due)
			w.expect("due after the interval", due, "[a b]")
		})
	}
}

// Once the file is there, the account is polled as if nothing had been.
func TestCAFileThatAppears(t *testing.T) {
	identity, err := popserver.NewIdentity("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, popserver.Options{TLS: identity.ServerTLS()})
	path := filepath.Join(w.dir, "ca.pem")
	w.account.Security, w.account.CAFile = settings.STLS, path
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.expect("without it", w.pollAny().State, api.Failed)
	if err := os.WriteFile(path, identity.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	w.expect("with it", w.pollAny().State, api.OK)
}
