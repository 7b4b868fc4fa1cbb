package message

import (
	"slices"
	"strings"
	"testing"
)

// said stands in for the sentences of notices: their codes and what is worth
// telling of them.
func said(b Block) string {
	words := []string{"[" + string(b.Code)}
	for _, name := range []string{"kind", "title", "disposition", "from", "subject", "recipient", "action", "status", "reason", "charset"} {
		if b.Args[name] != "" {
			words = append(words, b.Args[name])
		}
	}
	return strings.Join(words, " ") + "]"
}

// parts writes a multipart of these, headers and all.
func parts(kind string, parts ...string) string {
	var b strings.Builder
	b.WriteString("Content-Type: multipart/" + kind + "; boundary=" + boundaryOf(kind) + "\n\n")
	for _, p := range parts {
		b.WriteString("--" + boundaryOf(kind) + "\n" + p + "\n")
	}
	b.WriteString("--" + boundaryOf(kind) + "--\n")
	return b.String()
}

func boundaryOf(kind string) string {
	kind, _, _ = strings.Cut(kind, ";")
	return "of_" + kind
}

const (
	plainPart = "Content-Type: text/plain\n\nplain words\n"
	htmlPart  = "Content-Type: text/html\n\n<p>rich words</p>\n"
	pdfPart   = "Content-Type: application/pdf; name=a.pdf\n\nx\n"
	eventPart = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Plan\nDTSTART:20261128T100000Z\nEND:VEVENT\nEND:VCALENDAR\n"
	inner     = "From: Zoe <z@example.org>\nSubject: Inner\n\ninner words\n"
)

