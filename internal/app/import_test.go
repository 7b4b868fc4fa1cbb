package app

import (
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// An imported account waits for its password, without any login, and begins
// as soon as it has one.
func TestImportedAccountWaitsForItsPassword(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	other := w.account
	other.ID, other.Name, other.User = "imported", "Imported", "other"
	twin := w.account
	twin.ID, twin.Name = "twin", "Twin"
	merged, err := w.ImportAccounts(t.Context(), []settings.Account{twin, other})
	if err != nil || len(merged.Skipped) != 1 || len(merged.Added) != 1 || merged.Added[0] != other {
		t.Fatalf("%+v, %v", merged, err)
	}
	commands := len(w.server.Commands())
	result, err := w.Check(t.Context(), "imported")
	if err != nil {
		t.Fatal(err)
	}
	a := result.Accounts[0]
	if a.State != api.Failed || a.Error == nil || a.Error.Code != "missing" {
		t.Errorf("%+v, %+v", a, a.Error)
	}
	if len(w.server.Commands()) != commands {
		t.Errorf("the server was sent %q", w.server.Commands()[commands:])
	}
	if err := w.secrets.Set(t.Context(), "imported", password); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if status := w.Snapshot().Accounts[1]; status.Error != nil || status.NextPoll.After(w.clock.now()) {
		t.Errorf("it does not begin at once: %+v", status)
	}
	if result, err := w.Check(t.Context(), "imported"); err != nil || result.Accounts[0].State != api.OK {
		t.Errorf("%+v, %v", result, err)
	}
}

// A file cannot make an account use a password that the keyring has for
// another server.
func TestImportedAccountGetsNoOldPassword(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	evil := w.account
	evil.ID, evil.Server = "b", "evil.example.org" // the keyring has a password of that name
	evil.Security = settings.TLS
	merged, err := w.ImportAccounts(t.Context(), []settings.Account{evil})
	if err != nil || len(merged.Added) != 1 || merged.Added[0].ID == "b" {
		t.Errorf("%+v, %v", merged, err)
	}
	w.secrets.lock(true)
	evil.ID, evil.User = "c", "second"
	if merged, err := w.ImportAccounts(t.Context(), []settings.Account{evil}); err != nil || merged.Added[0].ID == "c" {
		t.Errorf("while it is not known: %+v, %v", merged, err)
	}
}
