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

// tester is what testing an account needs of the tray role.
type tester interface {
	Test(ctx context.Context, account settings.Account, secretRef string) (api.TestReport, error)
}

// testDraft tests an account that is not saved. A typed password goes into
// the keyring under a name of its own for as long as the test takes; without
// one the account's own is used.
func testDraft(ctx context.Context, c tester, secrets secret.Store, account settings.Account, password string) (api.TestReport, error) {
	if password == "" {
		return c.Test(ctx, account, "")
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
	return c.Test(ctx, account, ref)
}

// saver is what saving needs of the tray role.
type saver interface {
	SaveAccount(ctx context.Context, account settings.Account) error
}

// saveAccount writes the password before the account, so that the first poll
// finds it. What a failure leaves of a new account's password is removed.
func saveAccount(ctx context.Context, c saver, secrets secret.Store, a settings.Account, password string, isNew bool) error {
	if password != "" && a.SecretCommand == "" {
		if err := secrets.Set(ctx, a.ID, password); err != nil {
			return err
		}
	}
	err := c.SaveAccount(ctx, a)
	if err != nil && isNew && password != "" {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
		defer cancel()
		_ = secrets.Delete(ctx, a.ID)
	}
	return err
}
