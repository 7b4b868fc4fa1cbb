//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/quotedprintable"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// form is a message in the form that some program gives it, and what a person
// must be told of it.
type form struct {
	name          string
	header, body  string
	from, subject string
	reads         []string // stands in the text, in this order
	hidden        []string // does not
	files         []string
}

// in is text in a charset.
func in(charset encoding.Encoding, text string) string {
	encoded, err := charset.NewEncoder().String(text)
	if err != nil {
		panic(fmt.Sprintf("%v: %q", err, text))
	}
	return encoded
}

// b64 is base64 in lines, as in a body.
func b64(octets string) string {
	var b strings.Builder
	for encoded := base64.StdEncoding.EncodeToString([]byte(octets)); encoded != ""; {
		n := min(76, len(encoded))
		b.WriteString(encoded[:n] + "\n")
		encoded = encoded[n:]
	}
	return b.String()
}

// qp is quoted-printable in lines, as in a body.
func qp(octets string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(octets)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n") + "\n"
}

// word is an encoded word (RFC 2047) of octets that are in a charset.
func word(charset, octets string) string {
	return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString([]byte(octets)) + "?="
}

// percent is a value as RFC 2231 writes it.
func percent(octets string) string { return strings.ReplaceAll(quoted(octets), "=", "%") }

// part is a body part; header has the end of its last line.
func part(header, body string) string { return header + "\n" + body }

// multipart joins parts.
func multipart(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\n" + p + "\n")
	}
	return b.String() + "--" + boundary + "--\n"
}

// picture is a small PNG file.
func picture() string {
	canvas := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range 40 {
		canvas.Set(i, i, color.Black)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, canvas); err != nil {
		panic(err)
	}
	return b.String()
}

// forms are the commonest forms of mail, each as its program writes it.
func forms() []form {
	return []form{
		outlook(), outlookChinese(), gmail(), qq(), coremail(), appleMail(), thunderbird(), newsletter(),
		invitation(), bounce(), forward(), cron(), jenkins(), japaneseMail(),
	}
}

// outlookHTML is what Word makes of a mail: vector graphics and documents for
// Office in conditional comments, and paragraphs that are lines.
func outlookHTML(charset, language string, lines ...string) string {
	var b strings.Builder
	b.WriteString(`<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=` + charset + `">
<meta name="Generator" content="Microsoft Word 15 (filtered medium)">
<!--[if !mso]><style>v\:* {behavior:url(#default#VML);}
o\:* {behavior:url(#default#VML);}
</style><![endif]--><style><!--
/* Font Definitions */
@font-face
	{font-family:Calibri;
	panose-1:2 15 5 2 2 2 4 3 2 4;}
/* Style Definitions */
p.MsoNormal, li.MsoNormal, div.MsoNormal
	{margin:0cm;
	font-size:11.0pt;
	font-family:"Calibri",sans-serif;}
@page WordSection1
	{size:612.0pt 792.0pt;}
--></style><!--[if gte mso 9]><xml>
<o:shapedefaults v:ext="edit" spidmax="1026" />
</xml><![endif]-->
</head>
<body lang="` + language + `" link="#0563C1" vlink="#954F72" style="word-wrap:break-word">
<div class="WordSection1">
`)
	for _, line := range lines {
		if line == "" {
			line = "&nbsp;"
		}
		b.WriteString(`<p class="MsoNormal"><span style="mso-fareast-language:EN-US">` + line + "<o:p></o:p></span></p>\n")
	}
	b.WriteString("</div>\n</body>\n</html>\n")
	return b.String()
}

// exchange is multipart/related, with a logo, around plain text and HTML.
func exchange(charset, plain, html string) (header, body string) {
	const related, alternative = "_004_AM9PR03MB7142A1B2C3D4E5_", "_000_AM9PR03MB7142A1B2C3D4E5_"
	header = "Thread-Topic: =?" + charset + "?Q?Angebot?=\nAccept-Language: de-DE, en-US\nX-MS-Has-Attach: yes\nX-MS-TNEF-Correlator:\n" +
		"Content-Type: multipart/related;\n\tboundary=\"" + related + "\";\n\ttype=\"multipart/alternative\"\nMIME-Version: 1.0\n"
	quoted := "Content-Type: text/%s; charset=\"" + charset + "\"\nContent-Transfer-Encoding: quoted-printable\n"
	return header, multipart(related,
		part("Content-Type: multipart/alternative;\n\tboundary=\""+alternative+"\"\n", multipart(alternative,
			part(fmt.Sprintf(quoted, "plain"), qp(plain)),
			part(fmt.Sprintf(quoted, "html"), qp(html)))),
		part("Content-Type: image/png; name=\"image001.png\"\nContent-Description: image001.png\n"+
			"Content-Disposition: inline; filename=\"image001.png\"; size=90;\n\tcreation-date=\"Fri, 27 Nov 2026 08:12:44 GMT\"\n"+
			"Content-ID: <image001.png@01DC5F2A.7B3C1D20>\nContent-Transfer-Encoding: base64\n", b64(picture())))
}

