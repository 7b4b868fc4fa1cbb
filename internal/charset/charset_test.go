package charset

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// usual are the charsets that a language's mail is written in.
var usual = map[string]string{
	"en": "windows-1252", "fr": "windows-1252 iso-8859-15", "de": "windows-1252 iso-8859-15", "es": "windows-1252 iso-8859-15",
	"pt": "windows-1252", "it": "windows-1252", "nl": "windows-1252", "sv": "windows-1252", "da": "windows-1252", "no": "windows-1252",
	"fi": "windows-1252 iso-8859-15", "is": "windows-1252", "ca": "windows-1252", "et": "windows-1252 windows-1257",
	"cs": "windows-1250 iso-8859-2", "pl": "windows-1250 iso-8859-2", "hu": "windows-1250 iso-8859-2", "sk": "windows-1250 iso-8859-2",
	"hr": "windows-1250 iso-8859-2", "sl": "windows-1250 iso-8859-2", "ro": "windows-1250 iso-8859-2", "tr": "windows-1254",
	"lt": "windows-1257 iso-8859-13", "lv": "windows-1257 iso-8859-13", "vi": "windows-1258",
	"ru": "windows-1251 koi8-r iso-8859-5 ibm866", "uk": "windows-1251 koi8-u", "bg": "windows-1251", "sr": "windows-1251",
	"el": "windows-1253 iso-8859-7", "he": "windows-1255 iso-8859-8", "ar": "windows-1256 iso-8859-6", "th": "windows-874",
	"zh": "gb18030", "zh_Hant": "big5", "ja": "shift_jis euc-jp", "ko": "euc-kr",
}

// subject is a row of testdata in one charset.
type subject struct {
	language, charset, text string
	octets                  []byte
}

// subjects reads testdata/subjects.tsv, or testdata/unseen.tsv, which was
// written last, to see how the tables and rules do on what is new to them.
func subjects(t testing.TB, file string) []subject {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []subject
	for row := range strings.Lines(string(raw)) {
		language, text, _ := strings.Cut(strings.TrimSpace(row), "\t")
		for name := range strings.SplitSeq(usual[language], " ") {
			c := named(name)
			e := c.double
			if c.single != nil {
				e = c.single.(encoding.Encoding)
			}
			written := text
			if name == "windows-1258" {
				written = vietnamese(text)
			}
			octets, err := e.NewEncoder().Bytes([]byte(written))
			if err != nil {
				continue // a sign that this charset has not
			}
			all = append(all, subject{language, name, text, octets})
		}
	}
	return all
}

// vietnamese writes the five tones as characters of their own, as windows-1258
// has them.
func vietnamese(text string) string {
	var s strings.Builder
	for _, r := range text {
		d := []rune(norm.NFD.String(string(r)))
		tone := ""
		if len(d) > 1 {
			for i, mark := range d {
				if strings.ContainsRune("\u0300\u0301\u0303\u0309\u0323", mark) {
					tone = string(mark)
					d = append(d[:i:i], d[i+1:]...)
					break
				}
			}
		}
		s.WriteString(norm.NFC.String(string(d)) + tone)
	}
	return s.String()
}

// A counter that may only rise: what was read right, without a hint and with
// the language.
var reached = map[string][2]int{
	"subjects.tsv": {1031, 1037},
	"unseen.tsv":   {199, 202},
}

func TestSubjects(t *testing.T) {
	for file, reached := range reached {
		all := subjects(t, file)
		for i, hinted := range []bool{false, true} {
			right := 0
			for _, s := range all {
				var h Hints
				if hinted {
					h.Languages = []string{strings.ReplaceAll(s.language, "_", "-")}
				}
				text, used := Decode(s.octets, "", h)
				if text == s.text {
					right++
					continue
				}
				t.Logf("%s, hinted %v: %s in %s became %s in %s", file, hinted, s.text, s.charset, text, used)
				if isLatin(s.language) && strings.ContainsFunc(text, isAsian) {
					t.Errorf("%s in %s became Asian: %s", s.text, s.charset, text)
				}
			}
			t.Logf("%s, hinted %v: %d of %d right, %.1f%%", file, hinted, right, len(all), 100*float64(right)/float64(len(all)))
			if right < reached[i] {
				t.Errorf("%s, hinted %v: %d right, have been %d", file, hinted, right, reached[i])
			}
		}
	}
}

func isAsian(r rune) bool {
	return r >= 0x3040 && r < 0xa000 || r >= 0xac00 && r < 0xd7b0 || r >= 0xff61 && r < 0xffa0
}

// Words of a reply that is nothing else.
func TestThanks(t *testing.T) {
	for name, words := range map[string][]string{
		"gbk":    {"谢谢", "谢谢~", "谢谢！", "Re: 谢谢", "谢谢\r\n", "多谢", "感谢", "收到", "好的", "收到谢谢", "你好"},
		"big5":   {"謝謝", "多謝", "收到", "好的", "Re: 謝謝"},
		"euc-kr": {"안녕", "감사", "네"},
		"utf-8":  {"Да", "да", "ок", "é", "Øl", "Ja, tak på", "Нет", "谢谢"},
	} {
		for _, word := range words {
			octets := word
			if name != "utf-8" {
				octets = in(t, name, word)
			}
			if got, used := Decode([]byte(octets), "", Hints{}); got != word {
				t.Errorf("%s in %s became %s in %s", word, name, got, used)
			}
		}
	}
}

// Whatever language the user reads, a word with accents never becomes Asian.
func TestWesternStaysWestern(t *testing.T) {
	for _, s := range slices.Concat(subjects(t, "subjects.tsv"), subjects(t, "unseen.tsv")) {
		if !isLatin(s.language) {
			continue
		}
		for language, name := range map[string]string{"zh-CN": "gb2312", "zh-TW": "big5", "ja": "shift_jis", "ko": "euc-kr"} {
			for _, h := range []Hints{{Languages: []string{language}}, {Languages: []string{language}, Charsets: []string{name}}} {
				if h.Charsets != nil && len(s.octets) < 5 {
					continue // in mail that declares Big5 "Żółw" can be two hanzi
				}
				if text, used := Decode(s.octets, "", h); strings.ContainsFunc(text, isAsian) {
					t.Errorf("%s in %s, with %+v: %s in %s", s.text, s.charset, h, text, used)
				}
			}
		}
	}
}

