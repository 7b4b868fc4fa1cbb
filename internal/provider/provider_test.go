package provider

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	id       = regexp.MustCompile(`^[a-z0-9-]+$`)
)

// Every row is whole: what a person typed wrong shows here.
func TestTable(t *testing.T) {
	seen := map[string]string{}
	once := func(kind, value, id string) {
		t.Helper()
		if other := seen[kind+value]; other != "" {
			t.Errorf("%s: %s %q stands in %s too", id, kind, value, other)
		}
		seen[kind+value] = id
	}
	host := func(r row, name, domain string) {
		t.Helper()
		if expanded := strings.ReplaceAll(name, domainVariable, domain); !hostName.MatchString(expanded) {
			t.Errorf("%s: %q is no host name", r.ID, name)
		}
	}
	all := rows()
	if len(all) < 78 {
		t.Errorf("only %d rows", len(all))
	}
	for _, r := range all {
		once("id", r.ID, r.ID)
		if !id.MatchString(r.ID) || r.Name == "" || r.Source == "" || len(r.Domains)+len(r.MX) == 0 {
			t.Errorf("%+v lacks something", r)
		}
		if strings.HasPrefix(r.Source, "memory") && r.Verified {
			t.Errorf("%s is verified by nothing but memory", r.ID)
		}
		for _, d := range r.Domains {
			host(r, d, "")
			once("domain", d, r.ID)
		}
		for _, p := range r.MX {
			host(r, strings.ReplaceAll(p, "*", "a"), "")
			once("MX", p, r.ID)
			// Whoever registers a domain must not be able to match.
			labels := strings.Split(p, ".")
			if strings.Contains(strings.Join(labels[len(labels)-2:], "."), "*") {
				t.Errorf("%s: %q is too wide", r.ID, p)
			}
			if _, err := path.Match(p, ""); err != nil {
				t.Errorf("%s: %q: %v", r.ID, p, err)
			}
		}
		for _, a := range r.Aliases {
			host(r, a, "")
		}
		for _, link := range []string{r.Help, r.SecretHelp, r.Webmail} {
			u, err := url.Parse(strings.ReplaceAll(link, domainVariable, "example.org"))
			if link != "" && (err != nil || u.Scheme != "https" || !hostName.MatchString(u.Hostname()) || u.User != nil) {
				t.Errorf("%s: %q is no address of a page", r.ID, link)
			}
		}
		if r.Webmail == "" {
			t.Errorf("%s has no website", r.ID)
		}
		if !r.POP3() {
			if r.Port != 0 || r.STLS || r.LocalUser || r.Secret != "" || r.Label != "" || r.EnableFirst || r.Paid || r.Help != "" || r.SecretHelp != "" {
				t.Errorf("%s has no POP3, and yet %+v", r.ID, r.Provider)
			}
			continue
		}
		for _, d := range append([]string{"example.org"}, r.Domains...) {
			host(r, r.Server, d)
		}
		if strings.Contains(r.Server, domainVariable) && len(r.MX) > 0 {
			t.Errorf("%s: an MX host does not tell what %s stands for", r.ID, domainVariable)
		}
		if want := map[bool]int{false: 995, true: 110}[r.STLS]; r.Port != want {
			t.Errorf("%s: port %d", r.ID, r.Port)
		}
		if r.IntervalMinutes < 0 || r.IntervalMinutes > 60 {
			t.Errorf("%s: every %d minutes", r.ID, r.IntervalMinutes)
		}
		switch r.Secret {
		case SecretPassword, SecretCode, SecretApp, SecretOwn, SecretEither, SecretBrowser:
		default:
			t.Errorf("%s: secret %q", r.ID, r.Secret)
		}
	}
}

