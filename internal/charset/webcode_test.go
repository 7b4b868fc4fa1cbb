package charset

import "testing"

func TestWebcodes(t *testing.T) {
	for _, test := range []struct{ octets, declared, want string }{
		{"\x1b$Gj\x0f hi", "shift_jis", " hi"},
		{"\x1b$Gj\x0f hi", "", " hi"},
		{"a\x1b$GjK\x0fb\x1b$E!\x0f", "utf-8", "ab"},
		{in(t, "shift_jis", "今日は") + "\x1b$Gj\x0f" + in(t, "shift_jis", "です"), "shift_jis", "今日はです"},
		{"今日は\x1b$Gj\x0fです", "utf-8", "今日はです"},
		{in(t, "iso-2022-jp", "今日"), "iso-2022-jp", "今日"},
	} {
		if got, used := Decode([]byte(test.octets), test.declared, Hints{}); got != test.want {
			t.Errorf("%q, %s: %q in %s, want %q", test.octets, test.declared, got, used, test.want)
		}
	}
}
