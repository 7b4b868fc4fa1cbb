package explain

import (
	"cmp"
	"strings"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/provider"
)

// cause is what an answer of a server is known to mean.
type cause int

const (
	// causeSecret: the provider wants another secret.
	causeSecret cause = iota
	// causeOff: POP3 is switched off, or (causeOffOrWrong) that or the
	// password is wrong, or (causeOffForDomain) the administrator did it.
	causeOff
	causeOffOrWrong
	causeOffForDomain
	// causeWebsite: the website wants to see the user first.
	causeWebsite
	// causeBrowser: passwords are not taken any more.
	causeBrowser
	// causeOften and causeLimit: too many logins, or too much read.
	causeOften
	causeLimit
)

// answers are what servers are known to say, by response code and a part of
// the text in lower case. An answer that is not here gets the sentence of its
// kind; what QQ says ("account is abnormal, service is not open, password is
// incorrect, login frequency limited, or system is busy") names all causes
// and hence none, as do Exchange's "Logon failure: unknown user name or bad
// password" and Coremail's "Unable to log on".
var answers = []struct {
	code  api.Code
	part  string
	cause cause
	// secret is what is wanted where the provider is not in the table.
	secret provider.Secret
	// source is where the answer was seen.
	source string
}{
	{"", "using authorized code", causeSecret, provider.SecretCode, "QQ: “Please using authorized code to login.”, quoted in public code"},
	{"", "application-specific password required", causeSecret, provider.SecretApp, "Gmail; mozilla-b2g/gaia-email-libs-and-more, tests of logins"},
	{"", "neobhodim parol prilozheniya", causeSecret, provider.SecretApp, "Mail.ru; thunderbird/thunderbird-android issue 9069"},
	{"", "application password is required", causeSecret, provider.SecretApp, "Mail.ru; lmanukyan/print-designer issue 5"},
	{"", "not enabled for pop", causeOff, "", "Gmail and Yahoo; gaia-email-libs-and-more, tests of logins"},
	{"", "pop access is disabled for your domain", causeOffForDomain, "", "Gmail; gaia-email-libs-and-more, tests of logins"},
	{"", "没有权限使用pop3", causeOff, "", "163, in GBK, in a transcript in public code"},
	{"", "login failure or pop3 disabled", causeOffOrWrong, "", "Yandex, in a transcript in public code"},
	{"", "web login required", causeWebsite, provider.SecretApp, "Gmail; with its page support.google.com/mail/answer/78754"},
	{"", "basic authentication is disabled", causeBrowser, "", "Exchange Online (P23)"},
	{"", "频繁", causeOften, "", "163, in GBK; zhangyunhao116/zmail issue 30"},
	{"", "too frequent", causeOften, "", "Coremail (P21)"},
	{"", "duplicate login", causeOften, "", "Sina and Tencent Exmail; zhangyunhao116/zmail issue 85"},
	{api.CodeAuth, "exceeded", causeLimit, "", "Gmail's limit of commands or bandwidth (P21)"},
}

// answerText is the sentence for what a server said to a login or after it,
// with the remedy at this provider; empty where there is none but that for the
// kind of error.
func answerText(problem *api.Problem, loc *locale.Catalogue, asked bool) string {
	server, words := problem.Args[api.ArgServer], problem.Args[api.ArgSaid]
	p := provider.ByServer(server, cmp.Or(problem.Args[api.ArgAddress], problem.Args[api.ArgUser]))
	text := strings.ToLower(words)
	for _, known := range answers {
		if (known.code == "" || known.code == problem.Code) && strings.Contains(text, known.part) {
			at := provider.Provider{Name: server, Server: server, Secret: known.secret}
			if p != nil {
				at = *p
			}
			return causeText(known.cause, &at, words, loc, asked)
		}
	}
	if problem.Kind != api.KindAuth || p == nil {
		return ""
	}
	secret, special := secretAdvice(p, loc)
	switch {
	case secret.Kind == AdviceBrowser:
		return causeText(causeBrowser, p, words, loc, asked)
	case !special && !p.EnableFirst:
		return ""
	case !special || p.Secret == provider.SecretEither:
		return causeText(causeOffOrWrong, p, words, loc, asked)
	}
	list := []string{about(p, loc, "problem.login_refused"), secret.Text, secret.URL}
	if p.EnableFirst {
		list = append(list, enable(p, secret.URL, loc)...)
	}
	return said(words, loc, list...)
}

// causeText is the sentence for a cause, with the remedy, a page and what was said.
func causeText(c cause, p *provider.Provider, text string, loc *locale.Catalogue, asked bool) string {
	form := ""
	if asked {
		form = "_asked"
	}
	secret, special := secretAdvice(p, loc)
	switch c {
	case causeSecret:
		return said(text, loc, about(p, loc, "problem.login_refused"), secret.Text, secret.URL)
	case causeOff:
		return said(text, loc, about(p, loc, "problem.pop3_off"), cmp.Or(p.Help, p.Webmail))
	case causeOffForDomain:
		return said(text, loc, about(p, loc, "problem.pop3_off_domain"))
	case causeWebsite:
		return said(text, loc, about(p, loc, "problem.website_first"), p.Webmail, secret.Text, secret.URL)
	case causeBrowser:
		return said(text, loc, about(p, loc, "problem.login_refused"), about(p, loc, "provider.needs_browser"))
	case causeOften:
		return said(text, loc, about(p, loc, "problem.too_often"+form))
	case causeLimit:
		return said(text, loc, about(p, loc, "problem.limit"+form))
	}
	list := []string{about(p, loc, "problem.login_refused_password")}
	if special {
		list = append(list, secret.Text, secret.URL)
	}
	return said(text, loc, append(list, enable(p, secret.URL, loc)...)...)
}

// enable says that POP3 has to be on, and where, unless that page was named.
func enable(p *provider.Provider, named string, loc *locale.Catalogue) []string {
	a := enableAdvice(p, loc)
	if a.URL == named {
		return []string{a.Text}
	}
	return []string{a.Text, a.URL}
}

// said joins sentences and pages, and ends with the server's own words.
func said(text string, loc *locale.Catalogue, list ...string) string {
	out := ""
	if text != "" {
		list = append(list, loc.T("problem.says", text))
	}
	for _, s := range list {
		switch {
		case s == "":
		case out == "":
			out = s
		case strings.HasPrefix(s, "https://"), strings.Contains(out[strings.LastIndex(out, " ")+1:], "https://"):
			out += " " + s // an address ends where the space is
		default:
			out = loc.T("problem.join", out, s)
		}
	}
	return out
}
