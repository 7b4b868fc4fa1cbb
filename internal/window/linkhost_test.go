//go:build cgo && !nowindow

package window

import "testing"

func TestMisleadingLinks(t *testing.T) {
	for _, c := range []struct{ text, link, named string }{
		{"Click here", "https://evil.example.com/", ""},
		{"https://www.paypal.com/login", "https://paypal.com/", ""},
		{"https://www.paypal.com/login", "https://evil.com/", "www.paypal.com"},
		{"paypal.com", "http://paypal.com.evil.com/", "paypal.com"},
		{"mail.example.org", "https://click.example.org/t?u=1", ""},
		{"alice.github.io", "https://eve.github.io/", "alice.github.io"},
		{"support@paypal.com", "mailto:support@paypal.com?subject=x", ""},
		{"support@paypal.com", "mailto:eve@evil.com", "support@paypal.com"[8:]},
		{"support@paypal.com", "https://evil.com", "paypal.com"},
		{"report.pdf, e.g. page 1.5", "https://files.example.com/1", ""},
		{"请访问www.example.com查看", "https://www.example.com/", ""},
		{"请访问www.example.com查看", "https://evil.com/", "www.example.com"},
		{"www．paypal．com", "https://evil.com/", "www.paypal.com"},
		{"раypal.com", "http://xn--ypal-43d9g.com/", ""},
		{"paypal.com", "http://xn--ypal-43d9g.com/", "paypal.com"},
		{"例子.中国", "https://例子.中国/", ""},
		{"192.0.2.1", "https://192.0.2.2/", "192.0.2.1"},
		{"example.org/index.php.net", "https://example.org/", ""},
	} {
		if named, is := misleads(c.text, c.link); named != c.named || is != (c.named != "") {
			t.Errorf("%q to %s: %q, %v, want %q", c.text, c.link, named, is, c.named)
		}
	}
}

func TestPartsOfLinks(t *testing.T) {
	for link, want := range map[string][3]string{
		"https://example.org:8443/a?b#c":       {"https://", "example.org", ":8443/a?b#c"},
		"http://[::1]:80/":                     {"http://", "[::1]", ":80/"},
		"https://example.org?x=a@b":            {"https://", "example.org", "?x=a@b"},
		"mailto:ann@example.org?cc=b@evil.com": {"mailto:ann@", "example.org", "?cc=b@evil.com"},
		"mailto:?subject=x":                    {"mailto:?subject=x", "", ""},
		"tel:+49123":                           {"tel:+49123", "", ""},
	} {
		before, host, behind := parts(link)
		if got := [3]string{before, host, behind}; got != want {
			t.Errorf("%s: %q", link, got)
		}
	}
	if got := asciiLink("https://例子.中国/路"); got != "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF" {
		t.Error(got)
	}
	if got := asciiLink("https://example.org/a?b=c%20d&e#f"); got != "https://example.org/a?b=c%20d&e#f" {
		t.Error(got)
	}
	for link, want := range map[string]bool{"https://a": true, "http://a": true, "mailto:a@b": true, "ftp://a": false, "file://a/b": false, "tel:1": false, "javascript:x": false} {
		if openable(link) != want {
			t.Error(link)
		}
	}
}
