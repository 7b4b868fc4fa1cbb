package settings

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func exchangeExample() []Account {
	a := Account{
		ID: "home-k3fa", Name: "家", Address: "wei@example.org", Server: "pop.example.org", User: "wei",
		Interval: Duration(5 * time.Minute), UnseenExisting: true, Proxy: "socks5://127.0.0.1:9050",
	}
	b := Account{ID: "work-1", Name: "Work", Server: "mail.example.com", Security: STLS, User: "me", SecretCommand: "pass show mail/work"}
	a.Normalize()
	b.Normalize()
	return []Account{a, b}
}

func TestExportedAccountsComeBack(t *testing.T) {
	accounts := exchangeExample()
	for _, withCommands := range []bool{false, true} {
		raw, err := ExportAccounts(accounts, withCommands)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "pass show") != withCommands {
			t.Errorf("with commands %v:\n%s", withCommands, raw)
		}
		e, err := ReadAccounts("a.toml", raw, withCommands)
		if err != nil || len(e.Problems)+len(e.Notes) > 0 || len(e.Accounts) != 2 {
			t.Fatalf("%+v, %v", e, err)
		}
		want := exchangeExample()
		if !withCommands {
			want[1].SecretCommand = ""
		}
		if e.Accounts[0] != want[0] || e.Accounts[1] != want[1] {
			t.Errorf("got %+v, want %+v", e.Accounts, want)
		}
	}
	if accounts[1].SecretCommand == "" {
		t.Error("exporting changed the accounts")
	}
}

