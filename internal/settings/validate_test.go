package settings

import (
	"cmp"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewID(t *testing.T) {
	for name, want := range map[string]string{
		"Home":                                 `^home-[a-z2-7]{4}$`,
		"  My Work: Mail! ":                    `^my-work-mail-[a-z2-7]{4}$`,
		"家":                                    `^account-[a-z2-7]{4}$`,
		"":                                     `^account-[a-z2-7]{4}$`,
		"a very long name that goes on and on": `^a-very-long-name-that-g[a-z-]*-[a-z2-7]{4}$`,
	} {
		id := NewID(name)
		if !regexp.MustCompile(want).MatchString(id) || !validID.MatchString(id) {
			t.Errorf("NewID(%q) = %q", name, id)
		}
	}
}

func TestNormalize(t *testing.T) {
	a := Account{Address: " me@example.org ", Server: "POP.Example.org:1995", Security: "TLS"}
	a.Normalize()
	if a.Server != "pop.example.org" || a.Port != 1995 || a.Security != TLS || a.User != "me@example.org" ||
		a.Name != "me@example.org" || a.Interval != Duration(10*time.Minute) {
		t.Errorf("%+v", a)
	}
	for in, want := range map[string]Account{
		"[::1]:110":           {Server: "::1", Port: 110},
		"::1":                 {Server: "::1", Port: 995},
		"host":                {Server: "host", Port: 995},
		"ｐｏｐ．ｑｑ．ｃｏｍ":          {Server: "pop.qq.com", Port: 995},
		"pop。qq。com：９９５":      {Server: "pop.qq.com", Port: 995},
		"Mail.Müller.example": {Server: "mail.müller.example", Port: 995},
		"pop3s://host:1995/":  {Server: "host", Port: 1995},
		"pop3://[::1]:110":    {Server: "::1", Port: 110},
		"https://host/mail":   {Server: "https://host/mail", Port: 995},
	} {
		a := Account{Server: in}
		a.Normalize()
		if a.Server != want.Server || a.Port != want.Port {
			t.Errorf("%s became %s, %d", in, a.Server, a.Port)
		}
	}
}

func TestValidate(t *testing.T) {
	valid := account("a")
	if problems := valid.Validate(); len(problems) != 0 {
		t.Fatalf("a valid account has problems: %v", problems)
	}
	for field, change := range map[string]func(*Account){
		"id":             func(a *Account) { a.ID = "A b" },
		"name":           func(a *Account) { a.Name = "" },
		"address":        func(a *Account) { a.Address = "me@" },
		"server":         func(a *Account) { a.Server = "a b" },
		"port":           func(a *Account) { a.Port = 65536 },
		"security":       func(a *Account) { a.Security = None },
		"user":           func(a *Account) { a.User = "a\r\nDELE 1" },
		"secret_command": func(a *Account) { a.SecretCommand = "a\nb" },
		"interval":       func(a *Account) { a.Interval = Duration(time.Second) },
		"pin":            func(a *Account) { a.Pin = "ab:cd" },
		"mechanism":      func(a *Account) { a.Mechanism = "TELEPATHY" },
		"proxy":          func(a *Account) { a.Proxy = "socks5://me:hunter2@proxy.example.org" },
		"client_key":     func(a *Account) { a.ClientCert = full("/etc/cert.pem") },
		"client_cert":    func(a *Account) { a.ClientCert, a.ClientKey = "cert.pem", full("/etc/key.pem") },
		"ca_file":        func(a *Account) { a.CAFile = "ca.pem" },
	} {
		a := valid
		change(&a)
		problems := a.Validate()
		if len(problems) != 1 || problems[0].Field != field {
			t.Errorf("%s: %v", field, problems)
		}
	}
}

// full is a full path as the system writes it.
func full(path string) string {
	if runtime.GOOS == "windows" {
		return "C:" + filepath.FromSlash(path)
	}
	return path
}

// harmful are characters that hide or fake what a terminal or a window shows.
var harmful = []string{"\x1b[2J", "\x07", "\x7f", "\u009b2J", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff"}

// Nothing that hides or fakes what is shown stands in any text of an account, of
// preferences or of a rule. What scripts need is not harmful.
func TestNoFieldHidesAnything(t *testing.T) {
	texts := func(into any, set func(reflect.Value)) (fields []string) {
		v := reflect.ValueOf(into).Elem()
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.Type.Kind() == reflect.String {
				set(v.FieldByIndex(f.Index))
				fields = append(fields, keyOf(f))
			}
		}
		return fields
	}
	for _, bad := range harmful {
		spoil := func(v reflect.Value) { v.SetString(cmp.Or(v.String(), "/x") + bad + "x") }
		a := account("a")
		a.Proxy, a.Open = "http://proxy.example.org/", "https://mail.example.org/"
		for _, field := range texts(&a, spoil) {
			if !slices.ContainsFunc(a.Validate(), func(p FieldError) bool { return p.Field == field }) {
				t.Errorf("an account's %s may hold %q", field, bad)
			}
		}
		var p Preferences
		for _, field := range texts(&p, spoil) {
			if !slices.ContainsFunc(p.Validate(), func(p FieldError) bool { return p.Field == field }) {
				t.Errorf("preferences: %s may hold %q", field, bad)
			}
		}
		var r Rule
		for _, field := range texts(&r, spoil) {
			if !slices.ContainsFunc(r.Validate([]Account{a}), func(p FieldError) bool { return p.Field == field }) {
				t.Errorf("a rule's %s may hold %q", field, bad)
			}
		}
		text := fmt.Sprintf("[[account]]\n\"a\\u%04xb\" = 1\n", []rune(bad)[0])
		if _, err := parse([]byte(text)); err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("a key may hold %q: %v", bad, err)
		}
	}
	good := account("a")
	good.Name, good.SecretCommand = "می\u200cخواهم 👩\u200d🚀 יואב", "pass\tmail"
	if problems := good.Validate(); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

// A file that cannot be read is no mistake in the settings: one account's would
// keep all others from being read.
func TestFilesOfAccountsAreNotOpened(t *testing.T) {
	a := account("a")
	a.CAFile, a.ClientCert, a.ClientKey = full("/nowhere/ca.pem"), full("/nowhere/cert.pem"), full("/nowhere/key.pem")
	if problems := a.Validate(); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	path := filepath.Join(t.TempDir(), "settings.toml")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(s *Settings) error { s.Accounts = []Account{a, account("b")}; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Open(path); err != nil || len(again.Settings().Accounts) != 2 {
		t.Errorf("%v, %+v", err, again.Settings().Accounts)
	}
}

func TestCleartextForbidden(t *testing.T) {
	for _, test := range []struct {
		server  string
		allowed bool
		want    bool
	}{
		{"pop.example.org", false, true},
		{"pop.example.org", true, false},
		{"127.0.0.1", false, false},
		{"127.255.0.9", false, false},
		{"128.0.0.1", false, true},
		{"::1", false, false},
		{"localhost", false, false},
		{"LOCALHOST", false, false},
		{"localhost.", false, false},
		{"[::1]", false, false},
		{"::ffff:127.0.0.1", false, false},
		{"127.0.0.1.example.org", false, true},
		{"localhost.example.org", false, true},
	} {
		a := Account{Server: test.server, Security: None, AllowCleartext: test.allowed}
		if got := a.CleartextForbidden(); got != test.want {
			t.Errorf("%s, allowed %v: %v", test.server, test.allowed, got)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		10 * time.Minute: "10m", time.Hour: "1h", 90 * time.Second: "1m30s", 24 * time.Hour: "24h", 0: "0s",
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v is written as %s, want %s", d, got, want)
		}
	}
}
