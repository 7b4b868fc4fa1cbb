package settings

import (
	"crypto/rand"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/plaintext"
)

// FieldError is one thing wrong with a field of an account, the preferences or
// a rule, or with the whole. Its text for the user is the translation of Key
// with Args.
type FieldError struct {
	// Field is the key in the file, such as "port".
	Field string
	// Key is what is wrong, and the key of its translation.
	Key  Mistake
	Args []any
}

// Error implements error, in English, for logs; package explain has the
// reader's language.
func (f FieldError) Error() string { return f.Field + ": " + f.english() }

func (f FieldError) english() string { return english().T(string(f.Key), f.Args...) }

var english = sync.OnceValue(func() *locale.Catalogue { return locale.New("en") })

var validPin = regexp.MustCompile(`^[0-9a-f]{64}$`)

// proxyProblem is what is wrong with a proxy; empty if nothing is.
func proxyProblem(proxy string) Mistake {
	if proxy == "" || proxy == "direct" {
		return ""
	}
	if plaintext.Hides(proxy) {
		return MistakeHidden
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Hostname() == "" || !slices.Contains([]string{"socks5", "socks5h", "http"}, u.Scheme) {
		return MistakeProxy
	}
	if _, secret := u.User.Password(); secret {
		return MistakeProxyPassword
	}
	return ""
}

// openProblem is what is wrong with where a click leads; empty if nothing is.
func openProblem(open string) Mistake {
	if open == "" || open == OpenProgram {
		return ""
	}
	if plaintext.Hides(open) {
		return MistakeHidden
	}
	u, err := url.Parse(open)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(open) > 1024 {
		return MistakeOpen
	}
	return ""
}

// ValidID says whether id can be that of an account.
func ValidID(id string) bool { return validID.MatchString(id) }

var validID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// validHost says whether s is a host name: labels of letters, digits and
// underscores of any script, with hyphens inside. By hand, for the tables of
// Unicode classes in a compiled expression cost every start 0.25 MB.
func validHost(s string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r) {
				return false
			}
		}
	}
	return true
}

// NewID returns a fresh account ID: what of name is ASCII, and four random
// characters.
func NewID(name string) string {
	var slug strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			slug.WriteRune(r)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
		if slug.Len() == 24 {
			break
		}
	}
	s := strings.Trim(slug.String(), "-")
	if s == "" {
		s = "account"
	}
	return s + "-" + strings.ToLower(rand.Text()[:4])
}

// Normalize trims what a person typed, splits HOST:PORT, and fills in what
// has a default.
func (a *Account) Normalize() {
	for _, s := range []*string{&a.ID, &a.Name, &a.Address, &a.Server, &a.User, &a.SecretCommand, &a.CAFile, &a.PopState, &a.Pin, &a.ClientCert, &a.ClientKey, &a.Mechanism, &a.Proxy, &a.Open} {
		*s = strings.TrimSpace(*s)
	}
	a.OAuth.normalize()
	a.normalizeServer()
	a.Security = Security(strings.ToLower(string(a.Security)))
	a.Mechanism = strings.ToUpper(a.Mechanism)
	normalizeSound(&a.Sound)
	hours := QuietHours{a.QuietFrom, a.QuietUntil, a.QuietDays}
	hours.normalize()
	a.QuietFrom, a.QuietUntil, a.QuietDays = hours.From, hours.Until, hours.Days
	a.Pin = strings.ToLower(separators.Replace(a.Pin))
	if a.Security == "" {
		a.Security = TLS
	}
	if a.Port == 0 {
		a.Port = a.Security.DefaultPort()
	}
	if a.Interval == 0 {
		a.Interval = Duration(DefaultInterval)
	}
	if a.User == "" {
		a.User = a.Address
	}
	if a.Name == "" {
		a.Name = a.Address
	}
}

// Replacers are slow to make and cheap to use.
var (
	separators = strings.NewReplacer(":", "", " ", "") // in a fingerprint
	fullStops  = strings.NewReplacer("。", ".", "｡", ".")
)

// normalizeServer reads what is typed or pasted for a server: in full width, as
// input methods for Chinese write it, HOST:PORT, or a URL of a help page.
func (a *Account) normalizeServer() {
	server := fullStops.Replace(width.Fold.String(a.Server))
	if scheme, rest, ok := strings.Cut(server, "://"); ok {
		switch strings.ToLower(scheme) {
		case "pop3s", "pops", "ssl", "tls":
			a.Security = TLS
		case "pop3", "pop":
		default:
			rest = server // which is no host
		}
		server = strings.TrimSuffix(rest, "/")
	}
	if host, port, err := net.SplitHostPort(server); err == nil {
		if n, err := strconv.Atoi(port); err == nil {
			server, a.Port = host, n
		}
	}
	a.Server = strings.ToLower(strings.Trim(server, "[]"))
}

// CleartextForbidden says that the account would send its password unencrypted
// over a network without having been told to (S5).
func (a Account) CleartextForbidden() bool {
	return a.Security == None && !a.AllowCleartext && !loopback.Is(a.Server)
}

