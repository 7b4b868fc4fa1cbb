package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/platform/dbustest"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// canary is a secret that is looked for where it must not be.
type canary struct {
	what, secret string
	needles      [][]byte // in small letters
	exact        [][]byte
}

// newCanary knows the forms of a secret: pieces of eight octets in any case,
// in Base64 wherever in it they begin, and in hexadecimal.
func newCanary(what, secret string) canary {
	c := canary{what: what, secret: secret}
	for at := 0; at+8 <= len(secret); at++ {
		piece := secret[at : at+8]
		c.needles = append(c.needles, bytes.ToLower([]byte(piece)), []byte(hex.EncodeToString([]byte(piece))),
			[]byte(hex.EncodeToString([]byte(strings.ToLower(piece)))), []byte(hex.EncodeToString([]byte(strings.ToUpper(piece)))))
		for _, cased := range []string{piece, strings.ToLower(piece), strings.ToUpper(piece)} {
			for before := range 3 {
				encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), cased...))
				// Without the digits that depend on what stands beside it.
				c.exact = append(c.exact, []byte(encoded[(before*8+5)/6:(before+8)*8/6]))
			}
		}
	}
	return c
}

func (c canary) in(b []byte) bool {
	small := bytes.ToLower(b)
	return slices.ContainsFunc(c.needles, func(n []byte) bool { return bytes.Contains(small, n) }) ||
		slices.ContainsFunc(c.exact, func(n []byte) bool { return bytes.Contains(b, n) })
}

// A canary is found in all its forms, and not in what is ordinary.
func TestCanaryIsFound(t *testing.T) {
	c := newCanary("password", "kQ7w-Zp3x-Jf5t-Vn8s")
	for _, text := range []string{
		c.secret, strings.ToUpper(c.secret), c.secret[3:11], hex.EncodeToString([]byte(c.secret)),
		base64.StdEncoding.EncodeToString([]byte(c.secret)), base64.StdEncoding.EncodeToString([]byte("\x00me\x00" + c.secret)),
		base64.StdEncoding.EncodeToString([]byte("\x00mine\x00" + strings.ToUpper(c.secret))),
	} {
		if !c.in([]byte("before " + text + " after")) {
			t.Errorf("%q is not found", text)
		}
	}
	if c.in([]byte(c.secret[:7] + " " + c.secret[8:15])) {
		t.Error("found where it is not")
	}
}

// leaks is a journey with secrets, and all that came of it.
type leaks struct {
	*testing.T
	dir      string // of the test
	home     string // of the program
	env      []string
	canaries []canary

	mu    sync.Mutex
	trail map[string]*bytes.Buffer // what was seen where
}

func (l *leaks) seen(where string, what []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trail[where] == nil {
		l.trail[where] = &bytes.Buffer{}
	}
	_, _ = l.trail[where].Write(append(what, '\n'))
}

// file writes a file that holds a secret, where the program does not write.
func (l *leaks) file(name, content string, mode fs.FileMode) string {
	l.Helper()
	path := filepath.Join(l.dir, "mine", name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		l.Fatal(err)
	}
	return path
}

func (l *leaks) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], append([]string{"--home", l.home, "--log-level", "debug"}, args...)...)
	cmd.Env = append(os.Environ(), l.env...)
	return cmd
}

// run runs the program. That a command fails is what many are here for.
func (l *leaks) run(stdin string, args ...string) string {
	l.Helper()
	cmd := l.command(args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &complaints
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		l.Fatal(err)
	}
	if cmd.ProcessState.ExitCode() < 0 {
		l.Errorf("%v: %v\n%s", args, cmd.ProcessState, &complaints)
	}
	l.seen("what "+strings.Join(args, " ")+" prints", append(out.Bytes(), complaints.Bytes()...))
	return strings.TrimSpace(out.String())
}

// must is run for what succeeds.
func (l *leaks) must(stdin string, args ...string) string {
	l.Helper()
	out := l.run(stdin, args...)
	if out == "" {
		l.Fatalf("%v: %s", args, l.trail["what "+strings.Join(args, " ")+" prints"])
	}
	return out
}

