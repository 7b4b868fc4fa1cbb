//go:build cgo && !nowindow

package window

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/platform"
)

// luminance and contrast are those of WCAG 2.
func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		f := float64(v) / 0xffff
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Text can be read on whatever it stands on: 4.5 to 1, and 7 to 1 where the
// desktop is asked for high contrast.
func TestContrast(t *testing.T) {
	texts := []fyne.ThemeColorName{theme.ColorNameForeground, theme.ColorNamePlaceHolder, theme.ColorNameError, theme.ColorNameSuccess, theme.ColorNameWarning}
	papers := []fyne.ThemeColorName{theme.ColorNameBackground, theme.ColorNameInputBackground, theme.ColorNameMenuBackground}
	for _, high := range []bool{false, true} {
		l := newLook("")
		l.contrast = high
		least := 4.5
		if high {
			least = 7
		}
		for _, variant := range []fyne.ThemeVariant{theme.VariantDark, theme.VariantLight} {
			for _, text := range texts {
				for _, paper := range papers {
					if got := contrast(l.Color(text, variant), l.Color(paper, variant)); got < least {
						t.Errorf("high %v, variant %d: %s on %s has %.1f", high, variant, text, paper, got)
					}
				}
			}
			button := contrast(l.Color(theme.ColorNameForeground, variant), l.Color(theme.ColorNameButton, variant))
			border := contrast(l.Color(theme.ColorNameInputBorder, variant), l.Color(theme.ColorNameBackground, variant))
			if button < least || high && border < 7 {
				t.Errorf("high %v, variant %d: a button has %.1f, a border %.1f", high, variant, button, border)
			}
		}
	}
}

// Whatever Tab reaches shows that it has the focus, and Tab comes round.
func TestFocusIsSeen(t *testing.T) {
	for name, open := range map[string]ipc.OpenRequest{
		"mailbox": {}, "accounts": {Window: ipc.WindowSettings}, "preferences": {Window: ipc.WindowSettings, Page: "preferences"},
		"health": {Window: ipc.WindowSettings, Page: "health"},
	} {
		t.Run(name, func(t *testing.T) {
			f := filled()
			f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
			if open.Window == "" {
				open.Window = ipc.WindowMailbox
			}
			h := start(t, f, open, "en", theme.VariantLight)
			h.window.Resize(fyne.NewSize(920, 1500)) // with nothing out of sight
			h.until("what there is", func() bool {
				switch s := h.screen.(type) {
				case *mailboxScreen:
					return s.listed
				case *settingsScreen:
					switch p := s.pages[s.current].(type) {
					case *accountsPage:
						return p.loaded
					case *preferencesPage:
						return p.loaded
					}
				}
				return true
			})
			c := h.window.Canvas()
			seen := map[fyne.Focusable]bool{}
			for {
				c.FocusNext()
				at := c.Focused()
				if at == nil || seen[at] {
					break
				}
				seen[at] = true
				with := c.Capture()
				c.Unfocus()
				if n := differing(with, c.Capture()); n < 20 {
					t.Errorf("%T shows its focus by %d pixels", at, n)
				}
				c.Focus(at)
			}
			if len(seen) == 0 {
				t.Errorf("Tab reaches %d things", len(seen))
			}
		})
	}
}

// A window that opens has no ring around its list, a click on a row brings
// none, and a key does.
func TestRingIsForKeys(t *testing.T) {
	h := start(t, filled(), ipc.OpenRequest{Window: ipc.WindowMailbox}, "en", theme.VariantLight)
	screen := h.screen.(*mailboxScreen)
	list := screen.list
	h.until("the messages", func() bool { return screen.listed && h.window.Canvas().Focused() == list })
	if list.ring.Visible() {
		t.Error("there is a ring from the beginning")
	}
	list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if !list.ring.Visible() {
		t.Error("no ring after a key")
	}
	list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !list.ring.Visible() {
		t.Error("no ring after a row was opened by a key")
	}
	list.tapped(0, 0) // as a click does
	if list.ring.Visible() {
		t.Error("a ring after a click")
	}
	list.FocusLost() // as when another window gets it
	list.FocusGained()
	if list.ring.Visible() {
		t.Error("a ring because the window has the focus again")
	}
	h.window.Canvas().FocusNext()
	h.window.Canvas().FocusPrevious()
	if h.window.Canvas().Focused() != list || !list.ring.Visible() {
		t.Errorf("no ring where Tab has led, to %T", h.window.Canvas().Focused())
	}
	list.FocusLost()
	if list.ring.Visible() {
		t.Error("a ring without the focus")
	}
	list.FocusGained()
	if !list.ring.Visible() {
		t.Error("no ring where there was one before the window lost the focus")
	}
}

func differing(a, b image.Image) (n int) {
	if a, ok := a.(*image.NRGBA); ok {
		if b, ok := b.(*image.NRGBA); ok {
			for i := 0; i < len(a.Pix); i += 4 {
				if !bytes.Equal(a.Pix[i:i+4], b.Pix[i:i+4]) {
					n++
				}
			}
			return n
		}
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}

// The desktop's wishes change the text's size and the colours at once, and the
// user's own choice of light or dark stays.
func TestWishes(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(newLook("dark"))
	text := themedSize(theme.SizeNameText)
	wish(platform.Wishes{TextScale: 1.5, HighContrast: true})
	if got := themedSize(theme.SizeNameText); got != text*1.5 {
		t.Errorf("text of %v became %v", text, got)
	}
	if got := themed(theme.ColorNameBackground); got != gray(0) {
		t.Errorf("the background is %v", got)
	}
	enlarged = true
	defer func() { enlarged = false }()
	wish(platform.Wishes{TextScale: 1.5})
	if themedSize(theme.SizeNameText) != text || currentLook().preferred != "dark" {
		t.Errorf("text of %v in a window that is larger already", themedSize(theme.SizeNameText))
	}
}