func TestParts(t *testing.T) {
	for _, test := range []struct{ name, raw, want string }{
		{"alternatives", parts("alternative", plainPart, htmlPart), "plain words"},
		{"a calendar of old", parts("mixed", plainPart, "Content-Type: text/x-vcalendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Plan\nEND:VEVENT\nEND:VCALENDAR\n"), "plain words [invitation Plan]"},
		{"a file of an old Mac", parts("mixed", plainPart, "Content-Type: multipart/appledouble; boundary=c\n\n--c\nContent-Type: application/applefile; name=a.pdf\n\nx\n--c\nContent-Type: application/pdf; name=a.pdf\n\nx\n--c--\n"), "plain words a.pdf"},
		{"two plain texts", parts("alternative", plainPart, "Content-Type: text/plain\n\nappended\n"), "plain words appended"},
		{"the same twice", parts("alternative", plainPart, htmlPart, plainPart), "plain words"},
		{"a plain text behind a stub and HTML", parts("alternative", "\nNo text version available\n", htmlPart, "Content-Type: text/plain\n\nappended\n"), "rich words appended"},
		{"two in HTML", parts("alternative", htmlPart, "Content-Type: text/html\n\n<p>better\n"), "better"},
		{"two in HTML, one of them empty", parts("alternative", htmlPart, "Content-Type: text/html\n\n<p>\n"), "rich words"},
		{"the HTML first", parts("alternative", htmlPart, plainPart), "plain words"},
		{"an empty plain text", parts("alternative", "\n \n", htmlPart), "rich words"},
		{"no HTML but an attachment", parts("alternative", plainPart, pdfPart), "plain words a.pdf"},
		{"plain text about HTML", parts("alternative", "\nThis message is in HTML. Please use a mail program that shows it.\n", htmlPart), "rich words"},
		{"a Chinese one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\n您的邮件客户端不支持 HTML 格式。\n", htmlPart), "rich words"},
		{"a stub longer than the HTML", parts("alternative", "\nYour mail client does not support HTML.\n", "Content-Type: text/html\n\n<p>Html one</p><p>Html two</p>\n"), "Html one Html two"},
		{"a stub without a text version", parts("alternative", "\nNo text version available\n", htmlPart), "rich words"},
		{"one to be clicked", parts("alternative", "\nIf you cannot read this message, please click here.\n", htmlPart), "rich words"},
		{"one with an address", parts("alternative", "\nView this email in your browser: https://x.example/v\n", htmlPart), "rich words"},
		{"a Chinese stub", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\n您的邮箱不支持查看此邮件，请点击链接在浏览器中查看\n", htmlPart), "rich words"},
		{"Newsletter's", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nThis email requires a modern e-mail reader.\nView online: https://n.example/e/1\nUnsubscribe: https://n.example/u/1\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"PHPMailer's", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nTo view the message, please use an HTML compatible email viewer!\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a French one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nSi vous ne voyez pas cet e-mail correctement, cliquez ici\nhttps://n.example/v\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"another French one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nSi cette newsletter ne s’affiche pas correctement, consultez la version en ligne.\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a German one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nSollte diese E-Mail nicht korrekt angezeigt werden, klicken Sie bitte hier: https://n.example/v\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a Spanish one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nSi no visualiza correctamente este mensaje, pulse aquí.\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a Portuguese one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nCaso não esteja visualizando este e-mail, acesse a versão online.\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a Russian one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nЕсли письмо отображается некорректно, откройте веб-версию.\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a Japanese one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\nこのメールが正しく表示されない場合はこちらをご覧ください。https://n.example/v\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a Korean one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\n메일이 정상적으로 보이지 않을 경우 여기를 클릭하세요.\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"another Chinese one", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\n如果您不能正常浏览此邮件，请点击这里\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"one of Taiwan", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\n若您無法正常瀏覽此郵件，請點選這裡\n", "Content-Type: text/html; charset=utf-8\n\n<p>Der Sommer ist da: 30 Grad 夏天 been</p>\n"), "Der Sommer ist da: 30 Grad 夏天 been"},
		{"a long text with such a sentence", parts("alternative", "\nView this email in your browser: https://x.example/v\n"+strings.Repeat("word ", 100)+"\n", "Content-Type: text/html\n\n<p>View in browser<p>"+strings.Repeat("word ", 110)+"\n"), "View this email in your browser: https://x.example/v " + strings.TrimSpace(strings.Repeat("word ", 100))},
		{"a stub beside HTML that is no better", parts("alternative", "\nView this email in your browser: https://x.example/v\n", "Content-Type: text/html\n\n<p>View in browser\n"), "View this email in your browser: https://x.example/v"},
		{"a text with such a sentence", parts("alternative", "\nView this in your browser.\nLunch is at twelve.\n", "Content-Type: text/html\n\n<p>Lunch\n"), "View this in your browser. Lunch is at twelve."},
		{"plain text that is HTML", parts("alternative", "\n<p>Your code is <b>4711</b></p>\n", "Content-Type: text/html\n\n<p>Your code is <b>4711</b>\n"), "Your code is 4711"},
		{"plain text about a tag", parts("alternative", "\n<p> is a paragraph\n", "Content-Type: text/html\n\n<p>&lt;p&gt; is a paragraph\n"), "<p> is a paragraph"},
		{"plain text that says far less", parts("alternative", "\nView in browser\n", "Content-Type: text/html\n\n<p>"+strings.Repeat("words and ", 30)+"</p>\n"), strings.TrimSpace(strings.Repeat("words and ", 30))},
		{"plain text of a target", parts("alternative", "\nSee https://example.org/"+strings.Repeat("x", 200)+"\n", "Content-Type: text/html\n\n<p>"+strings.Repeat("word ", 20)+"</p>\n"), strings.TrimSpace(strings.Repeat("word ", 20))},
		{"text around targets counts", parts("alternative", "Content-Type: text/plain; charset=utf-8\n\n"+strings.Repeat("请看https://example.org/，谢谢。", 9)+"\n", "Content-Type: text/html; charset=utf-8\n\n<p>"+strings.Repeat("请看，谢谢。", 15)+"</p>\n"), strings.Repeat("请看https://example.org/，谢谢。", 9)},
		{"pictures of Outlook's", "\n[cid:image001.png@01DC5F2A.7B3C1D20]\nplain [cid:image002.png@01DC]words [cid: none] [cid:\n", "plain words [cid: none] [cid:"},
		{"about HTML, and so is the HTML", parts("alternative", "\nHTML course on Monday\n", "Content-Type: text/html\n\n<p>HTML course on Monday</p>\n"), "HTML course on Monday"},
		{"HTML within related within alternative", parts("alternative", "\n\n", parts("related", htmlPart, "Content-Type: image/png; name=i.png\nContent-ID: <i>\n\nx\n")), "rich words"},
		{"an invitation among alternatives", parts("alternative", plainPart, htmlPart, eventPart), "[invitation Plan] plain words"},
		{"a calendar that is none", "Content-Type: text/calendar\n\nthis is no calendar\n", "[unknown_calendar]"},
		{"an empty one", "Content-Type: text/calendar\n\n\n", ""},
		{"an invitation alone", eventPart, "[invitation Plan]"},
		{"an invitation as file", parts("mixed", plainPart, "Content-Disposition: attachment; filename=invite.ics\n"+eventPart), "plain words [invitation Plan] invite.ics"},
		{"AMP", parts("alternative", plainPart, "Content-Type: text/x-amp-html\n\n<html amp4email>amp</html>\n", htmlPart), "plain words"},
		{"AMP and HTML only", parts("alternative", "Content-Type: text/x-amp-html\n\n<html amp4email>amp</html>\n", htmlPart), "rich words"},
		{"RTF", parts("alternative", htmlPart, "Content-Type: text/rtf\n\n{\\rtf1 words}\n"), "rich words"},
		{"enriched", "Content-Type: text/enriched\n\n<bold>strong</bold> words\n", "strong words"},
		{"XHTML", "Content-Type: application/xhtml+xml\n\n<html><body><p>rich<br/>words</p></body></html>\n", "rich words"},
		{"named texts", parts("mixed", "Content-Type: text/plain; name=text_0.txt\n\none\n", "Content-Type: text/plain\nContent-Disposition: inline; filename=b.txt\n\ntwo\n", "Content-Disposition: attachment; filename=c.txt\n\nthree\n"), "one two b.txt c.txt"},
		{"the message's order", parts("mixed", "\none\n", htmlPart, pdfPart, "\nthree\n"), "one rich words three a.pdf"},
		{"a description", strings.Replace(eventPart, "SUMMARY", "DESCRIPTION:Bring files\nSUMMARY", 1), "[invitation Plan] Bring files"},
		{"a description among alternatives", parts("alternative", plainPart, strings.Replace(eventPart, "SUMMARY", "DESCRIPTION:Bring files\nSUMMARY", 1)), "[invitation Plan] plain words"},
		{"a description alone among them", parts("alternative", "\n\n", strings.Replace(eventPart, "SUMMARY", "DESCRIPTION:Bring files\nSUMMARY", 1)), "[invitation Plan] Bring files"},
		{"a description that has been said", parts("mixed", plainPart, strings.Replace(eventPart, "SUMMARY", `DESCRIPTION:plain\nwords\n\nand more`+"\nSUMMARY", 1)), "plain words [invitation Plan] and more"},
		{"an invitation twice", parts("mixed", parts("alternative", plainPart, eventPart), "Content-Disposition: attachment; filename=invite.ics\n"+eventPart), "[invitation Plan] plain words invite.ics"},
		{"other texts are files", parts("mixed", plainPart, "Content-Type: text/css; name=a.css\n\nx{}\n", "Content-Type: text/vcard; name=a.vcf\n\nBEGIN:VCARD\n"), "plain words a.css a.vcf"},
		{"signed", parts("signed", plainPart, "Content-Type: application/pgp-signature; name=signature.asc\n\nx\n"), "plain words"},
		{"encrypted by PGP", parts("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1\n", "Content-Type: application/octet-stream\n\nx\n"), "[encrypted pgp]"},
		{"PGP in the text", "\nbefore\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\nafter\n", "before [encrypted pgp] after"},
		{"talk of PGP", "\nlook for a line with\n-----BEGIN PGP MESSAGE-----\nand tell me.\n", "look for a line with -----BEGIN PGP MESSAGE----- and tell me."},
		{"S/MIME", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nAAAA\n", "[encrypted smime]"},
		{"S/MIME, signed", "Content-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nAAAA\n", "[signed smime]"},
		{"S/MIME without its type", "Content-Type: application/octet-stream; name=smime.p7m\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CA\n", "[encrypted smime]"},
		{"S/MIME without its type, signed", "Content-Type: application/octet-stream; name=SMIME.P7M\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHAqCA\n", "[signed smime]"},
		{"S/MIME of a sort that is not said", "Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64 (lax)\n\nMIAGCSqG\nSIb3DQEHAqCA\n", "[signed smime]"},
		{"a signed file", parts("mixed", plainPart, "Content-Type: application/pkcs7-mime; name=fattura.xml.p7m\n\nx\n"), "plain words fattura.xml.p7m"},
		{
			"PGP that Exchange took apart", parts("mixed", "\n\n", "Content-Type: application/pgp-encrypted\n\nVersion: 1\n", "Content-Type: application/octet-stream; name=encrypted.asc\n\nx\n", pdfPart),
			"[encrypted pgp] a.pdf",
		},
		{
			"a read receipt", parts("report; report-type=disposition-notification", "\nIt was read.\n",
				"Content-Type: message/disposition-notification\n\nReporting-UA: mx; x\nFinal-Recipient: rfc822;\n bob@example.org\nDisposition: manual-action/MDN-sent-manually; Displayed/error\n"),
			"It was read. [receipt displayed bob@example.org]",
		},
		{"a read receipt of nothing", "Content-Type: message/disposition-notification\n\n\n", "[receipt]"},
		{"winmail.dat", parts("mixed", plainPart, "Content-Type: application/ms-tnef; name=winmail.dat\n\nx\n"), "plain words [outlook]"},
		{"forwarded", parts("mixed", plainPart, "Content-Type: message/rfc822\n\n"+inner), "plain words [forwarded Zoe <z@example.org> Inner] inner words"},
		{"forwarded as a file", parts("mixed", plainPart, "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=Inner.eml\n\n"+inner), "plain words [forwarded Zoe <z@example.org> Inner] inner words Inner.eml"},
		{
			"a delivery report", parts("report; report-type=delivery-status", "\nNot delivered.\n",
				"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; bob@example.org\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n",
				"Content-Type: text/rfc822-headers\n\nFrom: Ann <ann@example.org>\nSubject: Lost\n"),
			"Not delivered. [delivery bob@example.org failed 5.1.1 550 no such user] [forwarded Ann <ann@example.org> Lost]",
		},
		{
			"a folded reason", "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; bob@example.org\nAction: failed\nDiagnostic-Code: smtp; 550 no\n such\n\tuser\nRemote-MTA: dns;\n mx.example.net\n",
			"[delivery bob@example.org failed 550 no such user]",
		},
		{"words after a forwarded message", parts("mixed", "Content-Type: message/rfc822\n\n"+inner, plainPart), "[forwarded Zoe <z@example.org> Inner] inner words [forwarded_end] plain words"},
		{"no words at all", parts("mixed", pdfPart), "a.pdf"},
		{"no name", parts("mixed", plainPart, "Content-Type: image/png\n\nx\n"), "plain words image/png"},
		{"a type that is none", "Content-Type: html\n\n<p>rich words</p>\n", "rich words"},
		{"a charset that is not known", "Content-Type: text/plain; charset=x-klingon\n\nGr\xfc\xdfe aus K\xf6ln\n", "[unknown_charset x-klingon] Grüße aus Köln"},
		{"the same in HTML", "Content-Type: text/html\n\n<meta charset=x-klingon><p>Gr\xfc\xdfe aus K\xf6ln\n", "[unknown_charset x-klingon] Grüße aus Köln"},
		{"the same, but UTF-8", "Content-Type: text/plain; charset=x-klingon\n\nGrüße aus Köln, Grüße aus München\n", "Grüße aus Köln, Grüße aus München"},
		{"a charset that means nothing", "Content-Type: text/plain; charset=unknown-8bit\n\nGr\xfc\xdfe aus K\xf6ln\n", "Grüße aus Köln"},
		{"a parameter without semicolon", "Content-Type: text/html charset=utf-8\n\n<p>rich words</p>\n", "rich words"},
	} {
		m, err := Read(strings.NewReader("Subject: s\n"+test.raw), Hints{})
		got := strings.Join(append(strings.Fields(m.Document.Text(said)), names(m.Files)...), " ")
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

// The size of an attached message is not known, rather than none.
func TestSizeOfAnAttachedMessage(t *testing.T) {
	raw := parts("mixed", plainPart, "Content-Type: message/rfc822\nContent-Disposition: attachment; filename=Inner.eml\n\n"+inner)
	m, err := Read(strings.NewReader("Subject: s\n"+raw), Hints{})
	if err != nil || len(m.Files) != 1 || m.Files[0].Octets != -1 {
		t.Errorf("%+v, %v", m.Files, err)
	}
}

// Text of all parts together is bounded, and said to be cut.
func TestTextIsBounded(t *testing.T) {
	var list []string
	for range 20 {
		list = append(list, "\n"+strings.Repeat("some words\n", 20000))
	}
	m, err := Read(strings.NewReader("Subject: s\n"+parts("mixed", list...)), Hints{})
	if n := len(m.Document.Text(nil)); err != nil || n > maxText+maxText/10 || n < maxText/2 || !m.Truncated {
		t.Errorf("%d octets, truncated %v, %v", n, m.Truncated, err)
	}
}

// Of many attachments the first are named, and all are counted.
func TestFilesAreCounted(t *testing.T) {
	for n, want := range map[int]string{100: "", 150: "100 of 150", 1500: "100 of 1500"} {
		raw := parts("mixed", append([]string{plainPart}, slices.Repeat([]string{pdfPart}, n)...)...)
		m, err := Read(strings.NewReader("Subject: s\n"+raw), Hints{})
		got := ""
		for _, b := range m.Document.Blocks {
			if b.Code == MoreFiles {
				got = b.Args["named"] + " of " + b.Args["all"]
			}
		}
		if err != nil || len(m.Files) != maxFiles || got != want || m.Truncated {
			t.Errorf("%d: %d named, %q, truncated %v, %v", n, len(m.Files), got, m.Truncated, err)
		}
	}
}