const outlookLogo = `<img border="0" width="40" height="40" style="width:.4166in;height:.4166in" id="Grafik_x0020_1" src="cid:image001.png@01DC5F2A.7B3C1D20" alt="">`

func outlook() form {
	lines := []string{
		"Guten Tag Frau Müller,", "",
		"anbei unser überarbeitetes „Angebot“ – wie besprochen über 1.250 €.",
		"Die Lieferzeit beträgt 14 Tage; Rückfragen gern jederzeit.", "",
		"Mit freundlichen Grüßen", "Jürgen Weiß", "Leiter Einkauf",
	}
	plain := strings.Join(lines, "\r\n") + "\r\n\r\n[cid:image001.png@01DC5F2A.7B3C1D20]\r\n"
	header, body := exchange("Windows-1252", in(charmap.Windows1252, plain),
		in(charmap.Windows1252, outlookHTML("Windows-1252", "DE", append(lines, "", outlookLogo)...)))
	return form{
		name:   "outlook",
		header: "From: =?Windows-1252?Q?Wei=DF,_J=FCrgen?= <juergen.weiss@example.de>\nSubject: =?Windows-1252?Q?AW:_Angebot_f=FCr_B=FCrom=F6bel_=96_=DCberarbeitung?=\n" + header,
		body:   body,
		from:   "Weiß, Jürgen", subject: "AW: Angebot für Büromöbel – Überarbeitung",
		reads: []string{
			"Guten Tag Frau Müller,\n\nanbei unser überarbeitetes „Angebot“ – wie besprochen über 1.250 €.\nDie Lieferzeit beträgt 14 Tage",
			"\n\nMit freundlichen Grüßen\nJürgen Weiß\nLeiter Einkauf",
		},
		hidden: []string{"behavior", "MsoNormal", "panose", "Calibri", "spidmax", "cid:", "<o:p>", "urn:"},
	}
}

func outlookChinese() form {
	lines := []string{"各位同事：", "", "下周一（11月30日）下午两点在三楼会议室召开年度预算讨论会，请准时参加。", "如不能出席，请提前告知。", "", "此致", "陈晓明", "财务部"}
	gb := simplifiedchinese.GBK // which is what Outlook calls gb2312
	header, body := exchange("gb2312", in(gb, strings.Join(lines, "\r\n")+"\r\n"), in(gb, outlookHTML("gb2312", "ZH-CN", append(lines, "", outlookLogo)...)))
	return form{
		name: "outlook-chinese",
		header: "From: " + word("gb2312", in(gb, "陈晓明")) + " <chen.xiaoming@example.cn>\nSubject: " + word("gb2312", in(gb, "通知：年度预算讨")) +
			"\n " + word("gb2312", in(gb, "论会（请准时参加）")) + "\n" + header,
		body: body,
		from: "陈晓明", subject: "通知：年度预算讨论会（请准时参加）",
		reads: []string{
			"各位同事：\n\n下周一（11月30日）下午两点在三楼会议室召开年度预算讨论会，请准时参加。\n如不能出席，请提前告知。",
			"\n\n此致\n陈晓明\n财务部",
		},
		hidden: []string{"MsoNormal", "font-family", "cid:", "<o:p>"},
	}
}