func TestReadAccountsNamesWhatIsWrong(t *testing.T) {
	const text = `version = 1
future = true

[preferences]
theme = "dark"

[[account]]
name = "Good"
server = "pop.example.org"
user = "a"
colour = "blue"

[[account]]
name = "Command"
server = "pop.example.net"
user = "b"
secret_command = "rm -rf /"

[[account]]
name = "Port"
server = "pop.example.com"
user = "c"
port = 99999

[[account]]
name = "Type"
server = "pop.example.com"
user = "d"
port = "995"

[[account]]
name = "Case"
server = "pop.example.com"
user = "e"
Proxy = "direct"
`
	e, err := ReadAccounts("in.toml", []byte(text), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Accounts) != 2 || e.Accounts[0].Name != "Good" || e.Accounts[1].Name != "Command" || e.Accounts[1].SecretCommand != "" {
		t.Errorf("accounts %+v", e.Accounts)
	}
	var got []string
	for _, p := range append(e.Problems, e.Notes...) {
		s, _, _ := strings.Cut(p.Error(), ": ")
		got = append(got, s+" "+p.Key)
	}
	want := []string{
		"in.toml:23 account.port", "in.toml:29 account.port", "in.toml:35 account.Proxy",
		"in.toml:2 future", "in.toml:4 preferences", "in.toml:11 account.colour", "in.toml:17 account.secret_command",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if e, err := ReadAccounts("in.toml", []byte(text), true); err != nil || e.Accounts[1].SecretCommand != "rm -rf /" {
		t.Errorf("%+v, %v", e, err)
	}
}

// A sound file of a stranger's is not taken: the notification daemon would open
// it. Words are.
func TestSoundFilesAreNotImported(t *testing.T) {
	bell := full("/usr/share/sounds/bell.oga")
	text := "[[account]]\nname = 'a'\nserver = 'pop.example.org'\nuser = 'a'\nsound = '" + bell + "'\n" +
		"[[account]]\nname = 'b'\nserver = 'pop.example.org'\nuser = 'b'\nsound = 'None'\n"
	e, err := ReadAccounts("in.toml", []byte(text), true)
	if err != nil || len(e.Accounts) != 2 || e.Accounts[0].Sound != "" || e.Accounts[1].Sound != SoundNone {
		t.Fatalf("%+v, %v", e, err)
	}
	if len(e.Notes) != 1 || e.Notes[0].Line != 5 || e.Notes[0].Key != "account.sound" {
		t.Errorf("%v", e.Notes)
	}
}

func TestReadAccountsRefuses(t *testing.T) {
	many := strings.Repeat("[[account]]\nname='a'\n", maxListed+1)
	for name, text := range map[Mistake]string{
		MistakeExchangeLarge: strings.Repeat("#", MaxExchange+1),
		MistakeExchangeEmpty: "version = 1\n",
		MistakeExchangeMany:  many,
		MistakeNewer:         "version = 99\n[[account]]\n",
		"":                   "[[account]\n",
	} {
		_, err := ReadAccounts("in.toml", []byte(text), true)
		var file *FileError
		if !errors.As(err, &file) || file.File != "in.toml" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var field FieldError
		if errors.As(file.Err, &field) && field.Key != name || name == "" && file.Line != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMerge(t *testing.T) {
	have := exchangeExample()
	twin := have[0]
	twin.ID, twin.Name = "other", "The same maildrop"
	clash := have[0]
	clash.User = "somebody"
	nameless := clash
	nameless.ID, nameless.User = "", "third"
	unfree := clash
	unfree.ID, unfree.User = "unfree", "fourth"
	again := unfree
	m := Merge(have, []Account{twin, clash, nameless, unfree, again}, func(id string) bool { return id != "unfree" })
	if len(m.Skipped) != 2 || m.Skipped[0] != twin || m.Skipped[1] != again || len(m.Added) != 3 {
		t.Fatalf("%+v", m)
	}
	ids := map[string]bool{have[0].ID: true, have[1].ID: true, "unfree": true, "": true}
	for i, want := range []Account{clash, nameless, unfree} {
		got := m.Added[i]
		if ids[got.ID] {
			t.Errorf("ID %q is not new", got.ID)
		}
		ids[got.ID] = true
		if got.ID = want.ID; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if free := Merge(nil, have, nil); free.Added[0] != have[0] || free.Added[1] != have[1] {
		t.Errorf("IDs that are free changed: %+v", free.Added)
	}
}

func TestImportChangesNothingOfWhatIsThere(t *testing.T) {
	path := t.TempDir() + "/settings.toml"
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	have := exchangeExample()
	if _, err := s.Import(have[:1], nil); err != nil {
		t.Fatal(err)
	}
	renamed := have[0]
	renamed.Name, renamed.Security = "Evil", STLS
	m, err := s.Import([]Account{renamed, have[1]}, nil)
	if err != nil || len(m.Added) != 1 || len(m.Skipped) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if again, err := Open(path); err != nil || again.Settings().Accounts[0] != have[0] || len(again.Settings().Accounts) != 2 {
		t.Errorf("%+v, %v", again.Settings().Accounts, err)
	}
	var flood []Account
	for i := range maxListed {
		a := have[0]
		a.ID, a.User = "", fmt.Sprint("user", i)
		flood = append(flood, a)
	}
	if _, err := s.Import(flood, nil); !errors.Is(err, ErrInvalid) || len(s.Settings().Accounts) != 2 {
		t.Errorf("%d accounts, %v", len(s.Settings().Accounts), err)
	}
}

// Whatever a file holds, what is taken from it is valid and runs nothing.
func FuzzReadAccounts(f *testing.F) {
	raw, err := ExportAccounts(exchangeExample(), true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("account = [{server='a', user='b', name='c'}, 3]\n"))
	f.Add([]byte("[[account]]\nserver='a'\nSECRET_COMMAND='x'\n"))
	for _, text := range hostile(600) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ReadAccounts("f", raw, false)
		if err != nil {
			var file *FileError
			if !errors.As(err, &file) {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		m := Merge(nil, e.Accounts, nil)
		for _, a := range m.Added {
			if problems := a.Validate(); a.SecretCommand != "" || len(problems) > 0 {
				t.Errorf("%+v: %v", a, problems)
			}
		}
	})
}
