package explain

import (
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/provider"
)

// What has to be known before a login can work is said for each provider.
func TestProvider(t *testing.T) {
	zh, en := locale.New("zh-Hans"), locale.New("en")
	for domain, test := range map[string]struct{ kinds, urls, english, chinese string }{
		"163.com":     {"secret enable", "https://mail.163.com/ https://mail.163.com/", "NetEase 163 wants an authorization code (授权码), not your password", "网易 163 邮箱要用授权码，而不是登录密码"},
		"gmail.com":   {"secret enable", "https://support.google.com/mail/answer/185833 https://mail.google.com/mail/u/0/#settings/fwdandpop", "Gmail wants an app password", "Gmail 要用应用专用密码"},
		"outlook.com": {"browser", "https://outlook.live.com/mail/", "Outlook.com wants you to sign in with the browser.", "要求在浏览器中登录"},
		"icloud.com":  {"no-pop3", "https://www.icloud.com/mail", "iCloud Mail does not offer POP3", "iCloud Mail 不提供 POP3"},
		"t-online.de": {"secret", "https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/passwort-verwalten", "(E-Mail-Passwort)", "（E-Mail-Passwort）"},
		"gmx.net":     {"secret enable", "https://hilfe.gmx.net/pop-imap/einschalten.html https://hilfe.gmx.net/pop-imap/einschalten.html", "If GMX refuses", "却被 GMX 拒绝"},
		"mail.com":    {"enable paid", "https://www.mail.com/ https://www.mail.com/", "may offer POP3 only to those who pay", "付费用户"},
		"free.fr":     {"", "", "", ""},
		"example.org": {"nothing", "", "No POP3 server was found for example.org.", "没有找到 example.org 的 POP3 服务器"},
		"sina.com":    {"secret enable", "https://mail.sina.com.cn/ https://mail.sina.com.cn/", "turned on at the website of Sina Mail", "请先在新浪邮箱的网站上开启 POP3"},
	} {
		r := discover.Result{Domain: domain, Provider: provider.ByDomain(domain)}
		var kinds, urls, english, chinese []string
		for _, a := range Provider(r, en) {
			kinds, english = append(kinds, a.Kind), append(english, a.Text)
			if a.URL != "" {
				urls = append(urls, a.URL)
			}
		}
		for _, a := range Provider(r, zh) {
			chinese = append(chinese, a.Text)
		}
		if got := strings.Join(kinds, " "); got != test.kinds {
			t.Errorf("%s: kinds %s", domain, got)
		}
		if got := strings.Join(urls, " "); got != test.urls {
			t.Errorf("%s: pages %s", domain, got)
		}
		if got := strings.Join(english, "|"); !strings.Contains(got, test.english) {
			t.Errorf("%s: %s", domain, got)
		}
		if got := strings.Join(chinese, "|"); !strings.Contains(got, test.chinese) {
			t.Errorf("%s: %s", domain, got)
		}
	}
	r := discover.Result{Domain: "example.org", Candidates: []discover.Candidate{{Server: "pop.example.org"}}}
	if a := Provider(r, en); len(a) != 0 {
		t.Errorf("%v", a)
	}
}

func TestSecretLabel(t *testing.T) {
	for domain, want := range map[string][2]string{
		"qq.com":      {"Authorization code (授权码)", "授权码"},
		"sohu.com":    {"Mail password (独立密码)", "客户端密码（独立密码）"},
		"gmail.com":   {"App password", "应用专用密码"},
		"free.fr":     {"Password", "密码"},
		"icloud.com":  {"Password", "密码"},
		"example.org": {"Password", "密码"},
	} {
		for i, language := range []string{"en", "zh-Hans"} {
			if got := SecretLabel(provider.ByDomain(domain), locale.New(language)); got != want[i] {
				t.Errorf("%s: %q", domain, got)
			}
		}
	}
}

func TestOrigin(t *testing.T) {
	en, zh := locale.New("en"), locale.New("zh-Hans")
	r := discover.Result{Provider: provider.ByDomain("qq.com")}
	for _, source := range []discover.Source{
		discover.SourceTable, discover.SourceMX, discover.SourceProvider, discover.SourceISPDB, discover.SourceSRV, discover.SourceGuess,
	} {
		c := discover.Candidate{Server: "pop.example.org", Source: source, Origin: "x.example", Confirm: source == discover.SourceSRV}
		english, chinese := Origin(r, c, en), Origin(r, c, zh)
		name := [2]string{"x.example", "x.example"}
		if source == discover.SourceTable || source == discover.SourceMX {
			name = [2]string{"QQ Mail", "QQ 邮箱"}
		}
		if !strings.Contains(english, name[0]) || !strings.Contains(chinese, name[1]) || strings.Contains(english+chinese, "%!") || strings.Contains(english, "provider.") {
			t.Errorf("%s: %s %s", source, english, chinese)
		}
		if c.Confirm != strings.Contains(english, "Nobody vouches") || c.Confirm != strings.Contains(chinese, "担保") {
			t.Errorf("%s: %s %s", source, english, chinese)
		}
		t.Log(english, chinese)
	}
}

// What a proxy kept from being asked is said wherever it may matter, and last.
func TestWithoutDNS(t *testing.T) {
	loc := locale.New("en")
	for name, r := range map[string]discover.Result{
		"nothing found": {Domain: "example.org"},
		"found":         {Domain: "example.org", Candidates: []discover.Candidate{{Server: "pop.example.org"}}},
		"of the table":  {Domain: "qq.com", Provider: provider.ByDomain("qq.com"), Candidates: []discover.Candidate{{}}},
	} {
		before := Provider(r, loc)
		r.WithoutDNS = true
		after := Provider(r, loc)
		if last := after[len(after)-1].Text; !strings.Contains(last, "DNS") || len(before) > 0 && strings.Contains(before[len(before)-1].Text, "DNS") {
			t.Errorf("%s: %+v, before %+v", name, after, before)
		}
	}
}
