package explain

import (
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

// What servers in the field say to a login comes with the remedy at that
// provider, in each language; what nobody has seen stays generic.
func TestKnownAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		kind            pop3.Kind
		code, said      string
		server, address string
		english         []string
		not             string
	}{
		"163":                {"auth", "", "Unable to log on", "pop.163.com", "", []string{"NetEase 163 refused", "authorization code (授权码)", "https://mail.163.com/", "turned on"}, ""},
		"163 too often":      {"temporary", "", "登录太频繁", "pop.163.com", "", []string{"NetEase 163 was checked too often", "longer interval"}, "authorization"},
		"QQ":                 {"auth", "", "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.", "pop.qq.com", "a@qq.com", []string{"QQ Mail refused", "authorization code", "turned on", "https://mail.qq.com/"}, "too often"},
		"QQ without a word":  {"auth", "", "", "pop.qq.com", "", []string{"QQ Mail refused", "authorization code"}, "It says"},
		"QQ password":        {"auth", "", "Please using authorized code to login.", "pop.qq.com", "a@foxmail.com", []string{"Foxmail refused", "authorization code"}, "turned on"},
		"not 163 at all":     {"auth", "", "no", "pop.not163.com", "", []string{"correct it in the settings"}, "163 refused"},
		"Gmail":              {"auth", "AUTH", "Username and password not accepted.", "pop.gmail.com", "", []string{"Gmail refused", "app password", "https://support.google.com/mail/answer/185833", "turned on", "#settings/fwdandpop"}, ""},
		"Gmail two steps":    {"auth", "AUTH", "Application-specific password required", "pop.gmail.com", "", []string{"Gmail refused", "app password"}, "turned on"},
		"Gmail website":      {"auth", "AUTH", "Web login required: https://support.google.com/mail/answer/78754", "pop.gmail.com", "", []string{"sign in on its website first", "app password"}, ""},
		"Gmail POP off":      {"permanent", "SYS/PERM", "Your account is not enabled for POP access. Please visit your Gmail settings page.", "pop.gmail.com", "", []string{"turned off at Gmail", "#settings/fwdandpop"}, "password"},
		"Gmail domain":       {"permanent", "SYS/PERM", "POP access is disabled for your domain.", "pop.gmail.com", "", []string{"administrator"}, "password"},
		"Gmail limit":        {"temporary", "AUTH", "Account exceeded command or bandwidth limits.", "pop.gmail.com", "", []string{"limit", "Gmail"}, "password"},
		"Outlook":            {"auth", "", "Logon failure: unknown user name or bad password.", "outlook.office365.com", "a@hotmail.com", []string{"Outlook.com wants you to sign in with the browser."}, ""},
		"own Exchange":       {"auth", "", "Logon failure: unknown user name or bad password.", "mail.example.org", "", []string{"correct it in the settings"}, "browser"},
		"Exchange Online":    {"permanent", "", "Basic authentication is disabled.", "mail.example.org", "", []string{"mail.example.org wants you to sign in with the browser."}, ""},
		"Yahoo":              {"auth", "AUTH", "invalid user/password", "pop.mail.yahoo.com", "", []string{"Yahoo Mail refused", "app password"}, "turned on"},
		"GMX":                {"auth", "", "authentication failed", "pop.gmx.net", "", []string{"check the user name and password", "app password", "https://hilfe.gmx.net/pop-imap/einschalten.html"}, ""},
		"WEB.DE":             {"auth", "", "authentication failed", "pop3.web.de", "", []string{"WEB.DE", "https://hilfe.web.de/"}, ""},
		"T-Online":           {"auth", "", "login failed", "securepop.t-online.de", "", []string{"password for mail programs (E-Mail-Passwort)", "https://www.telekom.de/"}, ""},
		"Sina":               {"temporary", "", "duplicate login!", "pop.sina.com", "", []string{"Sina Mail was checked too often"}, ""},
		"Yandex":             {"auth", "AUTH", "login failure or POP3 disabled, try later. sc=x", "pop.yandex.ru", "", []string{"Yandex Mail refused", "app password", "turned on"}, ""},
		"Mail.ru":            {"auth", "AUTH", "NEOBHODIM parol prilozheniya https://help.mail.ru/x / Application password is REQUIRED", "pop.mail.ru", "", []string{"Mail.ru refused", "app password"}, ""},
		"app password there": {"auth", "AUTH", "Application-specific password required", "pop.example.org", "", []string{"pop.example.org refused", "app password"}, ""},
		"plain provider":     {"auth", "AUTH", "no", "pop.free.fr", "", []string{"correct it in the settings"}, ""},
		"Rambler":            {"auth", "AUTH", "no", "pop.rambler.ru", "", []string{"check the user name and password", "turned on", "https://help.rambler.ru/"}, ""},
		"provider's trouble": {"temporary", "SYS/TEMP", "maintenance", "pop.163.com", "", []string{"asks for patience"}, "authorization"},
	} {
		err := fmt.Errorf("polling: %w", &pop3.Error{Kind: test.kind, Code: pop3.Code(test.code), Command: "PASS", Text: test.said})
		a := settings.Account{Server: test.server, Address: test.address, Port: 995}
		for _, language := range []string{"en", "zh-Hans"} {
			p := Say(app.Problem(err, a), locale.New(language))
			if p.Kind != api.Kind(test.kind) || p.Code != api.Code(test.code) || strings.Contains(p.Text, "%!") || strings.Contains(p.Text, "problem.") || strings.Contains(p.Text, "provider.") {
				t.Errorf("%s: %+v", name, p)
			}
			if test.said != "" && !strings.Contains(p.Text, "“"+test.said+"”") || strings.Contains(p.Text, "“”") {
				t.Errorf("%s, %s: what was said is missing: %s", name, language, p.Text)
			}
			for _, page := range strings.Fields(p.Text) {
				if i := strings.Index(page, "https://"); i > 0 && !strings.Contains(test.said, "https://") {
					t.Errorf("%s, %s: an address is not alone: %s", name, language, page)
				}
			}
			if language != "en" {
				continue
			}
			for _, want := range test.english {
				if !strings.Contains(p.Text, want) {
					t.Errorf("%s: %q is not in %s", name, want, p.Text)
				}
			}
			if test.not != "" && strings.Contains(p.Text, test.not) {
				t.Errorf("%s: %q is in %s", name, test.not, p.Text)
			}
		}
		t.Logf("%s: %s", name, Text(app.Problem(err, a), locale.New("zh-Hans")))
		t.Logf("%s: %s", name, Text(app.Problem(err, a), locale.New("en")))
	}
}

