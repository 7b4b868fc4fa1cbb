package tray

import "testing"

func TestEscapeLabel(t *testing.T) {
	for _, test := range []struct{ mark, label, want string }{
		{"_", "snake_case & more", "snake__case & more"},
		{"_", "_", "__"},
		{"&", "Q&A _ R&D", "Q&&A _ R&&D"},
		{"", "a_b & c", "a_b & c"},
		{"&", "left\tright\nbelow", "left right below"},
		{"_", "你好，世界", "你好，世界"},
	} {
		if got := escapeLabel(test.label, test.mark); got != test.want {
			t.Errorf("%q, marked by %q, becomes %q, want %q", test.label, test.mark, got, test.want)
		}
	}
}
