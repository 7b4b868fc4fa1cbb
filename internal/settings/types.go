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
}

// Preferences are choices that belong to no account.
type Preferences struct {
	// Language is a BCP 47 tag such as "en" or "zh-Hans"; empty follows the system.
	Language string `toml:"language,omitempty" json:"language,omitempty"`
}

// Settings is the whole file.
type Settings struct {
	Version     int         `toml:"version" json:"version"`
	Preferences Preferences `toml:"preferences,omitempty" json:"preferences"`
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
