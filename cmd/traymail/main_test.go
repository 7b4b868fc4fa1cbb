package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// programVariable makes the test binary the program.
const programVariable = "TRAYMAIL_TEST_PROGRAM"

// A certificate whose serial number is negative can be read, and so be pinned.
func TestNegativeSerialNumber(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(0x1234567), NotAfter: time.Now()}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der = bytes.Replace(der, []byte{2, 4, 1, 0x23, 0x45, 0x67}, []byte{2, 4, 0x81, 0x23, 0x45, 0x67}, 1)
	if c, err := x509.ParseCertificate(der); err != nil || c.SerialNumber.Sign() >= 0 {
		t.Errorf("%v", err)
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
	}
	if told := os.Getenv(victimVariable); told != "" {
		victim(told)
	}
	if os.Getenv(oldVariable) != "" {
		oldTray(os.Getenv(oldVariable))
	}
	// The language of what is compared below.
	_ = os.Unsetenv("LANGUAGE")
	_ = os.Setenv("LC_ALL", "en_US.UTF-8")
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		_ = os.Unsetenv(name)
	}
	stop, err := trustIdentity()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		stop()
		os.Exit(code)
	}))
}

// identity is a certificate that counts as the system's own, where that reads
// SSL_CERT_FILE.
var identity *popserver.Identity

func trustIdentity() (stop func(), err error) {
	if identity, err = popserver.NewIdentity("pop.example.test", "localhost"); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "traymail-test-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "ca.pem")
	_ = os.Setenv("SSL_CERT_FILE", file)
	return func() { _ = os.RemoveAll(dir) }, os.WriteFile(file, identity.CA, 0o600)
}

const password = "hunter2-very-secret"

// shell runs commands in one home.
type shell struct {
	t    *testing.T
	home string
}

// run returns the exit code and what was printed. No command prints the password.
func (s shell) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	var out, err bytes.Buffer
	code = run(s.t.Context(), append([]string{"--home", s.home}, args...), strings.NewReader(""), &out, &err)
	if strings.Contains(out.String()+err.String(), password) {
		s.t.Errorf("%v prints the password:\n%s%s", args, out.String(), err.String())
	}
	return code, out.String(), err.String()
}

// must runs a command that succeeds.
func (s shell) must(args ...string) string {
	s.t.Helper()
	code, stdout, stderr := s.run(args...)
	if code != exitDone || stderr != "" {
		s.t.Fatalf("%v: exit code %d, %s", args, code, stderr)
	}
	return stdout
}

