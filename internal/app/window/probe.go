//go:build cgo && !nowindow

package window

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/settings/secret"
)

// deleteTimeout bounds how long removing a draft's password may hold up the
// end of the process.
const deleteTimeout = 5 * time.Second

// tester is what testing an account needs of the tray role.
type tester interface {
	Test(ctx context.Context, account settings.Account, secretRef string) (app.TestReport, error)
}

// testDraft tests an account that is not saved. A typed password goes into
// the keyring under a name of its own for as long as the test takes; without
// one the account's own is used.
func testDraft(ctx context.Context, c tester, secrets secret.Store, account settings.Account, password string) (app.TestReport, error) {
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
		return app.TestReport{}, err
	}
	return c.Test(ctx, account, ref)
}

// probe shows a test: that it runs, and what came of it.
type probe struct {
	loc     *locale.Catalogue
	busy    *fyne.Container
	steps   *fyne.Container
	content *fyne.Container
	dots    *widget.ProgressBarInfinite
}

func newProbe(k *keys, loc *locale.Catalogue, cancel func()) *probe {
	p := &probe{loc: loc, dots: widget.NewProgressBarInfinite(), steps: stackOf(0)}
	p.dots.Stop()
	p.busy = container.NewBorder(nil, nil, widget.NewLabel(loc.T("window.testing")),
		newButton(k, loc.T("window.cancel"), nil, cancel), container.NewCenter(container.New(fixedWidth(120), p.dots)))
	p.content = stackOf(0, p.busy, p.steps)
	p.reset()
	return p
}

func (p *probe) reset() {
	p.dots.Stop()
	p.busy.Hide()
	p.steps.RemoveAll()
	p.content.Hide()
}

func (p *probe) start() {
	p.reset()
	p.busy.Show()
	p.dots.Start()
	p.content.Show()
}

// report shows every step that was taken and the sentence at the end.
func (p *probe) report(r app.TestReport, err error) {
	p.reset()
	for _, s := range r.Steps {
		icon := fyne.Resource(theme.NewSuccessThemedResource(theme.ConfirmIcon()))
		if !s.OK {
			icon = theme.NewErrorThemedResource(theme.CancelIcon())
		}
		name := newLine(theme.SizeNameText, theme.ColorNameForeground)
		name.text, name.fixed = p.loc.T("window.step."+s.Name), true
		text := newLine(theme.SizeNameText, theme.ColorNamePlaceHolder)
		text.text = s.Text
		p.steps.Add(inset(8, 1, container.NewBorder(nil, nil,
			container.NewHBox(container.NewCenter(widget.NewIcon(icon)), container.New(fixedWidth(110), container.New(middle{}, name))), nil, text)))
	}
	result := newBanner(0, 0, nil, func() {})
	switch {
	case err != nil:
		result.say(toneError, sentence(err, p.loc))
	case r.Error != nil:
		result.say(toneError, r.Error.Text)
	case r.OK:
		result.say(toneGood, p.loc.N("window.test_ok", r.Messages, p.loc.Count(r.Messages)))
	}
	p.steps.Add(inset(0, 4, result))
	p.content.Show()
}
