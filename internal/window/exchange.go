//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// exchange takes accounts over from a file, and writes one.
type exchange struct {
	pageEnv
	outcome  *banner
	takeover *takeover
	content  *fyne.Container
}

func newExchange(e pageEnv) *exchange {
	x := &exchange{pageEnv: e}
	x.outcome = newBanner(0, 0, nil, e.relayout)
	take := newButton(e.keys, e.loc.T("window.exchange.import"), theme.DownloadIcon(), func() { x.chooseFile(x.take) })
	write := newButton(e.keys, e.loc.T("window.exchange.export"), theme.UploadIcon(), x.pressExport)
	x.takeover = &takeover{pageEnv: e, say: x.outcome.say, added: func(added []settings.Account) {
		x.outcome.say(x.sum(took{Merged: settings.Merged{Added: added}}))
	}}
	thunderbird := newButton(e.keys, e.loc.T("window.thunderbird.button"), theme.DownloadIcon(), x.takeover.press)
	x.content = stackOf(6, heading(e.loc.T("window.page.accounts")), newText(e.loc.T("window.exchange.text")),
		inset(7, 0, container.NewHBox(take, write, thunderbird)), x.outcome)
	return x
}

// took is what became of a file.
type took struct {
	settings.Merged
	problems []string
}

// take adds the accounts of a file.
func (x *exchange) take(path string) {
	goRun(x.bridge,
		func(ctx context.Context) (took, error) { return x.read(ctx, path) },
		func(t took, err error) {
			if err != nil {
				x.outcome.say(toneError, sentence(err, x.loc))
				return
			}
			x.outcome.say(x.sum(t))
		})
}

func (x *exchange) read(ctx context.Context, path string) (took, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the user has chosen it
	if err != nil {
		return took{}, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, settings.MaxExchange+1))
	if err != nil {
		return took{}, fmt.Errorf("%s: %w", path, err)
	}
	// A command in a file from elsewhere could be anybody's program.
	found, err := settings.ReadAccounts(filepath.Base(path), raw, false)
	var file *settings.FileError
	if errors.As(err, &file) {
		return took{}, errors.New(explain.File(file, x.loc))
	}
	if err != nil {
		return took{}, err
	}
	var t took
	for _, p := range append(found.Problems, found.Notes...) {
		t.problems = append(t.problems, explain.File(p, x.loc))
	}
	t.Merged, err = api.ImportAccounts.Ask(ctx, x.client, found.Accounts)
	return t, err
}

// namesOf lists the names of accounts.
func namesOf(accounts []settings.Account, loc *locale.Catalogue) string {
	var all []string
	for _, a := range accounts {
		all = append(all, a.Name)
	}
	return strings.Join(all, loc.T("window.list_separator"))
}

// sum says what became of a file.
func (x *exchange) sum(t took) (fyne.ThemeColorName, string) {
	tone, lines := toneGood, []string(nil)
	if len(t.Added) > 0 {
		lines = append(lines, x.loc.T("window.exchange.added", namesOf(t.Added, x.loc)))
	}
	if len(t.Skipped) > 0 {
		lines = append(lines, x.loc.T("window.exchange.skipped", namesOf(t.Skipped, x.loc)))
	}
	if len(t.Added)+len(t.Skipped) == 0 {
		tone, lines = toneInfo, append(lines, x.loc.T("window.exchange.nothing"))
	}
	if len(t.problems) > 0 {
		tone, lines = toneInfo, append(lines, t.problems...)
	}
	return tone, strings.Join(lines, "\n")
}

func (x *exchange) pressExport() {
	save := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		if err != nil || file == nil {
			return
		}
		goRun(x.bridge,
			func(ctx context.Context) (string, error) { return file.URI().Path(), x.write(ctx, file) },
			func(path string, err error) {
				if err != nil {
					x.outcome.say(toneError, x.loc.T("window.not_saved", sentence(err, x.loc)))
					return
				}
				x.outcome.say(toneGood, x.loc.T("window.exchange.written", path))
			})
	}, x.window)
	save.SetFileName("traymail-accounts.toml")
	x.dialogs.show(save)
}

// write writes all accounts, without passwords and commands.
func (x *exchange) write(ctx context.Context, file io.WriteCloser) error {
	accounts, err := api.Accounts.Ask(ctx, x.client, api.None{})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	raw, err := settings.ExportAccounts(accounts, false)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	_, err = file.Write(raw)
	return errors.Join(err, file.Close())
}