func TestHints(t *testing.T) {
	for _, test := range []struct {
		octets string
		hints  Hints
		want   string
	}{
		{in(t, "gbk", "通知"), Hints{Languages: []string{"zh-CN"}}, "通知"},
		{in(t, "gbk", "图片"), Hints{Languages: []string{"zh_Hans_CN"}}, "图片"},
		{in(t, "gbk", "付款"), Hints{Languages: []string{"zh"}}, "付款"},
		{in(t, "gbk", "谢谢"), Hints{Languages: []string{"en-US", "zh-SG"}}, "谢谢"},
		{in(t, "big5", "測試"), Hints{Languages: []string{"zh-Hant-HK"}}, "測試"},
		{in(t, "euc-jp", "通販"), Hints{Languages: []string{"ja-JP"}}, "通販"},
		{in(t, "shift_jis", "ﾃｽﾄ"), Hints{}, "ﾃｽﾄ"},
		{in(t, "shift_jis", "ﾃｽﾄ"), Hints{Languages: []string{"ja"}}, "ﾃｽﾄ"},
		{in(t, "shift_jis", "ﾃｽﾄﾒｰﾙ"), Hints{Languages: []string{"ja"}}, "ﾃｽﾄﾒｰﾙ"},
		{in(t, "koi8-r", "Да"), Hints{Languages: []string{"ru"}}, "Да"},
		{in(t, "koi8-r", "Да"), Hints{Charsets: []string{"KOI8-R"}}, "Да"},
		{in(t, "windows-1255", "כן"), Hints{Languages: []string{"he-IL"}}, "כן"},
		{in(t, "gbk", "丂丄丅"), Hints{Charsets: []string{"gbk"}}, "丂丄丅"},
		{in(t, "euc-jp", "通販"), Hints{Charsets: []string{"euc-jp"}}, "通販"},
		{in(t, "iso-8859-3", "ĝentila ĉapelo"), Hints{Charsets: []string{"iso-8859-3"}}, "ĝentila ĉapelo"},
		{in(t, "macintosh", "Größe"), Hints{Charsets: []string{"macintosh"}}, "Größe"},
		// A hint is no order.
		{in(t, "gbk", "会议改期到周四"), Hints{Charsets: []string{"iso-8859-1"}, Languages: []string{"de"}}, "会议改期到周四"},
		{in(t, "windows-1252", "Größe"), Hints{Charsets: []string{"gb2312"}, Languages: []string{"zh-CN"}}, "Größe"},
		{in(t, "windows-1252", "été"), Hints{Charsets: []string{"gb2312"}, Languages: []string{"zh-CN"}}, "été"},
		{"会议", Hints{Charsets: []string{"gb2312"}, Languages: []string{"zh-CN"}}, "会议"},
		{"Größe", Hints{Charsets: []string{"iso-8859-1"}, Languages: []string{"de"}}, "Größe"},
		{"plain", Hints{Charsets: []string{"utf-16", "utf-7"}}, "plain"},
	} {
		if text, used := Decode([]byte(test.octets), "", test.hints); text != test.want {
			t.Errorf("%q, %+v: %q in %s, want %q", test.octets, test.hints, text, used, test.want)
		}
	}
}