// files takes in all that the program has written.
func (l *leaks) files() {
	l.Helper()
	some := 0
	for _, root := range []string{l.home, filepath.Join(l.dir, "run"), filepath.Join(l.dir, "tmp"), filepath.Join(l.dir, "xdg"), filepath.Join(l.dir, "witness")} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if info, err := d.Info(); err != nil || strings.HasPrefix(path, l.home) && info.Mode().Perm()&0o077 != 0 {
				l.Errorf("%s is open to others: %v, %v", path, info.Mode(), err)
			}
			b, err := os.ReadFile(path) // #nosec G122 -- a folder of the test's
			some++
			l.seen("the file "+path, b)
			return err
		})
		if err != nil {
			l.Error(err)
		}
	}
	if some < 5 {
		l.Errorf("only %d files were written", some)
	}
}

// witness is a program that tells how it was called: the environment and the
// arguments of whatever traymail starts, and of traymail itself.
func (l *leaks) witness(name, then string) string {
	l.Helper()
	return l.file(name, "#!/bin/sh\n"+`w=$(mktemp `+filepath.Join(l.dir, "witness")+"/"+name+`.XXXXXX)
{ tr '\0' '\n' </proc/$$/environ | grep -v '^all_proxy='; tr '\0' '\n' </proc/$$/cmdline; tr '\0' '\n' </proc/$PPID/cmdline; echo "$@"; } >"$w"
`+then+"\n", 0o700)
}

// startKeyring starts GNOME Keyring on a bus, with what it keeps below a
// folder and unlocked, and returns its name on the bus and what ends it.
func startKeyring(t *testing.T, address string, env []string, own string) (name string, stop func()) {
	t.Helper()
	conn := dbustest.Connect(t, address)
	owned := make(chan *dbus.Signal, 16)
	conn.Signal(owned)
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, "org.freedesktop.secrets")); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	daemon.Env = append(os.Environ(), append(env, "DBUS_SESSION_BUS_ADDRESS="+address, "HOME="+own, "XDG_RUNTIME_DIR="+own, "XDG_DATA_HOME="+own, "XDG_CONFIG_HOME="+own, "XDG_CACHE_HOME="+own, "GNOME_KEYRING_CONTROL=")...)
	daemon.Stdin = strings.NewReader("the keyring's own password")
	if err := daemon.Start(); err != nil {
		t.Fatalf("the test needs gnome-keyring: %v", err)
	}
	stop = sync.OnceFunc(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	t.Cleanup(stop)
	for late := time.After(30 * time.Second); name == ""; {
		select {
		case s := <-owned:
			if len(s.Body) == 3 {
				name, _ = s.Body[2].(string)
			}
		case <-late:
			t.Fatal("the keyring does not start")
		}
	}
	return name, stop
}

// bus is a session bus with a keyring, a notification daemon and a monitor.
func (l *leaks) bus() {
	l.Helper()
	address := dbustest.Start(l)
	l.env = append(l.env, "DBUS_SESSION_BUS_ADDRESS="+address)
	conn := dbustest.Connect(l, address)

	// What it keeps, and how it is told, is its own affair.
	keyring, _ := startKeyring(l.T, address, l.env, filepath.Join(l.dir, "keyring"))

	if err := conn.Export(&notifications{}, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		l.Fatal(err)
	}
	dbustest.Own(l, conn, "org.freedesktop.Notifications")

	monitor := dbustest.Connect(l, address)
	if err := monitor.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, []string{}, uint32(0)).Err; err != nil {
		l.Fatal(err)
	}
	messages := make(chan *dbus.Message, 1024)
	monitor.Eavesdrop(messages)
	go func() { // ends with the connection
		for m := range messages {
			from, _ := m.Headers[dbus.FieldSender].Value().(string)
			to, _ := m.Headers[dbus.FieldDestination].Value().(string)
			if from == keyring || to == keyring || to == "org.freedesktop.secrets" {
				continue // go-keyring speaks "plain" there
			}
			l.seen("the session bus", fmt.Appendf(nil, "%v %v %s", m.Headers, m.Body, m.Body))
		}
	}()
}

