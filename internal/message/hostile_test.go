package message_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/message"
)

// What any message may cost, in the tray role.
const (
	maxTime = time.Second
	maxHeap = 40 << 20
)

// repeated is a text many times over, which never stands in memory.
type repeated struct {
	text  string
	times int
	at    int // in text
}

func (r *repeated) Read(p []byte) (n int, _ error) {
	for n < len(p) && r.times > 0 {
		copied := copy(p[n:], r.text[r.at:])
		n += copied
		if r.at += copied; r.at == len(r.text) {
			r.at = 0
			r.times--
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// times repeats a text, of which small ones are made larger to be read faster.
func times(n int, text string) io.Reader {
	const large = 64 << 10
	if group := large / len(text); group > 1 && n > group {
		return io.MultiReader(&repeated{text: strings.Repeat(text, group), times: n / group}, &repeated{text: text, times: n % group})
	}
	return &repeated{text: text, times: n}
}

// numbered are texts with a number in each.
func numbered(n int, format string) io.Reader {
	i := 0
	return &generated{next: func() string {
		if i == n {
			return ""
		}
		i++
		return fmt.Sprintf(format, i)
	}}
}

// generated reads what next gives, until that is empty.
type generated struct {
	next func() string
	rest string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		if g.rest = g.next(); g.rest == "" {
			return 0, io.EOF
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func text(s string) io.Reader { return strings.NewReader(s) }

// noise are octets of no charset.
func noise(n int) io.Reader {
	random := rand.NewChaCha8([32]byte{})
	return &generated{next: func() string {
		if n <= 0 {
			return ""
		}
		n -= 4096
		b := make([]byte, 4096)
		_, _ = random.Read(b) // never fails
		for i := range b {
			b[i] |= 0x80
		}
		return string(b)
	}}
}

const (
	top     = "From: Ann <ann@example.org>\r\nSubject: hello\r\n"
	asMixed = top + "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	asPlain = top + "Content-Type: text/plain; charset=utf-8\r\n"
	asHTML  = top + "Content-Type: text/html; charset=utf-8\r\n\r\n"
	line76  = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n"
	line    = "The train leaves at seven, so please be there a little earlier than usual.\r\n"
	mega    = 1 << 20
)

// hostile are messages that cost a reader much who is not careful.
var hostile = []struct {
	name   string
	pieces func() []io.Reader
}{
	{"header of 2 MB", func() []io.Reader {
		return []io.Reader{numbered(20_000, "X-%06d: "+strings.Repeat("x", 90)+"\r\n"), text(asPlain + "\r\nx")}
	}},
	{"header of 64 MB", func() []io.Reader { return []io.Reader{text(top), times(64*mega/16, "X-Field: abcde\r\n")} }},
	{"header of no name", func() []io.Reader { return []io.Reader{text(top), times(3_000_000, ":\r\n"), text("\r\nx")} }},
	{"field of 3 million lines", func() []io.Reader {
		return []io.Reader{text(top + "X: y\r\n"), times(3_000_000, " x\r\n"), text("\r\nx")}
	}},
	{"header of a part of 3 million lines", func() []io.Reader {
		return []io.Reader{text(asMixed + "--b\r\n"), times(3_000_000, "X: y\r\n"), text("\r\nx\r\n--b--\r\n")}
	}},
	{"field of a part of 3 million lines", func() []io.Reader {
		return []io.Reader{text(asMixed + "--b\r\nX: y\r\n"), times(3_000_000, " x\r\n"), text("\r\nx\r\n--b--\r\n")}
	}},
	{"subject of a million words", func() []io.Reader {
		return []io.Reader{text(top + "Subject: "), times(mega, "=?utf-8?q?=41?= "), text("\r\n\r\nx")}
	}},
	{"subject of beginnings of words", func() []io.Reader {
		return []io.Reader{text("Subject: "), times(mega, "=?utf-8?q?"), text("\r\n\r\nx")}
	}},
	{"sender of comments", func() []io.Reader { return []io.Reader{text("From: "), times(mega, "("), text("\r\n\r\nx")} }},
	{"sender of brackets", func() []io.Reader { return []io.Reader{text("From: "), times(mega, "<"), text("\r\n\r\nx")} }},
	{"sender of quotes", func() []io.Reader { return []io.Reader{text("From: "), times(mega, `"\`), text("\r\n\r\nx")} }},
	{"date of comments", func() []io.Reader { return []io.Reader{text("Date: "), times(mega, "("), text("\r\n\r\nx")} }},
	{"million recipients", func() []io.Reader {
		return []io.Reader{text("To: "), times(mega, "a <a@b.example>,\r\n "), text("\r\n" + asPlain + "\r\nx")}
	}},
	{"type of a million parameters", func() []io.Reader {
		return []io.Reader{text("Content-Type: text/plain"), numbered(mega, "; p%d=x"), text("\r\n\r\nx")}
	}},
	{"name of a million continuations", func() []io.Reader {
		return []io.Reader{text(asMixed + "--b\r\nContent-Disposition: attachment"), numbered(mega, "; filename*%d=x"), text("\r\n\r\nx\r\n--b--\r\n")}
	}},

	{"199 texts of 1 MB", func() []io.Reader {
		var all []io.Reader
		for range 199 {
			all = append(all, text("--b\r\nContent-Type: text/plain\r\n\r\n"), times(mega/len(line), line))
		}
		return append([]io.Reader{text(asMixed)}, append(all, text("--b--\r\n"))...)
	}},
	{"199 alternatives in HTML of 1 MB", func() []io.Reader {
		var all []io.Reader
		for range 199 {
			all = append(all, text("--b\r\nContent-Type: text/html\r\n\r\n"), times(mega/40, "<p>The train leaves at <b>seven</b>.</p>\r\n"))
		}
		return append([]io.Reader{text(top + "Content-Type: multipart/alternative; boundary=b\r\n\r\n")}, append(all, text("--b--\r\n"))...)
	}},
	{"100,000 parts", func() []io.Reader {
		return []io.Reader{text(asMixed), times(100_000, "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"), text("--b--\r\n")}
	}},
	{"100,000 files", func() []io.Reader {
		return []io.Reader{text(asMixed), numbered(100_000, "--b\r\nContent-Disposition: attachment; filename=\"file %d\"\r\n\r\nx\r\n"), text("--b--\r\n")}
	}},
	{"million empty parts", func() []io.Reader { return []io.Reader{text(asMixed), times(mega, "--b\r\n\r\n"), text("--b--\r\n")} }},
	{"47 MB in deep nesting", func() []io.Reader {
		return []io.Reader{
			text(top + "Content-Type: multipart/mixed; boundary=b0\r\n\r\n--b0\r\n"),
			numbered(1000, "Content-Type: multipart/mixed; boundary=b%[1]d\r\n\r\n--b%[1]d\r\n"),
			text("\r\n"), times(47*mega/len(line), line),
		}
	}},
	{"nesting of 100,000 multiparts", func() []io.Reader {
		return []io.Reader{text(top), numbered(100_000, "Content-Type: multipart/mixed; boundary=b%[1]d\r\n\r\n--b%[1]d\r\n"), text("\r\nx\r\n")}
	}},
	{"nesting of 100,000 messages", func() []io.Reader {
		return []io.Reader{times(100_000, "Content-Type: message/rfc822\r\n\r\n"), text("\r\nx\r\n")}
	}},
	{"nesting of one boundary", func() []io.Reader {
		return []io.Reader{text(top), times(100_000, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"), text("\r\nx\r\n")}
	}},
	{"multipart of 47 MB in base64", func() []io.Reader {
		return []io.Reader{
			text(top + "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\nLS1iDQoNCngNCi0tYg0KDQp4\r\n"),
			times(47*mega/len(line76), line76),
		}
	}},
	{"million lines like boundaries", func() []io.Reader {
		return []io.Reader{text(asMixed + "--b\r\n\r\n"), times(mega, "--bb\r\n"), text("--b--\r\n")}
	}},
	{"lines like long boundaries", func() []io.Reader {
		boundary := strings.Repeat("-", 70)
		return []io.Reader{
			text(top + "Content-Type: multipart/mixed; boundary=\"" + boundary + "b\"\r\n\r\n--" + boundary + "b\r\n\r\n"),
			times(mega/2, "--"+boundary+"a\r\n"), text("--" + boundary + "b--\r\n"),
		}
	}},

	{"line of 64 MB", func() []io.Reader { return []io.Reader{text(asPlain + "\r\n"), times(64*mega/16, "abcdefghijklmno ")} }},
	{"line of 64 MB in base64", func() []io.Reader {
		return []io.Reader{text(asPlain + "Content-Transfer-Encoding: base64\r\n\r\n"), times(64*mega/16, "QUJDREVGR0hJSktM")}
	}},
	{"text of 47 MB", func() []io.Reader { return []io.Reader{text(asPlain + "\r\n"), times(47*mega/len(line), line)} }},
	{"text of 47 MB in base64", func() []io.Reader {
		return []io.Reader{text(asPlain + "Content-Transfer-Encoding: base64\r\n\r\n"), times(47*mega/len(line76), line76)}
	}},
	{"file of 47 MB in base64", func() []io.Reader {
		return []io.Reader{text(asMixed + "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"), times(47*mega/len(line76), line76), text("--b--\r\n")}
	}},
	{"text of 47 MB in quoted-printable", func() []io.Reader {
		return []io.Reader{text(asPlain + "Content-Transfer-Encoding: quoted-printable\r\n\r\n"), times(47*mega/30, "=E4=BC=9A=E8=AE=AE=E6=94=B9=\r\n")}
	}},
	{"text of 47 MB of uuencode", func() []io.Reader {
		return []io.Reader{text(asPlain + "Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n"), times(47*mega/63, "M"+strings.Repeat("0", 60)+"\r\n")}
	}},
	{"file of 1 MB of soft line breaks", func() []io.Reader {
		return []io.Reader{text(asPlain + "Content-Transfer-Encoding: quoted-printable\r\n\r\n"), times(mega/3, "=\r\n")}
	}},
	{"quotes in flowed text", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/plain; format=flowed\r\n\r\n"), times(mega/1000, strings.Repeat(">", 998)+" \n")}
	}},
	{"line of quotes in flowed text", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"), times(mega, ">")}
	}},

	{"1 MB of <b>", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/3, "<b>")} }},
	{"1 MB of <b>x", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/4, "<b>x")} }},
	{"1 MB of <div>x", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/6, "<div>x")} }},
	{"1 MB of <blockquote>x", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/13, "<blockquote>x")} }},
	{"1 MB of lines in quotations", func() []io.Reader {
		return []io.Reader{text(asHTML + strings.Repeat("<blockquote>", 30) + "<pre>"), times(mega/2, "x\n")}
	}},
	{"1 MB of <ol><li>x", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/9, "<ol><li>x")} }},
	{"1 MB of <table><tr><td>x", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/16, "<table><tr><td>x")} }},
	{"1 MB of <td>x", func() []io.Reader { return []io.Reader{text(asHTML + "<table><tr>"), times(mega/5, "<td>x")} }},
	{"1 MB of </p>", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/4, "</p>")} }},
	{"1 MB of <pre>", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/7, "<pre>\n\n")} }},
	{"1 MB of <a>", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/30, "<a href=https://example.org/>x")} }},
	{"1 MB of <script>", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/8, "<script>")} }},
	{"1 MB of <style>", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/9, "<style><b")} }},
	{"1 MB of <title", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/6, "<title")} }},
	{"1 MB of <", func() []io.Reader { return []io.Reader{text(asHTML), times(mega, "<")} }},
	{"1 MB of <!--", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/4, "<!--")} }},
	{"1 MB of <![CDATA[", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/9, "<![CDATA[")} }},
	{"1 MB of &", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/4, "&amp")} }},
	{"1 MB of attributes", func() []io.Reader { return []io.Reader{text(asHTML + "<p "), times(mega/6, "a='b' "), text(">x")} }},
	{"1 MB of style", func() []io.Reader {
		return []io.Reader{text(asHTML + "<p style='"), times(mega/6, "a:b;;:"), text("'>x")}
	}},
	{"1 MB of siblings", func() []io.Reader {
		return []io.Reader{text(asHTML + "<style>"), numbered(2000, "i~b.c%d,[d=e]~p{color:red}"), text("</style>"), times(mega/8, "<i></i>x")}
	}},
	{"1 MB of written tags", func() []io.Reader {
		return []io.Reader{text(asHTML + "<style>b:before,b:after{content:'" + strings.Repeat("x", 190) + "'}</style>"), times(mega/8, "<b></b>x")}
	}},
	{"nested rules", func() []io.Reader {
		return []io.Reader{text(asHTML + "<style>"), times(1000, ".a,.b,.c,:is(.d,.e){"), times(1000, ".a,[b=c]{color:red}"), text("</style>"), times(mega/8, "<p d=e>x")}
	}},
	{"1 MB of a link", func() []io.Reader {
		return []io.Reader{text(asHTML + "<a href='https://"), times(mega/2, "a."), text("'>x</a>")}
	}},
	{"links of many parts", func() []io.Reader {
		part := "--b\r\nContent-Type: text/html\r\n\r\n<a href=https://example.org/" + strings.Repeat("a", 8000) + ">" + strings.Repeat("x<i>y</i>", 1000) + "</a>\r\n"
		return []io.Reader{text(asMixed), times(100, part), text("--b--\r\n")}
	}},
	{"long hosts", func() []io.Reader {
		return []io.Reader{text(asHTML + "<a href=https://" + strings.Repeat("a.", 125) + "org/>"), times(mega/16, "<p>x<i>y</i><b>z")}
	}},
	{"1 MB of blanks", func() []io.Reader { return []io.Reader{text(asHTML), times(mega/8, "&nbsp; \n")} }},
	{"1 MB of links in text", func() []io.Reader { return []io.Reader{text(asPlain + "\r\n"), times(mega/8, "http://a")} }},

	{"1 MB of noise", func() []io.Reader { return []io.Reader{text(top + "\r\n"), noise(mega)} }},
	{"1 MB of noise as HTML", func() []io.Reader { return []io.Reader{text(top + "Content-Type: text/html\r\n\r\n"), noise(mega)} }},
	{"1 MB of escapes", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"), times(mega/6, "\x1b$B\x1b(B")}
	}},
	{"1 MB of escapes of Korean", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/plain; charset=iso-2022-kr\r\n\r\n"), times(mega/4, "\x1b$)C")}
	}},
	{"1 MB of UTF-7", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/plain; charset=utf-7\r\n\r\n"), times(mega, "+")}
	}},
	{"1 MB of HZ", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/plain; charset=hz-gb-2312\r\n\r\n"), times(mega/2, "~{")}
	}},
	{"1 MB of base64 with lost digits", func() []io.Reader {
		line := base64.StdEncoding.EncodeToString([]byte("\xbb\xe1\xd2\xe9\xcd\xa8\xd6\xaa" + strings.Repeat("\xbb\xe1\xd2\xe9\xcd\xa8\xd6", 7)))
		return []io.Reader{text(top + "Content-Type: text/plain; charset=gbk\r\nContent-Transfer-Encoding: base64\r\n\r\n"), times(mega/3/(2*len(line)), line+"\r\n"+line[1:]+"\r\n"), text(line[:20] + "\r\n")}
	}},
	{"million lines like damaged delimiters", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: multipart/mixed; boundary=abcdefghijkl\r\n\r\n--abcdefghijkl\r\n\r\n"), times(mega, "--abcdefghijkm\r\n")}
	}},
	{"million damaged delimiters", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: multipart/mixed; boundary=abcdefghijkl\r\n\r\n--abcdefghijkl\r\n\r\n"), times(mega, "--abcdefghijkm\r\nContent-A:\r\n\r\n")}
	}},
	{"1 MB of style sheets", func() []io.Reader {
		return []io.Reader{text(asHTML + "\r\n<p>x"), times(mega/40, "<style>.a{display:none}</style><b>x</b>")}
	}},
	{"1 MB of marks", func() []io.Reader { return []io.Reader{text(asPlain + "\r\nx"), times(mega/2, "\u0301")} }},

	{"1 MB of a calendar", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"), times(mega/14, "BEGIN:VEVENT\r\n")}
	}},
	{"1 MB of a folded title", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:"), times(mega/4, "\r\n x")}
	}},
	{"1 MB of attendees", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n"), times(mega/30, "ATTENDEE;CN=\"a;b\":mailto:a@b\r\n")}
	}},
	{"1 MB of a delivery report", func() []io.Reader {
		return []io.Reader{text(top + "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"), times(mega/50, "Final-Recipient: rfc822; a@b\r\nAction: failed\r\n\r\n")}
	}},
}

// Any message costs little time and memory, whoever wrote it. The benchmark
// fails where one costs more.
func BenchmarkHostile(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // as in the tray role
	for _, h := range hostile {
		b.Run(h.name, func(b *testing.B) {
			best, heap := time.Duration(1<<62), uint64(0)
			for b.Loop() {
				runtime.GC()
				stop := watchHeap()
				start := time.Now()
				_, err := message.Read(io.MultiReader(h.pieces()...), message.Hints{})
				best = min(best, time.Since(start))
				heap = max(heap, stop())
				if err != nil && !tooLong(err) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(heap)/mega, "MB-heap")
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(best.Seconds()*1000, "ms-best")
			if best > maxTime || heap > maxHeap {
				b.Errorf("%v, %d MB", best, heap/mega)
			}
		})
	}
}

// What a window is sent of any message is less than the socket takes.
func TestHostileDocuments(t *testing.T) {
	const most = 8 << 20
	for _, h := range hostile {
		if !strings.HasPrefix(h.name, "1 MB of <") && !strings.HasPrefix(h.name, "l") && !strings.HasPrefix(h.name, "quotes") {
			continue // the others have few spans
		}
		m, err := message.Read(io.MultiReader(h.pieces()...), message.Hints{})
		if err != nil && !tooLong(err) {
			t.Fatal(err)
		}
		raw, err := json.Marshal(m)
		if err != nil || len(raw) > most*9/10 {
			t.Errorf("%s: %d octets, %v", h.name, len(raw), err)
		}
	}
}

// tooLong is the one error that a message itself can give.
func tooLong(err error) bool { return errors.Is(err, message.ErrHeaderTooLong) }

// watchHeap samples the heap, garbage included, until the function that it
// gives is called, which gives the largest.
func watchHeap() (stop func() uint64) {
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(500 * time.Microsecond)
		defer tick.Stop()
		peak := uint64(0)
		for {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
			select {
			case <-done:
				most <- peak
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(done); return <-most }
}

// The readers of the benchmark give what they say.
func TestHostileReaders(t *testing.T) {
	got, err := io.ReadAll(io.MultiReader(text("a"), times(100_000, "bc"), numbered(2, "<%d>"), &repeated{text: "d", times: 2}))
	if want := "a" + strings.Repeat("bc", 100_000) + "<1><2>dd"; err != nil || !bytes.Equal(got, []byte(want)) {
		t.Errorf("%d octets, %v", len(got), err)
	}
	if got, err := io.ReadAll(noise(8192)); err != nil || len(got) != 8192 {
		t.Errorf("%d octets of noise, %v", len(got), err)
	}
}