func gmail() form {
	const boundary = "000000000000f1a2b305f0c4d5e6"
	const plain = "Sounds good 😀 – see you at the café at 12:30.\n\nJosé\n\nOn Fri, 27 Nov 2026 at 18:02, Ann Lee <ann@example.org> wrote:\n\n> Are you free for lunch tomorrow?\n>\n> Ann\n>\n"
	const html = `<div dir="ltr"><div>Sounds good 😀 – see you at the <b>café</b> at 12:30.</div><div><br></div><div>José</div></div><br>` +
		`<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Fri, 27 Nov 2026 at 18:02, Ann Lee &lt;<a href="mailto:ann@example.org">ann@example.org</a>&gt; wrote:<br></div>` +
		`<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr"><div>Are you free for lunch tomorrow?</div><div><br></div><div>Ann</div></div>` +
		"\r\n</blockquote></div>\r\n"
	utf8 := "Content-Type: text/%s; charset=\"UTF-8\"\nContent-Transfer-Encoding: base64\n"
	return form{
		name: "gmail",
		header: "MIME-Version: 1.0\nReferences: <a1@example.org>\nIn-Reply-To: <a1@example.org>\nFrom: =?UTF-8?Q?Jos=C3=A9_Garc=C3=ADa?= <jose@example.com>\n" +
			"Subject: =?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte("Re: Lunch 🍜 tomorrow?")) + "?=\n" +
			"Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\n",
		body: multipart(boundary, part(fmt.Sprintf(utf8, "plain"), b64(strings.ReplaceAll(plain, "\n", "\r\n"))), part(fmt.Sprintf(utf8, "html"), b64(html))),
		from: "José García", subject: "Re: Lunch 🍜 tomorrow?",
		reads: []string{
			"Sounds good 😀 – see you at the café at 12:30.\n\nJosé\n",
			"On Fri, 27 Nov 2026 at 18:02, Ann Lee <ann@example.org> wrote:\n",
			"> Are you free for lunch tomorrow?\n>\n> Ann",
		},
		hidden: []string{"gmail_", "<div", "mailto:", "> >"},
	}
}

func qq() form {
	const mixed, alternative = "----=_NextPart_6925F0E1_0B3C5A80_7F2E41D6", "----=_NextPart_6925F0E1_0B3C5A80_0A1B2C3D"
	gb := simplifiedchinese.GB18030
	part18030 := "Content-Type: text/%s;\n\tcharset=\"gb18030\"\nContent-Transfer-Encoding: base64\n"
	const plain = "您好！附件是十一月的报销单，请查收。\n\n项目\t金额\n交通\t128.50\n住宿\t960.00\n\n\n\n\n祝好\n王𠮷"
	const html = `<meta http-equiv="Content-Type" content="text/html; charset=GB18030"><div><div style="font-family: &quot;Microsoft YaHei&quot;;">您好！附件是<b>十一月</b>的报销单，请查收。</div><div><br></div>` +
		`<table border="1" cellspacing="0" style="border-collapse:collapse;width:300px;"><tbody><tr><td><div>项目</div></td><td><div>金额</div></td></tr>` +
		`<tr><td>交通</td><td>128.50</td></tr><tr><td>住宿</td><td>960.00</td></tr></tbody></table></div>` +
		`<div><div><br></div><hr style="margin: 0 0 10px 0;border: 0;border-bottom:1px solid #E6E8EB;height:0;line-height:0;font-size:0;padding: 20px 0 0 0;width: 50px;"><div>祝好</div><div>王𠮷</div></div>` +
		`<div><includetail><!--<![endif]--></includetail></div>`
	name := word("gb18030", in(gb, "十一月报销单（王𠮷）.xlsx"))
	return form{
		name: "qq",
		header: "From: \"" + word("gb18030", in(gb, "王𠮷")) + "\" <10001234@example.com>\nSubject: " + word("gb18030", in(gb, "十一月报销单")) +
			"\nMime-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary=\"" + mixed + "\"\nContent-Transfer-Encoding: 8Bit\nX-Priority: 3\nX-QQ-MIME: TCMime 1.0 by Tencent\nX-Mailer: QQMail 2.x\n",
		body: "This is a multi-part message in MIME format.\n\n" + multipart(mixed,
			part("Content-Type: multipart/alternative;\n\tboundary=\""+alternative+"\"\n", multipart(alternative,
				part(fmt.Sprintf(part18030, "plain"), b64(in(gb, plain))), part(fmt.Sprintf(part18030, "html"), b64(in(gb, html))))),
			part("Content-Type: application/octet-stream;\n\tcharset=\"gb18030\";\n\tname=\""+name+"\"\nContent-Disposition: attachment; filename=\""+name+
				"\"\nContent-Transfer-Encoding: base64\n", b64(strings.Repeat("sheet", 2000)))),
		from: "王𠮷", subject: "十一月报销单",
		reads:  []string{"您好！附件是十一月的报销单，请查收。\n", "\n项目\t金额\n交通\t128.50\n住宿\t960.00\n", "祝好\n王𠮷"},
		hidden: []string{"multi-part", "<td>", "Microsoft YaHei", "includetail", "endif"},
		files:  []string{"十一月报销单（王𠮷）.xlsx"},
	}
}

