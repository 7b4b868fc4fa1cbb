//go:build cgo && !nowindow

package window

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
)

// certificateBox shows a certificate that is not trusted, and offers to.
type certificateBox struct {
	bridge  *bridge
	loc     *locale.Catalogue
	shown   api.TLSHealth
	facts   *fyne.Container
	trust   *button
	content *fyne.Container
}

func newCertificateBox(br *bridge, k *keys, loc *locale.Catalogue, trust func(api.TLSHealth)) *certificateBox {
	b := &certificateBox{bridge: br, loc: loc, facts: container.New(pairs{gap: -6, least: 96})}
	title := newLine(theme.SizeNameText, theme.ColorNameForeground)
	title.text, title.style.Bold = loc.T("window.cert.title"), true
	b.trust = newButton(k, loc.T("window.cert.trust"), nil, func() { trust(b.shown) })
	b.content = container.NewStack(newPlate(theme.ColorNameInputBackground, 6), inset(12, 10, stackOf(8, title, b.facts, container.NewHBox(b.trust))))
	b.content.Hide()
	return b
}

// show fills the box.
func (b *certificateBox) show(c api.TLSHealth) {
	b.shown = c
	b.facts.RemoveAll()
	day := func(t time.Time) string { return b.loc.FullTime(t, b.bridge.now()) }
	names := strings.Join(c.Names, b.loc.T("window.list_separator"))
	digits := fingerprint(c.SHA256)
	for _, f := range []struct{ name, value string }{
		{"subject", c.Subject},
		{"names", names},
		{"issuer", c.Issuer},
		{"validity", b.loc.T("window.cert.from_to", day(c.Begins), day(c.Expires))},
		{"sha256", digits},
	} {
		if f.value == "" {
			continue
		}
		name := widget.NewLabel(b.loc.T("window.cert." + f.name))
		name.Importance = widget.LowImportance
		value := newSelectable(f.value)
		if f.name == "sha256" {
			value.TextStyle.Monospace = true
		}
		b.facts.Add(name)
		b.facts.Add(value)
	}
	b.content.Show()
}
