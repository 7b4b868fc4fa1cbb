package message_test

import (
	"fmt"
	"strings"

	"github.com/traymail/traymail/internal/message"
)

// Senders write what they like: an encoded name, and a subject as raw GBK
// octets that nothing declares.
func ExampleReadHeader() {
	const raw = "From: =?utf-8?b?5byg5Lyf?= <zhang@example.org>\r\n" +
		"Subject: \xbb\xe1\xd2\xe9\xb8\xc4\xc6\xda\xb5\xbd\xd6\xdc\xcb\xc4\r\n" +
		"Date: Tue, 24 Nov 2026 18:00:00 +0800 (CST)\r\n" +
		"\r\n"
	h, err := message.ReadHeader(strings.NewReader(raw), message.Hints{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(h.From)
	fmt.Println(h.FromAddress)
	fmt.Println(h.Subject)
	fmt.Println(h.Date.UTC().Format("2006-01-02 15:04"))
	// Output:
	// 张伟
	// zhang@example.org
	// 会议改期到周四
	// 2026-11-24 10:00
}

// The beginning of a message, as TOP gives it: what is there is readable, and
// that it is not all is no error.
func ExampleRead() {
	const raw = `Subject: Minutes
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>See <a href="https://example.org/minutes">the minutes</a>.</p>
<script>alert("never")</script>
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=minutes.pdf
Content-Transfer-Encoding: base64

JVBERi0x
`
	m, err := message.Read(strings.NewReader(raw), message.Hints{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Subject)
	fmt.Println(m.Document.Text(nil))
	fmt.Println(m.Files[0].Name, m.Truncated)
	// Output:
	// Minutes
	// See the minutes <https://example.org/minutes>.
	// minutes.pdf true
}