// Every known answer says where it was seen, and is looked for in lower case.
func TestAnswersHaveSources(t *testing.T) {
	for _, a := range answers {
		if a.source == "" || a.part == "" || a.part != strings.ToLower(a.part) {
			t.Errorf("%+v", a)
		}
	}
}

// No answer, known or not, has a gap in its sentence, in whatever kind it
// ends, also at a server that nobody has in the table.
func TestAnswersWithoutProvider(t *testing.T) {
	said := []string{"", "no", "login failure or POP3 disabled"}
	for _, known := range answers {
		said = append(said, "X "+known.part)
	}
	for _, words := range said {
		for _, code := range []api.Code{"", api.CodeAuth} {
			for _, kind := range []api.Kind{api.KindAuth, api.KindTemporary, api.KindPermanent, api.KindConfig} {
				for language, loc := range catalogues() {
					p := &api.Problem{Kind: kind, Code: code, Args: api.Args{api.ArgServer: "mail.example.org", api.ArgSaid: words, api.ArgReason: "reason"}}
					if kind == api.KindTemporary && code != "" {
						p.Args[api.ArgSince] = "2026-11-27T10:00:00Z"
					}
					if text := Text(p, loc); rawKey.MatchString(text) || emptyQuotes.MatchString(text) || strings.Contains(text, "%!") || text == "" {
						t.Errorf("%s %s %q, %s: %s", kind, code, words, language, text)
					}
				}
			}
		}
	}
}
