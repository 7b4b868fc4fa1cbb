package settings

import (
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/provider"
)

// What can be chosen is what the table has.
func TestOAuthProviders(t *testing.T) {
	if table := provider.SignIns(); !slices.Equal(table, OAuthProviders) {
		t.Errorf("the table has %q", table)
	}
	for _, id := range OAuthProviders {
		if has := provider.SignIn(id, "").Tenant != ""; has != slices.Contains(tenants, id) {
			t.Errorf("%s: tenants %v", id, has)
		}
	}
	if provider.SignIn(OAuthCustom, "") != nil {
		t.Error("there is a row for what is in none")
	}
}

const signsIn = `version = 1

# mine
[[account]]
id = "work"
name = "Work"
server = "outlook.office365.com"
user = "me@contoso.example"

# how I sign in
[account.oauth]
provider = "microsoft" # for now
# client_id = ""
colour = "blue"

[[account]]
id = "home"
name = "Home"
server = "pop.example.org"
user = "me"
`

// What is changed stays in the table within, with its comments; what nobody
// knows stays, too, even where the file has to be written anew.
func TestOAuthIsAmended(t *testing.T) {
	got := changed(t, signsIn, func(s *Settings) {
		s.Accounts[0].OAuth.ClientID = "1-2-3"
		s.Accounts[0].OAuth.Tenant = "contoso.example"
		s.Accounts[0].Silent = true
		s.Accounts[1].OAuth.Provider = "google"
	})
	want := strings.NewReplacer(
		"contoso.example\"\n", "contoso.example\"\nsilent = true\n",
		"# client_id = \"\"\n", "# client_id = \"\"\nclient_id = \"1-2-3\"\n",
		"\"microsoft\" # for now\n", "\"microsoft\" # for now\ntenant = \"contoso.example\"\n",
		"user = \"me\"\n", "user = \"me\"\n\n[account.oauth]\nprovider = \"google\"\n",
	).Replace(signsIn)
	// Port and the like are written with the first change.
	for _, line := range strings.Split(want, "\n") {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, got)
		}
	}
	if strings.Count(got, "[account.oauth]") != 2 || !strings.Contains(got, "# how I sign in") {
		t.Errorf("got\n%s", got)
	}
	gone := changed(t, got, func(s *Settings) { s.Accounts[0].OAuth = OAuth{} })
	if strings.Contains(gone, "microsoft") || !strings.Contains(gone, "# how I sign in") || !strings.Contains(gone, "colour = \"blue\"") {
		t.Errorf("without it:\n%s", gone)
	}
	// An inline table is beyond that, and written anew.
	inline := strings.Replace(signsIn[:strings.Index(signsIn, "\n[[account]]\nid = \"home\"")], "\n# how I sign in\n[account.oauth]\nprovider = \"microsoft\" # for now\n# client_id = \"\"\ncolour = \"blue\"", "oauth = {provider = \"microsoft\", colour = \"blue\"}", 1)
	got = changed(t, inline, func(s *Settings) { s.Accounts[0].OAuth.ClientID = "1-2-3" })
	if !strings.Contains(got, "[account.oauth]\nprovider = \"microsoft\"\nclient_id = \"1-2-3\"\ncolour = ") {
		t.Errorf("anew:\n%s", got)
	}
}