func coremail() form {
	const mixed, alternative = "----=_Part_48213_1270883219.1764316805123", "----=_Part_48215_1480216911.1764316805123"
	gb := simplifiedchinese.GBK
	partGBK := "Content-Type: text/%s; charset=GBK\nContent-Transfer-Encoding: base64\n"
	const plain = "李老师：\n\n  合同扫描件已经发送，请您审阅后签字盖章，谢谢！\n\n  顺颂商祺\n  赵敏"
	const html = `<div style="line-height:1.7;color:#000000;font-size:14px;font-family:Arial"><div style="margin: 0;">李老师：</div><div style="margin: 0;"><br></div>` +
		`<div style="margin: 0;">&nbsp; 合同扫描件已经发送，请您审阅后签字盖章，谢谢！</div><div style="margin: 0;"><br></div><div style="margin: 0;">&nbsp; 顺颂商祺</div><div style="margin: 0;">&nbsp; 赵敏</div></div>` +
		`<br><br><span title="neteasefooter"><p>&nbsp;</p></span>`
	const file = "二〇二六年度设备采购及售后维护服务合同（第三次修订稿）扫描件.pdf"
	// The characters are cut as they come.
	octets := in(gb, file)
	split := func(name string) string {
		var b strings.Builder
		for i := 0; i*25 < len(octets); i++ {
			charset := ""
			if i == 0 {
				charset = "GBK''"
			}
			fmt.Fprintf(&b, ";\n\t%s*%d*=%s%s", name, i, charset, percent(octets[i*25:min(len(octets), (i+1)*25)]))
		}
		return b.String()
	}
	return form{
		name: "coremail",
		header: "From: " + word("GBK", in(gb, "赵敏")) + " <zhaomin@example.cn>\nSubject: " + word("GBK", in(gb, "采购合同扫描件，请审阅")) +
			"\nX-Priority: 3\nX-Mailer: Coremail Webmail Server Version XT5.0.14\nContent-Type: multipart/mixed; \n\tboundary=\"" + mixed + "\"\nMIME-Version: 1.0\n",
		body: multipart(mixed,
			part("Content-Type: multipart/alternative; \n\tboundary=\""+alternative+"\"\n", multipart(alternative,
				part(fmt.Sprintf(partGBK, "plain"), b64(in(gb, plain))), part(fmt.Sprintf(partGBK, "html"), b64(in(gb, html))))),
			part("Content-Type: application/pdf"+split("name")+"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment"+split("filename")+"\n",
				b64(strings.Repeat("%PDF", 3000)))),
		from: "赵敏", subject: "采购合同扫描件，请审阅",
		reads:  []string{"李老师：\n\n", "合同扫描件已经发送，请您审阅后签字盖章，谢谢！\n\n", "顺颂商祺\n", "赵敏"},
		hidden: []string{"neteasefooter", "margin", "&nbsp;"},
		files:  []string{file},
	}
}

func appleMail() form {
	const boundary = "Apple-Mail=_7C1B0A52-8D0E-4B7A-9E61-2F3C4D5E6F70"
	const flowed = "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain;\n\tcharset=utf-8;\n\tformat=flowed;\n\tdelsp=yes\n"
	return form{
		name: "apple-mail",
		header: "From: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("周婷")) + "?= <zhouting@example.com>\nContent-Type: multipart/mixed;\n\tboundary=\"" + boundary +
			"\"\nMime-Version: 1.0 (Mac OS X Mail 16.0 \\(3826.200.121\\))\nSubject: =?utf-8?Q?Photos_from_the_weekend_=E2=80=93_=E5=91=A8=E6=9C=AB=E7=85=A7=E7=89=87?=\nX-Mailer: Apple Mail (2.3826.200.121)\n",
		body: multipart(boundary,
			part(flowed, qp("Hi Ben,\r\n\r\nhere is the view from the top of the mountain, which  \r\nwe reached just before the rain began to fall:\r\n\r\n")),
			part("Content-Disposition: inline;\n\tfilename=IMG_4711.png\nContent-Type: image/png;\n\tx-unix-mode=0644;\n\tname=\"IMG_4711.png\"\nContent-Transfer-Encoding: base64\n", b64(picture())),
			part(flowed, qp("\r\n\r\n这是我们上周末在黄山顶上拍的照片，雨后的云海特别漂亮， \r\n下次我们一起去吧。\r\n\r\n周婷\r\n\r\n从我的 iPhone 发送"))),
		from: "周婷", subject: "Photos from the weekend – 周末照片",
		reads: []string{
			"Hi Ben,\n\nhere is the view from the top of the mountain, which we reached just before the rain began to fall:\n",
			"这是我们上周末在黄山顶上拍的照片，雨后的云海特别漂亮，下次我们一起去吧。\n\n周婷\n\n从我的 iPhone 发送",
		},
		files: []string{"IMG_4711.png"},
	}
}

