package tray

import (
	"strings"
	"testing"
	"unicode/utf16"
)

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

func TestFitTooltip(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"", 5, ""},
		{"hello", 5, "hello"},
		{"hello!", 5, "hell…"},
		{"一二三四五六", 5, "一二三四…"},
		{"ab😀cd", 6, "ab😀cd"},
		{"ab😀cde", 6, "ab😀c…"},
		{"abc😀de", 5, "abc…"}, // half of a pair would be left otherwise
	} {
		if got := fitTooltip(test.text, test.limit); got != test.want {
			t.Errorf("%q in %d is %q, want %q", test.text, test.limit, got, test.want)
		}
	}
	if n := len(utf16.Encode([]rune(fitTooltip(strings.Repeat("未读😀", 100), windowsTip)))); n > windowsTip {
		t.Errorf("%d units", n)
	}
}