// Each mistake is named with its line.
func TestOAuthMistakes(t *testing.T) {
	const head = "[[account]]\nid = \"a\"\nname = \"A\"\nserver = \"pop.example.org\"\nuser = \"a\"\n"
	for text, want := range map[string]string{
		"oauth = 1":                                                                     "settings.toml:6: account.oauth: settings.table",
		"[account.oauth]\nprovider = \"nobody\"":                                        "settings.toml:7: account.oauth.provider: settings.choice",
		"[account.oauth]\nclient_id = \"x\"":                                            "settings.toml:6: account.oauth.provider: settings.required",
		"[account.oauth]\n\nProvider = \"google\"":                                      "settings.toml:8: account.oauth.Provider: settings.key_case",
		"[account.oauth]\nprovider = 1":                                                 "settings.toml:7: account.oauth.provider: settings.kind_text",
		"[account.oauth]\nprovider = \"google\"\ntenant=\"x\"":                          "settings.toml:8: account.oauth.tenant: settings.tenant",
		"[account.oauth]\nprovider = \"microsoft\"\ntenant=\"a/b\"":                     "settings.toml:8: account.oauth.tenant: settings.tenant",
		"[account.oauth]\nprovider = \"google\"\ntoken_url = \"https://evil.example/\"": "settings.toml:8: account.oauth.token_url: settings.only_custom",
		"[account.oauth]\nprovider = \"custom\"":                                        "settings.toml:6: account.oauth.client_id: settings.required",
		"oauth.provider = \"custom\"\noauth.client_id = \"x\"\noauth.scope = \"mail\"":  "settings.toml:6: account.oauth.issuer: settings.required",
		"oauth.provider = \"custom\"\noauth.client_id = \"x\"\noauth.scope = \"mail\"\noauth.token_url = \"https://a.example/\"":                "settings.toml:6: account.oauth.authorize_url: settings.required",
		"oauth.provider = \"custom\"\noauth.client_id = \"x\"\noauth.scope = \"mail\"\noauth.issuer = \"http://a.example/\"":                    "settings.toml:9: account.oauth.issuer: settings.endpoint",
		"oauth.provider = \"custom\"\noauth.client_id = \"x\"\noauth.scope = \"mail\"\noauth.issuer = \"https://u:p@a.example/\"":               "settings.toml:9: account.oauth.issuer: settings.endpoint",
		"oauth.provider = \"custom\"\noauth.client_id = \"x\\u0007\"\noauth.scope = \"mail\"\noauth.issuer = \"https://a.example/\"":            "settings.toml:7: account.oauth.client_id: settings.hidden",
		"secret_command = \"x\"\noauth.provider = \"google\"":                                                                                   "settings.toml:6: account.secret_command: settings.two_secrets",
		"mechanism = \"PLAIN\"\noauth.provider = \"google\"":                                                                                    "settings.toml:6: account.mechanism: settings.choice",
		"mechanism = \"XOAUTH2\"\noauth.provider = \"microsoft\"\noauth.tenant = \"consumers\"\noauth.client_id = \"x\"\noauth.scope = \"a b\"": "",
		"oauth.provider = \"custom\"\noauth.client_id = \"x\"\noauth.scope = \"mail\"\noauth.issuer = \"http://127.0.0.1:8080\"":                "",
	} {
		_, err := decode([]byte(head + text))
		got := ""
		if file, ok := err.(*FileError); ok { //nolint:errorlint // decode returns it bare
			field, _ := file.Err.(FieldError) //nolint:errorlint // as above
			got = (&FileError{File: "settings.toml", Line: file.Line, Key: file.Key, Err: errText(field.Key)}).Error()
		}
		if got != want {
			t.Errorf("%s\ngot  %s (%v)\nwant %s", text, got, err, want)
		}
	}
}

type errText string

func (e errText) Error() string { return string(e) }

// A file of accounts carries how they sign in, and nothing that is secret.
func TestOAuthIsExchanged(t *testing.T) {
	d, err := decode([]byte(signsIn))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ExportAccounts(d.settings.Accounts, false)
	if err != nil || !strings.Contains(string(raw), "\n[account.oauth]\nprovider = \"microsoft\"\n") {
		t.Fatalf("%s, %v", raw, err)
	}
	e, err := ReadAccounts("in.toml", raw, false)
	if err != nil || len(e.Accounts) != 2 || e.Accounts[0] != d.settings.Accounts[0] || len(e.Notes)+len(e.Problems) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	e, err = ReadAccounts("in.toml", []byte(signsIn), false)
	if err != nil || len(e.Notes) != 1 || e.Notes[0].Line != 14 || e.Notes[0].Key != "account.oauth.colour" {
		t.Errorf("notes %v, %v", e.Notes, err)
	}
}