func thunderbird() form {
	return form{
		name: "thunderbird",
		header: "MIME-Version: 1.0\nUser-Agent: Mozilla Thunderbird\nSubject: Re: Release plan\nContent-Language: en-GB\nFrom: \"Kai (Ops) O'Neil\" <kai@example.net>\n" +
			"In-Reply-To: <p1@example.org>\nContent-Type: text/plain; charset=UTF-8; format=flowed\nContent-Transfer-Encoding: 8bit\n",
		body: `On 27/11/2026 09:15, Ann Lee wrote:
> Do we ship on Monday? The last build was green, and I should like the 
> translations to be in.
>> Who signs the packages?

Yes – Monday at ten. I have gone through the list of open issues, and 
nothing that is left would hold us up.

 From what I see, Bob signs:

  * the Windows installer
  * the Debian package

-- 
Kai
Operations, Example Ltd
`,
		from: "Kai (Ops) O'Neil", subject: "Re: Release plan",
		reads: []string{
			"On 27/11/2026 09:15, Ann Lee wrote:\n",
			"> Do we ship on Monday? The last build was green, and I should like the translations to be in.\n",
			"> > Who signs the packages?\n",
			"Yes – Monday at ten. I have gone through the list of open issues, and nothing that is left would hold us up.\n",
			"\nFrom what I see, Bob signs:\n", "* the Windows installer\n", "* the Debian package\n",
			"-- \nKai\nOperations, Example Ltd",
		},
	}
}

