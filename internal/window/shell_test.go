//go:build cgo && !nowindow

package window

import (
	"context"
	"testing"

	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

// Without a font for its language a window says, in letters that there are,
// what to install, until another language is chosen (D5).
func TestNoFont(t *testing.T) {
	const advice = "There is no font for Japanese, so such text shows as empty boxes. Install the package fonts-noto-cjk."
	for _, window := range []ipc.Window{ipc.WindowSettings, ipc.WindowMailbox} {
		h := start(t, newFake(), ipc.OpenRequest{Window: window}, "ja", theme.VariantLight)
		h.shell.o.Fonts = func(context.Context) (facts.Fonts, error) {
			return facts.Fonts{Missing: []facts.Script{facts.Kana, facts.Hangul}, Package: "fonts-noto-cjk"}, nil
		}
		h.shell.lookForFonts()
		h.until("the banner", h.shell.fonts.Visible)
		if got := h.shell.fonts.label.text; got != advice {
			t.Errorf("%s: %q", window, got)
		}
		if top, content := h.shell.fonts.Size().Height, h.screen.view().Position().Y; top < 20 || content < top {
			t.Errorf("%s: the banner is %v high, and the rest begins at %v", window, top, content)
		}
		h.shell.adopt(settings.Preferences{Language: "de"})
		if h.shell.fonts.Visible() {
			t.Errorf("%s: the banner stays while the window speaks German", window)
		}
	}
}
