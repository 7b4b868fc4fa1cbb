package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestMistakesNameFileLineAndKey(t *testing.T) {
	const good = "version = 1\n\n[[account]]\nid = \"a\"\nname = \"A\"\nserver = \"pop.example.org\"\nuser = \"a\"\n"
	const other = "\n[[account]]\nid = \"b\"\nname = \"B\"\nserver = \"pop.example.org\"\nuser = \"b\"\n"
	for name, test := range map[string]struct{ text, want string }{
		"syntax":                       {good + "port = = 3\n", "settings.toml:8: account.port: unexpected character U+003D '=' at start of value"},
		"value":                        {good + "port = 70000\n", "settings.toml:8: account.port: must be 1 to 65535"},
		"second table":                 {good + "\n[[account]]\nid = \"b\"\nname = \"B\"\nserver = \"bad host\"\nuser = \"b\"\n", "settings.toml:12: account.server: must be a host name or an IP address"},
		"missing":                      {"[[account]]\nid = \"a\"\nname = \"A\"\nserver = \"pop.example.org\"\n", "settings.toml:1: account.user: must not be empty"},
		"duration":                     {good + "interval = \"soon\"\n", "settings.toml:8: account.interval: must be a duration such as"},
		"type":                         {good + "port = \"995\"\n" + other, "settings.toml:8: account.port: must be a whole number, without quotes"},
		"duration of the first of two": {good + "interval = \"soon\"\n" + other + "interval = \"10m\"\n", "settings.toml:8: account.interval: must be a duration such as"},
		"duration without unit":        {good + other + "interval = 10\n", "settings.toml:14: account.interval: must be a duration such as"},
		"one table":                    {strings.Replace(good, "[[account]]", "[account]", 1), "settings.toml:3: account: must be tables, each with its heading [[account]]"},
		"inline tables":                {"\naccount = [{id = \"a\"}]\n", "settings.toml:2: account.name: must not be empty"},
		"no tables":                    {"account = [1]\n", "settings.toml:1: account: must be tables"},
		"case":                         {good + "Port = 110\n", "settings.toml:8: account.Port: must be written “port”"},
		"case at the top":              {"Version = 1\n", "settings.toml:1: Version: must be written “version”"},
		"after a long string":          {"future = \"\"\"\n[[account]]\nport = 1\n\"\"\"\n" + good + "port = 0x1ffff\n", "settings.toml:12: account.port: must be 1 to 65535"},
		"newer that we cannot read":    {"version = 2\naccount = \"elsewhere\"\n", "settings.toml:1: version: 2 is from a newer traymail"},
		"version":                      {"version = \"one\"\n", "settings.toml:1: version: must be a whole number, without quotes"},
		"relative CA file":             {good + "ca_file = \"ca.pem\"\n", "settings.toml:8: account.ca_file: must be a full path"},
		"newer":                        {"# hello\nversion = 99\n", "settings.toml:2: version: 99 is from a newer traymail; this one knows 1"},
		"twice":                        {good + strings.ReplaceAll(good[strings.Index(good, "["):], "pop.", "pop3."), "settings.toml:9: account.id: is used by another account"},
		"maildrop":                     {good + strings.ReplaceAll(good[strings.Index(good, "["):], `"a"`, `"b"`) + "[[account]]\nid = \"c\"\nname = \"C\"\nserver = \"POP.example.org\"\nuser = \"a\"\n", "settings.toml:17: account.user: another account has the same server, port and user"},
		"cleartext":                    {good + "security = \"none\"\n", "settings.toml:8: account.security: “none” would send the password unencrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.toml")
			write(t, path, test.text)
			s, err := Open(path)
			var file *FileError
			if !errors.As(err, &file) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if err := s.Update(func(*Settings) error { return nil }); err == nil {
				t.Error("a broken file was overwritten")
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != test.text {
				t.Errorf("the broken file was changed: %q, %v", b, err)
			}
		})
	}
}

// What traymail does not know is named, and kept by every rewrite.
func TestUnknownKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	write(t, path, `future = "yes"
"with blank" = 1
[preferences]
language = "en"
colour = "blue"
"a b" = 2
account = "a name that means something elsewhere"
[[account]]
id = "a"
name = "A"
server = "pop.example.org"
user = "a"
shine = 3
[account.filter]
from = ["x", "y"]
[[account]]
id = " b "
name = "B"
server = "pop.example.org"
user = "b"
"c d".e = 2026-11-24
[later]
list = [[1, 2], ["a"], [{ b = 1.5 }]]
`)
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range s.Warnings() {
		got = append(got, strings.TrimPrefix(w.Error(), filepath.Dir(path)+string(filepath.Separator)))
	}
	want := []string{}
	for _, key := range []string{
		"1: future", `2: "with blank"`, "5: preferences.colour", `6: preferences."a b"`, "7: preferences.account",
		"13: account.shine", "14: account.filter", `21: account."c d"`, "22: later",
	} {
		want = append(want, "settings.toml:"+key+": is not known and does nothing")
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("warnings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	before := fmt.Sprint(s.unknown)
	for range 2 { // what was kept must be kept again
		err := s.Update(func(s *Settings) error {
			s.Accounts[0].Name += "!"
			s.Accounts[0], s.Accounts[1] = s.Accounts[1], s.Accounts[0]
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if after := fmt.Sprint(s.unknown); after != before {
		t.Errorf("unknown keys became\n%s\nfrom\n%s", after, before)
	}
	if again, err := Open(path); err != nil || fmt.Sprint(again.unknown) != before {
		t.Errorf("read back: %v, %v", again.unknown, err)
	}
	if n := len(s.Warnings()); n != len(want) {
		t.Errorf("%d warnings after writing", n)
	}
	// An account's unknown keys go with it.
	if err := s.Update(func(s *Settings) error { s.Accounts = s.Accounts[1:]; return nil }); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(b), "shine") == strings.Contains(string(b), "c d") {
		t.Errorf("%v in\n%s", err, b)
	}
}

// Nothing that can be read is lost when it is written, and nothing panics.
func FuzzDecode(f *testing.F) {
	fixture, err := os.ReadFile("testdata/v1.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(fixture)
	f.Add([]byte("[[account]]\nid=1"))
	f.Add([]byte("account=[{id='a',name='b',server='c',user='d',x.y=[{}]}]\n\"\"={a=nan}\n[preferences]\nz=1979-05-27T07:32:00Z"))
	for _, text := range hostile(600) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := decode(raw)
		if err != nil {
			var file *FileError
			if !errors.As(err, &file) || file.Line < 0 || file.Line > strings.Count(string(raw), "\n")+1 {
				t.Fatalf("a strange error: %#v", err)
			}
			return
		}
		again, err := encode(first.settings, first.unknown, first.settings)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		second, err := decode(again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, again)
		}
		if !reflect.DeepEqual(first.settings, second.settings) {
			t.Fatalf("settings were lost: %+v became %+v", first.settings, second.settings)
		}
		if a, b := fmt.Sprint(first.unknown), fmt.Sprint(second.unknown); a != b {
			t.Fatalf("unknown keys were lost: %s became %s", a, b)
		}
	})
}