func newsletter() form {
	const boundary = "_----------=_MCPart_1083172655"
	const track = "https://example.us1.list-manage.com/track/click?u=0f1e2d3c4b5a69788796a5b4c&id=9d8e7f6a5b&e=1a2b3c4d5e"
	html := `<!doctype html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml"><head><!-- NAME: 1 COLUMN --><!--[if gte mso 15]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<meta charset="UTF-8"><title>Winter news & offers</title>
<style type="text/css">p{margin:10px 0;padding:0;}h1,h2{display:block;margin:0;}@media only screen and (max-width:480px){.mcnImage{width:100% !important;}}</style></head>
<body style="height:100%;margin:0;padding:0;width:100%;background-color:#FAFAFA;">
<!--[if !gte mso 9]><!----><span class="mcnPreviewText" style="display:none; font-size:0px; line-height:0px; max-height:0px; max-width:0px; opacity:0; overflow:hidden; visibility:hidden; mso-hide:all;">A hidden line for previews` +
		strings.Repeat("&#847;&zwnj;&nbsp;", 60) + `</span><!--<![endif]-->
<center><table align="center" border="0" cellpadding="0" cellspacing="0" height="100%" width="100%" id="bodyTable"><tr><td align="center" valign="top" id="bodyCell"><!--[if (gte mso 9)|(IE)]><table align="center" width="600"><tr><td><![endif]-->
<table border="0" cellpadding="0" cellspacing="0" width="100%" class="templateContainer">
<tr><td valign="top"><table width="100%" class="mcnTextBlock"><tbody><tr><td class="mcnTextContent" style="text-align:center;"><a href="` + track + `">View this email in your browser</a></td></tr></tbody></table></td></tr>
<tr><td><table width="100%" class="mcnImageBlock"><tbody><tr><td><a href="` + track + `1"><img alt="The Tea Shop" src="https://mcusercontent.com/0f1e/images/logo.png" width="564" class="mcnImage"></a></td></tr></tbody></table></td></tr>
<tr><td class="mcnTextContent"><h1>Winter has arrived</h1>
<p>Dear customer,<br>our new teas are in: <strong>Lapsang</strong>, Assam &amp; a first-flush Darjeeling at £12.</p></td></tr>
<tr><td><table width="100%"><tr>
<td width="50%" valign="top"><table><tr><td><h2>Lapsang</h2><p>Smoked over pine, from Wuyi.</p><a class="mcnButton" href="` + track + `2" style="font-weight:bold;">Buy Lapsang</a></td></tr></table></td>
<td width="50%" valign="top"><table><tr><td><h2>Assam</h2><p>Malty, for the morning.</p><a class="mcnButton" href="` + track + `3">Buy Assam</a></td></tr></table></td>
</tr></table></td></tr>
<tr><td class="mcnTextContent" style="font-size:12px;text-align:center;"><em>Copyright © 2026 The Tea Shop, All rights reserved.</em><br><br>Want to change how you receive these emails?<br>You can <a href="https://example.us1.list-manage.com/profile?u=0f1e2d&id=77">update your preferences</a> or <a href="https://example.us1.list-manage.com/unsubscribe?u=0f1e2d&id=77">unsubscribe from this list</a>.</td></tr>
</table><!--[if (gte mso 9)|(IE)]></td></tr></table><![endif]--></td></tr></table></center>
<img src="https://example.us1.list-manage.com/track/open.php?u=0f1e2d3c&id=9d8e7f" height="1" width="1" alt=""></body></html>`
	return form{
		name: "newsletter",
		header: "From: =?utf-8?Q?The=20Tea=20Shop?= <news@example.com>\nSubject: =?utf-8?Q?Winter=20news=20=26=20offers=20=E2=98=95?=\nX-Mailer: MailChimp Mailer - **CID9d8e7f6a5b1a2b3c4d5e**\n" +
			"List-Unsubscribe: <https://example.us1.list-manage.com/unsubscribe?u=0f1e2d&id=77>\nContent-Type: multipart/alternative; boundary=\"" + boundary + "\"\nMIME-Version: 1.0\n",
		body: "This is a multi-part message in MIME format\n\n" + multipart(boundary,
			part("Content-Type: text/plain; charset=\"utf-8\"; format=\"fixed\"\nContent-Transfer-Encoding: quoted-printable\n", qp("This email requires a modern e-mail reader. View it in your browser:\n"+track+"\n")),
			part("Content-Type: text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: quoted-printable\n", qp(html))),
		from: "The Tea Shop", subject: "Winter news & offers ☕",
		reads: []string{
			"View this email in your browser", "Winter has arrived\n\n", "Dear customer,\nour new teas are in: Lapsang, Assam & a first-flush Darjeeling at £12.\n",
			"Lapsang\n\nSmoked over pine, from Wuyi.\n", "Buy Lapsang", "Assam\n\nMalty, for the morning.\n", "Buy Assam",
			"Copyright © 2026 The Tea Shop, All rights reserved.\n", "You can update your preferences <", "unsubscribe from this list <",
		},
		hidden: []string{"A hidden line for previews", "\u034f", "\u200c", "open.php", "mcn", "PixelsPerInch", "requires a modern", "multi-part", "<td", "[if", "max-width", "logo.png"},
	}
}

func invitation() form {
	const boundary = "_000_TYZPR04MB5431C0FFEE00_"
	const calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nPRODID:Microsoft Exchange Server 2010\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:China Standard Time\r\n" +
		"BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n" +
		"BEGIN:VEVENT\r\nORGANIZER;CN=陈晓明:mailto:chen.xiaoming@example.cn\r\nATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=me@example\r\n .org:mailto:me@example.org\r\n" +
		"DESCRIPTION;LANGUAGE=zh-CN:请带上各自部门的数据。\\n\r\nUID:040000008200E00074C5B7101A82E00800000000\r\nSUMMARY;LANGUAGE=zh-CN:第四季度总结会\r\n" +
		"DTSTART;TZID=China Standard Time:20261201T093000\r\nDTEND;TZID=China Standard Time:20261201T110000\r\nCLASS:PUBLIC\r\nPRIORITY:5\r\nDTSTAMP:20261127T081244Z\r\nTRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\nSEQUENCE:0\r\n" +
		"LOCATION;LANGUAGE=zh-CN:三楼会议室\\, B座\r\nX-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\nBEGIN:VALARM\r\nDESCRIPTION:REMINDER\r\nTRIGGER;RELATED=START:-PT15M\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	encoded := "Content-Type: text/%s; charset=\"utf-8\"%s\nContent-Transfer-Encoding: base64\n"
	return form{
		name: "invitation",
		header: "From: " + word("utf-8", "陈晓明") + " <chen.xiaoming@example.cn>\nSubject: " + word("utf-8", "第四季度总结会") + "\nX-MS-Has-Attach:\n" +
			"Content-Type: multipart/alternative;\n\tboundary=\"" + boundary + "\"\nMIME-Version: 1.0\n",
		body: multipart(boundary,
			part(fmt.Sprintf(encoded, "plain", ""), b64("请带上各自部门的数据。\r\n")),
			part(fmt.Sprintf(encoded, "html", ""), b64(outlookHTML("utf-8", "ZH-CN", "请带上各自部门的数据。"))),
			part(fmt.Sprintf(encoded, "calendar", "; method=REQUEST"), b64(calendar))),
		from: "陈晓明", subject: "第四季度总结会",
		reads:  []string{"Invitation: 第四季度总结会, Tue, Dec 1, 2026, 01:30 – 03:00, 三楼会议室, B座", "请带上各自部门的数据。"},
		hidden: []string{"VCALENDAR", "DTSTART", "CONFIRMED", "REMINDER", "mailto:", "TZID", "0400000082"},
	}
}

