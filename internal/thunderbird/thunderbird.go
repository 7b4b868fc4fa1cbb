// Package thunderbird reads the POP3 accounts of a profile of Mozilla
// Thunderbird: servers and names, never passwords. It changes nothing there.
// A profile may come from anybody, so all of it is bounded and validated.
package thunderbird

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

const prefsFile = "prefs.js"

// Account is an account that can be imported.
type Account struct {
	// Account has no ID and no password, and is valid otherwise.
	settings.Account
	// PopState is the account's popstate.dat, which tells what Thunderbird has
	// fetched; empty if there is none. It is for the user to decide whether it
	// becomes Account.PopState.
	PopState string
	// Plain: Thunderbird does not encrypt here. The account has STLS instead.
	Plain bool
}

// Unusable is a server that cannot be imported.
type Unusable struct {
	Name string
	// Type is Thunderbird's word, such as "imap".
	Type string
	// Problem is what stands in the way.
	Problem settings.FieldError
}

// Found is what a profile holds.
type Found struct {
	Accounts []Account
	Unusable []Unusable
	// Strange are the lines of prefs.js that were not understood.
	Strange []int
}

// maxServers bounds how many servers are looked at.
const maxServers = 1000

// Read reads the accounts of the profile in a folder, in Thunderbird's order.
func Read(folder string) (Found, error) {
	raw, err := readFile(filepath.Join(folder, prefsFile))
	if err != nil {
		return Found{}, fmt.Errorf("reading the Thunderbird profile: %w", err)
	}
	p, strange, err := parsePrefs(raw)
	if err != nil {
		return Found{}, fmt.Errorf("reading %s: %w", filepath.Join(folder, prefsFile), err)
	}
	found := Found{Strange: strange}
	seen := map[string]bool{}
	for i, account := range list(p["mail.accountmanager.accounts"]) {
		if i == maxServers {
			break
		}
		server := p["mail.account."+account+".server"]
		if server == "" || seen[server] {
			continue
		}
		seen[server] = true
		identity := ""
		if ids := list(p["mail.account."+account+".identities"]); len(ids) > 0 {
			identity = ids[0]
		}
		found.add(p, folder, server, identity)
	}
	return found, nil
}

func list(s string) []string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// Values of socketType (nsMsgSocketType).
const (
	socketTrySTARTTLS = "1"
	socketSTARTTLS    = "2"
	socketSSL         = "3"
)

// Values of authMethod (nsMsgAuthMethod) that traymail has no match for, and
// its names for them.
var foreignLogins = map[string]string{"5": "Kerberos", "6": "NTLM"}

// loginOAuth2 is the authMethod of who signs in with the browser.
const loginOAuth2 = "10"

// signIn has the account sign in with the browser as it does in Thunderbird, and
// says whether it is known where. Where only Thunderbird can, it is left with a
// password.
func (a *Account) signIn() bool {
	row := provider.ByServer(a.Server, a.Address).SignIn()
	if row.Usable() {
		a.OAuth.Provider = row.ID
	}
	return row != nil
}

// add looks at one server.
func (f *Found) add(p prefs, folder, server, identity string) {
	get := func(key string) string { return p["mail.server."+server+"."+key] }
	kind := get("type")
	if kind == "none" || kind == "rss" || kind == "" {
		return // local folders and feeds are not servers
	}
	a := Account{Account: settings.Account{
		Name: get("name"), Address: p["mail.identity."+identity+".useremail"],
		// The real ones are what the user has changed later.
		Server: cmp.Or(get("realhostname"), get("hostname")), User: cmp.Or(get("realuserName"), get("userName")),
	}}
	if a.Name == "" {
		a.Name = cmp.Or(a.Address, a.User+"@"+a.Server)
	}
	refuse := func(problem settings.FieldError) {
		f.Unusable = append(f.Unusable, Unusable{plaintext.Clean(a.Name), plaintext.Clean(kind), problem})
	}
	if kind != "pop3" {
		refuse(settings.FieldError{Field: "type", Key: "settings.thunderbird_type", Args: []any{strings.ToUpper(plaintext.Clean(kind))}})
		return
	}
	if login := foreignLogins[get("authMethod")]; login != "" {
		refuse(settings.FieldError{Field: "authMethod", Key: "settings.thunderbird_login", Args: []any{login}})
		return
	}
	if get("authMethod") == loginOAuth2 && !a.signIn() {
		refuse(settings.FieldError{Field: "authMethod", Key: "settings.thunderbird_login", Args: []any{"OAuth2"}})
		return
	}
	switch get("socketType") {
	case socketSSL:
		a.Security = settings.TLS
	case socketSTARTTLS, socketTrySTARTTLS:
		a.Security = settings.STLS
	default:
		a.Security = settings.None
	}
	a.Port = port(get("port"))
	a.Interval = interval(get("check_new_mail"), get("check_time"))
	a.Normalize()
	if a.CleartextForbidden() {
		// Nothing is sent where the server has no STLS, and the user is told.
		a.Plain, a.Security = true, settings.STLS
	}
	valid := a.Account
	valid.ID = "new"
	problems := valid.Validate()
	if slices.ContainsFunc(problems, func(p settings.FieldError) bool { return p.Field == "address" }) {
		a.Address, valid.Address = "", "" // it is optional
		problems = valid.Validate()
	}
	if len(problems) > 0 {
		refuse(problems[0])
		return
	}
	a.PopState = popState(folder, get("directory-rel"), get("directory"))
	f.Accounts = append(f.Accounts, a)
}

// port is a number, or 0 for the default port.
func port(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// interval is Thunderbird's, where traymail can use it.
func interval(on, minutes string) settings.Duration {
	n, err := strconv.Atoi(minutes)
	if err != nil || on == "false" || n < 1 {
		return settings.Duration(settings.DefaultInterval)
	}
	longest := int(settings.MaxInterval / time.Minute)
	return settings.Duration(time.Duration(min(n, longest)) * time.Minute)
}

// popState is the popstate.dat of a server, if there is one. The relative
// folder holds where the profile was moved.
func popState(folder, relative, absolute string) string {
	var places []string
	if inside, ok := strings.CutPrefix(relative, "[ProfD]"); ok {
		places = append(places, filepath.Join(folder, filepath.FromSlash(inside)))
	}
	if filepath.IsAbs(absolute) {
		places = append(places, filepath.Clean(absolute))
	}
	for _, place := range places {
		file, err := filepath.Abs(filepath.Join(place, "popstate.dat"))
		if err != nil {
			continue
		}
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}
