//go:build cgo && !nowindow

package window

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

type closer struct{ bytes.Buffer }

func (*closer) Close() error { return nil }

// What is exported can be imported again; passwords and commands stay here.
func TestExchangeOfAccounts(t *testing.T) {
	f := newFake()
	f.accounts = pictureAccounts
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	x := newExchange(h.accounts().pageEnv)
	var file closer
	if err := x.write(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), "pass show") || !strings.Contains(file.String(), "工作邮箱") {
		t.Errorf("written: %s", file.String())
	}
	path := filepath.Join(t.TempDir(), "accounts.toml")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.accounts = []settings.Account{pictureAccounts[0]}
	f.mu.Unlock()
	x.take(path)
	h.until("the accounts", func() bool { return x.outcome.Visible() })
	if got := x.outcome.label.text; !strings.Contains(got, "Added: 工作邮箱") || !strings.Contains(got, "Already there: Home.") {
		t.Errorf("it says %q", got)
	}
	if accounts, _ := f.list(t.Context(), api.None{}); len(accounts) != 3 {
		t.Errorf("%d accounts", len(accounts))
	}

	if err := os.WriteFile(path, []byte("version = 1\n[[account]]\nname = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.outcome.say(toneInfo, "")
	x.take(path)
	h.until("the mistake", func() bool { return x.outcome.Visible() })
	if got := x.outcome.label.text; !strings.Contains(got, "accounts.toml:3: account.name") {
		t.Errorf("it says %q", got)
	}
}
