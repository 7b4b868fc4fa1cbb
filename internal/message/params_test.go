package message

import (
	"math/rand/v2"
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/plaintext"
)

func TestMediaType(t *testing.T) {
	for _, test := range []struct{ raw, kind, name, value string }{
		{"text/plain", "text/plain", "charset", ""},
		{"TEXT/PLAIN; CHARSET=US-ASCII", "text/plain", "charset", "us-ascii"},
		{"text/html; charset=\"utf-8\"", "text/html", "charset", "utf-8"},
		{"text / html ; charset = utf-8 ;", "text/html", "charset", "utf-8"},
		{"text/html charset=utf-8", "text/html", "charset", "utf-8"},
		{"text/html, charset=utf-8", "text/html", "charset", "utf-8"},
		{"text/html;;charset=utf-8;;", "text/html", "charset", "utf-8"},
		{"text/plain; charset=utf-8 format=flowed", "text/plain", "format", "flowed"},
		{`text/plain; charset="utf-8" format=flowed`, "text/plain", "format", "flowed"},
		{"text/plain; charset=us-ascii (Plain text)", "text/plain", "charset", "us-ascii"},
		{"text/plain (a; b=c); (d) charset=utf-8", "text/plain", "charset", "utf-8"},
		{"text/plain; charset='utf-8'", "text/plain", "charset", "utf-8"},
		{"text/plain; charset==utf-8", "text/plain", "charset", "utf-8"},
		{`text/plain; charset=3D"utf-8"`, "text/plain", "charset", "utf-8"},
		{"text/plain; charset=utf-8,text/html", "text/plain", "charset", "utf-8"},
		{"text/plain; charset=charset=gbk?", "text/plain", "charset", "gbk"},
		{`text/plain; charset="utf-8`, "text/plain", "charset", "utf-8"},
		{`text/plain; charset=utf-8"`, "text/plain", "charset", "utf-8"},
		{"text/plain; charset=; charset=utf-8", "text/plain", "charset", "utf-8"},
		{"text/plain; charset=gbk; charset=utf-8", "text/plain", "charset", "gbk"},
		{"text/plain; charset*=us-ascii'en-us'gbk", "text/plain", "charset", "gbk"},
		{"text/plain; charset*0=g; charset*1=bk", "text/plain", "charset", "gbk"},
		{"html", "text/html", "charset", ""},
		{"text", "text/plain", "charset", ""},
		{"text/", "text/plain", "charset", ""},
		{"text; charset=gbk", "text/plain", "charset", "gbk"},
		{"; charset=gbk", "text/plain", "charset", "gbk"},
		{"charset=gbk", "text/plain", "charset", "gbk"},
		{"", "text/plain", "charset", ""},
		{"nonsense", "text/plain", "charset", ""},
		{"/html", "text/plain", "charset", ""},
		{"nonsense; name=a.bin", "application/octet-stream", "name", "a.bin"},
		{"image; name=a.png", "application/octet-stream", "name", "a.png"},
		{"text/hmtl", "text/html", "charset", ""},
		{"txt/plain", "text/plain", "charset", ""},
		{"text/htm", "text/html", "charset", ""},
		{"html/text", "text/html", "charset", ""},
		{"text/css", "text/css", "charset", ""},
		{"multapart/mixed; boundary=b", "multipart/mixed", "boundary", "b"},
		{"mutlipart/alternative; boundary=b", "multipart/alternative", "boundary", "b"},
		{"multipart/realted; boundary=b", "multipart/related", "boundary", "b"},
		{"imgae/png", "image/png", "charset", ""},
		{"pdf", "application/pdf", "charset", ""},
		{`"text/html"; charset=gbk`, "text/html", "charset", "gbk"},
		{"Content-Type: text/html; charset=gbk", "text/html", "charset", "gbk"},
		{"text/html/x; charset=gbk", "text/html", "charset", "gbk"},
		{"text/html:; charset=gbk", "text/html", "charset", "gbk"},
		{"application/vnd.ms-excel.sheet+xml", "application/vnd.ms-excel.sheet+xml", "charset", ""},
		{"multipart/mixed; boundary=----=_Part_1_2.3", "multipart/mixed", "boundary", "----=_Part_1_2.3"},
		{"multipart/mixed; boundary=a b", "multipart/mixed", "boundary", "a b"},
		{"multipart/mixed; boundary=:/?@[a]=; x=y", "multipart/mixed", "boundary", ":/?@[a]="},
		{`multipart/mixed;; boundary="b"`, "multipart/mixed", "boundary", "b"},
		{`multipart/mixed; boundary="a;b"`, "multipart/mixed", "boundary", "a;b"},
		{`multipart/mixed; boundary='a'`, "multipart/mixed", "boundary", "'a'"},
		{`multipart/mixed; boundary="a(b)c"`, "multipart/mixed", "boundary", "a(b)c"},
		{`multipart/mixed; boundary=a(b)c`, "multipart/mixed", "boundary", "a(b)c"},
		{`multipart/mixed boundary="b"`, "multipart/mixed", "boundary", "b"},
		{`multipart/mixed; type="text/html" boundary="b"`, "multipart/mixed", "boundary", "b"},
		{`multipart; boundary="b"`, "multipart/mixed", "boundary", "b"},
		{`; boundary="b"`, "multipart/mixed", "boundary", "b"},
		{`multipart/mixed; junk; "quoted"; boundary="b"`, "multipart/mixed", "boundary", "b"},
	} {
		kind, list := mediaType([]byte(test.raw))
		if kind != test.kind || list.get(test.name) != test.value {
			t.Errorf("%q: %q, %s %q", test.raw, kind, test.name, list.get(test.name))
		}
	}
}

