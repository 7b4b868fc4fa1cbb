package plaintext

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain", "Hello, 世界", "Hello, 世界"},
		{"nothing", "", ""},
		{"printable", "a b~!", "a b~!"},
		{"blank in front", " a", "a"},
		{"blank behind", "a ", "a"},
		{"blanks", "a  b", "a b"},
		{"only blanks", "  ", ""},
		{"folded white space", " a\r\n\t b  c ", "a b c"},
		{"control", "a\x00b\x07c\x7f", "abc"},
		{"colour", "\x1b[31mred\x1b[0m", "red"},
		{"eight-bit csi", "\u009b31mred", "red"},
		{"window title", "a\x1b]0;title\x07b", "ab"},
		{"unfinished escape", "a\x1b[31", "a"},
		{"escape before newline", "a\x1b]0;x\nb", "a b"},
		{"bidi override", "invoice\u202efdp.exe", "invoicefdp.exe"},
		{"isolates", "\u2066a\u2069", "a"},
		{"zero width", "a\u200b\ufeffb", "ab"},
		{"joined emoji", "👨\u200d👩", "👨\u200d👩"},
		{"line separator", "a\u2028b", "a b"},
		{"invalid", "a\xffb", "a\uFFFDb"},
		{"arabic end of verse", "\u06dd1", "\u06dd1"},
		{"arabic letter mark", "a\u061cb", "ab"},
		{"tags", "a\U000E0041b", "ab"},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestCleanText(t *testing.T) {
	if got := CleanText("a\r\nb\rc\n\td\x1b[1m!\x00"); got != "a\nb\nc\n\td!" {
		t.Errorf("%q", got)
	}
}

func TestFromBytes(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"\xe7\x99\xbb":                     "登",
		"\xb5\xc7\xc2\xbc\xca\xa7\xb0\xdc": "登录失败", // GBK
	} {
		if got := FromBytes([]byte(in)); got != want {
			t.Errorf("FromBytes(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"会议改期", 3, "会议…"},
		{"a bcd", 3, "a…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{"", 3, ""},
	} {
		if got := Truncate(test.in, test.n); got != test.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func TestTruncateUTF16(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 5, ""},
		{"hello", 5, "hello"},
		{"hello!", 5, "hell…"},
		{"一二三四五六", 5, "一二三四…"},
		{"ab😀cd", 6, "ab😀cd"},
		{"ab😀cde", 6, "ab😀c…"},
		{"abc😀de", 5, "abc…"}, // half of a pair would be left otherwise
		{"a bcd", 3, "a…"},
		{"a", 0, ""},
		{"😀", 1, "…"},
	} {
		if got := TruncateUTF16(test.in, test.n); got != test.want {
			t.Errorf("%q in %d units is %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

func FuzzTruncateUTF16(f *testing.F) {
	f.Add("未读😀", 3)
	f.Add("a\xff b", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if units := len(utf16.Encode([]rune(TruncateUTF16(s, n)))); units > max(n, 0) {
			t.Errorf("%q is %d units, the limit is %d", s, units, n)
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31mred\u202e")
	f.Add("\x1b]0;t\x1b\\")
	f.Fuzz(func(t *testing.T, s string) {
		once := Clean(s)
		if !utf8.ValidString(once) || strings.ContainsAny(once, "\x00\x1b\r\n\u202e") {
			t.Errorf("Clean(%q) = %q", s, once)
		}
	})
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"会议\tcafé\r\nnext\n":       "会议\tcafé\nnext\n",
		"\x1b]0;title\x07\x00\x7f": `\x1b]0;title\x07\x00\x7f`,
		"a\rb\u009b\u202e\u200bc":  `a\x0db\u009b\u202e\u200bc`,
		"\xbb\xe1\xff\ufffd":       `\xbb\xe1\xff` + "\ufffd",
		"\U000e0041":               `\U000e0041`,
		"":                         "",
	} {
		if got := Escape([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestReveal(t *testing.T) {
	for in, want := range map[string]string{
		"会议\tcafé\n👩\u200d🚀 می\u200cخواهم": "会议\tcafé\n👩\u200d🚀 می\u200cخواهم",
		"\x1b]0;title\x07\x00\x7f":         `\u001b]0;title\u0007\u0000\u007f`,
		"a\rb\u009b\u202e\u2067c":          `a\u000db\u009b\u202e\u2067c`,
		"\u200b\u2028\ufeff":               `\u200b\u2028\ufeff`,
		"\U000e0041":                       `\udb40\udc41`,
		"":                                 "",
	} {
		if got := Reveal(in); got != want || Hides(in) != (got != in) || Hides(got) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
