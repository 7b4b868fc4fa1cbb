//go:build cgo && !nowindow

package window

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// deleteTimeout bounds how long removing a draft's password may hold up the
// end of the process.
const deleteTimeout = 5 * time.Second

// testDraft tests an account that is not saved. A typed password goes into
// the keyring under a name of its own for as long as the test takes; without
// one the account's own is used.
func testDraft(ctx context.Context, c api.Engine, secrets secret.Store, account settings.Account, password string) (api.TestReport, error) {
	if password == "" {
		if err := unlock(ctx, c, account); err != nil {
			return api.TestReport{}, err
		}
		return api.TestAccount.Ask(ctx, c, api.TestRequest{Account: account})
	}
	ref := "draft-" + strings.ToLower(rand.Text())
	// Also after a failed Set: it may have written, and failed to read back.
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
		defer cancel()
		_ = secrets.Delete(ctx, ref)
	}()
	if err := secrets.Set(ctx, ref, password); err != nil {
		return api.TestReport{}, err
	}
	return api.TestAccount.Ask(ctx, c, api.TestRequest{Account: account, SecretRef: ref})
}

// unlock has the keyring opened for an account whose password is there.
func unlock(ctx context.Context, c api.Engine, a settings.Account) error {
	if a.SecretCommand != "" {
		return nil
	}
	_, err := api.Unlock.Ask(ctx, c, api.CheckRequest{Accounts: []string{a.ID}})
	return err
}

// checkNow polls accounts for a person, who is asked for the keyring first.
func checkNow(ctx context.Context, c api.Engine, accounts ...string) error {
	if _, err := api.Unlock.Ask(ctx, c, api.CheckRequest{Accounts: accounts}); err != nil {
		return err
	}
	_, err := api.Check.Ask(ctx, c, api.CheckRequest{Accounts: accounts})
	return err
}

// saveAccount writes the password before the account, so that the first poll
// finds it. What a failure leaves of a new account's password is removed. was is
// the account as it was when somebody began to change it; nil for a new one. What
// has been changed elsewhere since then stays, unless that is another mailbox by
// now: what was typed is for the one before.
func saveAccount(ctx context.Context, c api.Engine, secrets secret.Store, a settings.Account, password string, was *settings.Account) error {
	if was != nil {
		all, err := api.Accounts.Ask(ctx, c, api.None{})
		if err != nil {
			return err
		}
		for _, now := range all {
			if now.ID == a.ID && settings.SameMailbox(now, *was) {
				a = settings.Rebase(now, *was, a)
			}
		}
	}
	if password != "" && a.SecretCommand == "" {
		if err := secrets.Set(ctx, a.ID, password); err != nil {
			return err
		}
	}
	_, err := api.SaveAccount.Ask(ctx, c, a)
	if err != nil && was == nil && password != "" {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
		defer cancel()
		_ = secrets.Delete(ctx, a.ID)
	}
	return err
}