func TestDispositionType(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "inline": "inline", "INLINE; filename=a": "inline", "attachment": "attachment", "Attachment;filename=a": "attachment",
		"attachment filename=a": "attachment", "attachement": "attachment", "form-data": "attachment", "filename=a": "", "; filename=a": "", `"attachment"`: "attachment",
	} {
		if got := dispositionType([]byte(raw)); got != want {
			t.Errorf("%q: %q", raw, got)
		}
	}
}

func TestFileName(t *testing.T) {
	gbk := in(t, simplifiedchinese.GBK, "报告")
	for raw, want := range map[string]string{
		`filename=a.pdf`:                       "a.pdf",
		`filename="a;b.pdf"; size=`:            "a;b.pdf",
		`filename="a=b.pdf"`:                   "a=b.pdf",
		`filename=my report (1).pdf; size=3`:   "my report (1).pdf",
		`filename=my report.pdf size=3`:        "my report.pdf",
		`filename=a=b:c?[1]@.pdf`:              "a=b:c?[1]@.pdf",
		`filename='a b.pdf'`:                   "a b.pdf",
		`filename="say \"hi\"; then.pdf"`:      `say "hi"; then.pdf`,
		`filename="the "new" one.pdf"; size=1`: `the "new" one.pdf`,
		`filename="a.pdf" junk`:                "a.pdf",
		`filename="a.pdf" size=1`:              "a.pdf",
		`filename="a.pdf; size=3`:              "a.pdf",
		`filename="a;b.pdf`:                    "a;b.pdf",
		`filename=; filename="b.pdf"`:          "b.pdf",
		`filename=""; filename=b.pdf`:          "b.pdf",
		`filename=a.pdf; filename=b.pdf`:       "a.pdf",
		`FileName = "a.pdf"`:                   "a.pdf",
		`(c) filename=(c) "a.pdf"`:             `(c) "a.pdf`,
		`filename="` + "报告.pdf" + `"`:          "报告.pdf",
		`filename="` + gbk + `.pdf"`:           "报告.pdf",
		`filename=` + gbk + `.pdf`:             "报告.pdf",
		// RFC 2047, which is not for here.
		`filename="=?utf-8?B?5oql5ZGK?=.pdf"`:                                                "报告.pdf",
		`filename==?utf-8?Q?a;_b?=.pdf; size=1`:                                              "a; b.pdf",
		`filename==?utf-8?B?5oql?= =?utf-8?B?5ZGK?=`:                                         "报告",
		`filename==?utf-8?Q?my report.pdf?=`:                                                 "my report.pdf",
		`filename*0="=?UTF-8?B?5oql"; filename*1="5ZGK?=.pdf"`:                               "报告.pdf",
		`filename*0="=?UTF-8?Q?=F0=9F=98?= =?UTF-8?Q?=81=F0=9"; filename*1="F=98=81.docx?="`: "😁😁.docx",
		// RFC 2231.
		`filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf`:                    "报告.pdf",
		`filename*="utf-8''%E6%8A%A5%E5%91%8A.pdf"`:                  "报告.pdf",
		`filename*=gb2312''%B1%A8.pdf`:                               "报.pdf",
		`filename*=GBK'zh-CN'%b1%a8%b8%e6.pdf`:                       "报告.pdf",
		`filename*0*=big5''%B3%F8; filename*1*=%A7%69.doc`:           "報告.doc",
		`filename*1*=%8A.pdf; filename*0*=utf-8''%E6%8A%A5%E5%91`:    "报告.pdf",
		`filename*0*="utf-8''%E6%8A%A5"; filename*1="%E5%91%8A.pdf"`: "报告.pdf",
		`filename*0*=utf-8''a%20; filename*1="50%20.pdf"`:            "a 50%20.pdf",
		`filename*0="a"; filename*1="b"; filename*2=".pdf"`:          "ab.pdf",
		`filename*1="a"; filename*2=".pdf"`:                          "a.pdf",
		`filename*0=a;filename*1=b;filename*2=c;filename*3=d;filename*4=e;filename*5=f;filename*6=g;filename*7=h;filename*8=i;filename*9=j;filename*10=k`: "abcdefghijk",
		`filename*0*="''attached%2E"; filename*1*="%62"; filename*2=at`:                                                                                   "attached.bat",
		`filename*=%E6%8A%A5%E5%91%8A.pdf`:                     "报告.pdf",
		`filename*=utf-8'%E6%8A%A5%E5%91%8A.pdf`:               "报告.pdf",
		`filename*=Ann's%20list.pdf`:                           "Ann's list.pdf",
		`filename*=utf-8''100%.pdf`:                            "100%.pdf",
		`filename*=utf-8''%zz%4.pdf`:                           "%zz%4.pdf",
		`filename*=nonsense''%E6%8A%A5.pdf`:                    "报.pdf",
		`filename="plain.pdf"; filename*=utf-8''%E6%8A%A5.pdf`: "报.pdf",
		`filename*=utf-8''; filename="plain.pdf"`:              "plain.pdf",
		`filename="%E6%8A%A5%E5%91%8A.pdf"`:                    "报告.pdf",
		`filename="50%20off.pdf"`:                              "50%20off.pdf",
		`filename="100%C4.pdf"`:                                "100%C4.pdf",
		// Names that are more than names.
		`filename="C:\x\a.pdf"`:             "a.pdf",
		`filename=C:\x\a.pdf`:               "a.pdf",
		`filename="\\server\a.pdf"`:         "a.pdf",
		`filename="C:\x\"; size=1`:          "x",
		`filename="C:a.pdf"`:                "a.pdf",
		`filename="/etc/passwd"`:            "passwd",
		`filename="../../etc/passwd"`:       "passwd",
		`filename=".."`:                     "",
		`filename="a/.."`:                   "",
		`filename="."`:                      "",
		`filename="/"`:                      "",
		`filename=" "`:                      "",
		`filename="'"`:                      "",
		`filename="a.pdf. . "`:              "a.pdf",
		`filename="  a.pdf"`:                "a.pdf",
		`filename=".profile"`:               ".profile",
		"filename=\"a\x1b[31m\x00\tb.pdf\"": "a b.pdf",
		"filename=\"a\u202efdp.exe\"":       "afdp.exe",
		"filename=\"a.pdf" + strings.Repeat("\u2800\u3164\u00a0", 100) + ".exe\"": "a.pdf .exe",
		`filename="` + strings.Repeat("长", 300) + `.pdf"`:                         strings.Repeat("长", 195) + "….pdf",
		`filename="` + strings.Repeat("a", 300) + `"`:                             strings.Repeat("a", 199) + "…",
		`name=a.pdf`: "a.pdf",
	} {
		if got := fileName(decoder{}, []byte("attachment; "+raw), nil); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	for _, test := range []struct{ disposition, contentType, want string }{
		{"", "application/pdf; name=a.pdf", "a.pdf"},
		{"inline", "application/pdf; name=a.pdf", "a.pdf"},
		{"attachment; filename=b.pdf", "application/pdf; name=a.pdf", "b.pdf"},
		{`attachment; filename=".."`, "application/pdf; name=a.pdf", "a.pdf"},
		{"", "application/pdf; filename=a.pdf", "a.pdf"},
		{"filename=a.pdf", "", "a.pdf"},
		{"=?utf-8?b?YXR0YWNobWVudDsgZmlsZW5hbWU9ImEgYi5odG0i?=", "", "a b.htm"},
		{"attachment", "text/plain", ""},
	} {
		if got := fileName(decoder{}, []byte(test.disposition), []byte(test.contentType)); got != test.want {
			t.Errorf("%q, %q: %q", test.disposition, test.contentType, got)
		}
	}
	if got := fileName(decoder{hint: "gbk"}, []byte("attachment; filename="+in(t, simplifiedchinese.GBK, "付款")), nil); got != "付款" {
		t.Errorf("with a hint: %q", got)
	}
}

// What the mime package writes is read as it reads it.
func TestParamsAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	letters := []rune("abcXYZ019 ;,:=\"\\%()<>@[]?*._-ä报😀")
	text := func(n int) string {
		var b strings.Builder
		for range 1 + random.IntN(n) {
			b.WriteRune(letters[random.IntN(len(letters))])
		}
		return strings.TrimSpace(b.String())
	}
	for range 5000 {
		given := map[string]string{"title": text(30), "size": text(8), "boundary": text(8)}
		s := mime.FormatMediaType("Application/X-Test", given)
		kind, want, err := mime.ParseMediaType(s)
		if s == "" || err != nil {
			continue
		}
		got, list := mediaType([]byte(s))
		if got != kind {
			t.Fatalf("%q: %q", s, got)
		}
		for name, value := range want {
			if list.get(name) != value {
				t.Fatalf("%q: %s %q, want %q", s, name, list.get(name), value)
			}
		}
	}
}

