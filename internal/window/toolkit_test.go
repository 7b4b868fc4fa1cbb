//go:build cgo && !nowindow

package window

import (
	"testing"

	"fyne.io/fyne/v2/lang"

	"github.com/traymail/traymail/internal/locale"
)

// The toolkit's own words follow the language that was chosen, whatever the
// system's is.
func TestToolkitSpeaks(t *testing.T) {
	t.Setenv("LANGUAGE", "")
	for _, system := range []string{"C", "en_US.UTF-8", "de_AT.UTF-8", "zh_CN.UTF-8", "zh_TW.UTF-8", "pt_BR.UTF-8", "ko_KR.UTF-8", "uk_UA.UTF-8"} {
		t.Setenv("LC_ALL", system)
		for _, l := range locale.Languages() {
			loc := locale.New(l.Tag)
			if err := speakToolkit(loc); err != nil {
				t.Fatal(err)
			}
			for word, key := range map[string]string{"Cut": "window.toolkit.cut", "Copy": "window.health.copy", "Open": "desktop.open"} {
				if got, want := lang.L(word), loc.T(key); got != want {
					t.Errorf("on a system that speaks %s, %s is %q in %s, want %q", system, word, got, l.Name, want)
				}
			}
		}
	}
}
