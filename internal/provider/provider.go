// Package provider knows mail providers: their POP3 servers, what they want
// in place of a password, and where POP3 is switched on. It is data with a
// look-up; it asks no network.
package provider

import "strings"

// Secret says what a provider wants as the password.
type Secret string

// What a provider may want; SecretPassword is the password of its website.
const (
	SecretPassword Secret = "password"
	// SecretCode is an authorization code (授权码) that the website hands out.
	SecretCode Secret = "code"
	// SecretApp is an app password, made on the website for one program.
	SecretApp Secret = "app"
	// SecretOwn is a password for mail programs, chosen by the user on the website.
	SecretOwn Secret = "own"
	// SecretEither is the password of its website, or an app password once
	// signing in there takes two factors.
	SecretEither Secret = "either"
	// SecretBrowser: only a sign-in with the browser (OAuth 2).
	SecretBrowser Secret = "browser"
)

// Provider is one row of the table.
type Provider struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// NameZH is the name in Chinese, where that is another.
	NameZH string `json:"name_zh"`
	// Server is empty for a provider without POP3.
	Server string `json:"server"`
	Port   int    `json:"port"`
	// STLS says that the port is for STLS instead of implicit TLS.
	STLS bool `json:"stls"`
	// LocalUser says that the user name is the part before the @.
	LocalUser bool   `json:"local_user"`
	Secret    Secret `json:"secret"`
	// Label is the provider's own word for the secret, such as "授权码" or
	// "E-Mail-Passwort"; empty where the word for its kind will do.
	Label string `json:"label"`
	// EnableFirst: POP3 is off until the user switches it on.
	EnableFirst bool `json:"enable_first"`
	// Paid: POP3 is only for those who pay.
	Paid bool `json:"paid"`
	// IntervalMinutes is the least time between two logins that the provider
	// takes, in minutes, where that is more than most do; else 0.
	IntervalMinutes int `json:"interval_minutes"`
	// Help is the https page where POP3 is switched on, and the secret made
	// unless that has a page of its own; empty where none is known.
	Help string `json:"help"`
	// SecretHelp is the https page where the secret is made, if it is another.
	SecretHelp string `json:"secret_help"`
	// Webmail is the https address of the website.
	Webmail string `json:"webmail"`
	// Verified is false for what nobody has checked: a suggestion to confirm.
	Verified bool `json:"verified"`
}

// POP3 says whether the provider has POP3 at all.
func (p Provider) POP3() bool { return p.Server != "" }

// Sent returns what is sent for a secret as it was typed. App passwords are
// shown in four groups of four letters, and copied with the blanks between
// them, which are no part of them. p may be nil.
func (p *Provider) Sent(secret string) string {
	if p == nil || p.Secret != SecretApp {
		return secret
	}
	packed := strings.Join(strings.Fields(secret), "")
	const length = 16
	if len(packed) != length || strings.ContainsFunc(packed, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) {
		return secret
	}
	return packed
}