func TestParamsAreLinear(t *testing.T) {
	for _, piece := range []string{`a="`, `;a="x" !`, `;a==?utf-8?Q?`, ";a*1=b", "(", "a ", "=", ";", `\"`, "%E6"} {
		many := []byte("attachment; filename=" + strings.Repeat(piece, maxValue/len(piece)))
		fileName(decoder{}, many, many)
		mediaType(many)
	}
}

func FuzzParams(f *testing.F) {
	for _, s := range []string{
		`attachment; filename="a;b.pdf"; size=`, `text/html charset=3D"utf-8"`, `a/b; name*0*=gbk''%B1%A8; name*1="x"`, `a; name==?utf-8?Q?a;b?=`,
		`inline; filename=C:\x\`, `x; name="a`, `(c) a/b (d); (e) name=f (g)`, "; charset='\xb1\xa8'",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kind, list := mediaType(raw)
		major, minor, _ := strings.Cut(kind, "/")
		if major == "" || minor == "" || tokenOf(major) != major || tokenOf(minor) != minor || strings.ToLower(kind) != kind {
			t.Fatalf("%q: kind %q", raw, kind)
		}
		if charset := list.get("charset"); label([]byte(charset)) != charset {
			t.Fatalf("%q: charset %q", raw, charset)
		}
		dispositionType(raw)
		name := fileName(decoder{}, raw, raw)
		if !utf8.ValidString(name) || plaintext.Clean(name) != name || utf8.RuneCountInString(name) > maxFileName || strings.ContainsAny(name, `/\`) || name == "." || name == ".." {
			t.Fatalf("%q: name %q", raw, name)
		}
	})
}