// Validate returns what is wrong with a normalised account, in the order of
// the form's fields. It looks at no file that a field names: whether one can be
// read changes from hour to hour, and is for whoever connects to find out.
func (a Account) Validate() []FieldError {
	var problems []FieldError
	add := func(field string, key Mistake, args ...any) {
		problems = append(problems, FieldError{field, key, args})
	}
	line := func(field, value string, required bool) {
		switch {
		case required && value == "":
			add(field, MistakeRequired)
		case strings.ContainsAny(value, "\r\n\x00"):
			add(field, MistakeOneLine)
		case len(value) > 1024 || !utf8.ValidString(value):
			add(field, MistakeTooLong)
		case plaintext.Hides(value):
			add(field, MistakeHidden)
		}
	}
	if !validID.MatchString(a.ID) {
		add("id", MistakeID)
	}
	line("name", a.Name, true)
	if line("address", a.Address, false); a.Address != "" {
		user, domain, ok := strings.Cut(a.Address, "@")
		if !ok || user == "" || !validHost(domain) {
			add("address", MistakeAddress)
		}
	}
	switch {
	case a.Server == "":
		add("server", MistakeRequired)
	case len(a.Server) > 253 || net.ParseIP(a.Server) == nil && !validHost(a.Server):
		add("server", MistakeServer)
	}
	if a.Port < 1 || a.Port > 65535 {
		add("port", MistakePort)
	}
	switch a.Security {
	case TLS, STLS, None:
		if a.CleartextForbidden() {
			add("security", MistakeCleartext)
		}
	default:
		add("security", MistakeSecurity)
	}
	line("user", a.User, true)
	line("secret_command", a.SecretCommand, false)
	if i := time.Duration(a.Interval); i < MinInterval || i > MaxInterval {
		add("interval", MistakeInterval)
	}
	// Who reads it may be in another folder than who wrote it.
	line("ca_file", a.CAFile, false)
	if a.CAFile != "" && !filepath.IsAbs(a.CAFile) {
		add("ca_file", MistakeFullPath)
	}
	if a.Pin != "" && !validPin.MatchString(a.Pin) {
		add("pin", MistakePin)
	}
	line("client_cert", a.ClientCert, false)
	line("client_key", a.ClientKey, false)
	switch {
	case a.ClientCert == "" && a.ClientKey == "":
	case a.ClientCert == "":
		add("client_cert", MistakeRequired)
	case a.ClientKey == "":
		add("client_key", MistakeRequired)
	default:
		for _, f := range []struct{ field, path string }{{"client_cert", a.ClientCert}, {"client_key", a.ClientKey}} {
			if !filepath.IsAbs(f.path) {
				add(f.field, MistakeFullPath)
			}
		}
	}
	if a.Mechanism != "" && !slices.Contains(Mechanisms, a.Mechanism) {
		add("mechanism", MistakeChoice, strings.Join(Mechanisms, ", "))
	}
	a.validateOAuth(add)
	if key := proxyProblem(a.Proxy); key != "" {
		add("proxy", key)
	}
	if key := openProblem(a.Open); key != "" {
		add("open", key)
	}
	if key := soundProblem(a.Sound); key != "" {
		add("sound", key)
	}
	QuietHours{a.QuietFrom, a.QuietUntil, a.QuietDays}.validate(add)
	if a.QuietNever && a.QuietFrom != "" {
		add("quiet_never", MistakeQuietNever)
	}
	line("popstate", a.PopState, false)
	if a.PopState != "" && !filepath.IsAbs(a.PopState) {
		add("popstate", MistakeFullPath)
	}
	return problems
}

// misfit is the first thing wrong with settings as a whole.
type misfit struct {
	// table is "preferences", "rule" or "account", and index which of them.
	table string
	index int
	FieldError
}

// validate returns the first problem, or nil.
func validate(s Settings) *misfit {
	if at, problem := validateAccounts(s.Accounts); problem != nil {
		return &misfit{"account", at, *problem}
	}
	if problems := s.Preferences.Validate(); len(problems) > 0 {
		return &misfit{"preferences", 0, problems[0]}
	}
	for i, r := range s.Rules {
		if problems := r.Validate(s.Accounts); len(problems) > 0 {
			return &misfit{"rule", i, problems[0]}
		}
	}
	for i, h := range s.Hooks {
		if problems := h.Validate(s.Accounts); len(problems) > 0 {
			return &misfit{"hook", i, problems[0]}
		}
	}
	return nil
}

func validateAccounts(accounts []Account) (int, *FieldError) {
	for i, a := range accounts {
		if problems := a.Validate(); len(problems) > 0 {
			return i, &problems[0]
		}
		for _, other := range accounts[:i] {
			if other.ID == a.ID {
				return i, &FieldError{Field: "id", Key: MistakeIDTwice}
			}
			if sameMaildrop(other, a) {
				return i, &FieldError{Field: "user", Key: MistakeMaildropTwice}
			}
		}
	}
	return 0, nil
}

// sameMaildrop says whether two accounts would lock each other out.
func sameMaildrop(a, b Account) bool {
	return a.Server == b.Server && a.Port == b.Port && a.User == b.User
}
