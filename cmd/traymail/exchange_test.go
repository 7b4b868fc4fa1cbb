package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestAccountsMove(t *testing.T) {
	old, _, address := world(t, popserver.Options{})
	id := old.add(address, "--security", "none", "--proxy", "direct")
	file := filepath.Join(t.TempDir(), "accounts.toml")
	old.must("account", "export", file)
	raw, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(raw), "secret_command") {
		t.Fatalf("%s, %v", raw, err)
	}
	if code, _, stderr := old.run("account", "export", file); code != exitUsage || !strings.Contains(stderr, "already exists") {
		t.Errorf("a file was overwritten: %d, %s", code, stderr)
	}
	if out := old.must("account", "export", "--with-commands"); !strings.Contains(out, "secret_command = ") {
		t.Errorf("with commands: %s", out)
	}

	fresh := shell{t, t.TempDir()}
	if out := fresh.must("account", "import", file, "--dry-run"); !strings.Contains(out, "Would add Home: me on 127.0.0.1:") || strings.Contains(out, id) || !strings.Contains(out, "proxy = direct") {
		t.Errorf("dry run: %s", out)
	}
	if out := fresh.must("account", "list"); !strings.Contains(out, "no account") {
		t.Errorf("the dry run changed something: %s", out)
	}
	if out := fresh.must("account", "import", file); !strings.Contains(out, "Added Home (") || !strings.Contains(out, "passwords are missing") {
		t.Errorf("import: %s", out)
	}
	if out := fresh.must("account", "import", file); !strings.Contains(out, "Skipped Home") {
		t.Errorf("import again: %s", out)
	}
	if list := fresh.must("account", "list"); strings.Count(list, "\n") != 1 {
		t.Errorf("list: %s", list)
	}
	var report struct {
		DryRun         bool `json:"dry_run"`
		Added, Skipped []struct{ ID, Name string }
		Problems       []string
		Notes          []string
	}
	if err := json.Unmarshal([]byte(old.must("account", "import", file, "--json")), &report); err != nil || report.DryRun ||
		len(report.Skipped) != 1 || report.Added == nil || report.Problems == nil || report.Notes == nil {
		t.Errorf("%+v, %v", report, err)
	}
}

