package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/traymail/traymail/internal/desktoptest"
)

// account is whose mailbox is polled, and through what.
type account struct {
	d        *desktoptest.Desktop
	user, ca string
	port     int
	tls      bool
	home     string // of the client, for this account
}

// client is a program that can look for new mail.
type client struct {
	name string
	poll func(ctx context.Context, a account, situation string, messages int) error
}

// secret writes a file only its owner reads.
func (a account) secret(name, content string) (string, error) {
	path := filepath.Join(a.home, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}

// traymail polls as its tray would.
func traymail(program string) func(context.Context, account, string, int) error {
	return func(ctx context.Context, a account, situation string, messages int) error {
		if err := a.prepare(ctx, program, situation); err != nil {
			return err
		}
		out, err := a.d.Output(ctx, program, "check", "--json", "--home", a.home)
		if err != nil {
			return err
		}
		if situation == oneNew {
			messages++
		}
		return expect([]byte(out), situation, messages)
	}
}

// prepare adds the account before the first poll, and then follows the meter.
func (a account) prepare(ctx context.Context, program, situation string) error {
	if situation != first {
		return a.movePort()
	}
	file, err := a.secret("password", password+"\n")
	if err != nil {
		return err
	}
	arguments := []string{
		"account", "add", "--home", a.home, "--name", "Bench", "--user", a.user,
		"--server", fmt.Sprintf("127.0.0.1:%d", a.port), "--secret-command", "cat " + file,
	}
	if a.tls {
		arguments = append(arguments, "--ca-file", a.ca)
	} else {
		arguments = append(arguments, "--security", "none")
	}
	_, err = a.d.Output(ctx, program, arguments...)
	return err
}

// expect says whether a check saw what there is.
func expect(out []byte, situation string, messages int) error {
	var answer struct {
		Accounts []struct {
			Messages int
			New      []json.RawMessage
		}
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return err
	}
	found := 0
	if situation == oneNew {
		found = 1
	}
	if len(answer.Accounts) != 1 || answer.Accounts[0].Messages != messages || len(answer.Accounts[0].New) != found {
		return fmt.Errorf("it sees %s", out)
	}
	return nil
}

// movePort changes the account's port to that of the meter.
func (a account) movePort() error {
	paths, err := filepath.Glob(filepath.Join(a.home, "*", "settings.toml"))
	if own := filepath.Join(a.home, "settings.toml"); err == nil && len(paths) == 0 {
		paths = []string{own}
	}
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(paths[0])
	if err != nil {
		return err
	}
	var b strings.Builder
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(strings.TrimSpace(line), "port = ") {
			line = fmt.Sprintf("port = %d\n", a.port)
		}
		b.WriteString(line)
	}
	return os.WriteFile(paths[0], []byte(b.String()), 0o600)
}

// curl lists the UIDs, and gets the headers of what is new in the same session.
func curl(ctx context.Context, a account, situation string, messages int) error {
	scheme := "pop3"
	if a.tls {
		scheme = "pop3s"
	}
	one := func(path, request string) string {
		return fmt.Sprintf("url = \"%s://127.0.0.1:%d/%s\"\nrequest = \"%s\"\nuser = \"%s:%s\"\ncacert = \"%s\"\n", scheme, a.port, path, request, a.user, password, a.ca)
	}
	config := one("", "UIDL")
	if situation == oneNew {
		config += "next\n" + one("", fmt.Sprintf("TOP %d 0", messages+1))
	}
	out, err := a.d.OutputWith(ctx, config, "curl", "-q", "-sS", "--config", "-")
	if err == nil && situation == oneNew && !strings.Contains(out, "Subject: ") {
		err = fmt.Errorf("it got %q", out[max(0, len(out)-200):])
	}
	return err
}

// delivery is where mpop writes to: the maildir, if there is one.
func (a account) delivery() string {
	if info, err := os.Stat(a.maildir()); err == nil && info.IsDir() {
		return "maildir " + a.maildir()
	}
	return "mbox " + filepath.Join(a.home, "mbox")
}

// mpop fetches what is new, whole: it has no other way to tell.
func mpop(ctx context.Context, a account, _ string, _ int) error {
	file, err := a.secret("password", password+"\n")
	if err != nil {
		return err
	}
	security := "tls off\n"
	if a.tls {
		security = "tls on\ntls_starttls off\ntls_trust_file " + a.ca + "\n"
	}
	config, err := a.secret("mpoprc", fmt.Sprintf("account bench\nhost 127.0.0.1\nport %d\nuser %s\nauth plain\npasswordeval cat %s\nkeep on\nuidls_file %s\ndelivery %s\n%s",
		a.port, a.user, file, filepath.Join(a.home, "uids"), a.delivery(), security))
	if err != nil {
		return err
	}
	_, err = a.d.Output(ctx, "mpop", "--file="+config, "--quiet", "bench")
	return err
}

// fetchmail fetches what is new, whole as well.
func fetchmail(ctx context.Context, a account, _ string, _ int) error {
	options := "sslproto ''"
	if a.tls {
		options = fmt.Sprintf("ssl sslcertck sslcertfile %s", a.ca)
	}
	config, err := a.secret("fetchmailrc", fmt.Sprintf("poll localhost protocol pop3 port %d auth password uidl\n  user %s password %s keep %s mda 'cat >/dev/null'\n", a.port, a.user, password, options))
	if err != nil {
		return err
	}
	_, err = a.d.Output(ctx, "fetchmail", "-f", config, "--silent", "--nosyslog", "--idfile", filepath.Join(a.home, "ids"), "--pidfile", filepath.Join(a.home, "pid"))
	if err != nil && strings.Contains(err.Error(), "exit status 1") {
		err = nil // there was no new mail
	}
	return err
}

// mailnagPoll is what mailnag does with each account every few minutes, by
// its own POP3 code, which belongs to the system's Python. It also upgrades a plain connection by STLS.
const mailnagPoll = `
import sys
from Mailnag.backends.pop3 import POP3MailboxBackend
port, tls, user, password = sys.stdin.read().split()
box = POP3MailboxBackend(server="127.0.0.1", port=port, ssl=tls == "true", user=user, password=password)
box.open()
print(sum(1 for _ in box.list_messages()))
box.close()
`

// mailnag asks for the headers of all messages: it keeps no UIDs.
func mailnag(ctx context.Context, a account, situation string, messages int) error {
	if situation == oneNew {
		messages++
	}
	out, err := a.d.OutputWith(ctx, fmt.Sprintln(a.port, a.tls, a.user, password), "/usr/bin/python3", "-c", mailnagPoll)
	if err == nil && strings.TrimSpace(out) != fmt.Sprint(messages) {
		err = fmt.Errorf("it saw %q", out)
	}
	return err
}
