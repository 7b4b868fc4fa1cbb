package mailto

import (
	"net/url"
	"strings"
	"testing"
)

func TestReply(t *testing.T) {
	for _, c := range []struct{ to, subject, id, want string }{
		{"ann@example.org", "Lunch?", "<1@x>", "mailto:ann@example.org?subject=Re%3A%20Lunch%3F&In-Reply-To=%3C1@x%3E"},
		{"ann+tag@example.org", "Re: 50% & more", "", "mailto:ann%2Btag@example.org?subject=Re%3A%2050%25%20%26%20more"},
		{"wang@example.cn", "会议", "no id", "mailto:wang@example.cn?subject=Re%3A%20%E4%BC%9A%E8%AE%AE"},
		{"wang@example.cn", "回复：会议", "", "mailto:wang@example.cn?subject=%E5%9B%9E%E5%A4%8D%EF%BC%9A%E4%BC%9A%E8%AE%AE"},
		{"a@b.example?bcc=x@y.example", "s", "", ""},
		{"a@b.example,c@d.example", "s", "", ""},
		{"Ann", "s", "", ""},
		{"", "s", "", ""},
	} {
		got, ok := Reply(c.to, c.subject, c.id)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q %q %q: %q", c.to, c.subject, c.id, got)
		}
	}
}

func TestMessage(t *testing.T) {
	for id, want := range map[string]string{
		"<abc.def-1@mail.example.org>": "mid:abc.def-1@mail.example.org",
		"<CA+x=y$z@mail.example>":      "mid:CA+x=y$z@mail.example",
		"<a%b/c?d#e@x>":                "mid:a%25b%2Fc%3Fd%23e@x",
		"junk <1@x> junk":              "mid:1@x",
		"<no at>":                      "",
		"<a b@x>":                      "",
		"1@x":                          "",
		"":                             "",
	} {
		if got := Message(id); got != want {
			t.Errorf("%q: %q instead of %q", id, got, want)
		}
	}
}

// Whatever a message says, the link has one address and the fields that we know.
func FuzzReply(f *testing.F) {
	f.Add("ann@example.org", "Lunch?\r\nBcc: x@y", "<1@x>&attach=/etc/passwd")
	f.Fuzz(func(t *testing.T, to, subject, id string) {
		link, ok := Reply(to, subject, id)
		if !ok {
			return
		}
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "mailto" {
			t.Fatalf("%q: %v", link, err)
		}
		values, err := url.ParseQuery(strings.ReplaceAll(u.RawQuery, "+", "%2B"))
		if err != nil {
			t.Fatalf("%q: %v", link, err)
		}
		for name, v := range values {
			if name != "subject" && name != "In-Reply-To" || len(v) != 1 || strings.ContainsAny(v[0], "\r\n\x00") {
				t.Errorf("%q has %q: %q", link, name, v)
			}
		}
		if address, err := url.PathUnescape(u.Opaque); err != nil || strings.Count(address, "@") != 1 || strings.ContainsAny(address, " ,?&") {
			t.Errorf("%q is to %q", link, address)
		}
	})
}
