package message

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// words are the texts of a message and the names of its files, in order.
func words(m Message) string {
	return strings.Join(append(strings.Fields(m.Document.Text(nil)), names(m.Files)...), " ")
}

// What mail programs forgive costs no text.
func TestForgiven(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, test := range []struct{ name, raw, want string }{
		{"boundary with specials, unquoted", "Content-Type: multipart/mixed; boundary=----=_Part_1/2:3?4@5\n\n------=_Part_1/2:3?4@5\n\none\n------=_Part_1/2:3?4@5\nContent-Type: application/pdf; name=a.pdf\n\nx\n------=_Part_1/2:3?4@5--\n", "one a.pdf"},
		{"no boundary declared", "Content-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n", "one two"},
		{"another boundary than declared", "Content-Type: multipart/mixed; boundary=a\n\n--b\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n", "one two"},
		{"a first delimiter with a wrong octet", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1Z34part\nContent-Type: text/plain\n\none\n--next1234part\nContent-Type: text/html\n\n<p>two\n--next1234part--\n", "one two"},
		{"a delimiter with a wrong octet", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1234part\n\none\n--next1234paet\nContent-Type: text/html\n\n<p>two\n--next1234part\n\nthree\n--next1234part--\n", "one two three"},
		{"one that lacks an octet", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1234part\n\none\n-next1234part\nContent-Type: text/html\n\n<p>two\n--next1234part--\n", "one two"},
		{"one that has one more", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1234part\n\none\n--next12334part\nContent-Type: text/html\n\n<p>two\n--next1234part--\n", "one two"},
		{"a last delimiter with a wrong octet", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1234part\n\none\n--next1234qart--\n", "one"},
		{"all delimiters with the same wrong octet", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1235part\nContent-Type: text/plain\n\none\n--next1235part\n\ntwo\n--next1235part--\n", "one two"},
		{
			"a delimiter of another message in the text", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1234part\n\nContent-Type: multipart/mixed; boundary=next1235part\n\n--next1235part\nContent-Type: text/plain\n\none\n--next1235part--\n\n--next1234part--\n",
			"Content-Type: multipart/mixed; boundary=next1235part --next1235part Content-Type: text/plain one --next1235part--",
		},
		{"a text that looks like a delimiter", "Content-Type: multipart/mixed; boundary=next1234part\n\n--next1234part\n\none\n--next1235part\ntwo\n--next1234part--\n", "one --next1235part two"},
		{"inner boundaries that differ by an octet", "Content-Type: multipart/mixed; boundary=b1_next1234part\n\n--b1_next1234part\nContent-Type: multipart/alternative; boundary=b2_next1234part\n\n--b2_next1234part\nContent-Type: text/plain\n\none\n--b2_next1234part--\n--b1_next1234part\n\ntwo\n--b1_next1234part--\n", "one two"},
		{"a misspelt multipart", "Content-Type: multapart/mixed; boundary=b\n\n--b\n\none\n--b--\n", "one"},
		{"a misspelt alternative", "Content-Type: mutlipart/alternativ; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/htlm\n\n<p>two\n--b--\n", "one"},
		{"a boundary of a header that was encoded", "Content-Type: multipart/mixed; boundary=3D\"abcdef\"\n\n--abcdef\n\none\n--abcdef--\n", "one"},
		{"a second type that is a multipart", "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>one\n--b--\n", "one"},
		{"a second type that the body has not", "Content-Type: text/html\nContent-Type: multipart/mixed; boundary=b\n\n<p>one\n", "one"},
		{"parts without the type of the whole", "Subject: s\n\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + b64("one two") + "\n--b\nContent-Type: application/pdf; name=a.pdf\n\nx\n--b--\n", "one two a.pdf"},
		{"a text that begins with dashes", "Subject: s\n\n--\nContent-Type: that is a field\n", "-- Content-Type: that is a field"},
		{"a text that begins with a rule", "Subject: s\n\n--------\none\n", "-------- one"},
		{"the beginning of a partial message", "Content-Type: message/partial; number=1; total=2; id=x\n\nSubject: s\n\none\n", "one"},
		{"a later piece of one", "Content-Type: message/partial; number=2; total=2; id=x\n\ntwo\n", "two"},
		{"base64 that is called quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n" + b64("one two three four five six seven eight nine") + "\n", "one two three four five six seven eight nine"},
		{"quoted-printable that is called base64", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nGr=C3=BC=C3=9Fe aus K=C3=B6ln, in =\nZeilen\n", "Grüße aus Köln, in Zeilen"},
		{"no delimiter at all", "Content-Type: multipart/mixed; boundary=a\n\none\n\ntwo\n", "one two"},
		{"an inner boundary extends the outer", "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: multipart/mixed; boundary=X-1\n\n--X-1\n\none\n--X-1--\n\n--X\n\ntwo\n--X--\n", "one two"},
		{"the same boundary within itself", "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: multipart/mixed; boundary=X\n\n--X\n\none\n--X--\n\n--X\n\ntwo\n--X--\n", "one two"},
		{"an outer delimiter ends the inner", "Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: multipart/mixed; boundary=Y\n\n--Y\n\none\n--X\n\ntwo\n--X--\n", "one two"},
		{"junk in a part's header", "Content-Type: multipart/mixed; boundary=b\n\n--b\njunk\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n", "one two"},
		{"no blank line after a part's header", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\none\n--b\n\ntwo\n--b--\n", "one two"},
		{"a part without header", "Content-Type: multipart/mixed; boundary=b\n\n--b\none\nmore\n\nlast\n--b\nNote: this\nis text\n--b--\n", "one more last Note: this is text"},
		{"no blank line before the first delimiter", "Content-Type: multipart/mixed; boundary=b\n--b\n\none\n--b--\n", "one"},
		{"the same in a part", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n--c\n\none\n--c--\n--b\n\ntwo\n--b--\n", "one two"},
		{"mixed line ends", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\r\none\r\n--b\r\n\ntwo\r--b--\n", "one two"},
		{"CR alone", "Content-Type: multipart/mixed; boundary=b\r\r--b\r\rone\r--b\r\rtwo\r--b--\r", "one two"},
		{"CR, CR, LF", "Content-Type: multipart/mixed; boundary=b\r\r\n\r\r\n--b\r\r\n\r\r\none\r\r\n--b--\r\r\n", "one"},
		{"a delimiter after the last", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n\n--b\n\ntwo\n--b--\n", "one two"},
		{"blanks after a delimiter", "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\none\n--b-- \n", "one"},
		{"a mark before the header", "\xef\xbb\xbfContent-Type: text/plain\n\none\n", "one"},
		{"blank lines before the header", "\n\nSubject: s\nContent-Type: text/plain\n\none\n", "one"},
		{"a message without header", "one two\nthree\n\nfour\n", "one two three four"},
		{"the same, ending in a blank line", "one two\n\nthree\n", "one two three"},
		{"no blank line after the header", "Subject: s\nFrom: a@example.org\none\ntwo\n\nthree\n", "one two three"},
		{"junk in the header", "Subject: s\njunk\nContent-Type: text/html\n\n<p>one</p>\n", "one"},
		{"a line of mbox", "From a@example.org Sat Nov 28 10:00:00 2026\nSubject: s\n\none\n", "one"},
		{"text after many parts", "Content-Type: multipart/related; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: image/png\nContent-ID: <x>\n\nx\n", 2000) + "--b\n\none\n--b--\n", "one"},
		{"cut within a part's header", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Ty", "one"},
		{"message/rfc822 in base64", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogcwoKb25lCg==\n", "one"},
		{"multipart in base64", "Content-Type: multipart/mixed; boundary=B\nContent-Transfer-Encoding: base64\n\nLS1CCkNvbnRlbnQtVHlwZTogdGV4dC9wbGFpbgoKaW4gYmFzZTY0Ci0tQi0tCg==\n", "in base64"},
		{"multipart in quoted-printable", "Content-Type: multipart/mixed; boundary=\"=_B\"\nContent-Transfer-Encoding: quoted-printable\n\n--=3D_B\n\none=20two\n--=3D_B\nContent-Transfer-Encoding: base64\n\ndGhyZWU=3D\n--=3D_B--\n", "one two three"},
		{"a part in base64 that is multipart", "Content-Type: multipart/mixed; boundary=A\n\n--A\nContent-Type: multipart/mixed; boundary=B\nContent-Transfer-Encoding: base64\n\nLS1CCkNvbnRlbnQtVHlwZTogdGV4dC9wbGFpbgoKaW4gYmFzZTY0Ci0tQi0tCg==\n--A\n\none\n--A--\n", "in base64 one"},
		{"multipart that says base64, and is not", "Content-Type: multipart/mixed; boundary=B\nContent-Transfer-Encoding: base64\n\n--B\n\none\n--B--\n", "one"},
		{"digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\none\n--b\n\nSubject: s\n\ntwo\n--b--\n", "one two"},
		{"uuencode", "\none\nbegin 644 a.bin\n#0V%T\n`\nend\ntwo\n", "one two a.bin"},
		{"yEnc", "\none\n=ybegin line=128 size=5 name=a.bin\n\x8e\x8f=\x4a\xe4\xf0\n=yend size=5\ntwo\n", "one two a.bin"},
		{"yEnc, in pieces", "\none\n=ybegin part=1 total=2 line=128 size=9 name=a b.bin\n=ypart begin=1 end=5\n\x8e\x8f\n\xff\xe4\xf0\n=yend size=5\n", "one a b.bin"},
		{"talk about yEnc", "\n=ybegin line=128 size=5 name=a.bin\nis how it begins\n", "=ybegin line=128 size=5 name=a.bin is how it begins"},
		{"HTML that does not say so", "Subject: s\n\n\n<!DOCTYPE html><p>one<p>two", "one two"},
		{"HTML of another time", "Subject: s\n\n<HTML lang=en><body>one <b>two</b></body></HTML>", "one two"},
		{"text that quotes HTML", "Subject: s\n\n<htmlx>one</htmlx> <html>", "<htmlx>one</htmlx> <html>"},
		{"base64 without padding", "Content-Transfer-Encoding: base64\n\nb25lIHR3bw\n", "one two"},
		{"base64 with padding inside", "Content-Transfer-Encoding: base64\n\nb25lCg==\ndHdv\n", "one two"},
		{"base64 with strays", "Content-Transfer-Encoding: base64\n\nb25l !IHR3*bw==\n", "one two"},
		{"text after base64", "Content-Transfer-Encoding: base64\n\nb25lCg==\n_______\nlist@example.org mailing list\n", "one _______ list@example.org mailing list"},
		{"text after base64 without padding", "Content-Transfer-Encoding: base64\n\nb25lIHR3byB0aHJlZTQ0\n\n-- \nSent via gateway\n", "one two three44 -- Sent via gateway"},
		{"a style sheet for paper", "Content-Type: text/html\n\n<style media=print>.q{display:none}</style><style media=screen>.r{display:none}</style><p class=q>one</p><p class=r>none</p><p>two</p>\n", "one two"},
		{"a picture in HTML", "Content-Type: text/html\n\n<p>one</p><img src=\"data:image/png;base64," + strings.Repeat("QUJD", 300000) + "\"><p>two</p>\n", "one two"},
		{"a report that is cut off", "Content-Type: multipart/report; boundary=b\n\n--b\n\none\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@b\n", "one"},
		{"a word after base64 without padding", "Content-Transfer-Encoding: base64\n\nb25lIHR3byEh\nDisclaimer\n", "one two!! Disclaimer"},
		{"a word after padding", "Content-Transfer-Encoding: base64\n\nb25lIHR3bw==\nDisclaimer\n", "one two Disclaimer"},
		{"words after base64 without padding", "Content-Transfer-Encoding: base64\n\nb25lIHR3byEh\n\nUnsubscribe here\n", "one two!! Unsubscribe here"},
		{"a link after base64 without padding", "Content-Transfer-Encoding: base64\n\nb25lIHR3byEh\nhttps://lists.example.org/unsubscribe\n", "one two!! https://lists.example.org/unsubscribe"},
		{"a word after base64 in ISO-2022-JP", "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: base64\n\n" + b64("\x1b$BK\\F|$N2q5D$OCf;_$G$9!#\x1b(B") + "\nUnsubscribe\n", "本日の会議は中止です。 Unsubscribe"},
		{"words that declare base64", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nUnfortunately not encoded\nat all\n", "Unfortunately not encoded at all"},
		{"a number after base64", "Content-Transfer-Encoding: base64\n\n" + b64("Hello there my dear friend!") + "\nTel +4930123456\n", "Hello there my dear friend! Tel +4930123456"},
		{"base64 with blanks", "Content-Transfer-Encoding: base64\n\nSGVsbG8g dGhlcmUg\nbXkg ZGVh ciBm\ncmllbmQh\n", "Hello there my dear friend!"},
		{"a name and a link after it", "Content-Transfer-Encoding: base64\n\nb25lIHR3byEh\nMailinglist\nhttp://l.example\n", "one two!! Mailinglist http://l.example"},
		{"an element after it", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n" + b64("<p>one</p><p>two!</p>") + "\n<br>Footer\n", "one two! Footer"},
		{"words after base64 in GBK", "Content-Type: text/plain; charset=gbk\nContent-Transfer-Encoding: base64\n\n" + b64("\xbb\xe1\xd2\xe9\xcd\xa8\xd6\xaa!") + "\nUnsubscribe here\n", "会议通知! Unsubscribe here"},
		{"lines of base64 of any length", "Content-Transfer-Encoding: base64\n\n" + b64("one") + "\n" + b64("会议通知在这") + "\n" + b64("two three four") + "\n" + b64("five!!") + "\n", "one会议通知在这two three fourfive!!"},
		{"base64 with characters across its lines", "Content-Transfer-Encoding: base64\n\neOS8muiu\nrumA\nmuefpeWc\nqOi/memHjA==\n", "x会议通知在这里"},
		{"a banner before base64", "Content-Transfer-Encoding: base64\n\n[EXTERNAL] be careful\n\nb25lIHR3bw==\n", "[EXTERNAL] be careful one two"},
		{"a word before base64", "Content-Transfer-Encoding: base64\n\nEXTERNAL\n\nb25lIHR3byEh\nDisclaimer\n", "EXTERNAL one two!! Disclaimer"},
		{"text with digits that is none", "Content-Transfer-Encoding: base64\n\nYour code is:\n\nX7Kq92Lm\n", "Your code is: X7Kq92Lm"},
		{"base64 that is none", "Content-Transfer-Encoding: base64\n\nThis is, in fact, plain text!\n", "This is, in fact, plain text!"},
		{"two encodings, the second right", "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nb25lIHR3bw==\n", "one two"},
		{"two encodings, the first right", "Content-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: 8bit\n\none=20two=\n three\n", "one two three"},
		{"two encodings, none of them right", "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\none two three\n", "one two three"},
		{"two encodings that both would have to be undone", "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: quoted-printable\n\none=20two three\n", "one two three"},
		{"a multipart with two", "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\n--b\nContent-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\nb25lIHR3bw==\n--b--\n", "one two"},
		{"two encodings in one field", "Content-Transfer-Encoding: 8bit, base64\n\nb25lIHR3bw==\n", "one two"},
		{"a misspelt encoding", "Content-Transfer-Encoding: quoted printible\n\none=20two\n", "one two"},
		{"XML that says what it is written in", "Content-Type: application/xhtml+xml\n\n<?xml version=\"1.0\" encoding=\"koi8-r\"?><html><p>\xc4\xc1</p></html>\n", "да"},
		{"quoted", "Content-Transfer-Encoding: \"base64\";\n\nb25l\n", "one"},
		{"with a comment", "Content-Transfer-Encoding: base64 (yes)\n\nb25l\n", "one"},
		{"quoted-printable with long lines", "Content-Transfer-Encoding: quoted-printable\n\none=20two" + strings.Repeat(" ", 100) + "\n=\nthree= \n four=3d=zz=\n", "one two three four==zz"},
	} {
		for _, reader := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader} {
			m, err := Read(reader(strings.NewReader(test.raw)), Hints{})
			if got := words(m); err != nil || got != test.want {
				t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
			}
		}
	}
}

// What lies deeper than the tree goes is read in its order, side by side.
func TestDeepNesting(t *testing.T) {
	multiparts := func(n int, end string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%[1]d\n\n--b%[1]d\n\nword %[1]d\n--b%[1]d\n", i)
		}
		b.WriteString("Content-Type: application/pdf; name=a.pdf\n\nx\n")
		for i := n - 1; i >= 0 && end != ""; i-- {
			fmt.Fprintf(&b, "--b%[1]d--\n\nnothing %[1]d\n", i)
			if i > 0 {
				fmt.Fprintf(&b, "--b%d\n\nend %d\n", i-1, i)
			}
		}
		return b.String()
	}
	numbers := func(format string, from, to, step int) string {
		var all []string
		for i := from; i != to; i += step {
			all = append(all, fmt.Sprintf(format, i))
		}
		return strings.Join(all, " ")
	}
	messages := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: message/rfc822\n\nSubject: %d\n", i)
		}
		return b.String() + "\ninnermost\n"
	}
	for _, test := range []struct{ name, raw, want string }{
		{"multiparts", multiparts(40, "ended"), numbers("word %d", 0, 40, 1) + " " + numbers("end %d", 39, 0, -1) + " a.pdf"},
		{"multiparts without end", multiparts(40, ""), numbers("word %d", 0, 40, 1) + " a.pdf"},
		{"1,100 multiparts", multiparts(1100, ""), numbers("word %d", 0, 1020, 1) + " [left_out]"},
		{"messages", messages(40), numbers("[forwarded %d]", 0, 40, 1) + " innermost"},
		{
			"messages in encodings", "Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n" +
				strings.ReplaceAll(messages(6), "message/rfc822", "message/rfc822\nContent-Transfer-Encoding: base64 (not really)"),
			"[forwarded] [forwarded 0] [forwarded 1] [forwarded 2] [forwarded 3] [left_out]",
		},
	} {
		m, err := Read(strings.NewReader("Subject: s\n"+test.raw), Hints{})
		got := strings.Join(append(strings.Fields(m.Document.Text(said)), names(m.Files)...), " ")
		if err != nil || got != test.want {
			t.Errorf("%s: %.300q, %v; want %.300q", test.name, got, err, test.want)
		}
	}
}

// Of what was cut off nothing is said that the rest may belie.
func TestCutOff(t *testing.T) {
	const (
		mixed = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		event = "\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Plan\nDTSTART:20261201T230000Z\n"
		ended = event + "END:VEVENT\nBEGIN:VEVENT\nSUMMARY:Later\nDTSTART:20261202T230000Z\n"
		file  = "Content-Type: application/octet-stream;\n name=invoice.pdf\n"
	)
	for _, test := range []struct{ name, raw, want string }{
		{"a forwarded message in its header", mixed + "Content-Type: message/rfc822\n\nReceived: x\n", ""},
		{"the same, its sender known", mixed + "Content-Type: message/rfc822\n\nFrom: Zoe <z@example.org>\nX: y\n", "forwarded header Zoe <z@example.org>"},
		{"the same, who may have a further name", mixed + "Content-Type: message/rfc822\n\nFrom: z@example.org\nSubject: I agree\n", "forwarded header z@example.org"},
		{"the same, its subject folded", mixed + "Content-Type: message/rfc822\n\nFrom: z@example.org\nSubject: I agree\n to n", "forwarded header z@example.org"},
		{"the same, sent by a secretary", mixed + "Content-Type: message/rfc822\n\nSender: z@example.org\nX: y\n", ""},
		{"the same after it", mixed + "Content-Type: message/rfc822\n\nX-A: b\n\nword\n", "forwarded\n\nword"},
		{"a forwarded header", mixed + "Content-Type: text/rfc822-headers\n\nReceived: x\n", ""},
		{"one of a subject", mixed + "Content-Type: text/rfc822-headers\n\nFrom: z@example.org\nSubject: I agree\n", "forwarded header z@example.org"},
		{"the same, deep", strings.Repeat("Content-Type: message/rfc822\n\nSubject: s\n", 25) + "X: y\n", strings.TrimSpace(strings.Repeat("forwarded s\n\n", 24) + "forwarded header s")},
		{"a read receipt", mixed + "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@b.example\n", ""},
		{"one that is folded", mixed + "Content-Type: message/disposition-notification\n\nDisposition: x; displayed\nFinal-Recipient: rfc822; a@b.example\n", "receipt displayed"},
		{"a delivery report", mixed + "Content-Type: message/delivery-status\n\n" + group("a@b.example", "failed"), ""},
		{"a calendar", "Content-Type: text/calendar" + event, ""},
		{"a calendar, an event ended", "Content-Type: text/calendar; method=CANCEL" + ended, "invitation cancel 2026-12-01T23:00:00Z Plan"},
		{"a calendar in a part", mixed + "Content-Type: text/calendar; method=REQUEST" + ended, "invitation request 2026-12-01T23:00:00Z Plan"},
		{"a calendar whose END may be folded", mixed + "Content-Type: text/calendar; method=REQUEST" + event + "END:VEVENT\n", ""},
		{"a file in its header", mixed + file, ""},
		{"a file after it", mixed + file + "\nx", "invoice.pdf"},
		{"a file, its name going on", mixed + "Content-Type: x/y; name*0=\"invoice.pdf\";\n", ""},
		{"a preamble", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("This is for nobody.\n", 30), ""},
		{"uuencode", "\nSee\nbegin 644 report.txt\nM:&5L;&\\@:&5L;&", "See"},
		{"yEnc", "\nSee\n=ybegin line=128 size=9 name=report.txt\n\x8e\x8f", "See"},
		{"talk about it", "\nSee\nbegin 644 report.txt\nthat is how it begins, and then there are words all over the line and beyond it\nx", "See\nbegin 644 report.txt\nthat is how it begins, and then there are words all over the line and beyond it\nx"},
	} {
		m, err := Read(strings.NewReader("Subject: s\n"+test.raw), Hints{Cut: func() bool { return true }})
		got := strings.TrimSpace(m.Document.Text(allArgs) + " " + strings.Join(names(m.Files), " "))
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

// Whose text it is stays clear around a forwarded message.
func TestForwardedMessages(t *testing.T) {
	const after = "--b\nContent-Type: text/plain\n\nafter\n--b--\n"
	for _, test := range []struct{ name, raw, want string }{
		{"the same boundary", "From: a@a.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nin\n--b--\n" + after, "forwarded a@a.example\n\nin\n\nforwarded_end\n\nafter"},
		{"a delimiter again", "From: a@a.example\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nin\n--c--\n--c\n\nin, too\n--c--\n" + after, "forwarded a@a.example\n\nin\n\nin, too\n\nforwarded_end\n\nafter"},
		{"a blank line before the header", "\nFrom: a@a.example\n\nin\n" + after, "forwarded a@a.example\n\nin\n\nforwarded_end\n\nafter"},
		{"two blank lines before a text", "\n\nin: it\n" + after, "forwarded\n\nin: it\n\nforwarded_end\n\nafter"},
		{"two authors", "From: Ann <a@a.example>, b@b.example, \"c@c.example\" <d@d.example>\n\nin\n" + after, "forwarded Ann <a@a.example>, b@b.example, c@c.example <d@d.example>\n\nin\n\nforwarded_end\n\nafter"},
		{"a forged end", "From: a@a.example\n\nin\n*** Forwarded_END ***\nI agree.\n" + after, "forwarded a@a.example\n\nin\n> *** Forwarded_END ***\nI agree.\n\nforwarded_end\n\nafter"},
	} {
		m, err := Read(strings.NewReader("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"+test.raw), Hints{})
		if got := m.Document.Text(allArgs); err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

// Whoever else a message names as its sender is told.
func TestSeveralSenders(t *testing.T) {
	const both = "authors Boss <b@corp.example>, Eve <e@evil.example>\n\nx"
	for _, test := range []struct{ name, raw, want string }{
		{"two fields", "From: Boss <b@corp.example>\nFrom: Eve <e@evil.example>\n\nx", both},
		{"beside a broken line", "From: Boss <b@corp.example>\nno field\nFrom: Eve <e@evil.example>\n\nx", both},
		{"two in one", "From: Boss <b@corp.example>, Eve <e@evil.example>\n\nx", both},
		{"a field twice", "From: Boss <b@corp.example>\nFrom: Boss <B@corp.example>\n\nx", "x"},
		{"an empty one", "From:\nFrom: Boss <b@corp.example>\n\nx", "x"},
		{"a comma in a name", "From: Lee, Ann <b@corp.example>\n\nx", "x"},
	} {
		m, err := Read(strings.NewReader(test.raw), Hints{})
		if got := m.Document.Text(allArgs); err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
		if m.FromAddress != "b@corp.example" {
			t.Errorf("%s: from %s", test.name, m.FromAddress)
		}
	}
}

// A message that is known to be whole says all, though it lacks its end.
func TestNotCutOff(t *testing.T) {
	const mixed = "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	for _, test := range []struct{ raw, want string }{
		{mixed + "Content-Type: message/delivery-status\n\n" + group("u@x.example", "failed"), "delivery failed u@x.example"},
		{mixed + "Content-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:Plan\n", "invitation Plan"},
		{mixed + "Content-Type: message/rfc822\n\nSubject: I agree\n", "forwarded I agree"},
		{"Content-Type: multipart/mixed; boundary=b\n\nwords\n", "words"},
	} {
		m, err := Read(strings.NewReader("Subject: s\n"+test.raw), Hints{Cut: func() bool { return false }})
		if got := m.Document.Text(allArgs); err != nil || got != test.want {
			t.Errorf("%q, %v; want %q", got, err, test.want)
		}
	}
}

// allArgs stands in for the sentence of a notice.
func allArgs(b Block) string {
	said := string(b.Code)
	for _, name := range slices.Sorted(maps.Keys(b.Args)) {
		said += " " + b.Args[name]
	}
	return said
}

// generate writes a well-formed message.
func generate(rnd *rand.Rand, depth int) string {
	var b strings.Builder
	text := func() string {
		n := 1 + rnd.IntN(4)
		var s strings.Builder
		for range n {
			fmt.Fprintf(&s, "line %d of some text\r\n", rnd.IntN(1000))
		}
		return s.String()
	}
	switch kind := rnd.IntN(6); {
	case kind == 0 && depth < 4:
		b.WriteString("Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n" + generate(rnd, depth+1))
	case kind < 3 && depth < 4:
		boundary := fmt.Sprintf("=_%d_%d", depth, rnd.IntN(1000000))
		sub := []string{"mixed", "alternative", "related", "digest", "report"}[rnd.IntN(5)]
		fmt.Fprintf(&b, "Content-Type: multipart/%s;\r\n boundary=\"%s\"\r\n\r\npreamble\r\n", sub, boundary)
		for range 1 + rnd.IntN(3) {
			fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, strings.TrimSuffix(generate(rnd, depth+1), "\r\n"))
		}
		fmt.Fprintf(&b, "--%s--\r\nepilogue\r\n", boundary)
	case kind == 3:
		b.WriteString("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>a =3D b =\r\nc</p>\r\n")
	case kind == 4:
		b.WriteString("Content-Type: application/pdf;\r\n name=\"a b.pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\nAAECAwQFBgcICQoLDA0ODw==\r\n")
	default:
		b.WriteString("Content-Type: text/plain\r\n\r\n" + text())
	}
	return b.String()
}

// go-message and our splitter read well-formed messages alike.
func TestSplitterAgreesWithGoMessage(t *testing.T) {
	seed := rand.Uint64()
	rnd := rand.New(rand.NewPCG(seed, 1))
	for n := range 1000 {
		raw := "Subject: s\r\nMIME-Version: 1.0\r\n" + generate(rnd, 0)
		m, err := Read(strings.NewReader(raw), Hints{})
		if err != nil || m.Forgiven {
			t.Fatalf("seed %d, message %d: go-message gave up: %v\n%s", seed, n, err, raw)
		}
		ours, err := forgive(newLines(strings.NewReader(raw)), Hints{})
		if err != nil || words(ours) != words(m) || !slices.Equal(ours.Files, m.Files) || ours.Header != m.Header || ours.Truncated {
			t.Fatalf("seed %d, message %d: %v\nours: %+v\ngo-message: %+v\n%s", seed, n, err, ours, m, raw)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("Content-Type: multipart/mixed; boundary=b\n\n--b\njunk\nContent-Type: text/plain\n\none\n--b--\n")
	f.Add("begin 644 a\n#0V%T\n`\nend")
	f.Add("Content-Type: multipart/digest\r--b\r\r--b--")
	f.Fuzz(func(t *testing.T, raw string) {
		whole, err := Read(strings.NewReader(raw), Hints{})
		if err != nil {
			t.Fatal(err)
		}
		// It does not matter in what pieces it comes.
		pieces, err := Read(iotest.OneByteReader(strings.NewReader(raw)), Hints{})
		if err != nil || words(pieces) != words(whole) {
			t.Fatalf("%q in pieces, %q whole; %v", words(pieces), words(whole), err)
		}
		bounded(t, whole)
	})
}

// The size of a file in yEnc is that of the file, without escapes, line ends
// and what says which piece it is.
func TestYEncSizes(t *testing.T) {
	for text, want := range map[string]int{
		"=ybegin line=3 size=5 name=a\n\x8e\x8f=\x4a\n\xe4\xf0\n=yend size=5":                            5,
		"=ybegin part=1 line=3 size=9 name=a\n=ypart begin=1 end=5\n\x8e\x8f=\x4a\r\n\xe4\n=yend size=4": 4,
		"=ybegin line=3 name=a\nx\n=yend size=5":                                                         -1,
		"=ybegin line=3 size=5\nx\n=yend size=5":                                                         -1,
	} {
		got := -1
		if files, _ := cutYEnc([]byte(text), false); len(files) == 1 {
			got = files[0].octets
		}
		if got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
