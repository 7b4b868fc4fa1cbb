package message

import (
	"encoding/base64"
	"math/rand/v2"
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/plaintext"
)

func TestWords(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	gbk, jis := in(t, simplifiedchinese.GBK, "会议改期"), in(t, japanese.ISO2022JP, "日本語")
	for raw, want := range map[string]string{
		"plain":                         "plain",
		"=?utf-8?Q?Are_you_there??=":    "Are you there?",
		"=?utf-8?Q???=":                 "?",
		"=?utf-8?Q?a?b?c?=":             "a?b?c",
		"=?utf-8?Q?really?=21_yes?=":    "really?! yes",
		"=?utf-8?Q?a?=20b":              "a20b", // an end, and glued text
		"=?utf-8?Q?a?=21=?utf-8?Q?b?=":  "a21b",
		"=?utf-8?Q?abc=?=":              "abc=",
		"=?utf-8?Q?a=3?=":               "a=3",
		"=?utf-8?Q?Gr=c3=bc=C3=9fe?=":   "Grüße",
		"=?utf-8?Q?Gr=C3=BC\xc3\x9fe?=": "Grüße",
		"=?utf-8?Q??=":                  "",
		"=?utf-8?B??=":                  "",
		"a =?utf-8?Q??= b":              "a b",
		"=?=?":                          "=?=?",
		"=?utf-8?B?8J-YgA==?=":          "😀", // RFC 4648, section 5
		"=?utf-8?B?4pi_?=":              "☿",
		"~{Dz:C#,8=<~JGJ.R;TB5D6TUK5%#,Gk:K6T:s;X84#,P;P;#!~}": "您好，附件是十一月的对账单，请核对后回复，谢谢！", // HZ
		"about ~{ and ~}":                   "about ~{ and ~}",
		"=?":                                "=?",
		"=?=?utf-8?Q?a?=":                   "=?a",
		"?= =? x":                           "?= =? x",
		"why=?because":                      "why=?because",
		"=?utf-8 ?Q?Gr=C3=BC=C3=9Fe?=":      "Grüße",
		"=? utf-8?Q?Gr=C3=BC=C3=9Fe?=":      "Grüße",
		"=?utf-8? Q ?Gr=C3=BC=C3=9Fe?=":     "Grüße",
		`=?"utf-8"?Q?Gr=C3=BC=C3=9Fe?=`:     "Grüße",
		"=?'UTF8'?q?Gr=C3=BC=C3=9Fe?=":      "Grüße",
		"=??Q?Gr=C3=BC=C3=9Fe?=":            "Grüße",
		"=?utf-8*de-AT?Q?Gr=C3=BC=C3=9Fe?=": "Grüße",
		// Cut, torn by folding, or without an end.
		"=?utf-8?B?5Lya":                                              "会",
		"=?utf-8?B?5Lya6":                                             "会",
		"=?utf-8?B?5Lya?":                                             "会",
		"=?utf-8?Q?Gr=C3=BC=C3=9Fe?":                                  "Grüße",
		"=?utf-8?Q?5_=E2=82=AC_today":                                 "5 € today",
		"=?utf-8?Q?a?= =?utf-8?":                                      "a",
		"=?utf-8?Q?a?= =?":                                            "a",
		"=?utf-8?B?5Lya6K6u 5pS55pyf?=":                               "会议改期",
		"=?utf-8?B?5Lya6K 6u5pS55pyf?=":                               "会议改期",
		"=?utf-8?Q?=E4=BC= 9A=E8=AE=AE?=":                             "会议",
		"=?utf-8?Q?=E4=BC=9A= =E8=AE=AE?=":                            "会议",
		"=?iso-8859-1?Q?PUNK mailorder pr?= =?iso-8859-1?Q?e-order?=": "PUNK mailorder pre-order",
		"=?utf-8?B?5Lya =?utf-8?B?6K6u?=":                             "会议",
		"=?utf-8?B?5Lya=?utf-8?B?6K6u?=":                              "会议",
		"=?utf-8?Q?a=?utf-8?Q?b?=":                                    "ab",
		"=?utf-8?B?5Lya?=?utf-8?B?6K6u?=":                             "会议",
		"=?utf-8?B?5Lya and text":                                     "会 and text",
		// Neighbours.
		"[SPAM]=?utf-8?B?5Lya6K6u?=":                                                    "[SPAM]会议",
		"Re:=?utf-8?B?5Lya?==?utf-8?B?6K6u?=!":                                          "Re:会议!",
		"=?utf-8?Q?a?= b =?utf-8?Q?c?=":                                                 "a b c",
		"=?utf-8?Q?a_?= \t =?utf-8?Q?b?=":                                               "a b",
		"=?utf-8?Q?a?= =?iso-8859-1?Q?=FCber?=":                                         "aüber",
		"=?utf-8?Q?pasi=C5=BEad=C4?= =?UTF-8?Q?=97jim?=":                                "pasižadėjim",
		"=?utf-8?B?5Lya6A==?= =?UTF-8?Q?=AE=AE?=":                                       "会议",
		"=?gbk?B?" + b64(gbk[:3]) + "?= =?GBK?B?" + b64(gbk[3:]) + "?=":                 "会议改期",
		"=?iso-2022-jp?B?" + b64(jis[:5]) + "?= =?iso-2022-jp?B?" + b64(jis[5:]) + "?=": "日本語",
		"=?iso-2022-jp?B?" + b64(jis[:7]) + "?= =?iso-2022-jp?Q?and_so?=":               "日本and so",
		"=?iso-2022-jp?B?" + b64(jis) + "?= =?iso-2022-jp?B?" + b64(jis) + "?=":         "日本語日本語",
		"会议 =?utf-8?B?5pS55pyf?= 周四":                                                    "会议 改期 周四",
		gbk + "\xa3\xba=?utf-8?B?5pS55pyf?=":                                            "会议改期：改期",
		"=?utf-8?B??==?utf-8?Q?=54?==?utf-8?B??==?utf-8?Q?o?=":                          "To",
		// One encoding called the other, or padded inside.
		"=?utf-8?B?Gr=C3=BC=C3=9Fe?=":          "Grüße",
		"=?utf-8?Q?5Lya6K6u5pS55pyf?=":         "会议改期",
		"=?utf-8?Q?5Lya6K6uMQ==?=":             "会议1",
		"=?utf-8?Q?Rechnung?=":                 "Rechnung",
		"=?utf-8?B?not base64!?=":              "=?utf-8?B?not base64!?=",
		"=?utf-8?B?what, this?= =?utf-8?Q?a?=": "=?utf-8?B?what, this?= a",
		"=?utf-8?B?5Lya6A==rq4=?=":             "会议",
		"=?utf-8?B?YQ==Yg==?=":                 "ab",
		"=?utf-8?B?YWI?=":                      "ab",
		"=?utf-8?X?YWI?=":                      "=?utf-8?X?YWI?=",
		// Encoded twice.
		"=?utf-8?B?" + b64("=?utf-8?B?5Lya6K6u?=") + "?=":                 "会议",
		"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=5Fb=3F=3D?=":                       "a b",
		"=?utf-8?B?" + b64("see =?utf-8?B?5Lya6K6u?=") + "?=":             "see =?utf-8?B?5Lya6K6u?=",
		"=?utf-8?B?" + b64("=?utf-8?B?"+b64("=?utf-8?Q?a?=")+"?=") + "?=": "=?utf-8?Q?a?=",
	} {
		if got := (decoder{}).text([]byte(raw)); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	if got := (decoder{hint: "gbk"}).text([]byte("=?utf-8?Q?a?= " + in(t, simplifiedchinese.GBK, "付款"))); got != "a 付款" {
		t.Errorf("with a hint: %q", got)
	}
	for raw, want := range map[string]string{"=?GBK*zh?B?xPo=?=": "gbk", "a =?UTF8?q?b?=": "utf-8", "a": "", "=?": ""} {
		if got := wordCharset([]byte(raw)); got != want {
			t.Errorf("charset of %q: %q", raw, got)
		}
	}
}

// Octets are shared and torn wherever a program counts them.
func TestTornWords(t *testing.T) {
	for _, raw := range []string{
		"=?utf-8?B?5L2g5aU=?= =?utf-8?B?vQ==?=", "=?utf-8?B?5L2g5aU?= =?utf-8?B?vQ?=", "=?utf-8?B?5L2g5aU=?==?UTF8*en?Q?=BD?=",
		"=?gb2312?B?xOO6?= =?gbk?B?ww==?=", "=?gb2312?B?xOO6?= =?GB18030?Q?=C3?=", "=?big5?Q?=A7A=A6?= =?big5?Q?n?=",
		"=?utf-8?B?5L2g 5aW9?=", "=?utf-8?Q?=E4=BD=A0=E5= A5=BD?=", "=?utf-8?Q?=E4=BD=A0= E5=A5=BD?=", "=?utf-8?Q?=E4=BD=A0=E 5=A5=BD?=",
		"=?utf- 8?B?5L2g5aW9?=", "=?utf-8? B?5L2g5aW9?=", "=?utf-8?B ?5L2g5aW9?=", "=? utf-8?B?5L2g5aW9?=", "= ?utf-8?B?5L2g5aW9?=",
		"=?utf-8?B?5L2g5aW9? =", "=?utf-8?B?5L2g5aW9 ?=", "=?utf-8?Q?=E4=BD=A0=E5=A5=BD? =", "=?utf-8?Q?=E4=BD=A0=E5? = =?utf-8?Q?=A5=BD?=",
		"你\xe5 \xa5\xbd", "你\xe5\xa5 \xbd", "\xe4 \xbd\xa0好",
	} {
		if got := (decoder{}).text([]byte(raw)); got != "你好" {
			t.Errorf("%q: %q", raw, got)
		}
	}
	for _, text := range []string{"is 1 = ?", "a = ? b", "what? = that", "=? utf-8", "=?utf- 8", "x = ?y?z"} {
		if got := (decoder{}).text([]byte(text)); got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// What the mime package encodes, and what it can decode, is read as it was.
func TestWordsAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	letters := []rune("abc XYZ?=_019.,;:<>@\"()äß会议改期日本語Привет😀")
	for range 2000 {
		var b strings.Builder
		for range 1 + random.IntN(60) {
			b.WriteRune(letters[random.IntN(len(letters))])
		}
		s := plaintext.Clean(b.String())
		if strings.Contains(s, "=?") {
			continue
		}
		for _, encoding := range []mime.WordEncoder{mime.QEncoding, mime.BEncoding} {
			raw := encoding.Encode("utf-8", s)
			if got := (decoder{}).text([]byte(raw)); got != s {
				t.Fatalf("%q: %q, want %q", raw, got, s)
			}
		}
	}
}

func TestWordsAreLinear(t *testing.T) {
	for _, piece := range []string{"=?", "=?utf-8?Q?", "=?utf-8?B?", "=?utf-8?Q?a?=", "?=AB", "=?utf-8?Q?a?=AB", "=?utf-8?B?!?=", "=", "= ", "? ", "? = ", "= ?utf-8?Q?a", "\xe4 ", "\x1b$"} {
		(decoder{}).text([]byte(strings.Repeat(piece, maxValue/len(piece))))
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{
		"=?utf-8?Q?Are_you_there??=", "=?utf-8 ?B?5Lya6K6u 5pS55pyf?=", "=?utf-8?B?5Lya", "=?gbk?Q?=BB=E1?= x =?utf-8*de?b?YQ==Yg==?=",
		"=?utf-8?B?not base64!?=", "=?iso-2022-jp?B?GyRCRnxLXA==?= =?iso-2022-jp?Q?and_so?=", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=", "\xbb\xe1 =?",
	} {
		f.Add([]byte(s), "gbk")
	}
	f.Fuzz(func(t *testing.T, raw []byte, hint string) {
		d := decoder{hint: hint}
		got := d.text(raw)
		if !utf8.ValidString(got) || plaintext.Clean(got) != got || utf8.RuneCountInString(got) > maxField {
			t.Fatalf("%q: not clean: %q", raw, got)
		}
		if wordStart([]byte(got)) < 0 && d.text([]byte(got)) != got && hint == "" {
			t.Fatalf("%q: %q, again %q", raw, got, d.text([]byte(got)))
		}
	})
}
