package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// changed is what Update makes of a text.
func changed(t *testing.T, text string, change func(*Settings)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.toml")
	write(t, path, text)
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(s *Settings) error { change(s); return nil }); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(path)
	if err != nil || !reflect.DeepEqual(again.Settings(), s.Settings()) || len(again.Warnings()) != len(s.Warnings()) {
		t.Errorf("read back: %v, %+v", err, again.Settings())
	}
	return string(b)
}

const byHand = `# my settings

[preferences]
theme = "dark" # easier on the eyes
  badge='dot'
# notify_keep = false
colour = "blue" # nobody knows it

# the boss
[[rule]]
field = "sender"
text = "boss"   # not "Boss"
effect = "important"

# lists
[[rule]]
field = "subject"
text = "[list]"
effect = "mute"

# home, sweet home
[[account]]
id = "a"
server = "pop.example.org"
address = "a@example.org"
[account.filter]
name = "x"

# work
[[account]]
id = "b"
server = "pop.example.com"
address = "b@example.com"
# the end
`

func TestCommentsSurvive(t *testing.T) {
	cut := func(text, from, to string) string {
		i := strings.Index(text, from)
		return text[:i] + to + text[i+len(from):]
	}
	const home = `# home, sweet home
[[account]]
id = "a"
server = "pop.example.org"
address = "a@example.org"
[account.filter]
name = "x"

`
	const work = `# work
[[account]]
id = "b"
server = "pop.example.com"
address = "b@example.com"
# the end
`
	const boss = `# the boss
[[rule]]
field = "sender"
text = "boss"   # not "Boss"
effect = "important"

`
	const lists = `# lists
[[rule]]
field = "subject"
text = "[list]"
effect = "mute"

`
	for name, test := range map[string]struct {
		change func(*Settings)
		want   string
	}{
		"nothing":                 {func(*Settings) {}, byHand},
		"a value":                 {func(s *Settings) { s.Preferences.Theme = "light" }, cut(byHand, `theme = "dark"`, `theme = "light"`)},
		"a value in other quotes": {func(s *Settings) { s.Preferences.Badge = "none" }, cut(byHand, `badge='dot'`, `badge="none"`)},
		"a default":               {func(s *Settings) { s.Preferences.Theme = "" }, cut(byHand, "theme = \"dark\" # easier on the eyes\n", "")},
		"below its default":       {func(s *Settings) { s.Preferences.Keep = true }, cut(byHand, "# notify_keep = false\n", "# notify_keep = false\nnotify_keep = true\n")},
		"a new key":               {func(s *Settings) { s.Preferences.Autostart = true }, cut(byHand, "it\n", "it\nautostart = true\n")},
		"a rule's text":           {func(s *Settings) { s.Rules[0].Text = `"` }, cut(byHand, `text = "boss" `, `text = "\"" `)},
		"an account's key before its tables": {
			func(s *Settings) { s.Accounts[0].Silent = true },
			cut(byHand, "address = \"a@example.org\"\n", "address = \"a@example.org\"\nsilent = true\n"),
		},
		"the other order of rules": {
			func(s *Settings) { s.Rules[0], s.Rules[1] = s.Rules[1], s.Rules[0] }, cut(byHand, boss+lists, lists+boss),
		},
		"one rule less":    {func(s *Settings) { s.Rules = s.Rules[1:] }, cut(byHand, boss, "")},
		"no rules":         {func(s *Settings) { s.Rules = nil }, cut(byHand, boss+lists, "")},
		"one account less": {func(s *Settings) { s.Accounts = s.Accounts[1:] }, cut(byHand, home, "")},
		"the last account": {func(s *Settings) { s.Accounts = s.Accounts[:1] }, cut(byHand, "\n"+work, "")},
		"one more rule": {
			func(s *Settings) { s.Rules = append(s.Rules, Rule{Field: "subject", Text: "x", Effect: "mute"}) },
			cut(byHand, lists, lists+"[[rule]]\nfield = \"subject\"\ntext = \"x\"\neffect = \"mute\"\n\n"),
		},
		"one more account": {
			func(s *Settings) { s.Accounts = append(s.Accounts, account("c")) },
			byHand + "\n[[account]]\nid = \"c\"\nname = \"c\"\nserver = \"pop.example.org\"\nport = 995\nsecurity = \"tls\"\nuser = \"c\"\ninterval = \"10m\"\n",
		},
	} {
		if got := changed(t, byHand, test.change); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestCompactFileStaysCompact(t *testing.T) {
	const compact = "[[rule]]\nfield='subject'\ntext='x'\neffect='mute'\n[[account]]\nid='a'\naddress='a@example.org'\nserver='pop.example.org'\n"
	got := changed(t, compact, func(s *Settings) { s.Rules[0].Text = "y" })
	if want := strings.Replace(compact, "'x'", `"y"`, 1); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The commented example stays itself while everything in it is changed.
func TestExampleSurvives(t *testing.T) {
	raw, err := os.ReadFile("../../docs/settings.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	got := changed(t, string(raw), func(s *Settings) {
		s.Preferences = Preferences{
			Language: "zh-Hans", Theme: "dark", Badge: "dot", LeftClick: "check", Proxy: "direct", Autostart: true,
			Show: "count", Sound: "none", Keep: true, SummaryAbove: 5, QuietFrom: "22:00", QuietUntil: "07:00",
			QuietExceptImportant: true, QuietDays: "mon-fri", IconOnlyUnseen: true,
		}
		s.Accounts[0].Silent, s.Accounts[0].Open = true, OpenProgram
		s.Accounts[0].QuietFrom, s.Accounts[0].QuietUntil, s.Accounts[0].QuietDays = "18:00", "09:00", "sat, sun"
		s.Accounts[0].Sound, s.Rules[0].Sound = SoundNone, SoundSystem
		s.Rules[1].Text = "news"
	})
	rest := got
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			i := strings.Index(rest, line)
			if i < 0 {
				t.Fatalf("lost, or in another place: %s", line)
			}
			rest = rest[i+len(line):]
		}
	}
	for _, want := range []string{"# theme = \"system\"\ntheme = \"dark\"\n", "# open = \"\"\nopen = \"program\"\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What is written in ways that are not amended is saved all the same.
func TestOddFilesAreSaved(t *testing.T) {
	for name, text := range map[string]string{
		"inline":            "account = [{id = 'a', address = 'a@example.org', server = 'pop.example.org'}]\npreferences = {theme = 'dark'}\n",
		"dotted":            "preferences.theme = 'dark'\n[[account]]\nid = 'a'\naddress = 'a@example.org'\nserver = 'pop.example.org'\n",
		"long string":       "[preferences]\ntheme = '''\ndark'''\n[[account]]\nid = 'a'\naddress = 'a@example.org'\nserver = 'pop.example.org'\n",
		"a table in a text": "x = '''\n[preferences]\ntheme = 1\n'''\n[preferences]\ntheme = 'dark'\n[[account]]\nid = 'a'\naddress = 'a@example.org'\nserver = 'pop.example.org'\n",
		"CRLF":              "# c\r\n[preferences]\r\ntheme = 'dark'\r\n[[account]]\r\nid = 'a'\r\naddress = 'a@example.org'\r\nserver = 'pop.example.org'\r\n",
		"scattered":         "[[account]]\nid = 'a'\naddress = 'a@example.org'\nserver = 'pop.example.org'\n[preferences]\ntheme = 'dark'\n[[account]]\nid = 'c'\naddress = 'c@example.org'\nserver = 'pop.example.org'\n",
	} {
		got := changed(t, text, func(s *Settings) {
			s.Preferences.Theme, s.Preferences.Keep = "light", true
			s.Accounts[0].Silent = true
			s.Accounts = append([]Account{account("b")}, s.Accounts...)
		})
		again, err := decode([]byte(got))
		if err != nil || again.settings.Preferences.Theme != "light" || !again.settings.Accounts[1].Silent {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

// Whatever the file, a change is saved as if it were written anew.
func FuzzAmend(f *testing.F) {
	f.Add([]byte(byHand))
	f.Add([]byte(withRules))
	f.Add([]byte("account=[{id='a',name='b',server='c',user='d',x.y=[{}]}]\n[preferences]\nz=1979-05-27T07:32:00Z"))
	f.Add([]byte(byteOrderMark + "# c\r\n[preferences]\r\n# theme = 'x'\r\n'badge'='dot'#\r\n[[ account ]]\r\nid='a'\nname=\"\"\"\nb\"\"\"#c\nserver='c'\nuser='d'"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before, err := decode(raw)
		if err != nil {
			return
		}
		next := before.settings.clone()
		next.Preferences.Keep = !next.Preferences.Keep
		if n := len(next.Rules); n > 0 {
			next.Rules = next.Rules[:n-1]
		}
		if len(next.Accounts) > 0 {
			next.Accounts[0].Name += "!"
		}
		anew, err := encode(next, before.unknown, before.settings)
		if err != nil {
			t.Fatal(err)
		}
		want, err := decode(anew)
		if err != nil {
			return
		}
		text, got := amend(raw, before.settings, want)
		if got == nil {
			return
		}
		if again, err := decode(text); err != nil || fmt.Sprint(again.settings) != fmt.Sprint(want.settings) {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
