// Package settings holds what the user chose: accounts and preferences, in
// one TOML file that a person can read and edit. It never holds a secret;
// those live behind package secret.
package settings

import "time"

// Security says how a connection to the server is protected.
type Security string

const (
	// TLS is implicit TLS from the first byte (RFC 8314), the default; port 995.
	TLS Security = "tls"
	// STLS upgrades a plain connection before anything is sent (RFC 2595);
	// it is mandatory once chosen, never opportunistic (S1). Port 110.
	STLS Security = "stls"
	// None is no encryption. A password goes over it only to loopback, or
	// with Account.AllowCleartext (S5). Port 110.
	None Security = "none"
)

// DefaultPort is the port that belongs to s.
func (s Security) DefaultPort() int {
	if s == TLS {
		return 995
	}
	return 110
}

// Poll intervals: the default, and the least and greatest that validate.
const (
	DefaultInterval = 10 * time.Minute
	MinInterval     = time.Minute
	MaxInterval     = 24 * time.Hour
)

// Mechanisms are the ways to log in that can be chosen.
var Mechanisms = []string{
	"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5",
	"USER", "APOP", "OAUTHBEARER", "XOAUTH2", "EXTERNAL",
}

// TokenMechanism says whether a mechanism takes an OAuth access token in place
// of a password.
func TokenMechanism(name string) bool { return name == "OAUTHBEARER" || name == "XOAUTH2" }

// Account is one POP3 maildrop.
type Account struct {
	// ID is stable for the account's life, [a-z0-9-]{1,64}; it names the
	// account in the ledger, in the keyring and on the command line.
	ID string `toml:"id" json:"id"`
	// Name is what the user calls the account.
	Name string `toml:"name" json:"name"`
	// Address is the e-mail address, if it is known; it may be empty.
	Address string `toml:"address,omitempty" json:"address,omitempty"`
	// Server is a host name or IP address, without port.
	Server   string   `toml:"server" json:"server"`
	Port     int      `toml:"port" json:"port"`
	Security Security `toml:"security" json:"security"`
	User     string   `toml:"user" json:"user"`
	// SecretCommand is run by the shell; the first line it prints is the
	// password. Empty: the password is in the keyring.
	SecretCommand string   `toml:"secret_command,omitempty" json:"secret_command,omitempty"`
	Interval      Duration `toml:"interval" json:"interval"`
	// CAFile is a PEM file with the only roots trusted for this account.
	CAFile string `toml:"ca_file,omitempty" json:"ca_file,omitempty"`
	// Pin is the SHA-256 digest of the only certificate that is trusted for
	// this account, in 64 hexadecimal digits. Empty: what the authorities vouch for.
	Pin string `toml:"pin,omitempty" json:"pin,omitempty"`
	// LegacyTLS also allows key exchange by RSA, without forward secrecy: whoever
	// records a session and gets the server's key one day can read it.
	LegacyTLS bool `toml:"legacy_tls,omitempty" json:"legacy_tls,omitempty"`
	// ClientCert and ClientKey are PEM files that show the server who asks.
	ClientCert string `toml:"client_cert,omitempty" json:"client_cert,omitempty"`
	ClientKey  string `toml:"client_key,omitempty" json:"client_key,omitempty"`
	// Mechanism is the only way to log in, one of Mechanisms. Empty: the best
	// that the server offers. With XOAUTH2 and OAUTHBEARER the secret is an
	// access token.
	Mechanism string `toml:"mechanism,omitempty" json:"mechanism,omitempty"`
	// Proxy is a URL, "socks5://host:port" or "http://host:port", or "direct".
	// Empty: what the environment says. A password does not belong here.
	Proxy string `toml:"proxy,omitempty" json:"proxy,omitempty"`
	// PopState is Thunderbird's popstate.dat of the same maildrop: what it has
	// fetched is not counted. Empty: other programs do not matter.
	PopState string `toml:"popstate,omitempty" json:"popstate,omitempty"`
	// StatusHeader takes a message as seen whose Status field says that it
	// was read. A sender can write that field too.
	StatusHeader bool `toml:"status_header,omitempty" json:"status_header,omitempty"`
	// UnseenExisting counts what is in the maildrop at the first poll as
	// unseen; otherwise it is the silent baseline.
	UnseenExisting bool `toml:"unseen_existing,omitempty" json:"unseen_existing,omitempty"`
	// AllowCleartext lets security "none" send the password in clear to
	// hosts other than loopback.
	AllowCleartext bool `toml:"allow_cleartext,omitempty" json:"allow_cleartext,omitempty"`
	// Silent keeps new messages from being announced; they are counted all the same.
	Silent bool `toml:"silent,omitempty" json:"silent,omitempty"`
	// Sound of new mail, in place of that of the preferences: SoundSystem,
	// SoundNone or the absolute path of a file; empty is that of the preferences.
	Sound string `toml:"sound,omitempty" json:"sound,omitempty"`
	// QuietFrom, QuietUntil and QuietDays are as in Preferences, in place of
	// those; without them those count.
	QuietFrom  string `toml:"quiet_from,omitempty" json:"quiet_from,omitempty"`
	QuietUntil string `toml:"quiet_until,omitempty" json:"quiet_until,omitempty"`
	QuietDays  string `toml:"quiet_days,omitempty" json:"quiet_days,omitempty"`
	// QuietNever: the account has no quiet hours, whatever the preferences say.
	QuietNever bool `toml:"quiet_never,omitempty" json:"quiet_never,omitempty"`
	// Open is where a click on a notification, or on a message in the menu,
	// leads: empty for traymail's mailbox, OpenProgram for the registered mail
	// program, or the https URL of a webmail. Whoever clicks goes and reads it
	// there, and POP3 will not tell: once program or browser were started, what
	// the notification was about counts as seen. In traymail's own mailbox a
	// message is seen when it is shown.
	Open string `toml:"open,omitempty" json:"open,omitempty"`
	// OAuth: the account signs in with the browser, and has no password.
	OAuth OAuth `toml:"oauth,omitzero" json:"oauth,omitzero"`
}