func bounce() form {
	const boundary = "4F2A91C0E3.1764316805/mail.example.org"
	return form{
		name: "bounce",
		header: "From: MAILER-DAEMON@mail.example.org (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n" +
			"Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"" + boundary + "\"\nContent-Transfer-Encoding: 8bit\n",
		body: "This is a MIME-encapsulated message.\n\n" + multipart(boundary,
			part("Content-Description: Notification\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", `This is the mail system at host mail.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<nobody@example.net>: host mx.example.net[192.0.2.25] said: 550 5.1.1
    <nobody@example.net>: Recipient address rejected: User unknown (in reply to
    RCPT TO command)
`),
			part("Content-Description: Delivery report\nContent-Type: message/delivery-status\n", `Reporting-MTA: dns; mail.example.org
X-Postfix-Queue-ID: 4F2A91C0E3
X-Postfix-Sender: rfc822; me@example.org
Arrival-Date: Sat, 28 Nov 2026 08:00:04 +0000 (UTC)

Final-Recipient: rfc822; nobody@example.net
Original-Recipient: rfc822;nobody@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.net>: Recipient address
    rejected: User unknown
`),
			part("Content-Description: Undelivered Message\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n", `Return-Path: <me@example.org>
Received: from desk.example.org (desk.example.org [192.0.2.7])
	by mail.example.org (Postfix) with ESMTPSA id 4F2A91C0E3
	for <nobody@example.net>; Sat, 28 Nov 2026 08:00:04 +0000 (UTC)
From: Me <me@example.org>
To: nobody@example.net
Subject: Invoice no. 77
Date: Sat, 28 Nov 2026 08:00:01 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

The invoice that I promised.
`)),
		from: "Mail Delivery System", subject: "Undelivered Mail Returned to Sender",
		reads: []string{
			"This is the mail system at host mail.example.org.\n\nI'm sorry to have to inform you", "Recipient address rejected: User unknown (in reply to",
			"Not delivered to nobody@example.net: 550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown\n",
			"Forwarded message from Me <me@example.org>: Invoice no. 77, Sat, Nov 28, 2026, 08:00\n", "The invoice that I promised.",
		},
		hidden: []string{"MIME-encapsulated", "Reporting-MTA", "X-Postfix", "ESMTPSA", "Content-Description"},
	}
}

func forward() form {
	const boundary = "------------0aB1cD2eF3gH4iJ5kL6mN7oP"
	const inner = "------------Qr8St9Uv0Wx1Yz2Ab3Cd4Ef"
	return form{
		name:   "forward",
		header: "From: Bob <bob@example.org>\nSubject: Fwd: Tickets\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"" + boundary + "\"\nContent-Language: en-GB\n",
		body: "This is a multi-part message in MIME format.\n" + multipart(boundary,
			part("Content-Type: text/plain; charset=UTF-8; format=flowed\nContent-Transfer-Encoding: 7bit\n", "See below: the times have changed.\n\nBob\n"),
			part("Content-Type: message/rfc822; charset=UTF-8; name=\"Tickets.eml\"\nContent-Disposition: attachment; filename=\"Tickets.eml\"\nContent-Transfer-Encoding: 7bit\n",
				"From: =?UTF-8?Q?Zo=C3=AB?= <zoe@example.com>\nTo: Bob <bob@example.org>\nSubject: =?UTF-8?Q?Tickets_=E2=80=93_two_of_them?=\nDate: Wed, 25 Nov 2026 19:30:00 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\""+inner+"\"\n\n"+
					multipart(inner,
						part("Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n", b64("The train leaves at 7:45 now – don’t be late.\r\n\r\nZoë\r\n")),
						part("Content-Type: application/pdf; name=\"tickets.pdf\"\nContent-Disposition: attachment; filename=\"tickets.pdf\"\nContent-Transfer-Encoding: base64\n", b64(strings.Repeat("%PDF", 500)))))),
		from: "Bob", subject: "Fwd: Tickets",
		reads: []string{
			"See below: the times have changed.\n\nBob\n", "Forwarded message from Zoë <zoe@example.com>: Tickets – two of them, Wed, Nov 25, 2026, 18:30\n",
			"The train leaves at 7:45 now – don’t be late.\n\nZoë",
		},
		hidden: []string{"multi-part", "=?UTF-8", "boundary"},
		files:  []string{"Tickets.eml", "tickets.pdf"},
	}
}