// world is a server with one user, and a home without an account.
func world(t *testing.T, o popserver.Options) (shell, *popserver.Server, string) {
	t.Helper()
	o.Users = map[string]string{"me": password}
	server := popserver.New(o)
	t.Cleanup(func() { _ = server.Close() })
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp("", "traymail-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	return shell{t, home}, server, address
}

// passwordFile is outside of home.
func (s shell) passwordFile() string {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// passwordCommand prints what is in the passwordFile.
func (s shell) passwordCommand() string {
	s.t.Helper()
	if runtime.GOOS == "windows" {
		return `type "` + s.passwordFile() + `"`
	}
	return "cat " + s.passwordFile()
}

// add adds the account with a command that knows the password.
func (s shell) add(address string, more ...string) string {
	s.t.Helper()
	args := append([]string{
		"account", "add", "--name", "Home", "--server", address, "--user", "me", "--secret-command", s.passwordCommand(),
	}, more...)
	return strings.TrimSpace(s.must(args...))
}

func mail(subject string) []byte {
	return []byte("From: =?utf-8?b?5byg5Lyf?= <zw@example.cn>\nSubject: " + subject + "\nDate: Tue, 24 Nov 2026 10:00:00 +0800\n\nhello\n")
}

func TestCheckJSON(t *testing.T) {
	s, server, address := world(t, popserver.Options{Pipelining: true})
	drop := server.Maildrop("me")
	drop.Deliver(mail("old"))
	id := s.add(address, "--security", "none")
	var first, second, third any
	decode := func(into *any, text string) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	decode(&first, s.must("check", "--json"))
	uid := drop.Deliver(mail("=?utf-8?b?5Lya6K6u?="))
	decode(&second, s.must("check", id, "--json"))
	// The keys are a promise, so all of them are compared; what varies is replaced.
	blur := func(v any) string {
		poll := v.(map[string]any)["accounts"].([]any)[0].(map[string]any)["poll"].(map[string]any)
		for _, key := range []string{"sent", "received", "duration_ms"} {
			if _, ok := poll[key].(float64); !ok {
				t.Errorf("poll.%s is %v", key, poll[key])
			}
			poll[key] = "N"
		}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	size := len(drop.Messages()[0].Raw)
	newSize := len(drop.Messages()[1].Raw)
	want := fmt.Sprintf(`{"accounts":[{"error":null,"id":%q,"messages":1,"name":"Home","new":[],"octets":%d,"poll":{"duration_ms":"N","flights":5,"mode":"full","received":"N","sent":"N"},"state":"ok","unseen":0}],"unseen":0}`, id, size)
	if got := blur(first); got != want {
		t.Errorf("first check:\n%s, want\n%s", got, want)
	}
	want = fmt.Sprintf(`{"accounts":[{"error":null,"id":%q,"messages":2,"name":"Home","new":[{"date":"2026-11-24T10:00:00+08:00","from":"张伟","octets":%d,"subject":"会议","uid":%q}],"octets":%d,"poll":{"duration_ms":"N","flights":2,"mode":"grown","received":"N","sent":"N"},"state":"ok","unseen":1}],"unseen":1}`, id, newSize, uid, size+newSize)
	if got := blur(second); got != want {
		t.Errorf("second check:\n%s, want\n%s", got, want)
	}
	for _, args := range [][]string{{"check", "--exit-new"}, {"check", id, "--exit-new", "--json"}} {
		if code, stdout, stderr := s.run(args...); code != exitNothing || stdout == "" || stderr != "" {
			t.Errorf("%v with nothing new: exit code %d, %q, %q", args, code, stdout, stderr)
		}
	}
	drop.Deliver(mail("another"))
	if code, _, stderr := s.run("check", "--exit-new"); code != exitDone {
		t.Errorf("with new mail: exit code %d, %q", code, stderr)
	}
	server.SetPassword("me", "changed")
	if code, _, _ := s.run("check", "--exit-new"); code != exitFailed {
		t.Errorf("after a failure nobody knows what is new: exit code %d", code)
	}
	code, stdout, _ := s.run("check", "--json")
	decode(&third, stdout)
	account := third.(map[string]any)["accounts"].([]any)[0].(map[string]any)
	problem := account["error"].(map[string]any)
	if code != exitFailed || account["state"] != "error" || problem["kind"] != "auth" || problem["code"] != "AUTH" || problem["text"] == "" {
		t.Errorf("exit code %d, %v", code, account)
	}
}

// Of many messages that count as new at the first check, those that are listed
// have sender and subject, and the rest is a number.
func TestManyUnseenExisting(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	for i := range 130 {
		server.Maildrop("me").Deliver(mail(fmt.Sprint("number ", i+1)))
	}
	s.add(address, "--security", "none", "--unseen-existing")
	lines := strings.Split(strings.TrimSuffix(s.must("check"), "\n"), "\n")
	if len(lines) != 102 || lines[0] != "Home: 130 unseen of 130" || !strings.HasSuffix(lines[1], "  number 31") || !strings.HasSuffix(lines[100], "  number 130") || lines[101] != "  … and 30 older ones" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
}

// newMail says whether a check has printed one account with one new message.
func newMail(check, counts, subject string) bool {
	lines := strings.Split(check, "\n")
	return len(lines) == 3 && lines[0] == counts && strings.Contains(lines[1], "  张伟  ") && strings.HasSuffix(lines[1], "  "+subject) && lines[2] == ""
}

func TestAccountLife(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	drop.Deliver(mail("old"))
	id := s.add(address, "--security", "none", "--unseen-existing", "--interval", "5m")
	if list := s.must("account", "list"); !strings.HasPrefix(list, id+"\tHome\tme@127.0.0.1:") || !strings.Contains(list, "\tnone\t5m\n") {
		t.Errorf("list: %q", list)
	}
	var list struct {
		Accounts []struct{ ID, Interval string }
	}
	if err := json.Unmarshal([]byte(s.must("account", "list", "--json")), &list); err != nil || len(list.Accounts) != 1 || list.Accounts[0].Interval != "5m" {
		t.Errorf("%+v, %v", list, err)
	}
	if test := s.must("account", "test", id); !strings.Contains(test, "✓ Logged in as me") || !strings.Contains(test, "✓ The newest message: old") {
		t.Errorf("test: %s", test)
	}
	if check := s.must("check"); !newMail(check, "Home: 1 unseen of 1", "old") {
		t.Errorf("check: %q", check)
	}
	s.must("seen", "--all", id)
	uid := drop.Deliver(mail("new"))
	if check := s.must("check"); !newMail(check, "Home: 1 unseen of 2", "new") {
		t.Errorf("check: %q", check)
	}
	if code, _, stderr := s.run("seen", id, "nope", uid); code != exitFailed || stderr != "nope: This message is no longer on the server.\n" {
		t.Errorf("a UID that is not there: exit code %d, %q", code, stderr)
	}
	if check := s.must("check"); check != "Home: 0 unseen of 2\n" {
		t.Errorf("check: %q", check)
	}
	s.must("account", "remove", id)
	if list := s.must("account", "list"); !strings.Contains(list, "no account") {
		t.Errorf("list: %q", list)
	}
	// Nothing under home ever held the password.
	err := filepath.WalkDir(s.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(password)) {
			t.Errorf("%s holds the password", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A maildrop of 1,000 messages over each kind of connection.
func TestSecurity(t *testing.T) {
	identity, err := popserver.NewIdentity("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, identity.CA, 0o600); err != nil {
		t.Fatal(err)
	}
	for security, o := range map[string]popserver.Options{
		"tls":  {Pipelining: true, TLS: identity.ServerTLS(), Implicit: true},
		"stls": {Pipelining: true, TLS: identity.ServerTLS()},
		"none": {Pipelining: true},
	} {
		t.Run(security, func(t *testing.T) {
			s, server, address := world(t, o)
			for i := range 1000 {
				server.Maildrop("me").Deliver(mail(fmt.Sprint("old ", i)))
			}
			s.add(address, "--security", security, "--ca-file", ca)
			if check := s.must("check"); check != "Home: 0 unseen of 1,000\n" {
				t.Errorf("check: %q", check)
			}
			server.Maildrop("me").Deliver(mail("new"))
			if check := s.must("check"); !newMail(check, "Home: 1 unseen of 1,001", "new") {
				t.Errorf("check: %q", check)
			}
		})
	}
}

// TLS that cannot be trusted ends before anything of the user is sent (S1, S4).
func TestUntrustedTLS(t *testing.T) {
	identity, err := popserver.NewIdentity("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	other, err := popserver.NewIdentity("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		o              popserver.Options
		ca             []byte
		security, want string
	}{
		"unknown authority": {popserver.Options{TLS: identity.ServerTLS(), Implicit: true}, other.CA, "tls", "not from an authority"},
		"another host":      {popserver.Options{TLS: other.ServerTLS(), Implicit: true}, other.CA, "tls", "not for 127.0.0.1"},
		"no STLS":           {popserver.Options{}, identity.CA, "stls", "does not offer STLS"},
		"no TLS":            {popserver.Options{}, identity.CA, "tls", "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			s, server, address := world(t, test.o)
			ca := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(ca, test.ca, 0o600); err != nil {
				t.Fatal(err)
			}
			id := s.add(address, "--security", test.security, "--ca-file", ca)
			for _, args := range [][]string{{"check"}, {"check", "--json"}, {"account", "test", id}, {"account", "test", id, "--json"}} {
				code, stdout, stderr := s.run(args...)
				if code != exitFailed || !strings.Contains(stderr, test.want) || slices.Contains(args, "--json") && !json.Valid([]byte(stdout)) {
					t.Errorf("%v: exit code %d, %s", args, code, stderr)
				}
			}
			for _, line := range server.Commands() {
				if strings.HasPrefix(line, "USER") || strings.HasPrefix(line, "PASS") || strings.HasPrefix(line, "AUTH") {
					t.Errorf("the server was sent %q", line)
				}
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"frobnicate"}, exitUsage, `"frobnicate"`},
		{[]string{"check", "--frobnicate"}, exitUsage, "--frobnicate"},
		{[]string{"check", "nobody-1234"}, exitUsage, "no account with this ID"},
		{[]string{"account", "frobnicate"}, exitUsage, `"frobnicate"`},
		{[]string{"account", "test"}, exitUsage, "usage"},
		{[]string{"account", "remove", "nobody-1234"}, exitUsage, "no account with this ID"},
		{[]string{"account", "remove"}, exitUsage, "usage"},
		{[]string{"account", "remove", "--all", "nobody-1234"}, exitUsage, `"nobody-1234"`},
		{[]string{"account", "add"}, exitUsage, "exactly one of --password-stdin"},
		{[]string{"account", "add", "--secret-command", "x"}, exitUsage, "--server: must not be empty"},
		{[]string{"account", "add", "--name", "x", "--server", "a:99999", "--user", "x", "--secret-command", "x"}, exitUsage, "--port: must be 1 to 65535"},
		{[]string{"account", "add", "--name", "x", "--server", "pop.example.org", "--security", "none", "--user", "x", "--secret-command", "x"}, exitUsage, "unencrypted"},
		{[]string{"seen"}, exitUsage, "usage"},
		{[]string{"seen", "--all", "a", "b"}, exitUsage, "usage"},
		{[]string{"mailbox", "--uid", "x"}, exitUsage, "--uid needs --account"},
		{[]string{"status", "x"}, exitUsage, `"x"`},
		{[]string{"status"}, exitFailed, "not running"},
		{[]string{"status", "--log-level", "loud"}, exitUsage, "debug, info, warn or error"},
		{[]string{"settings"}, exitFailed, "no windows"},
	} {
		code, _, stderr := s.run(test.args...)
		if code != test.code || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") > 3 {
			t.Errorf("%v: exit code %d, %q; want %d, %q", test.args, code, stderr, test.code, test.want)
		}
	}
	s.must("quit") // nothing runs, so that nothing is to be done
	s.add(closed.Addr().String(), "--security", "none")
	if code, _, stderr := s.run("check"); code != exitFailed || !strings.Contains(stderr, "refuses connections") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	_ = address
}

func TestBrokenSettingsAreNamedAndKept(t *testing.T) {
	s, _, _ := world(t, popserver.Options{})
	path := filepath.Join(s.home, "config", "settings.toml")
	const text = "version = 1\n\n[[account]]\nid = \"a\"\nname = \"A\"\nserver = \"pop.example.org\"\nuser = \"a\"\nport = 0x\n"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check"}, {"account", "list"}, {"seen", "--all"}} {
		code, _, stderr := s.run(args...)
		if code != exitUsage || !strings.Contains(stderr, path+":8: account.port: ") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != text {
		t.Errorf("the file was changed: %s, %v", b, err)
	}
}

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	s := shell{t, t.TempDir()}
	for _, command := range []string{
		"", "settings", "mailbox", "account", "account add", "account list", "account test", "account password",
		"account export", "account import", "account remove",
		"check", "status", "list", "show", "seen", "delete", "fetch", "doctor", "quit", "demo", "version",
	} {
		help := s.must(append(strings.Fields(command), "--help")...)
		if !strings.Contains(help, "Example:\n  ") || !strings.Contains(help, "Usage:") || strings.Contains(help, "cli.") {
			t.Errorf("%q: %s", command, help)
		}
	}
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	if help := s.must("check", "--help"); !strings.Contains(help, "用法：") || !strings.Contains(help, "立即检查") && !strings.Contains(help, "检查指定的账户") {
		t.Errorf("Chinese help: %s", help)
	}
}

func TestDelete(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	keep, gone := drop.Deliver(mail("keep")), drop.Deliver(mail("gone"))
	id := s.add(address, "--security", "none")
	s.must("check")
	if code, _, stderr := s.run("delete", id, gone); code != exitUsage || !strings.Contains(stderr, "--yes") || len(drop.Messages()) != 2 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if out := s.must("delete", id, gone, "--yes", "--json"); !strings.Contains(out, `"deleted": [`) || !strings.Contains(out, gone) {
		t.Errorf("it prints %s", out)
	}
	if left := drop.Messages(); len(left) != 1 || left[0].UID != keep {
		t.Errorf("left: %v", left)
	}
	code, out, stderr := s.run("delete", id, keep, "nosuch", "--yes")
	if code != exitFailed || out != keep+"\n" || !strings.HasPrefix(stderr, "nosuch: ") || strings.Contains(stderr, keep) {
		t.Errorf("one is missing: exit code %d, %s, %s", code, out, stderr)
	}
	if code, _, stderr := s.run("delete", id, gone, "--yes"); code != exitFailed || !strings.Contains(stderr, "no longer") {
		t.Errorf("twice: exit code %d, %s", code, stderr)
	}
}

// Which messages the server refuses to delete is said of each, and that nothing
// was deleted.
func TestDeletionRefused(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	var uids []string
	for _, subject := range []string{"1", "2", "3", "4"} {
		uids = append(uids, drop.Deliver(mail(subject)))
	}
	id := s.add(address, "--security", "none")
	s.must("check")
	server.SetMood(func(line string) *popserver.Override {
		if line == "DELE 2" || line == "DELE 3" {
			return &popserver.Override{Raw: "-ERR not yours\r\n"}
		}
		return nil
	})
	all := append([]string{"delete", id, "--yes"}, uids...)
	code, out, stderr := s.run(all...)
	var about []string
	for line := range strings.Lines(stderr) {
		uid, rest, _ := strings.Cut(line, ": ")
		about = append(about, uid)
		if !strings.Contains(rest, "nothing was deleted") || !strings.Contains(rest, "not yours") {
			t.Errorf("it says %q", line)
		}
	}
	if code != exitFailed || out != "" || !slices.Equal(about, uids[1:3]) {
		t.Errorf("exit code %d, %q, about %q", code, out, about)
	}
	code, out, _ = s.run(append(all, "--json")...)
	var told struct {
		Deleted, Kept []string
		Error         struct{ Kind, Code, Text string }
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || code != exitFailed {
		t.Fatal(code, out, err)
	}
	if told.Deleted == nil || len(told.Deleted) > 0 || !slices.Equal(told.Kept, uids[1:3]) || told.Error.Code != "not-deleted" || told.Error.Text == "" {
		t.Errorf("%+v", told)
	}
	if n := len(drop.Messages()); n != 4 {
		t.Errorf("%d messages are left", n)
	}
}
