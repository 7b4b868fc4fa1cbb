//go:build unix && !darwin

package platform

import "testing"

func TestDisplay(t *testing.T) {
	for _, test := range []struct{ x, wayland, want string }{
		{"", "", ""},
		{":0", "", ":0"},
		{":0.0", "", ":0"},
		{":1.1", "", ":1.1"},
		{"localhost:10.0", "", "localhost:10"},
		{":0", "wayland-0", "wayland-0"},
		{"", "/run/user/1/wayland-1", "/run/user/1/wayland-1"},
	} {
		t.Setenv("DISPLAY", test.x)
		t.Setenv("WAYLAND_DISPLAY", test.wayland)
		if got := Display(); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