// Whatever a stranger's file sets is shown before it is taken, and no ID that
// the account may not get.
func TestImportShowsEveryChoice(t *testing.T) {
	s := shell{t, t.TempDir()}
	file := filepath.Join(t.TempDir(), "in.toml")
	root := ""
	if runtime.GOOS == "windows" {
		root = "C:"
	}
	keys := []string{
		"address = a@example.org", "proxy = direct", "pin = " + strings.Repeat("ab", 32), "ca_file = " + root + "/ca.pem",
		"client_cert = " + root + "/cert.pem", "client_key = " + root + "/key.pem", "mechanism = PLAIN", "popstate = " + root + "/popstate.dat", "open = program",
		"legacy_tls = true", "allow_cleartext = true", "status_header = true", "unseen_existing = true", "silent = true", "interval = 1h",
		"sound = none", "quiet_from = 22:00", "quiet_until = 07:00", "quiet_days = mon-fri",
	}
	text := "[[account]]\nid = 'x-9'\nname = 'A'\nserver = 'pop.example.org'\nuser = 'a'\n"
	for _, line := range keys {
		key, value, _ := strings.Cut(line, " = ")
		if value != "true" {
			value = "'" + value + "'"
		}
		text += key + " = " + value + "\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--dry-run"}, {"--dry-run", "--json"}, nil} {
		out := s.must(append([]string{"account", "import", file}, args...)...)
		if args != nil && strings.Contains(out, "x-9") {
			t.Errorf("%v: the ID: %s", args, out)
		}
		for _, line := range keys {
			if len(args) < 2 && !strings.Contains(out, "\n  "+line+"\n") {
				t.Errorf("%v hides %q: %s", args, line, out)
			}
		}
	}
	// Where a stranger would have us sign in is shown, too.
	signsIn := []string{
		"oauth.provider = custom", "oauth.client_id = 1-2", "oauth.scope = mail", "oauth.authorize_url = https://evil.example/a", "oauth.token_url = https://evil.example/t",
		"oauth.device_url = https://evil.example/d", "oauth.revoke_url = https://evil.example/r", "oauth.issuer = https://evil.example",
	}
	text = "[[account]]\nname = 'C'\nserver = 'pop.example.net'\nuser = 'c'\n"
	for _, line := range signsIn {
		text += strings.Replace(line, " = ", " = '", 1) + "'\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := s.must("account", "import", file)
	for _, line := range signsIn {
		if !strings.Contains(out, "\n  "+line+"\n") {
			t.Errorf("it hides %q: %s", line, out)
		}
	}
	// Nothing but defaults is nothing to show.
	if err := os.WriteFile(file, []byte("[[account]]\nname = 'B'\nserver = 'pop.example.com'\nuser = 'b'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.must("account", "import", file, "--dry-run"); strings.Contains(out, " = ") {
		t.Error(out)
	}
}

// A stranger's file runs nothing, and what is wrong in it is named.
func TestImportOfAStrangersFile(t *testing.T) {
	s := shell{t, t.TempDir()}
	file := filepath.Join(t.TempDir(), "in.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[[account]]\nname = 'A'\nserver = 'pop.example.org'\nuser = 'a'\nsecret_command = 'touch /tmp/owned'\n\n[[account]]\nname = 'B'\nserver = '-bad-'\nuser = 'b'\n")
	code, stdout, stderr := s.run("account", "import", file)
	if code != exitFailed || !strings.Contains(stdout, "Added A") || strings.Contains(stdout, "touch") ||
		!strings.Contains(stderr, file+":5: account.secret_command: ") || !strings.Contains(stderr, file+":9: account.server: ") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	if list := s.must("account", "list", "--json"); strings.Contains(list, "touch") || strings.Contains(list, "-bad-") {
		t.Errorf("list: %s", list)
	}
	write("[[account]\n")
	if code, _, stderr := s.run("account", "import", file); code != exitUsage || !strings.Contains(stderr, file+":") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	write(strings.Repeat("# \n", 1<<20))
	if code, _, stderr := s.run("account", "import", file); code != exitUsage || !strings.Contains(stderr, "256 KB") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// What a stranger wrote reaches no terminal but as text, whether it is taken or
// refused, and were it in the settings file already.
func TestNothingOfAFileIsObeyedByTheTerminal(t *testing.T) {
	s := shell{t, t.TempDir()}
	const harmful = `\u001b[1A\u001b[2K\u009b2K\u202e\u2066\u200b\u0007`
	expect := func(text string, args ...string) {
		t.Helper()
		if _, stdout, stderr := s.run(args...); strings.ContainsAny(stdout+stderr, "\x1b\x07\u009b\u202e\u2066\u200b") || stdout+stderr == "" {
			t.Errorf("%v of %s:\n%q\n%q", args, text, stdout, stderr)
		}
	}
	file := filepath.Join(t.TempDir(), "a\u202e\u009blmot.toml")
	for i, field := range []string{
		"name", "address", "server", "user", "secret_command", "ca_file", "pin", "client_cert", "client_key", "mechanism",
		"proxy", "popstate", "open", "id", "security", "other", `"k` + harmful + `"`,
	} {
		values := map[string]string{
			"name": `"A"`, "server": `"127.0.0.1"`, "user": fmt.Sprintf(`"a%d"`, i), "id": fmt.Sprintf(`"a%d"`, i), "port": "1",
			field: `"/x` + harmful + `"`,
		}
		text := "[[account]]\n"
		for key, value := range values {
			text += key + " = " + value + "\n"
		}
		write(t, file, text)
		expect(text, "account", "import", file, "--dry-run")
		expect(text, "account", "import", file, "--with-commands", "--json")
		other := shell{t, t.TempDir()}
		config := filepath.Join(other.home, "config", "settings.toml")
		write(t, config, text+"future = 1\n")
		for _, args := range [][]string{{"account", "list"}, {"account", "list", "--json"}, {"check"}} {
			expect(text, append(args, "--home", other.home)...)
		}
	}
	if out := s.must("account", "list"); strings.Contains(out, "/x") {
		t.Errorf("taken: %s", out)
	}
}

// write makes a file and its folder.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAccountPasswordRefuses(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	id := s.add(address, "--security", "none")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"account", "password", id}, "--password-stdin"},
		{[]string{"account", "password", "--password-stdin"}, "usage"},
		{[]string{"account", "password", "nobody-1234", "--password-stdin"}, "no account with this ID"},
		{[]string{"account", "password", id, "--password-stdin"}, "from a command"},
	} {
		if code, _, stderr := s.run(test.args...); code != exitUsage || !strings.Contains(stderr, test.want) {
			t.Errorf("%v: exit code %d, %s", test.args, code, stderr)
		}
	}
}

func TestImportFromThunderbird(t *testing.T) {
	s := shell{t, t.TempDir()}
	user := t.TempDir()
	for _, variable := range []string{"HOME", "AppData"} {
		t.Setenv(variable, user)
	}
	if code, _, stderr := s.run("account", "import", "--thunderbird"); code != exitFailed || !strings.Contains(stderr, "no profile") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	profile := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(profile, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(profile, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const prefs = `user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.name", "Home");
user_pref("mail.server.server1.hostname", "pop.example.org");
user_pref("mail.server.server1.userName", "me");
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop");
user_pref("mail.server.server2.type", "imap");
user_pref("mail.server.server2.name", "Work");
`
	write("prefs.js", prefs)
	write("Mail/pop/popstate.dat", "# POP3 State File\n")
	code, stdout, stderr := s.run("account", "import", "--thunderbird", profile, "--dry-run")
	if code != exitDone || !strings.Contains(stdout, "Would add Home") || !strings.Contains(stderr, "Work: is IMAP") || !strings.Contains(stderr, "--popstate") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	if code, stdout, stderr := s.run("account", "import", "--thunderbird", profile, "--popstate"); code != exitDone || !strings.Contains(stdout, "Added Home") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	if list := s.must("account", "list", "--json"); !strings.Contains(list, "popstate.dat") || strings.Contains(list, "Work") {
		t.Errorf("list: %s", list)
	}
	write("prefs.js", prefs+"evil();\n")
	if code, _, stderr := s.run("account", "import", "--thunderbird", profile); code != exitFailed || !strings.Contains(stderr, "line 12") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for _, args := range [][]string{{"account", "import"}, {"account", "import", "--thunderbird", "a", "b"}} {
		if code, _, _ := s.run(args...); code != exitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}