// proxy is an HTTP proxy that repeats what it was sent until it is served, and
// then leads to address.
func (l *leaks) proxy(address string) (url string, serve func()) {
	l.Helper()
	var mu sync.Mutex
	served := false
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if !served {
			w.Header().Set("Proxy-Authenticate", r.Header.Get("Proxy-Authorization"))
			http.Error(w, r.Header.Get("Proxy-Authorization"), http.StatusProxyAuthRequired)
			return
		}
		there, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		w.WriteHeader(http.StatusOK)
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(there, here); _ = there.Close() }()
		go func() { _, _ = io.Copy(here, there); _ = here.Close() }()
	})}
	go func() { _ = server.Serve(listener) }()
	l.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String(), func() { mu.Lock(); defer mu.Unlock(); served = true }
}

// Whatever a server repeats, and whatever fails: of no secret is anything in a
// file, in what is printed or logged, in the environment or arguments of a
// program, or on the bus, but for what is said to the keyring (S8). What is
// written nobody else can read, and a message's text is not.
func TestNoSecretLeaves(t *testing.T) {
	dir, err := os.MkdirTemp("", "traymail-test-") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l := &leaks{T: t, dir: dir, home: filepath.Join(dir, "home"), trail: map[string]*bytes.Buffer{}}
	for _, sub := range []string{"home", "mine", "run", "tmp", "xdg", "witness", "keyring"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const (
		inKeyring = "kQ7w-Zp3x-Jf5t-Vn8s"
		byCommand = "rT4mbXc9LyHd6GqE2w"
		token     = "eyWq5.nUz8sPk3vBd7fRj1cMh6xLa9gTe4yQo"
		another   = "uF2jNs7vKx4bWm9pCz"
		ofProxy   = "gL6tYd3hRq8wSv5nXk"
	)
	private, ok := identity.Certificate.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatalf("%T", identity.Certificate.PrivateKey)
	}
	scalar, err := private.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]string{
		"the password in the keyring": inKeyring, "the password of the command": byCommand, "the token": token, "a second password": another, "the proxy's password": ofProxy,
		"the client's key": string(scalar),
	} {
		l.canaries = append(l.canaries, newCanary(what, s))
	}
	text := newCanary("a message's text", "zB5kQn9rTw2mXd6s") // it may be shown, and nothing more

	// A server for each, since it repeats what it was told.
	var servers []*popserver.Server
	serve := func(password string, o popserver.Options) string {
		t.Helper()
		o.Users = map[string]string{"me": password}
		server := popserver.New(o)
		t.Cleanup(func() { _ = server.Close() })
		address, err := server.ListenAndServeLoopback()
		if err != nil {
			t.Fatal(err)
		}
		servers = append(servers, server)
		return address
	}
	knows := []string{inKeyring, byCommand, token, inKeyring}
	address := serve(inKeyring, popserver.Options{})
	ofCommand := serve(byCommand, popserver.Options{Pipelining: true})
	ofToken := serve(token, popserver.Options{Capabilities: []string{"SASL PLAIN XOAUTH2"}})
	secured := serve(inKeyring, popserver.Options{TLS: identity.ServerTLS(), Implicit: true, Pipelining: true})
	proxy, served := l.proxy(secured)
	bin := filepath.Join(dir, "mine")
	l.env = []string{
		programVariable + "=1", "all_proxy=http://somebody:" + ofProxy + "@" + proxy, "XDG_RUNTIME_DIR=" + filepath.Join(dir, "run"), "TMPDIR=" + filepath.Join(dir, "tmp"),
		"XDG_CONFIG_HOME=" + filepath.Join(dir, "xdg"), "DISPLAY=", "WAYLAND_DISPLAY=", "PATH=" + bin + ":" + os.Getenv("PATH"),
	}
	l.bus()
	tells := l.witness("tells", "echo "+byCommand+"; echo "+byCommand+" >&2")
	l.file("token", token+"\n", 0o600)
	tellsToken := l.witness("tells-token", "cat "+filepath.Join(bin, "token"))
	l.witness("xdg-open", "")
	certificate, key := l.file("client.pem", string(identity.Cert), 0o600), l.file("client.key", string(identity.Key), 0o600)
	pin := sha256.Sum256(identity.Certificate.Certificate[0])

	add := func(stdin, name string, more ...string) string {
		t.Helper()
		return l.must(stdin, append([]string{"account", "add", "--name", name}, more...)...)
	}
	accounts := []string{
		add(inKeyring+"\n", "Keyring", "--server", address, "--security", "none", "--user", "me", "--password-stdin"),
		add("", "Command", "--server", ofCommand, "--security", "none", "--user", "me", "--secret-command", tells),
		add("", "Token", "--server", ofToken, "--security", "none", "--user", "me", "--mechanism", "XOAUTH2", "--secret-command", tellsToken),
		add(inKeyring+"\n", "Secured", "--server", secured, "--user", "me", "--password-stdin", "--client-cert", certificate, "--client-key", key, "--pin", hex.EncodeToString(pin[:])),
		add(inKeyring+"\n", "Proxied", "--server", "pop.example.test:995", "--user", "me", "--password-stdin"),
	}

	// What the servers do, beside serving.
	echo := func(line string) string {
		return fmt.Sprintf("%s %s %s %X", line, strings.ToUpper(line), base64.StdEncoding.EncodeToString([]byte(line)), line[:min(len(line), 60)])
	}
	refuses := func(keywords ...string) func(string) popserver.Mood {
		return func(secret string) popserver.Mood {
			return func(line string) *popserver.Override {
				if keyword, _, _ := strings.Cut(line, " "); slices.Contains(keywords, keyword) {
					return &popserver.Override{Raw: "-ERR [" + secret + "] Unknown command: " + echo(line) + " " + secret[:10] + "\r\n"}
				}
				return nil
			}
		}
	}
	lists := func(secret string) popserver.Mood {
		return func(line string) *popserver.Override {
			if line != "CAPA" {
				return nil
			}
			return &popserver.Override{Raw: "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nSASL PLAIN XOAUTH2\r\nIMPLEMENTATION " + secret + "\r\nX-" + secret + "\r\n.\r\n"}
		}
	}
	numbers := func(secret string) popserver.Mood {
		return func(line string) *popserver.Override {
			switch keyword, args, one := strings.Cut(line, " "); {
			case keyword != "UIDL":
				return nil
			case one:
				return &popserver.Override{Raw: "+OK " + args + " " + secret + args + "\r\n"}
			}
			return &popserver.Override{Raw: "+OK\r\n1 " + secret + "\r\n2 " + hex.EncodeToString([]byte(secret)) + "\r\n.\r\n"}
		}
	}
	phases := []struct {
		name     string
		mood     func(secret string) popserver.Mood
		greeting string // where SECRET is what the server knows
	}{
		{"honest", nil, "+OK"},
		{"capabilities", lists, "+OK SECRET"},
		{"count", refuses("STAT"), "+OK"},
		{"list", refuses("UIDL", "LIST"), "+OK"},
		{"UIDs", numbers, "+OK"},
		{"message", refuses("TOP", "RETR"), "+OK"},
		{"delete", refuses("DELE", "QUIT"), "+OK"},
		{"busy", nil, "-ERR [IN-USE] SECRET"},
		{"no greeting", nil, "-ERR [SECRET] go away SECRET"},
		{"nonsense", nil, "SECRET"},
		{"login", refuses("AUTH", "USER", "PASS"), "+OK"},
	}
	shown := 0
	rounds := func(commands ...[]string) {
		for i, phase := range phases {
			for at, server := range servers {
				if server.SetMood(nil); phase.mood != nil {
					server.SetMood(phase.mood(knows[at]))
				}
				server.SetGreeting(strings.ReplaceAll(phase.greeting, "SECRET", knows[at]))
				server.Maildrop("me").Deliver(append(mail(fmt.Sprint("message ", i)), text.secret...))
			}
			for _, id := range accounts {
				if out := l.run("", "account", "test", id); phase.name == "login" && out == "" {
					t.Errorf("the test of %s says nothing", id)
				}
			}
			for _, command := range commands {
				l.run("", command...)
			}
			var list []struct{ UID string }
			out := l.run("", "list", accounts[0], "--json")
			if err := json.Unmarshal([]byte(out), &list); err == nil && len(list) > 0 {
				shown++
				l.run("", "show", accounts[0], list[0].UID)
				l.run("", "show", accounts[0], list[0].UID, "--source")
				l.run("", "delete", accounts[0], list[0].UID, "--yes")
			}
		}
	}
	rounds([]string{"check"})
	l.run("", "account", "test", accounts[0], "--json")
	served()
	l.files()

	tray := l.command("--background")
	var said bytes.Buffer
	tray.Stdout, tray.Stderr = &said, &said
	if err := tray.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- tray.Wait() }()
	t.Cleanup(func() { _ = tray.Process.Kill() })
	eventually(t, "the tray role starts", func() bool { return l.command("status").Run() == nil })
	// What works again is polled by the tray role itself.
	for _, id := range []string{accounts[0], accounts[3], accounts[4]} {
		l.run(another+"\n", "account", "password", id, "--password-stdin")
		l.run(inKeyring+"\n", "account", "password", id, "--password-stdin")
	}
	rounds([]string{"check", "--json"}, []string{"status", "--json"}, []string{"doctor", "--json"})
	for _, name := range []string{"environ", "cmdline"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", tray.Process.Pid, name))
		if err != nil {
			t.Error(err)
		}
		for part := range bytes.SplitSeq(b, []byte{0}) {
			if !bytes.HasPrefix(part, []byte("all_proxy=")) { // which is the user's
				l.seen("the tray role's "+name, part)
			}
		}
	}
	l.run("", "account", "list")
	l.run("", "account", "list", "--json")
	l.run("", "account", "export")
	l.run("", "account", "export", "--with-commands")
	l.run("", "doctor")
	l.run("", "doctor", "--share")
	l.run("", "account", "add", "--name", "X", "--server", address, "--proxy", "socks5://somebody:"+ofProxy+"@"+proxy, "--user", "me", "--secret-command", "true")
	for _, id := range accounts {
		l.run("", "account", "remove", id)
	}
	l.run("", "quit")
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it does not end")
	}
	l.seen("what the tray role prints", said.Bytes())
	l.files()

	if shown < 3 {
		t.Errorf("%d messages were shown", shown)
	}
	for _, name := range []string{"tells", "tells-token"} {
		if called, err := filepath.Glob(filepath.Join(dir, "witness", name+".*")); len(called) == 0 || err != nil {
			t.Errorf("%s was not called: %v", name, err)
		}
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trail["the session bus"] == nil || !bytes.Contains(l.trail["the session bus"].Bytes(), []byte("Notify")) {
		t.Error("no notification was seen on the bus")
	}
	if log := l.trail["the file "+filepath.Join(l.home, "state", "traymail.log")]; log == nil || log.Len() == 0 {
		t.Error("there is no log")
	}
	read := false
	for where, b := range l.trail {
		if strings.HasPrefix(where, "the file ") && text.in(b.Bytes()) {
			t.Errorf("%s is in %s", text.what, where)
		}
		read = read || strings.HasPrefix(where, "what show ") && text.in(b.Bytes())
		for _, c := range l.canaries {
			if strings.Contains(where, ofProxy) {
				where = "what an account with a proxy's password prints"
			}
			if c.in(b.Bytes()) {
				t.Errorf("%s is in %s:\n%.2000s", c.what, where, b)
			}
		}
	}
	if !read {
		t.Error("no message was read")
	}
}