func TestByDomain(t *testing.T) {
	for domain, want := range map[string]string{
		"163.com":           "netease-163 pop.163.com code",
		"VIP.163.com":       "netease-vip pop.vip.163.com code",
		"188.com":           "netease-vip pop.188.com code",
		"qq.com":            "qq pop.qq.com code",
		"sina.com":          "sina pop.sina.com code",
		"sina.cn":           "sina-others pop.sina.cn code",
		"vip.sina.com":      "sina-others pop.vip.sina.com code",
		"gmail.com":         "gmail pop.gmail.com app",
		"googlemail.com.":   "gmail pop.gmail.com app",
		"outlook.com":       "outlook outlook.office365.com browser",
		"live.co.uk":        "outlook outlook.office365.com browser",
		"yahoo.co.uk":       "yahoo pop.mail.yahoo.com app",
		"icloud.com":        "icloud  ",
		"gmx.de":            "gmx pop.gmx.net either",
		"web.de":            "web-de pop3.web.de either",
		"t-online.de":       "t-online securepop.t-online.de own",
		"mail.ru":           "mail-ru pop.mail.ru app",
		"ya.ru":             "yandex pop.yandex.com app",
		"inbox.eu":          "inbox-lv mail.inbox.eu own",
		"bol.com.br":        "uol pop3.bol.com.br password",
		"ntlworld.com":      "virgin-media pop3.ntlworld.com password",
		"zohomail.in":       "zoho-in pop.zoho.in either",
		"example.org":       "",
		"qiye.example":      "",
		"notqq.com":         "",
		"mail.gmail.com":    "",
		"":                  "",
		"%EMAILDOMAIN%.com": "",
	} {
		got := ""
		if p := ByDomain(domain); p != nil {
			got = p.ID + " " + p.Server + " " + string(p.Secret)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", domain, got, want)
		}
	}
	if p := ByDomain("inbox.lt"); p.Webmail != "https://login.inbox.lt/" {
		t.Errorf("website %q", p.Webmail)
	}
	if p := ByDomain("web.de"); p.IntervalMinutes != 15 || !p.LocalUser || !p.EnableFirst || !p.Verified || p.Help == "" {
		t.Errorf("%+v", p)
	}
	if p := ByDomain("alice.it"); !p.STLS || p.Port != 110 {
		t.Errorf("%+v", p)
	}
	if p := ByDomain("t-online.de"); p.Label != "E-Mail-Passwort" {
		t.Errorf("%+v", p)
	}
	if p := ByDomain("yeah.net"); p.Verified {
		t.Errorf("%+v", p)
	}
}

func TestByMX(t *testing.T) {
	for host, want := range map[string]string{
		"163mx01.mxmail.netease.com.":              "netease-163",
		"qiye163mx01.mxmail.netease.com":           "netease-enterprise",
		"hzmx01.mxmail.netease.com":                "netease-enterprise",
		"mxbiz1.qq.com":                            "tencent-exmail",
		"mx3.qq.com":                               "qq",
		"ALT1.ASPMX.L.GOOGLE.COM":                  "google-workspace",
		"aspmx.l.google.com":                       "google-workspace",
		"eur.olc.protection.outlook.com":           "outlook",
		"example-org.mail.protection.outlook.com":  "microsoft-365",
		"in1-smtp.messagingengine.com":             "fastmail",
		"mx01.mail.icloud.com":                     "icloud",
		"mail.protonmail.ch":                       "proton",
		"mxbiz1.qq.com.evil.example":               "",
		"mail.protection.outlook.com.evil.example": "",
		"evilmxmail.netease.com":                   "",
		"evil/x.mail.protection.outlook.com":       "",
		"mta5.am0.yahoodns.net":                    "",
		"mx00.gmx.net":                             "",
		"":                                         "",
	} {
		got := ""
		if p := ByMX(host); p != nil {
			got = p.ID
		}
		if got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestByServer(t *testing.T) {
	for _, test := range []struct{ server, address, want string }{
		{"pop.163.com", "", "netease-163"},
		{"POP.qq.com.", "a@qq.com", "qq"},
		{"pop.qq.com", "a@foxmail.com", "foxmail"},
		{"pop.gmail.com", "", "gmail"},
		{"pop.gmail.com", "a@gmail.com", "gmail"},
		{"pop.gmail.com", "a@example.org", "google-workspace"},
		{"outlook.office365.com", "a@hotmail.com", "outlook"},
		{"outlook.office365.com", "a@example.org", "microsoft-365"},
		{"pop.vip.126.com", "", "netease-vip"},
		{"pop.yandex.ru", "", "yandex"},
		{"pop.not163.com", "a@163.com", ""},
		{"%emaildomain%", "", ""},
		{"", "", ""},
	} {
		got := ""
		if p := ByServer(test.server, test.address); p != nil {
			got = p.ID
		}
		if got != test.want {
			t.Errorf("%s for %q: %q, want %q", test.server, test.address, got, test.want)
		}
	}
}

func BenchmarkByDomain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = ByDomain("xtra.co.nz")
	}
}
