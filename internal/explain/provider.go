package explain

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/provider"
)

// Kinds of Advice.
const (
	// AdviceNothing: no server was found.
	AdviceNothing = "nothing"
	// AdviceNoPOP3 ends it: traymail cannot check this mailbox.
	AdviceNoPOP3 = "no-pop3"
	// AdviceBrowser: people sign in with the browser there, and with nothing else.
	AdviceBrowser = "browser"
	// AdviceSecret: the provider wants something other than the password of
	// its website, or may do so.
	AdviceSecret = "secret"
	// AdviceEnable: POP3 is off until it is switched on.
	AdviceEnable = "enable"
	// AdvicePaid: POP3 may cost.
	AdvicePaid = "paid"
	// AdviceWithoutDNS: less was asked than could be, for a proxy is in use.
	AdviceWithoutDNS = "without-dns"
)

// Advice is one thing to know before an account is tried.
type Advice struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	// URL is the https page for it; it may be empty.
	URL string `json:"url"`
}

// Provider says what the user has to know or do for an address before
// logging in can work, the most important first. It may be nothing.
func Provider(r discover.Result, loc *locale.Catalogue) []Advice {
	p := r.Provider
	if p == nil {
		if len(r.Candidates) == 0 {
			text := loc.T("provider.nothing", r.Domain)
			if r.WithoutDNS {
				text = loc.T("problem.join", text, loc.T("provider.without_dns"))
			}
			return []Advice{{AdviceNothing, text, ""}}
		}
		return withoutDNS([]Advice{}, r, loc)
	}
	if !p.POP3() {
		return []Advice{{AdviceNoPOP3, about(p, loc, "provider.no_pop3"), p.Webmail}}
	}
	list := []Advice{}
	if a, ok := secretAdvice(p, loc); ok {
		list = append(list, a)
		if a.Kind == AdviceBrowser {
			return list
		}
	}
	if p.EnableFirst {
		list = append(list, enableAdvice(p, loc))
	}
	if p.Paid {
		list = append(list, Advice{AdvicePaid, about(p, loc, "provider.paid"), p.Webmail})
	}
	return withoutDNS(list, r, loc)
}

// withoutDNS says at the end what was not asked.
func withoutDNS(list []Advice, r discover.Result, loc *locale.Catalogue) []Advice {
	if r.WithoutDNS {
		list = append(list, Advice{AdviceWithoutDNS, loc.T("provider.without_dns"), ""})
	}
	return list
}

// secretAdvice says what a provider wants as the password, if it is not just
// that.
func secretAdvice(p *provider.Provider, loc *locale.Catalogue) (Advice, bool) {
	switch p.Secret {
	case provider.SecretPassword, "": // "": a server that is not in the table
		return Advice{}, false
	case provider.SecretBrowser:
		return Advice{AdviceBrowser, about(p, loc, "provider.needs_browser"), p.Webmail}, true
	}
	return Advice{AdviceSecret, about(p, loc, "provider.needs_"+string(p.Secret), label(p, loc)), cmp.Or(p.SecretHelp, p.Help, p.Webmail)}, true
}

// ProviderAtTerminal is Provider for who reads it at a terminal, where one can sign in
// with the browser.
func ProviderAtTerminal(r discover.Result, loc *locale.Catalogue) []Advice {
	list := Provider(r, loc)
	for i, a := range list {
		if a.Kind == AdviceBrowser {
			list[i].Text = about(r.Provider, loc, "provider.by_terminal")
		}
	}
	return list
}

func enableAdvice(p *provider.Provider, loc *locale.Catalogue) Advice {
	return Advice{AdviceEnable, about(p, loc, "provider.switch_on"), cmp.Or(p.Help, p.Webmail)}
}

// SecretLabel names what goes into the field for the secret. p may be nil.
func SecretLabel(p *provider.Provider, loc *locale.Catalogue) string {
	if p == nil || p.Secret == "" {
		return loc.T("provider.secret_password")
	}
	return loc.T("provider.secret_"+string(p.Secret)) + label(p, loc)
}

// label is the provider's own word in brackets, unless everybody says so.
func label(p *provider.Provider, loc *locale.Catalogue) string {
	if p.Label == "" || strings.EqualFold(p.Label, loc.T("provider.secret_"+string(p.Secret))) {
		return ""
	}
	return loc.T("provider.label", p.Label)
}

// ProviderName is the provider's name in the catalogue's language.
func ProviderName(p *provider.Provider, loc *locale.Catalogue) string {
	if p.NameZH != "" && loc.Tag() == "zh-Hans" {
		return p.NameZH
	}
	return p.Name
}

// NeedsBrowser says that a provider takes nothing but a sign-in with the browser.
func NeedsBrowser(p *provider.Provider, loc *locale.Catalogue) string {
	return about(p, loc, "provider.needs_browser")
}

// SignInName is the name of who has people sign in, in the catalogue's language.
func SignInName(o *provider.OAuth, loc *locale.Catalogue) string {
	return ProviderName(&provider.Provider{Name: o.Name, NameZH: o.NameZH}, loc)
}

// SignInPage is the https page that says how to register a client.
func SignInPage(loc *locale.Catalogue) string {
	const page = "https://github.com/traymail/traymail/blob/main/docs/signin"
	if loc.Tag() == "zh-Hans" || loc.Tag() == "zh-Hant" {
		return page + ".zh-CN.md"
	}
	return page + ".md"
}

// about is a translation about a provider.
func about(p *provider.Provider, loc *locale.Catalogue, key string, args ...any) string {
	return sentence(loc, key, ProviderName(p, loc), args...)
}

// sentence is a translation about a name. Chinese puts a space between Latin
// and Chinese letters, as the translations do, and none where both are Chinese.
func sentence(loc *locale.Catalogue, key, name string, args ...any) string {
	text := loc.T(key, append([]any{name}, args...)...)
	last, _ := utf8.DecodeLastRuneInString(name)
	begin, _ := utf8.DecodeRuneInString(name)
	if unicode.Is(unicode.Han, last) {
		text = strings.ReplaceAll(text, name+" ", name)
	}
	if unicode.Is(unicode.Han, begin) {
		text = strings.ReplaceAll(text, " "+name, name)
	}
	return text
}

// Origin says where a candidate of a result comes from, and that it is
// to be confirmed if it is.
func Origin(r discover.Result, c discover.Candidate, loc *locale.Catalogue) string {
	origin := c.Origin
	if r.Provider != nil && (c.Source == discover.SourceTable || c.Source == discover.SourceMX) {
		origin = ProviderName(r.Provider, loc)
	}
	text := sentence(loc, "provider.origin_"+string(c.Source), origin)
	if c.Confirm {
		text = loc.T("problem.join", text, loc.T("provider.confirm", c.Server))
	}
	return text
}
