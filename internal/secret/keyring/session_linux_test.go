package keyring

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// session is a session bus of the test's own, in a home of its own, on which
// go-keyring and the guard work.
type session struct {
	t   *testing.T
	dir string
	bus *exec.Cmd
	// conn is the test's connection, apart from those that are tested.
	conn    *dbus.Conn
	daemon  *exec.Cmd
	prompts atomic.Int32
}

// A bus that starts no services, so that only what a test starts is there.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

func newSession(t *testing.T) *session {
	t.Helper()
	// Not t.TempDir: the path of a socket must be short.
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &session{t: t, dir: dir}
	for _, sub := range []string{"run", "home"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+s.socket())
	t.Cleanup(s.stop)
	s.start()
	return s
}

func (s *session) socket() string { return filepath.Join(s.dir, "bus") }

// start starts the bus.
func (s *session) start() {
	s.t.Helper()
	config := filepath.Join(s.dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, s.socket()), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.bus = exec.Command("dbus-daemon", "--nofork", "--print-address=1", "--config-file="+config)
	out, err := s.bus.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.bus.Start(); err != nil {
		s.t.Fatalf("dbus-daemon is needed: %v", err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		s.t.Fatal(err)
	}
	if s.conn, err = dbus.Connect("unix:path=" + s.socket()); err != nil {
		s.t.Fatal(err)
	}
	s.offerPrompter()
}

// stop ends the daemon and the bus, and the connection that go-keyring shares
// with the rest of the process.
func (s *session) stop() {
	s.stopDaemon()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	if s.bus != nil {
		if shared, err := dbus.SessionBus(); err == nil {
			_ = shared.Close()
		}
		_ = s.bus.Process.Kill()
		_ = s.bus.Wait()
		_ = os.Remove(s.socket())
	}
	s.conn, s.bus = nil, nil
}

func (s *session) stopDaemon() {
	if s.daemon != nil {
		_ = s.daemon.Process.Kill()
		_ = s.daemon.Wait()
	}
	s.daemon = nil
}

func (s *session) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	home := filepath.Join(s.dir, "home")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+filepath.Join(s.dir, "run"),
		"XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "GNOME_KEYRING_CONTROL=")
	return cmd
}

const keyringPassword = "the keyring's own password"

// startDaemon starts GNOME Keyring; unlocked, it has a login collection.
func (s *session) startDaemon(unlocked bool) {
	s.t.Helper()
	owned := s.nameOwned(busName)
	args := []string{"--foreground", "--components=secrets"}
	if unlocked {
		args = append(args, "--unlock")
	}
	s.daemon = s.command("gnome-keyring-daemon", args...)
	s.daemon.Stdin = strings.NewReader(keyringPassword)
	if err := s.daemon.Start(); err != nil {
		s.daemon = nil
		s.t.Fatalf("gnome-keyring is needed: %v", err)
	}
	owned()
}

// nameOwned returns a wait for the next owner of name.
func (s *session) nameOwned(name string) (wait func()) {
	s.t.Helper()
	signals := make(chan *dbus.Signal, 32)
	s.conn.Signal(signals)
	match := []dbus.MatchOption{
		dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
	}
	if err := s.conn.AddMatchSignal(match...); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		defer s.conn.RemoveSignal(signals)
		late := time.After(patience)
		for {
			select {
			case signal := <-signals:
				if signal.Name == "org.freedesktop.DBus.NameOwnerChanged" && signal.Body[0] == name && signal.Body[2] != "" {
					return
				}
			case <-late:
				s.t.Fatalf("nobody owns %s", name)
			}
		}
	}
}

// lock locks the login collection, as a screen lock may.
func (s *session) lock() {
	s.t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := s.conn.Object(busName, servicePath).Call(serviceIface+".Lock", 0, []dbus.ObjectPath{loginPath}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		s.t.Fatalf("locked %v: %v", locked, err)
	}
}

// logIn unlocks the login collection as PAM does, by the daemon's control
// socket. The daemon sends no signal then. A message is a zero byte, which
// carries the credentials of the socket, then its length, the operation (1,
// unlock), and the password's length and octets, in big-endian words; the
// answer is its length and a result (0, done).
func (s *session) logIn() {
	s.t.Helper()
	conn, err := net.Dial("unix", filepath.Join(s.dir, "run", "keyring", "control"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	message := []byte{0}
	message = binary.BigEndian.AppendUint32(message, uint32(12+len(keyringPassword)))
	message = binary.BigEndian.AppendUint32(message, 1)
	message = binary.BigEndian.AppendUint32(message, uint32(len(keyringPassword)))
	if _, err := conn.Write(append(message, keyringPassword...)); err != nil {
		s.t.Fatal(err)
	}
	answer := make([]byte, 8)
	if _, err := io.ReadFull(conn, answer); err != nil || binary.BigEndian.Uint32(answer[4:]) != 0 {
		s.t.Fatalf("not unlocked: %v, %v", answer, err)
	}
}

// unlockByBus unlocks the login collection without a prompt by the bus, of
// which the daemon tells everybody.
func (s *session) unlockByBus() {
	s.t.Helper()
	object := s.conn.Object(busName, servicePath)
	var output dbus.Variant
	var path dbus.ObjectPath
	if err := object.Call(serviceIface+".OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&output, &path); err != nil {
		s.t.Fatal(err)
	}
	master := struct {
		Session     dbus.ObjectPath
		Parameters  []byte
		Value       []byte
		ContentType string
	}{path, nil, []byte(keyringPassword), "text/plain"}
	const method = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword"
	if err := object.Call(method, 0, loginPath, master).Err; err != nil {
		s.t.Fatal(err)
	}
}

// prompter stands in for the program that asks for the keyring's password: it
// counts, and refuses.
type prompter struct{ s *session }

func (p prompter) BeginPrompting(dbus.ObjectPath) *dbus.Error {
	p.s.prompts.Add(1)
	return dbus.MakeFailedError(errors.New("nobody is here"))
}

func (s *session) offerPrompter() {
	s.t.Helper()
	const name, path, iface = "org.gnome.keyring.SystemPrompter", "/org/gnome/keyring/Prompter", "org.gnome.keyring.internal.Prompter"
	if err := s.conn.Export(prompter{s}, path, iface); err != nil {
		s.t.Fatal(err)
	}
	if reply, err := s.conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		s.t.Fatalf("%v, %v", reply, err)
	}
}

// items counts everything of ours in the login collection.
func (s *session) items() int {
	s.t.Helper()
	var unlocked, locked []dbus.ObjectPath
	err := s.conn.Object(busName, servicePath).Call(serviceIface+".SearchItems", 0, map[string]string{"service": service}).Store(&unlocked, &locked)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(unlocked) + len(locked)
}