func cron() form {
	return form{
		name:   "cron",
		header: "From: root@mail.example.org (Cron Daemon)\nSubject: Cron <root@mail> /usr/local/bin/backup --all && échec\nX-Cron-Env: <SHELL=/bin/sh>\nX-Cron-Env: <LOGNAME=root>\n",
		body: `tar: Removing leading '/' from member names
tar: /srv/données: Cannot open: Permission denied
Filesystem      Size  Used Avail Use% Mounted on
/dev/sda1        40G   31G  7.2G  82% /
/dev/sdb1       916G  870G     0 100% /srv

备份失败：磁盘已满
`,
		from: "Cron Daemon", subject: "Cron <root@mail> /usr/local/bin/backup --all && échec",
		reads: []string{
			"tar: Removing leading '/' from member names\ntar: /srv/données: Cannot open: Permission denied\n",
			"Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        40G   31G  7.2G  82% /\n", "\n\n备份失败：磁盘已满",
		},
		hidden: []string{"LOGNAME"},
	}
}

func jenkins() form {
	gb := simplifiedchinese.GBK
	return form{
		name:   "jenkins",
		header: in(gb, "From: 持续集成 <jenkins@example.cn>\nSubject: 构建失败：支付网关 #1042（主干）\n"),
		body: in(gb, `项目：支付网关
构建编号：#1042
状态：失败

[ERROR] 测试用例 testRefund 未通过：期望 200，实际 500
详情：https://ci.example.cn/job/pay/1042/console
`),
		from: "持续集成", subject: "构建失败：支付网关 #1042（主干）",
		reads: []string{
			"项目：支付网关\n构建编号：#1042\n状态：失败\n\n[ERROR] 测试用例 testRefund 未通过：期望 200，实际 500\n详情：https://ci.example.cn/job/pay/1042/console",
		},
	}
}

func japaneseMail() form {
	jis := japanese.ISO2022JP
	return form{
		name: "japanese",
		header: "From: " + word("ISO-2022-JP", in(jis, "田中 さくら")) + " <sakura@example.jp>\nSubject: " + word("ISO-2022-JP", in(jis, "【ご連絡】打ち合わ")) + "\n " +
			word("ISO-2022-JP", in(jis, "せの日程について")) + "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit\n",
		body: in(jis, `鈴木様

いつもお世話になっております。サクラ商事の田中です。
次回のミーティングは、①12月3日（木）②12月4日（金）の
どちらがよろしいでしょうか。ﾃﾚﾋﾞ会議でも可能です。

--
田中 さくら
`),
		from: "田中 さくら", subject: "【ご連絡】打ち合わせの日程について",
		reads: []string{
			"鈴木様\n\nいつもお世話になっております。サクラ商事の田中です。\n次回のミーティングは、①12月3日（木）②12月4日（金）の\n",
			"どちらがよろしいでしょうか。ﾃﾚﾋﾞ会議でも可能です。\n", "田中 さくら",
		},
		hidden: []string{"$B", "(B", "\x1b"},
	}
}

// raw is the message as a server delivers it.
func (f form) raw(now time.Time, number int) []byte {
	return fmt.Appendf(nil, "Return-Path: <>\nReceived: from mx.example.org by mail.example.org; %s\nTo: me@example.org\nDate: %[1]s\nMessage-ID: <forms-%d@example.org>\n%s\n%s",
		now.Format(time.RFC1123Z), number, f.header, f.body)
}