// in writes text in a charset.
func in(t testing.TB, name, text string) string {
	t.Helper()
	c := find(name)
	if c == nil {
		t.Fatalf("no charset %q", name)
	}
	var e encoding.Encoding
	switch {
	case c.double != nil:
		e = c.double
	case c.single != nil:
		e = c.single.(encoding.Encoding)
	default:
		e = map[string]encoding.Encoding{"iso-2022-jp": japanese.ISO2022JP, "hz-gb-2312": simplifiedchinese.HZGB2312, "utf-16": unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-8": unicode.UTF8}[c.name]
	}
	octets, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return octets
}

func TestDeclared(t *testing.T) {
	for _, test := range []struct{ declared, octets, want string }{
		// Latin 1 is believed.
		{"iso-8859-1", "Gr\xf6\xdfe", "Größe"},
		{"iso-8859-1", "The na\xc3\xafve approach", "The naïve approach"},
		{"iso-8859-1", "Il a dit \xc3\xa0 Paul", "Il a dit à Paul"},
		{"iso-8859-1", "Price: \xc2\xa35 only", "Price: £5 only"},
		{"windows-1252", "\xc3\x9cber uns", "Über uns"},
		{"windows-1252", "20 \xc2\xb0C today", "20 °C today"},
		{"iso-8859-1", "<p>\xc3\xa4 \xc3\xb6 &#24352;</p>", "<p>ä ö &#24352;</p>"},
		{"iso-8859-1", "\xe9t\xe9", "été"},
		{"windows-1252", "\xe0", "à"},
		{"latin1", "p\xe4iv\xe4\xe4", "päivää"},
		{"iso-8859-1", "\xa1S\xed!", "¡Sí!"},
		{"iso-8859-1", "\xab\xa0\xe0 traiter\xa0\xbb", "«\u00a0à traiter\u00a0»"},
		{"iso-8859-1", "Caf\xe9\xa0\xa0\xa0 2,50 \x80 ", "Café\u00a0\u00a0\u00a0 2,50 € "},
		{"iso-8859-1", "We\x92ve \x96 next", "We’ve – next"},
		{"iso-8859-1", "\xc5\xc4\xd6", "ÅÄÖ"},
		{"iso-8859-1", "\xfc\xfc\xfc", "üüü"},
		{"iso-8859-1", "\xd8\xf8", "Øø"},
		{"iso-8859-1", "\xa9\xae \xb1\xb2", "©® ±²"},
		{"iso-8859-15", "100 \xa4", "100 €"},
		// Unless it is something else beyond doubt.
		{"iso-8859-1", in(t, "gbk", "会议通知"), "会议通知"},
		{"iso-8859-1", in(t, "gbk", "您的订单已发货"), "您的订单已发货"},
		{"iso-8859-1", in(t, "big5", "您的電子發票"), "您的電子發票"},
		{"iso-8859-1", in(t, "euc-kr", "안녕하세요"), "안녕하세요"},
		{"iso-8859-1", in(t, "shift_jis", "お知らせです"), "お知らせです"},
		{"iso-8859-1", in(t, "windows-1251", "Приглашение на встречу"), "Приглашение на встречу"},
		{"iso-8859-1", "会议", "会议"},
		{"iso-8859-1", "Größe", "Größe"},
		{"windows-1251", "Встреча", "Встреча"},
		{"iso-8859-2", "příští týden", "příští týden"},
		{"gb2312", "会议改期", "会议改期"},
		{"us-ascii", "Größe", "Größe"},
		{"utf-8", in(t, "gbk", "会议通知"), "会议通知"},
		{"utf-8", "Gr\xf6\xdfe", "Größe"},
		{"utf-8", "caf\xc3", "caf"},
		{"utf-8", "ok \xe4\xbc", "ok "},
		{"us-ascii", in(t, "gbk", "会议通知"), "会议通知"},
		// All other declarations are.
		{"koi8-r", in(t, "koi8-r", "Да"), "Да"},
		{"iso-8859-2", in(t, "iso-8859-2", "šťáva"), "šťáva"},
		{"windows-1250", in(t, "windows-1250", "žluť"), "žluť"},
		{"gb2312", in(t, "gbk", "通知"), "通知"},
		{"gbk", in(t, "gbk", "丂丄丅"), "丂丄丅"},
		{"gb2312", in(t, "gbk", "朱镕基喆"), "朱镕基喆"},
		{"big5", in(t, "big5", "龘"), "龘"},
		{"euc-kr", in(t, "euc-kr", "뷁"), "뷁"},
		{"shift_jis", in(t, "shift_jis", "ﾃｽﾄ"), "ﾃｽﾄ"},
	} {
		if text, used := Decode([]byte(test.octets), test.declared, Hints{}); text != test.want {
			t.Errorf("%q declared as %s: %q in %s, want %q", test.octets, test.declared, text, used, test.want)
		}
	}
}

// What a language is usually written in is believed where it is declared, and
// Latin 1 above all.
func TestDeclarationsHold(t *testing.T) {
	for _, s := range slices.Concat(subjects(t, "subjects.tsv"), subjects(t, "unseen.tsv")) {
		for _, h := range []Hints{{}, {Languages: []string{"zh-CN"}, Charsets: []string{"gb2312"}}} {
			if text, used := Decode(s.octets, s.charset, h); text != s.text {
				t.Errorf("%s declared as %s, with %+v: %s in %s", s.text, s.charset, h, text, used)
			}
		}
	}
}

// A cut or a bad octet does not change what is guessed.
func TestDamagedSubjects(t *testing.T) {
	for _, s := range subjects(t, "subjects.tsv") {
		runes := []rune(s.text)
		if named(s.charset).double != nil && len(runes) > 4 && runes[len(runes)-1] >= 0x3040 {
			got, used := Decode(s.octets[:len(s.octets)-1], "", Hints{})
			if want := string(runes[:len(runes)-1]); strings.TrimRight(got, bad) != want {
				t.Errorf("%s in %s, cut: %s in %s", s.text, s.charset, got, used)
			}
		}
		if !isASCII([]byte(string(runes[len(runes)-1]))) && len(runes) > 4 && len(s.text)-len(runes) > 3 {
			got, used := Decode([]byte(s.text)[:len(s.text)-1], "", Hints{})
			if want := string(runes[:len(runes)-1]); used != "utf-8" || strings.TrimRight(got, bad) != want {
				t.Errorf("%s in UTF-8, cut: %s in %s", s.text, got, used)
			}
			if got, used := Decode([]byte(string(runes[:2])+"\xff"+string(runes[2:])), "", Hints{}); used != "utf-8" || got != string(runes[:2])+bad+string(runes[2:]) {
				t.Errorf("%s in UTF-8 with FF: %s in %s", s.text, got, used)
			}
		}
	}
}

// A lost, cut or odd octet costs one character.
// What somebody who counts octets has torn is joined, in UTF-8 only.
func TestTorn(t *testing.T) {
	for _, test := range []struct{ octets, want string }{
		{"世\xe7\n \x95\x8c，", "世界，"},
		{"世\xe7\r\n\x95\x8c，", "世界，"},
		{"\xf0\x9f\r\n \x98\x80 a", "😀 a"},
		{"\xf0 \x9f\x98\x80 世\xe7", "😀 世"},
		{in(t, "gbk", "戒 ソ，请于周五下午来开会"), "戒 ソ，请于周五下午来开会"},
	} {
		if text, used := Decode([]byte(test.octets), "", Hints{}); text != test.want {
			t.Errorf("%q: %q in %s, want %q", test.octets, text, used, test.want)
		}
	}
}

func TestDamage(t *testing.T) {
	for name, text := range map[string]string{
		"gb2312":      "您好，您的订单已发货，预计明天送达。感谢您的支持！",
		"gb18030":     "您好，您的订单已发货，预计明天送达。感谢您的支持！",
		"big5":        "您好，您的訂單已出貨，預計明天送達。感謝您的支持！",
		"shift_jis":   "ご注文の商品を発送しました。明日到着予定です。",
		"euc-jp":      "ご注文の商品を発送しました。明日到着予定です。",
		"euc-kr":      "주문하신 상품이 발송되었습니다. 내일 도착 예정입니다.",
		"iso-2022-jp": "ご注文の商品を発送しました。明日到着予定です。",
		"utf-8":       "您好，您的订单已发货，预计明天送达。感谢您的支持！",
	} {
		for _, declared := range []string{name, ""} {
			whole := in(t, name, text)
			for cut := len(whole) / 2; cut < len(whole); cut++ {
				got, used := Decode([]byte(whole[:cut]), declared, Hints{})
				if !strings.HasPrefix(text, strings.TrimRight(got, "�")) || len([]rune(got)) < len([]rune(text))*cut/len(whole)-2 {
					t.Errorf("%s, declared %q, cut after %d octets: %q in %s", name, declared, cut, got, used)
				}
			}
			if name == "iso-2022-jp" {
				continue // an octet with its highest bit set is nothing there
			}
			for at := 4; at < len(whole)-4; at++ {
				for what, damaged := range map[string]string{
					"without octet":    whole[:at] + whole[at+1:],
					"with an odd FF":   whole[:at] + "\xff" + whole[at:],
					"with FF in place": whole[:at] + "\xff" + whole[at+1:],
					"with an odd C8":   whole[:at] + "\xc8" + whole[at:],
				} {
					got, used := Decode([]byte(damaged), declared, Hints{})
					if lost := difference(text, got); lost > 4 {
						t.Errorf("%s, declared %q, %s %d: %d characters lost: %q in %s", name, declared, what, at, lost, got, used)
					}
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for i, s := range subjects(f, "subjects.tsv") {
		if i%10 == 0 {
			f.Add(s.octets, s.charset, s.language)
		}
	}
	for _, c := range charsets {
		f.Add([]byte("\x1b$)C\x0e>H\x0f ~{;a~} +AOk- \xc8\xcb\x8f\xa2\xb7\x00\x00\xd8"), c.name, "zh")
	}
	f.Fuzz(func(t *testing.T, b []byte, label, language string) {
		for _, declared := range []string{"", label} {
			for _, h := range []Hints{{}, {Charsets: []string{label}, Languages: []string{language}}} {
				text, used := Decode(b, declared, h)
				if !utf8.ValidString(text) || named(used) == nil {
					t.Fatalf("%q declared as %q: %q in %q", b, declared, text, used)
				}
				if len(text) > 4*len(b)+4 {
					t.Fatalf("%d octets became %d", len(b), len(text))
				}
			}
		}
	})
}

// Clean text comes back as it is.
func TestClean(t *testing.T) {
	for _, s := range subjects(t, "subjects.tsv") {
		for _, declared := range []string{"", "utf-8", "us-ascii", "x-unknown"} {
			if text, used := Decode([]byte(s.text), declared, Hints{}); text != s.text || used != "utf-8" {
				t.Errorf("%q declared as %q: %q in %s", s.text, declared, text, used)
			}
		}
	}
	for _, text := range []string{"", " ", "plain", "a\x00b", "~~ {~} +-+ -", "❤", "🎉", "Привіт", "გამარჯობა", "नमस्ते", "ሰላም", "e\u0301"} {
		if got, _ := Decode([]byte(text), "", Hints{}); got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	line := "Ihre Rückfrage zu der Bestellung 4711 vom 12. März 2026, Köln-Mülheim. "
	chinese := "您好，您的订单已发货，预计明天送达。感谢您的支持！\r\n"
	for _, bench := range []struct{ name, declared, octets string }{
		{"subject Latin", "", in(b, "windows-1252", line)[:64]},
		{"subject GBK", "", in(b, "gbk", strings.Repeat(chinese[:48], 2))},
		{"1 MB Latin", "", strings.Repeat(in(b, "windows-1252", line), 1<<20/72)},
		{"1 MB GBK", "", strings.Repeat(in(b, "gbk", chinese), 1<<20/52)},
		{"1 MB GBK declared", "gbk", strings.Repeat(in(b, "gbk", chinese), 1<<20/52)},
		{"1 MB GBK damaged", "gbk", strings.Repeat("\xc8"+in(b, "gbk", chinese[:72]), 1<<20/49)},
		{"1 MB FF", "", strings.Repeat("\xff", 1<<20)},
		{"1 MB noise", "", strings.Repeat("\x81\xfe\xa0\xe9\xff\xc3\x30\x80", 1<<17)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decode([]byte(bench.octets), bench.declared, Hints{})
			}
		})
	}
}

// difference is how many characters of a are neither in what b begins with nor
// in what it ends with.
func difference(a, b string) int {
	x, y := []rune(a), []rune(b)
	start, end := 0, 0
	for start < min(len(x), len(y)) && x[start] == y[start] {
		start++
	}
	for end < min(len(x), len(y))-start && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	return len(x) - start - end
}

func TestLabels(t *testing.T) {
	for label, want := range map[string]string{
		"koi8u": "koi8-u", "koi8-ru": "koi8-u", "cp-866": "ibm866", "cp866": "ibm866", "IBM866": "ibm866",
		"maccyrillic": "x-mac-cyrillic", "x-mac-cyrillic": "x-mac-cyrillic", "macroman": "macintosh", "x-macroman": "macintosh",
		"latin9": "iso-8859-15", "ISO_8859-15": "iso-8859-15", "iso8859-2": "iso-8859-2", "latin2": "iso-8859-2", "cp-850": "ibm850", "IBM850": "ibm850",
		"cp437": "ibm437", "cp1252": "windows-1252", "cp-1252": "windows-1252", "win-1251": "windows-1251", "win1251": "windows-1251", "x-cp1251": "windows-1251",
		"gb_2312-80": "gb18030", "GB2312": "gb18030", "x-gbk": "gb18030", "gb18030": "gb18030", "hz-gb-2312": "hz-gb-2312",
		"big5-hkscs": "big5", "x-euc-tw": "euc-tw", "x-sjis": "shift_jis", "Shift-JIS": "shift_jis", "ISO-2022-KR": "iso-2022-kr",
		"iso-2022-cn": "iso-2022-cn", "johab": "johab", "utf-7": "utf-7", "unicode-1-1-utf-7": "utf-7", "utf-16": "utf-16", "utf-32le": "utf-32le",
		"CESU-8": "utf-8", "utf8mb4": "utf-8", "tis-620": "windows-874", "iso-8859-11": "windows-874",
		"ks_c_5601-1987": "euc-kr", "cp949": "euc-kr", "uhc": "euc-kr", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
		`"utf-8"`: "utf-8", "utf-8;": "utf-8", "utf-8 (x)": "utf-8", "charset=utf-8": "utf-8", "'gbk'": "gb18030", " utf 8 ": "utf-8", "iso_8859-1:1987": "windows-1252",
		`charset="iso-8859-2"`: "iso-8859-2", "utf-8\r\n": "utf-8", "=utf-8": "utf-8", "latin-1": "windows-1252", "iso-8859-9": "windows-1254", "cs-iso-latin1": "windows-1252",
		// Constants of Windows, names of Java, PHP, Python and Solaris, numbers of code pages.
		"GB2312_CHARSET": "gb18030", "CHINESEBIG5_CHARSET": "big5", "SHIFTJIS_CHARSET": "shift_jis", "HANGUL_CHARSET": "euc-kr", "RUSSIAN_CHARSET": "windows-1251",
		"GREEK_CHARSET": "windows-1253", "ANSI_CHARSET": "windows-1252", "DEFAULT_CHARSET": "",
		"sjis-win": "shift_jis", "eucjp-win": "euc-jp", "SJIS-Mobile#DOCOMO": "shift_jis", "ISO-2022-JP-MOBILE#KDDI": "iso-2022-jp", "CP5022x": "iso-2022-jp",
		"x-windows-50221": "iso-2022-jp", "x-windows-iso2022jp": "iso-2022-jp", "x-windows-949": "euc-kr", "x-mswin-936": "gb18030", "x-IBM943": "shift_jis", "x-PCK": "shift_jis",
		"shift_jisx0213": "shift_jis", "euc_jis_2004": "euc-jp", "utf_8_sig": "utf-8", "utf-8-bom": "utf-8", "x-UTF-16LE-BOM": "utf-16le",
		"ansi-1251": "windows-1251", "windows-cp1251": "windows-1251", "zh_CN.euc": "gb18030", "zh_TW-big5": "big5", "ko_KR.euckr": "euc-kr", "gb2312-0": "gb18030",
		"65001": "utf-8", "cp65001": "utf-8", "windows-28592": "iso-8859-2", "20866": "koi8-r", "54936": "gb18030", "51949": "euc-kr", "50220": "iso-2022-jp", "1200": "utf-16le",
		"iso-8859-1-unicode": "windows-1252", "iso-8859-1-windows-3.1-latin-1": "windows-1252", "iso8859-15fr": "iso-8859-15", "windows-1252n": "windows-1252", "x-x-big5": "big5",
		"ISO-10646/UTF-8": "utf-8", "x-mac-japanese": "shift_jis", "tis-620.2533": "windows-874", "ibm-915": "iso-8859-5", "x-euc": "euc-jp", "JISAutoDetect": "",
		"ansi_x3.4-1968": "", "us-ascii": "", "unknown-8bit": "", "": "", "x-nonsense": "", "8bit": "", "binary": "", ";": "", "charset": "",
	} {
		got := ""
		if c := find(label); c != nil {
			got = c.name
		}
		if got != want {
			t.Errorf("%q is %q, want %q", label, got, want)
		}
	}
}

func TestKnown(t *testing.T) {
	for label, want := range map[string]bool{
		"utf-8": true, "cp857": true, "us-ascii": true, "ANSI_X3.4-1968": true, "unknown-8bit": true, "": true, "8bit": true, "_autodetect": true,
		"x-nonsense": false, "iso-8859-99": false, "cp99999": false,
	} {
		if Known(label) != want {
			t.Errorf("%q is known: %v", label, !want)
		}
	}
}

// What a mailing list appends is not always converted.
func TestLinesInTwoCharsets(t *testing.T) {
	const footer = "----原文附件----\n会议通知在这里\n"
	for _, test := range []struct{ declared, octets, want string }{
		{"gb2312", in(t, "gbk", "你好世界\n") + footer, "你好世界\n" + footer},
		{"", in(t, "gbk", "您好，您的订单已发货。\n") + footer, "您好，您的订单已发货。\n" + footer},
		{"utf-8", in(t, "gbk", "你好世界，您的订单\n") + footer + footer + footer, "你好世界，您的订单\n" + footer + footer + footer},
		{"big5", in(t, "big5", "您的電子發票\n\n") + "您的電子發票\n", "您的電子發票\n\n您的電子發票\n"},
		{"utf-8", footer + in(t, "gbk", "退订请点这里\n"), footer + "退订请点这里\n"},
		{"utf-8", footer + "Gr\xfc\xdfe\n", footer + "Grüße\n"},
		{"iso-8859-1", "Gr\xfc\xdfe\n--\nListe für Bücher, Straße\n", "Grüße\n--\nListe für Bücher, Straße\n"},
		{"koi8-r", in(t, "koi8-r", "Привет, друзья\n") + "Чтобы отписаться\n", "Привет, друзья\nЧтобы отписаться\n"},
		// What is appended may be longer than what was written.
		{"utf-8", "Привет\n" + in(t, "koi8-r", "Список рассылки нашего клуба\n"), "Привет\nСписок рассылки нашего клуба\n"},
		{"utf-8", "Спасибо\n" + in(t, "windows-1251", "Рассылка клуба любителей кошек\n"), "Спасибо\nРассылка клуба любителей кошек\n"},
		{"utf-8", "네\n" + in(t, "euc-kr", "메일링 리스트를 탈퇴하려면\n"), "네\n메일링 리스트를 탈퇴하려면\n"},
		// Two hanzi in GBK that pass for UTF-8, and damage.
		{"utf-8", in(t, "gbk", "谢谢\n您好，请查收附件。\n谢谢\n"), "谢谢\n您好，请查收附件。\n谢谢\n"},
		{"gb2312", in(t, "gbk", "你好世界\n联通\n"), "你好世界\n联通\n"},
		{"utf-8", footer + "您\xff好\n", footer + "您" + bad + "好\n"},
		{"utf-8", footer + "\xff\xfe\x81\n", footer + bad + "\n"},
	} {
		if text, used := Decode([]byte(test.octets), test.declared, Hints{}); text != test.want {
			t.Errorf("%q declared as %q: %q in %s, want %q", test.octets, test.declared, text, used, test.want)
		}
	}
}

// Programs for Windows declare the charsets of the ISO, and write their own.
func TestWindowsUnderTheNameOfISO(t *testing.T) {
	for _, test := range []struct{ declared, page, text string }{
		{"iso-8859-2", "windows-1250", "świeże mięso"},
		{"iso-8859-2", "windows-1250", "Žena šla, ťava"},
		{"iso-8859-7", "windows-1253", "5 € – Άννα “x”"},
		{"iso-8859-8-i", "windows-1255", "שלום – “עולם”"},
		{"iso-8859-13", "windows-1257", "kaina 5 € – „taip“"},
		{"iso-8859-15", "windows-1252", "5 € – “naïve”"},
		// And as it is declared.
		{"iso-8859-2", "iso-8859-2", "świeże mięso, Žena šla, ťava"},
		{"iso-8859-7", "iso-8859-7", "Άννα, καλημέρα"},
		{"iso-8859-15", "iso-8859-15", "5 €, Œuvre"},
	} {
		octets := in(t, test.page, test.text)
		if text, used := Decode([]byte(octets), test.declared, Hints{}); text != test.text {
			t.Errorf("%s as %s: %q in %s, want %q", test.page, test.declared, text, used, test.text)
		}
	}
}

// A label of the system that the program runs on is no better than none; one
// under which the text can be meant holds.
func TestDeclaredForAnother(t *testing.T) {
	for _, test := range []struct{ declared, page, text string }{
		{"big5", "gbk", "您好，我们下周一开会讨论项目进展"},
		{"big5", "gbk", "请查收附件，谢谢"},
		{"gb2312", "euc-kr", "감사합니다. 내일 뵙겠습니다."},
		{"gb2312", "big5", "您的電子發票已開立，謝謝您的惠顧"},
		{"euc-kr", "gbk", "会议通知已经发出，请及时查看"},
		{"windows-1251", "koi8-r", "Привет всем, встреча завтра"},
		{"koi8-r", "windows-1251", "Привет"},
		{"iso-8859-5", "koi8-r", "Спасибо за помощь"},
		{"iso-8859-5", "windows-1251", "Рассылка"},
		// These are what they say.
		{"big5", "big5", "龔龑"},
		{"big5", "big5", "謝謝"},
		{"big5", "big5", "臺灣鐵路公司"},
		{"big5", "big5", "兀朮完顏"},
		{"gb2312", "gbk", "镕喆"},
		{"gb2312", "gbk", "会议"},
		{"gb2312", "gbk", "龘齉"},
		{"gb2312", "gbk", "張偉"},
		{"euc-kr", "euc-kr", "네"},
		{"euc-kr", "euc-kr", "大韓民國"},
		{"koi8-r", "koi8-r", "МВД РФ"},
		{"koi8-r", "koi8-r", "ЁЛКА"},
		{"koi8-r", "koi8-r", "ООО ЪУЪ"},
		{"windows-1251", "windows-1251", "ФГБУ НИИ"},
		{"windows-1251", "windows-1251", "ВНИМАНИЕ! СРОЧНО"},
		{"windows-1251", "windows-1251", "Њујорк, Ђорђе"},
		{"windows-1251", "windows-1251", "Щъркел и жълъд"},
		{"iso-8859-5", "iso-8859-5", "Ж"},
		{"windows-1251", "windows-1251", "Під'їзд і ґанок"},
		{"koi8-r", "koi8-r", "вЫКЛЮЧЕННЫЙ cAPS"},
	} {
		octets := in(t, test.page, test.text)
		want, _ := named(find(test.page).name).try([]byte(octets))
		if text, used := Decode([]byte(octets), test.declared, Hints{}); text != want {
			t.Errorf("%s as %s: %q in %s, want %q", test.page, test.declared, text, used, want)
		}
	}
}

// Without a mark, UTF-16 is in the order in which it makes sense, and in the
// declared one where both do.
func TestOrderOfUTF16(t *testing.T) {
	for _, text := range []string{
		"您好，附件是十一月的对账单", "发票已开，请查收。", "谢谢！", "最一万丑业丛", "Hello, world", "Привет, как дела?", "안녕하세요", "こんにちは", "مرحبا", "x",
	} {
		for _, label := range []string{"utf-16", "utf-16le", "utf-16be", "unicode"} {
			for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
				octets, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().String(text)
				if err != nil {
					t.Fatal(err)
				}
				if got, _ := Decode([]byte(octets), label, Hints{}); got != text {
					t.Errorf("%s in order %v, declared as %s: %q", text, order, label, got)
				}
			}
		}
	}
}

// Brackets of programs are no HZ.
func TestBracketsAreNotHZ(t *testing.T) {
	for _, text := range []string{
		`(format nil "~{~A~}" xs)`, `(format t "~{~a ~}~%" xs)`, "~{<td>~a</td>~}", "~{TODO~} buy milk", "regex ~{abcd~} done",
		"~{a~}, ~{b~} and ~{Hello, World~}", "unclosed ~{abcdefgh",
	} {
		for _, declared := range []string{"", "us-ascii", "utf-8", "gb2312"} {
			if got, used := Decode([]byte(text), declared, Hints{}); got != text {
				t.Errorf("%q declared as %q: %q in %s", text, declared, got, used)
			}
		}
	}
	for declared, h := range map[string]Hints{"": {Languages: []string{"zh-CN"}}, "hz-gb-2312": {}} {
		if got, _ := Decode([]byte("~{Dc:C~}"), declared, h); got != "你好" {
			t.Errorf("declared as %q: %q", declared, got)
		}
	}
}

// Nor does it spoil a text of seven bits.
func TestSevenBitsAndEight(t *testing.T) {
	meeting := in(t, "iso-2022-jp", "会議は金曜日です\n")
	for _, test := range []struct{ declared, octets, want string }{
		{"iso-2022-jp", meeting + "\nリスト\n", "会議は金曜日です\n\nリスト\n"},
		{"iso-2022-jp", "\x1b$B2q5D\x1b(B\nリスト\n", "会議\nリスト\n"},
		{"iso-2022-jp", "<p>\x1b$B2q5D\x1b(B</p><p>リスト</p>", "<p>会議</p><p>リスト</p>"},
		{"iso-2022-jp", "<p>リスト</p><p>\x1b$B2q5D\x1b(B</p>", "<p>リスト</p><p>会議</p>"},
		{"", meeting + "\nリスト\n", "会議は金曜日です\n\nリスト\n"},
		{"iso-2022-jp", meeting + "\n" + in(t, "shift_jis", "投稿場所\n"), "会議は金曜日です\n\n投稿場所\n"},
		{"iso-2022-jp", meeting + "\n" + in(t, "shift_jis", "投稿場所\n") + "メーリングリスト\n", "会議は金曜日です\n\n投稿場所\nメーリングリスト\n"},
		{"utf-8", "会議は金曜日です。\n\n" + in(t, "iso-2022-jp", "メーリングリスト") + "\n", "会議は金曜日です。\n\nメーリングリスト\n"},
		{"iso-2022-kr", "\x1b$)C\x0e>H3gGO<<?d\x0f \x0eH8@G\x0f\n\n리스트\n", "안녕하세요 회의\n\n리스트\n"},
		{"iso-2022-kr", "\x1b$)C리스트\n\x0e>H3gGO<<?d\x0f\n", "리스트\n안녕하세요\n"},
		{"hz-gb-2312", "~{Dc:CJ@=g~}\n\n邮件列表\n", "你好世界\n\n邮件列表\n"},
		{"hz-gb-2312", "<p>~{Dc:C~}<p>邮件~~<p>~{J@=g\n", "<p>你好<p>邮件~~<p>世界\n"},
		{"utf-7", "+T2BZfQ-\n\n邮件列表\n", "你好\n\n邮件列表\n"},
		{"iso-2022-jp", meeting + "\n© 2026\n", "会議は金曜日です\n\n© 2026\n"},
		{"iso-2022-jp", meeting + "\n\xa9 2026 Z\xfcrich\n", "会議は金曜日です\n\n© 2026 Zürich\n"},
		{"us-ascii", "\x1b$B2q5D\x1b(B " + strings.Repeat("リスト", 40), "会議 " + strings.Repeat("リスト", 40)},
		// What has escapes that mean nothing.
		{"utf-8", "リスト\x1b$B\n", "リスト\x1b$B\n"},
		{"utf-8", "价格 ~{ 不变 ~} 谢谢", "价格 ~{ 不变 ~} 谢谢"},
	} {
		if text, used := Decode([]byte(test.octets), test.declared, Hints{}); text != test.want {
			t.Errorf("%q declared as %q: %q in %s, want %q", test.octets, test.declared, text, used, test.want)
		}
	}
}

func TestOtherCharsets(t *testing.T) {
	for _, test := range []struct{ declared, octets, want string }{
		{"iso-2022-kr", "\x1b$)C\x0e>H3gGO<<?d\x0f abc", "안녕하세요 abc"},
		{"iso-2022-cn", "\x1b$)A\x0e;aRi\x0f!", "会议!"},
		{"iso-2022-cn", "\x1b$)G\x0eD!\x0f", "一"},
		{"iso-2022-jp", "\x1b$B$*CN$i$;\x1b(B!", "お知らせ!"},
		{"iso-2022-jp", "\x1b(I1\x1b(B", "ｱ"},
		{"hz-gb-2312", "~{;aRi~} ok ~~", "会议 ok ~"},
		{"johab", "\xb4\x61 \xd0\x65\x8b\x69", "아 한글"},
		{"johab", "\xd9\x31\xe0\x31", "\u3000伽"},
		{"euc-tw", "\xc4\xa1 \x8e\xa2\xa1\xa1", "一 乂"},
		{"utf-7", "Hi Mom -+Jjo--!", "Hi Mom -☺-!"},
		{"utf-7", "+ZeVnLIqe-", "日本語"},
		{"utf-7", "1 +- 2", "1 + 2"},
		{"unicode-1-1-utf-7", "caf+AOk", "café"},
		{"utf-16", "\xff\xfea\x00O\x4f", "a何"[:1] + "\u4f4f"},
		{"utf-16", "\x00a\x00b", "ab"},
		{"utf-16", "a\x00b\x00", "ab"},
		{"utf-16le", "\x1a\x4f\xae\x8b", "会议"},
		{"utf-16be", "\x4f\x1a\x8b\xae", "会议"},
		{"utf-16", "plain", "plain"},
		{"utf-32", "\x00\x00\xfe\xff\x00\x00\x4f\x1a", "会"},
		{"utf-32le", "\x1a\x4f\x00\x00", "会"},
		{"cesu-8", "\xed\xa0\xbd\xed\xb8\x80", "😀"},
		{"utf-8", "\xef\xbb\xbf会", "会"},
		{"windows-1258", "Xin cha\xcco", "Xin chào"},
		{"cp437", "\x81", "ü"},
		{"shift_jis", "\x82\xa8\x82\xcd\x82\xe6\x82\xa4\xf8\x9f", "おはよう☀"},
		{"shift_jis", "\xf8\x9f\xf6\x60\xf9\x87\x82\xa8", "☀☀1お"},
		{"shift_jis", "\x82\xa8\xf0\x40\x82\xcd\xfb\xfc\xed\x40", "お" + bad + "は髙纊"},
		{"iso-2022-jp", "\x1b$B$*uAu:\x1b(B", "お☀⚠"},
		{"cp857", "\x9e\x69\x66\x72\x65\x6e\x69\x7a\x20\x64\x65\xa7\x69\x9f\x74\x69", "Şifreniz değişti"},
		{"x-mac-turkish", "\xde\x69\x66\x72\x65", "Şifre"},
		{"cp775", "\xbe\xd0\xc7", "ŠąŪ"},
		{"kz1048", "\x8d\xe0\xe7\xe0\x9d", "Қазақ"},
		{"cp1125", "\xf9\xf2\xf5", "їҐє"},
		{"ibm037", "\xc8\x85\x93\x93\x96\x40\xe6\x96\x99\x93\x84", "Hello World"},
		{"cp500", "\xc8\x85\x93\x93\x96\x4f", "Hello!"},
		{"ebcdic-cp-de", "\xc7\x99\x6a\xa1\x85", "Größe"},
		{"ibm01141", "\xc7\x99\x6a\xa1\x85", "Größe"},
		{"cp737", "\x89\x98\xa2\x9e\xa3\xe2\xa8\x98", "Καλημέρα"},
		{"cp869", "\xb5\xd6\xe5\xe1\xe6\x9d\xeb\xd6", "Καλημέρα"},
		{"cp861", "\x8d\xa2\x72\x8c\x75\x72", "Þórður"},
		{"koi8-t", "\xf4\xcf\x8d\xc9\xcb\xa5", "Тоҷикӣ"},
		{"hp-roman8", "\x47\x72\xce\xde\x65", "Größe"},
		{"ptcp154", "\x8d\xe0\xe7\xe0\x9d", "Қазақ"},
		{"cp855", "\xdd\xe1\xb7\xeb\xa8\xe5", "Привет"},
		{"cp862", "\x99\x8c\x85\x8d", "שלום"},
		{"ibm1140", "\xf1\xf0\x40\x9f", "10 €"},
		{"cp1026", "\x5b\xa8\x89\x40\x87\xe0\x95\x93\x85\x99", "İyi günler"},
		{"viscii", "Xin ch\xe0o c\xe1c b\xd5n", "Xin chào các bạn"},
		{"tcvn-5712", "Xin ch\xb5o c\xb8c b\xb9n, a\xb0", "Xin chào các bạn, à"},
		{"armscii-8", "\xb4\xb3\xf1\xbb\xf5", "Բարեւ"},
		{"georgian-ps", "\xc2\xc0\xcc", "გამ"},
		{"mik", "\x87\xa4\xb0\xa0\xa2\xa5\xa9", "Здравей"},
		{"ecma-cyrillic", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"},
		{"ibm277", "\xe2\x94\x6a\x99\x99", "Smørr"},
		{"ebcdic-cyrillic", "\xdc\xde\xcb\xed\xbd\xea", "ПРИВЕТ"},
		{"ibm01142", "\xf1\xf0\x5a", "10€"},
		{"ebcdic-cp-fi", "\xe0\xe0", "ÉÉ"},
		{"cp037", "\xc8\x85\n\x85\x15\x85\x25\x85", "He\ne\ne\ne"},
		{"cp037", "\xc3\x85", "Ce"},
		{"cp037", "still ASCII", "still ASCII"},
		{"cp037", "now Größe", "now Größe"},
		// Undeclared.
		{"", "\x1b$)C\x0e>H3gGO<<?d\x0f", "안녕하세요"},
		{"", "\x1b$B$*CN$i$;\x1b(B", "お知らせ"},
		{"us-ascii", "\x1b$B$*CN$i$;\x1b(B", "お知らせ"},
		{"", "~{;aRi~}", "会议"},
		{"", "R+AOk-union", "Réunion"},
		{"", "C++ and -Wall", "C++ and -Wall"},
		{"", "+Android-", "+Android-"},
		{"", "1+1=2 - ok", "1+1=2 - ok"},
		{"", "+86 10 1234 5678", "+86 10 1234 5678"},
		{"", "a+b", "a+b"},
		{"", "Google+", "Google+"},
		{"", "\xff\xfe\x1a\x4f\xae\x8b", "会议"},
		{"", "\x1b$B$*CN$i$;\x1b(B\xa0 ok", "お知らせ\u00a0 ok"},
		// What was converted, and still has its old label.
		{"iso-2022-jp", "お知らせ", "お知らせ"},
		{"iso-2022-jp", in(t, "shift_jis", "会議のお知らせ"), "会議のお知らせ"},
		{"utf-7", "Größe", "Größe"},
		{"utf-16", "Größe", "Größe"},
		{"", "~{ not at all", "~{ not at all"},
	} {
		if text, used := Decode([]byte(test.octets), test.declared, Hints{}); text != test.want {
			t.Errorf("%q declared as %q: %q in %s, want %q", test.octets, test.declared, text, used, test.want)
		}
	}
}

// What can be read as declared is what is declared, however little of it there
// is among ASCII; and where nothing is declared, ASCII says nothing of the rest.
func TestLittleAmongASCII(t *testing.T) {
	const english = "Dear colleagues, please find attached the agenda for our next meeting and let me know whether the proposed time works for everyone. "
	for _, test := range []struct{ octets, declared, want string }{
		{"\xd5\xc5\xce\xb0", "gb2312", "张伟"},
		{"\xa4\xfd\xa4p\xa9\xfa", "big5", "王小明"},
		{"\x93c\x92\x86", "shift_jis", "田中"},
		{"\xb1\xe8\xc3\xb6\xbc\xf6", "euc-kr", "김철수"},
		{"\xd5\xc5\xce\xb0", "", "张伟"},
		{"\xcf\xf0\xe8\xe2\xe5\xf2, \xe4\xf0\xf3\xe7\xfc\xff", "", "Привет, друзья"},
	} {
		for n := range 12 {
			text := strings.Repeat(english, n) + "\n" + test.octets + "\n"
			if got, used := Decode([]byte(text), test.declared, Hints{}); !strings.HasSuffix(got, "\n"+test.want+"\n") {
				t.Errorf("%s after %d octets, declared %q: %q in %s", test.want, len(text), test.declared, got[max(0, len(got)-30):], used)
			}
		}
	}
}
