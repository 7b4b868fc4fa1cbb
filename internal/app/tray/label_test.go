package tray

import "testing"

func TestEscapeLabel(t *testing.T) {
	for _, test := range []struct{ goos, label, want string }{
		{"linux", "snake_case & more", "snake__case & more"},
		{"freebsd", "_", "__"},
		{"windows", "Q&A _ R&D", "Q&&A _ R&&D"},
		{"darwin", "a_b & c", "a_b & c"},
		{"windows", "left\tright\nbelow", "left right below"},
		{"linux", "你好，世界", "你好，世界"},
	} {
		if got := escapeLabel(test.label, test.goos); got != test.want {
			t.Errorf("%s: %q becomes %q, want %q", test.goos, test.label, got, test.want)
		}
	}
}
