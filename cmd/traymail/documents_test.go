package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// documentedID and documentedUID stand in the documents for an account and a
// message.
const (
	documentedID  = "home-k3fa"
	documentedUID = "0000012a5f8e3c11"
)

// notRun are the commands of the documents that are only parsed: they stay, ask,
// look for a server on the network, or want a keyring or a running tray. An
// account whose server is known is added, with a command in place of the keyring.
var notRun = []string{
	"traymail", "traymail settings", "traymail mailbox", "traymail demo",
	"traymail account login", "traymail account password",
	"traymail discover", "traymail probe", "traymail console", "traymail watch", "traymail status", "traymail forget",
}

// documented are the command lines of the documents: what begins with the
// program's name in blocks that are for a shell.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	for _, pattern := range []string{"../../*.md", "../../docs/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			shell := false
			for line := range strings.Lines(string(text)) {
				line = strings.TrimSpace(line)
				switch {
				case strings.HasPrefix(line, "```"):
					shell = line == "```sh"
				case shell && (line == "traymail" || strings.HasPrefix(line, "traymail ")):
					line, _, _ = strings.Cut(line, " #") // a comment
					line = strings.TrimSpace(line)
					lines[line] = append(lines[line], filepath.Base(file))
				}
			}
		}
	}
	return lines
}

// shellWords splits a command line of the documents as a shell would, up to what the
// shell keeps for itself.
func shellWords(t *testing.T, line string) (words []string) {
	t.Helper()
	word, quote, begun := "", rune(0), false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, begun = r, true
		case quote == 0 && r == ' ':
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		case quote == 0 && !begun && strings.ContainsRune("|>&;", r):
			return words
		default:
			word, begun = word+string(r), true
		}
	}
	if quote != 0 {
		t.Errorf("a quotation does not end: %s", line)
	}
	return words
}

// parsed finds the command of a line, which has to be there, with its flags and
// as many arguments as it takes.
func parsed(t *testing.T, line string) (command string) {
	t.Helper()
	root := newRoot(&env{loc: locale.New("en"), terminal: terminal{}}) // some commands want one to ask at
	args := shellWords(t, line)[1:]
	cmd, rest, err := root.Find(args)
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return ""
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: %v", line, err)
		return ""
	}
	if cmd.HasSubCommands() && cmd != root && len(cmd.Flags().Args()) > 0 {
		t.Errorf("%s: there is no such command", line)
	}
	validate := cmd.Args
	if validate == nil {
		validate = cobra.ArbitraryArgs
	}
	if err := validate(cmd, cmd.Flags().Args()); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	return cmd.CommandPath()
}

// Every command line of the documents is one, and does what it says where that
// takes neither a keyring nor a network but for the mail server.
func TestDocumentedCommands(t *testing.T) {
	ran := 0
	for line, files := range documented(t) {
		t.Run(line, func(t *testing.T) {
			command := parsed(t, line)
			if t.Failed() || slices.Contains(notRun, command) || command == "traymail account add" &&
				(strings.Contains(line, "--oauth") || !strings.Contains(line, "--server") && !strings.Contains(line, "@163.com")) {
				return
			}
			ran++
			runDocumented(t, line, files)
		})
	}
	if ran < 25 {
		t.Errorf("only %d command lines were run", ran)
	}
}

// runDocumented runs a line with the account and the files that the documents
// speak of.
func runDocumented(t *testing.T, line string, files []string) {
	t.Helper()
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	drop.Deliver(mail("before"))
	id := s.add(address, "--security", "none", "--unseen-existing")
	drop.DeliverUID(documentedUID, mail("documented"))
	s.must("check")

	t.Chdir(t.TempDir())
	if strings.Contains(line, " import accounts.toml") {
		s.must("account", "export", "accounts.toml")
	}
	profile := filepath.Join("Profiles", "x1y2.default")
	if err := os.MkdirAll(profile, 0o700); err != nil {
		t.Fatal(err)
	}
	prefs := `user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.hostname", "pop.example.org");
user_pref("mail.server.server1.userName", "me@example.org");
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.port", 995);
`
	if err := os.WriteFile(filepath.Join(profile, "prefs.js"), []byte(prefs), 0o600); err != nil {
		t.Fatal(err)
	}
	args := shellWords(t, line)[1:]
	if i := slices.Index(args, "--home"); i >= 0 {
		args = slices.Delete(args, i, i+2) // the test has its own
	}
	for i, arg := range args {
		if arg == documentedID {
			args[i] = id
		}
		// Without a profile it is Thunderbird's own.
		if arg == "--thunderbird" && (i+1 == len(args) || strings.HasPrefix(args[i+1], "--")) {
			args = slices.Insert(args, i+1, profile)
		}
	}
	if slices.Contains(args, "add") && !slices.Contains(args, "--secret-command") {
		args = append(args, "--secret-command", s.passwordCommand())
	}
	code, _, stderr := s.run(args...)
	// What doctor finds depends on the computer.
	if code != exitDone && (code != exitFailed || args[0] != "doctor") {
		t.Errorf("%s (%q): exit code %d, %s", line, files, code, stderr)
	}
}
