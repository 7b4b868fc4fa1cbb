package charset

import (
	"strings"
	"testing"
)

// An odd octet of another charset costs itself in an Asian text of which
// nobody says the charset, and no more.
func TestOddOctetInAsianText(t *testing.T) {
	for label, line := range map[string]string{
		"gbk": "您好，附件是本月的账单，请查收。\n", "euc-jp": "お世話になっております。資料をお送りします。\n",
		"euc-kr": "안녕하세요, 회의 자료를 보내드립니다.\n", "big5": "您好，附件是本月的帳單，請查收。\n", "shift_jis": "お世話になっております。資料をお送りします。\n",
	} {
		for _, odd := range []string{"Caf\xe9s\n", "Best, Ren\xe9e\n", "It\x92s fine\n", "a\xa0b\n"} {
			for _, n := range []int{2, 20} {
				text, used := Decode([]byte(in(t, label, strings.Repeat(line, n))+odd), "", Hints{})
				if !strings.Contains(text, strings.TrimSpace(line)) {
					t.Errorf("%s, %d lines and %q, as %s: %.60s", label, n, odd, used, text)
				}
			}
		}
	}
}

// A plus sign in what is declared begins no UTF-7.
func TestPlusInDeclaredText(t *testing.T) {
	const token = "Your token: PHA+SGVsbG8gd29ybGQsIHRoaXMgaXMgbG9uZyBlbm91Z2g8L3A+"
	for _, label := range []string{"utf-8", "iso-8859-1", "us-ascii", "gbk"} {
		if text, used := Decode([]byte(token), label, Hints{}); text != token {
			t.Errorf("%s, as %s: %q", label, used, text)
		}
	}
}
