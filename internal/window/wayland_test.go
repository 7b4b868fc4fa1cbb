//go:build cgo && !nowindow

package window

import "testing"

// An input method decides which of two platforms windows are on, where there is
// a choice and the user has made none.
func TestInputMethodsTypeByX11(t *testing.T) {
	session := map[string]string{"WAYLAND_DISPLAY": "wayland-1", "DISPLAY": ":0", "XMODIFIERS": "@im=fcitx"}
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"LANG", "zh_CN.UTF-8", true},
		{"XMODIFIERS", "@im=ibus", true},
		{"XMODIFIERS", "", false},
		{"XMODIFIERS", "@im=", false},
		{"XMODIFIERS", "@im=none", false},
		{"XMODIFIERS", "@im=local", false},
		{"DISPLAY", "", false},
		{"WAYLAND_DISPLAY", "", false},
		{"FYNE_PLATFORM", "wayland", false},
	} {
		getenv := func(name string) string {
			if name == test.name {
				return test.value
			}
			return session[name]
		}
		if got := typesByX11(getenv); got != test.want {
			t.Errorf("with %s=%q: %v", test.name, test.value, got)
		}
	}
}
