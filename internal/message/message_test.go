package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

func in(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	b, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSubject(t *testing.T) {
	gbk, big5 := simplifiedchinese.GBK, traditionalchinese.Big5
	for _, test := range []struct{ name, raw, want string }{
		{"ascii", "Subject: Lunch?", "Lunch?"},
		{"folded", "Subject: a long\r\n  subject", "a long subject"},
		{"q", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=", "Grüße aus Köln"},
		{"b", "Subject: =?UTF-8?B?5Lya6K6u5pS55pyf?=", "会议改期"},
		{"b without padding", "Subject: =?UTF-8?B?aGVsbG8?=", "hello"},
		{"two words", "Subject: =?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
		{"word and text", "Subject: Re: =?utf-8?b?5Lya6K6u?= today", "Re: 会议 today"},
		{"a character split between words", "Subject: =?utf-8?b?5Lya6A==?=\r\n =?utf-8?b?rq4=?=", "会议"},
		{"language", "Subject: =?utf-8*de?q?ja?=", "ja"},
		{"blank in q", "Subject: =?utf-8?q?a b?=", "a b"},
		{"unfinished", "Subject: =?utf-8?q?abc", "abc"},
		{"unknown charset", "Subject: =?x-nonsense?b?5Lya6K6u?=", "会议"},
		{"gb2312 word that is really gbk", "Subject: =?gb2312?Q?" + q(in(t, gbk, "朱镕基喆")) + "?=", "朱镕基喆"},
		{"raw utf-8", "Subject: 会议改期", "会议改期"},
		{"raw gbk, undeclared", "Subject: " + in(t, gbk, "会议改期到周四"), "会议改期到周四"},
		{"raw gbk, two characters", "Subject: " + in(t, gbk, "你好"), "你好"},
		{"raw gbk, a name", "Subject: " + in(t, gbk, "张伟：周末爬山"), "张伟：周末爬山"},
		{"raw gbk in ascii", "Subject: [OA] " + in(t, gbk, "报销单已审批") + " #1024", "[OA] 报销单已审批 #1024"},
		{"raw gbk, declared by the body", "Subject: " + in(t, gbk, "付款") + "\r\nContent-Type: text/plain; charset=gbk", "付款"},
		{"raw gbk, declared by words of the sender", "Subject: " + in(t, gbk, "谢谢") + "\r\nFrom: =?gb2312?B?1cXOsA==?= <a@example.org>", "谢谢"},
		{"raw gbk, as the sender's name", "Subject: " + in(t, gbk, "谢谢") + "\r\nFrom: " + in(t, gbk, "张伟（会议通知）") + " <a@example.org>", "谢谢"},
		{"raw utf-8, as the sender's name", "Subject: лл\r\nFrom: Привет <a@example.org>", "лл"},
		{"raw big5, undeclared", "Subject: " + in(t, big5, "會議時間已經變更"), "會議時間已經變更"},
		{"raw shift_jis, undeclared", "Subject: " + in(t, japanese.ShiftJIS, "お知らせです"), "お知らせです"},
		{"raw euc-kr, undeclared", "Subject: " + in(t, korean.EUCKR, "안녕하세요"), "안녕하세요"},
		{"raw latin 1, undeclared", "Subject: " + in(t, charmap.ISO8859_1, "Très bien, à demain"), "Très bien, à demain"},
		{"raw windows-1251, undeclared", "Subject: " + in(t, charmap.Windows1251, "Приглашение на встречу"), "Приглашение на встречу"},
		{"raw koi8-r, undeclared", "Subject: " + in(t, charmap.KOI8R, "Ваш заказ отправлен, ожидайте доставку завтра"), "Ваш заказ отправлен, ожидайте доставку завтра"},
		{"raw greek, undeclared", "Subject: " + in(t, charmap.ISO8859_7, "Ο λογαριασμός σας"), "Ο λογαριασμός σας"},
		{"raw czech, undeclared", "Subject: " + in(t, charmap.ISO8859_2, "Vaše objednávka byla odeslána, očekávejte doručení zítra"), "Vaše objednávka byla odeslána, očekávejte doručení zítra"},
		{"raw turkish, undeclared", "Subject: " + in(t, charmap.ISO8859_9, "Siparişiniz gönderildi, yarın teslim edilecektir"), "Siparişiniz gönderildi, yarın teslim edilecektir"},
		{"raw hebrew, undeclared", "Subject: " + in(t, charmap.Windows1255, "הזמנה לפגישה"), "הזמנה לפגישה"},
		{"raw thai, undeclared", "Subject: " + in(t, charmap.Windows874, "คำเชิญประชุม"), "คำเชิญประชุม"},
		{"koi8-r", "Subject: =?koi8-r?Q?" + q(in(t, charmap.KOI8R, "Привет")) + "?=", "Привет"},
		{"iso-2022-jp", "Subject: =?iso-2022-jp?Q?" + q(in(t, japanese.ISO2022JP, "日本語")) + "?=", "日本語"},
		{"mislabelled latin 1", "Subject: =?iso-8859-1?Q?" + q("会议") + "?=", "会议"},
		{"gbk labelled latin 1", "Subject: =?iso-8859-1?Q?" + q(in(t, gbk, "会议通知")) + "?=", "会议通知"},
		{"gbk labelled utf-8", "Subject: =?utf-8?Q?" + q(in(t, gbk, "会议通知")) + "?=", "会议通知"},
		{"hostile", "Subject: =?utf-8?q?a=1b[31m=e2=80=ae=00b?=", "ab"},
		{"missing", "From: a@example.org", ""},
	} {
		for _, end := range []string{"\r\n", "\n"} {
			raw := strings.ReplaceAll(test.raw+"\r\n\r\nbody", "\r\n", end)
			h, err := ReadHeader(iotest.OneByteReader(strings.NewReader(raw)), Hints{})
			if err != nil || h.Subject != test.want {
				t.Errorf("%s: %q, %v; want %q", test.name, h.Subject, err, test.want)
			}
		}
	}
}

// q encodes every octet.
func q(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString("=" + string("0123456789ABCDEF"[s[i]>>4]) + string("0123456789ABCDEF"[s[i]&15]))
	}
	return b.String()
}

func TestFrom(t *testing.T) {
	for raw, want := range map[string][2]string{
		"me@example.org":                         {"me@example.org", "me@example.org"},
		"<me@example.org>":                       {"me@example.org", "me@example.org"},
		"Ann Lee <ann@example.org>":              {"Ann Lee", "ann@example.org"},
		`"Lee, Ann \"A\"" <ann@example.org>`:     {`Lee, Ann "A"`, "ann@example.org"},
		"ann@example.org (Ann Lee)":              {"Ann Lee", "ann@example.org"},
		"=?utf-8?b?5byg5Lyf?= <zw@example.cn>":   {"张伟", "zw@example.cn"},
		`"=?utf-8?b?5byg5Lyf?=" <zw@example.cn>`: {"张伟", "zw@example.cn"},
		"\xd5\xc5\xce\xb0 <zw@example.cn>":       {"张伟", "zw@example.cn"},
		"broken <ann@example.org":                {"broken", "ann@example.org"},
		"":                                       {"", ""},
	} {
		h, _ := ReadHeader(strings.NewReader("From: "+raw+"\n\n"), Hints{})
		if h.From != want[0] || h.FromAddress != want[1] {
			t.Errorf("%q: %q, %q", raw, h.From, h.FromAddress)
		}
	}
}

func TestDate(t *testing.T) {
	want := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for _, raw := range []string{
		"Tue, 24 Nov 2026 18:00:00 +0800", "24 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 18:00:00 +0800 (CST)",
		"Tue Nov 24 10:00:00 2026", "2026-11-24 18:00:00 +0800",
	} {
		h, _ := ReadHeader(strings.NewReader("Date: "+raw+"\n\n"), Hints{})
		if !h.Date.Equal(want) {
			t.Errorf("%s: %v", raw, h.Date)
		}
	}
	// A clock that was never set is believed where nothing tells better.
	const unset = "Date: Thu, 1 Jan 1970 00:00:00 +0000\n"
	if h, _ := ReadHeader(strings.NewReader(unset+"\n"), Hints{}); !h.Date.Equal(time.Unix(0, 0)) {
		t.Errorf("1970 became %v", h.Date)
	}
	if h, _ := ReadHeader(strings.NewReader("Received: by a; Tue, 24 Nov 2026 10:00:00 GMT\n"+unset+"\n"), Hints{}); !h.Date.Equal(want) {
		t.Errorf("received in 2026, but %v", h.Date)
	}
	const twice = "Received: by a; Tue, 24 Nov 2026 10:00:00 GMT\nReceived: by b; Tue, 24 Nov 2026 09:00:00 GMT\n\n"
	if h, _ := ReadHeader(strings.NewReader(twice), Hints{}); !h.Date.Equal(want) {
		t.Errorf("received here at ten, but %v", h.Date)
	}
	if h, _ := ReadHeader(strings.NewReader("Date: yesterday\n\n"), Hints{}); !h.Date.IsZero() {
		t.Errorf("no date became %v", h.Date)
	}
}

func TestGarbageIsNoError(t *testing.T) {
	for _, raw := range []string{
		"", "\n", "no headers at all", ": empty name\n\n", "Subject", "Subject: x",
		"+OK\nSubject: x\n\n", " continued\nSubject: x\n\n", strings.Repeat("A", 1<<19) + "\n\n",
		"X: " + strings.Repeat("y", 1<<19) + "\n\n", ":\n:\n", "\r", "\r\n\r\n",
	} {
		if _, err := ReadHeader(strings.NewReader(raw), Hints{}); err != nil {
			t.Errorf("%.30q: %v", raw, err)
		}
		if _, err := Read(strings.NewReader(raw), Hints{}); err != nil {
			t.Errorf("%.30q: %v", raw, err)
		}
	}
	broken := io.MultiReader(strings.NewReader("Subject: x\n"), iotest.ErrReader(io.ErrClosedPipe))
	if h, err := ReadHeader(broken, Hints{}); !errors.Is(err, io.ErrClosedPipe) || h.Subject != "x" {
		t.Errorf("%+v, %v", h, err)
	}
}

// What a person sees of a message stands wherever in its header, and a header
// without end is left.
func TestLongHeader(t *testing.T) {
	to := "To: " + strings.Repeat("Somebody <somebody@example.org>,\r\n ", 20000) + "last@example.org\r\n"
	rest := "From: Ann <ann@example.org>\r\nSubject: found\r\nDate: Sat, 28 Nov 2026 10:00:00 +0800\r\nMessage-ID: <1@example.org>\r\n"
	h, err := ReadHeader(strings.NewReader(to+rest+"\r\n"), Hints{})
	if err != nil || h.From != "Ann" || h.Subject != "found" || h.Date.IsZero() || h.MessageID != "<1@example.org>" || !strings.HasPrefix(h.To, "Somebody, Somebody") {
		t.Errorf("%+v, %v", h, err)
	}
	endless := io.MultiReader(strings.NewReader(rest), endlessly("X-Filler: filler\r\n"))
	h, err = ReadHeader(endless, Hints{})
	if !errors.Is(err, ErrHeaderTooLong) || h.Subject != "found" {
		t.Errorf("%+v, %v", h, err)
	}
	for _, text := range []string{"\r\n", "no header\r\n", " folded\r\n", "x"} {
		if _, err := ReadHeader(endlessly(text), Hints{}); !errors.Is(err, ErrHeaderTooLong) {
			t.Errorf("%q for ever: %v", text, err)
		}
		if _, err := Read(endlessly(text), Hints{}); text != "\r\n" && !errors.Is(err, ErrHeaderTooLong) {
			t.Errorf("%q for ever: %v", text, err)
		}
	}
}

// endlessly repeats a text.
type endlessly string

func (e endlessly) Read(p []byte) (n int, err error) {
	for n < len(p) {
		n += copy(p[n:], e)
	}
	return n, nil
}

func TestBody(t *testing.T) {
	gbk := simplifiedchinese.GBK
	for _, test := range []struct {
		name, raw, want string
		attachments     int
		truncated       bool
	}{
		{"plain", "\nhello\nworld\n", "hello\nworld", 0, false},
		{"quoted-printable", "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\na=3Db=\nc =E4=BC=9A\n", "a=bc 会", 0, false},
		{"base64", "Content-Transfer-Encoding: base64\n\naGVsbG8=\n", "hello", 0, false},
		{"gb2312 that is gbk", "Content-Type: text/plain; charset=gb2312\n\n" + in(t, gbk, "朱镕基") + "\n", "朱镕基", 0, false},
		{"raw gbk", "\n" + in(t, gbk, "您好，附件是本周的报告。") + "\n", "您好，附件是本周的报告。", 0, false},
		{"flowed", "Content-Type: text/plain; format=flowed\n\none \ntwo\nthree\n", "one two\nthree", 0, false},
		{
			"alternative", "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: text/html\n\n<p>html</p>\n--b--\n",
			"plain", 0, false,
		},
		{
			"html only", "Content-Type: text/html\n\n<html><head><style>p{}</style></head><body><p>One <b>two</b></p><ul><li>a<li>b</ul><a href='https://example.org/x'>here</a><script>evil()</script></body>",
			"One two\n\n• a\n• b\n\nhere <https://example.org/x>", 0, false,
		},
		{
			"html with charset in meta", "Content-Type: text/html\n\n<meta http-equiv=Content-Type content='text/html; charset=gbk'><p>" + in(t, gbk, "丂丄") + "</p>",
			"丂丄", 0, false,
		},
		{
			"attachment", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: application/pdf; name=x.pdf\nContent-Disposition: attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
			"see below", 1, false,
		},
		{
			"cut by TOP", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nthe first lines\n",
			"the first lines", 0, true,
		},
		{"empty", "\n", "", 0, false},
	} {
		m, err := Read(strings.NewReader("Subject: s\n"+test.raw), Hints{})
		if err != nil || strings.TrimSpace(m.Document.Text(nil)) != test.want || len(m.Files) != test.attachments || m.Truncated != test.truncated {
			t.Errorf("%s: %q, %v, truncated %v, %v; want %q", test.name, m.Document.Text(nil), m.Files, m.Truncated, err, test.want)
		}
		if test.attachments == 1 && m.Files[0].Name != "报告.pdf" {
			t.Errorf("%s: %q", test.name, names(m.Files))
		}
	}
}

func TestBoundsOfBody(t *testing.T) {
	m, err := Read(strings.NewReader("\n"+strings.Repeat("x", 3*maxText)), Hints{})
	if err != nil || len(m.Document.Text(nil)) > maxText || !m.Truncated {
		t.Errorf("%d octets, truncated %v, %v", len(m.Document.Text(nil)), m.Truncated, err)
	}
	var deep strings.Builder
	for range 100 {
		deep.WriteString("Content-Type: multipart/mixed; boundary=b\n\n--b\n")
	}
	if m, err := Read(strings.NewReader(deep.String()), Hints{}); err != nil || !m.Truncated {
		t.Errorf("deep nesting: %v, truncated %v", err, m.Truncated)
	}
}

func names(files []File) (list []string) {
	for _, f := range files {
		list = append(list, f.Name)
	}
	return list
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("Subject: =?utf-8?b?5Lya?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"))
	f.Add([]byte("From: \xd5\xc5\xce\xb0 <a@b>\nContent-Type: text/html\n\n<p>a<br>b"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(strings.NewReader(string(raw)), Hints{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range append([]string{m.Subject, m.From, m.FromAddress, m.To, m.MessageID, m.Document.Text(nil)}, names(m.Files)...) {
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\x1b\u202e") {
				t.Fatalf("not clean: %q", s)
			}
		}
		bounded(t, m)
	})
}

// bounded wants a message within the bounds of any.
func bounded(t *testing.T, m Message) {
	t.Helper()
	text, spans := 0, 0
	m.Document.each(func(s Span) { text += len(s.Text); spans++ })
	// Notices have sentences of their own, and the last span of each part that is
	// beyond the bound its text.
	if text > maxText || spans > maxSpans+len(m.Document.Blocks) || len(m.Document.Blocks) > maxBlocks+100 || len(m.Files) > maxFiles {
		t.Fatalf("%d octets of text in %d spans of %d blocks, %d files", text, spans, len(m.Document.Blocks), len(m.Files))
	}
	for _, s := range []string{m.Subject, m.From, m.To, m.MessageID} {
		if utf8.RuneCountInString(s) > maxField+1 {
			t.Fatalf("%d characters of a field", utf8.RuneCountInString(s))
		}
	}
}

// Of a header each field that counts is kept once and bounded, nothing of it is
// read twice, and what follows is not touched.
func FuzzFields(f *testing.F) {
	f.Add("Subject: a\n b\nFrom: x@y\n\ntext\n")
	f.Add("junk\nTo : a\r\n\tb\r\rSubject:x\r\r")
	f.Add("\xef\xbb\xbfFrom a Mon\nSUBJECT:\n\nDate: later")
	f.Fuzz(func(t *testing.T, raw string) {
		l := newLines(strings.NewReader(raw))
		list, err := readFields(l, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, field := range list {
			seen[field.name]++
			if !wanted[field.name] || field.name != strings.ToLower(field.name) || len(field.value) > maxRaw || bytes.ContainsAny(field.value, "\r\n") {
				t.Fatalf("%q: %d octets", field.name, len(field.value))
			}
		}
		for name, n := range seen {
			if n > 1 && (name == "from" && n > maxFroms || name != "from" && n > 2) {
				t.Fatalf("%d times %s", n, name)
			}
		}
	})
}

// A connection that breaks off is no end of a message, though its error wraps
// io.EOF.
func TestBrokenOff(t *testing.T) {
	broken := fmt.Errorf("the connection broke: %w", io.EOF)
	for _, raw := range []string{"From: Ann <ann@example.org>\r\nSubje", "Subject: s\r\n\r\nsome te", "Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent"} {
		off := func() io.Reader { return io.MultiReader(strings.NewReader(raw), iotest.ErrReader(broken)) }
		if m, err := Read(off(), Hints{}); !errors.Is(err, broken) || !m.Truncated {
			t.Errorf("%q: %+v, %v", raw, m, err)
		}
		if _, err := Fields(off()); strings.Contains(raw, "\r\n\r\n") != (err == nil) {
			t.Errorf("fields of %q: %v", raw, err)
		}
	}
	if h, err := ReadHeader(io.MultiReader(strings.NewReader("Subject: s\r\nFr"), iotest.ErrReader(broken)), Hints{}); !errors.Is(err, broken) || h.Subject != "s" {
		t.Errorf("%+v, %v", h, err)
	}
}