// OpenProgram as Account.Open is the mail program registered for mailto.
const OpenProgram = "program"

// Preferences are choices that belong to no account. Every zero value is the
// default.
type Preferences struct {
	// Language is a BCP 47 tag such as "en" or "zh-Hans"; empty follows the system.
	Language string `toml:"language,omitempty" json:"language,omitempty"`
	// Theme of the windows: "light" or "dark"; empty follows the system.
	Theme string `toml:"theme,omitempty" json:"theme,omitempty"`
	// Badge on the icon: "dot" or "none"; empty is the count.
	Badge string `toml:"badge,omitempty" json:"badge,omitempty"`
	// LeftClick on the icon: "check" or "settings"; empty opens the mailbox.
	LeftClick string `toml:"left_click,omitempty" json:"left_click,omitempty"`
	// IconOnlyUnseen hides the tray icon while nothing is unseen and nothing is
	// wrong that the user has to see to.
	IconOnlyUnseen bool `toml:"icon_only_unseen,omitempty" json:"icon_only_unseen,omitempty"`
	// Proxy is for the accounts that name none, as Account.Proxy.
	Proxy string `toml:"proxy,omitempty" json:"proxy,omitempty"`
	// Autostart starts traymail with the user's session.
	Autostart bool `toml:"autostart,omitempty" json:"autostart,omitempty"`
	// IgnoreCodes has one-time codes looked for in no message.
	IgnoreCodes bool `toml:"ignore_codes,omitempty" json:"ignore_codes,omitempty"`
	// DeleteUnasked has the mailbox delete messages from the server without a question.
	DeleteUnasked bool `toml:"delete_unasked,omitempty" json:"delete_unasked,omitempty"`
	// KeptHeaders is of how many of the newest messages of an account the headers
	// are kept that a list has fetched; those of unseen messages always are. 0 is
	// DefaultKeptHeaders.
	KeptHeaders int `toml:"kept_headers,omitzero" json:"kept_headers,omitempty"`

	// Show is what a notification tells: "sender" or "count"; empty is sender
	// and subject.
	Show string `toml:"notify_show,omitempty" json:"notify_show,omitempty"`
	// Sound is "none" or the absolute path of a sound file; empty is the system's.
	Sound string `toml:"notify_sound,omitempty" json:"notify_sound,omitempty"`
	// Keep notifications until they are dismissed.
	Keep bool `toml:"notify_keep,omitempty" json:"notify_keep,omitempty"`
	// SummaryAbove is how many new messages of one account are announced one
	// by one; more become a summary. 0 is DefaultSummaryAbove, -1 none: always
	// a summary.
	SummaryAbove int `toml:"notify_summary_above,omitzero" json:"notify_summary_above,omitempty"`
	// QuietFrom and QuietUntil are hours of the day, "22:00", in local time,
	// between which nothing is announced; both empty: no quiet hours.
	QuietFrom  string `toml:"quiet_from,omitempty" json:"quiet_from,omitempty"`
	QuietUntil string `toml:"quiet_until,omitempty" json:"quiet_until,omitempty"`
	// QuietDays are the weekdays on which they begin, "mon-fri, sun"; empty is
	// every day. Of hours over midnight the day of the evening counts.
	QuietDays string `toml:"quiet_days,omitempty" json:"quiet_days,omitempty"`
	// QuietExceptImportant announces important messages in quiet hours too.
	QuietExceptImportant bool `toml:"quiet_except_important,omitempty" json:"quiet_except_important,omitempty"`
}

// DefaultKeptHeaders is Preferences.KeptHeaders where it is zero.
const DefaultKeptHeaders = 5000

// DefaultSummaryAbove is Preferences.SummaryAbove where it is zero.
const DefaultSummaryAbove = 3

// Rule picks messages by sender or subject. Of all that match, "mute" wins
// over nothing and "important" over "mute".
type Rule struct {
	// Account is the ID of the only account the rule is for; empty is all.
	Account string `toml:"account,omitempty" json:"account,omitempty"`
	// Field is "sender" (name and address) or "subject".
	Field string `toml:"field" json:"field"`
	// Regexp says that Text is a regular expression (RE2) instead of a text
	// that Field contains. Case does not matter in either.
	Regexp bool   `toml:"regexp,omitempty" json:"regexp,omitempty"`
	Text   string `toml:"text" json:"text"`
	// Effect is "important", "mute" (not announced, though counted), or "sound",
	// which only has a sound.
	Effect string `toml:"effect" json:"effect"`
	// Sound of what the rule picks, as Account.Sound; empty is the account's.
	// Of several rules that match, the first with a sound has it.
	Sound string `toml:"sound,omitempty" json:"sound,omitempty"`
}

// Settings is the whole file.
type Settings struct {
	Version     int         `toml:"version" json:"version"`
	Preferences Preferences `toml:"preferences,omitempty" json:"preferences"`
	Rules       []Rule      `toml:"rule,omitempty" json:"rules,omitempty"`
	Hooks       []Hook      `toml:"hook,omitempty" json:"hooks,omitempty"`
	Accounts    []Account   `toml:"account" json:"accounts"`
}

// Duration is a time.Duration that is written like "10m".
type Duration time.Duration

// MarshalText writes d without zero tail units: "10m", not "10m0s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// String is the shortest form that UnmarshalText reads back.
func (d Duration) String() string {
	s := time.Duration(d).String()
	for _, tail := range []string{"m0s", "h0m"} {
		if n := len(s) - len(tail) + 1; n > 0 && s[n-1:] == tail {
			s = s[:n]
		}
	}
	return s
}
