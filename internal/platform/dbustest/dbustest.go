// Package dbustest starts a private message bus for a test. The bus activates
// no services and touches nothing of the user's session. Without dbus-daemon
// the test fails; it is never skipped.
package dbustest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// config lets everybody do everything: there is only the test. It may keep
// names from being owned.
const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    %s
  </policy>
</busconfig>
`

// Start runs a dbus-daemon until the end of the test and returns its address.
func Start(t testing.TB) (address string) {
	t.Helper()
	address, _ = StartMortal(t)
	return address
}

// StartStrict is Start with a bus on which only these names can be owned, as
// in the sandbox of a Flatpak.
func StartStrict(t testing.TB, names ...string) (address string) {
	t.Helper()
	policy := `<deny own="*"/>`
	for _, name := range names {
		policy += fmt.Sprintf(`<allow own=%q/>`, name)
	}
	address, _ = start(t, policy)
	return address
}

// StartMortal is Start, with a function that ends the bus before the test does.
func StartMortal(t testing.TB) (address string, kill func()) {
	t.Helper()
	return start(t, `<allow own="*"/>`)
}

func start(t testing.TB, ownership string) (address string, kill func()) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bus.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, ownership), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--nofork", "--nopidfile", "--print-address=1", "--config-file="+file) // #nosec G204 -- a file of ours
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("the tests need dbus-daemon: %v", err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(func() {
		kill()
		if t.Failed() && complaints.Len() > 0 {
			t.Logf("dbus-daemon: %s", &complaints)
		}
	})
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(out).ReadString('\n')
		line <- s
	}()
	select {
	case s := <-line:
		if address = strings.TrimSpace(s); address == "" {
			t.Fatal("dbus-daemon ended at once")
		}
	case <-time.After(30 * time.Second):
		t.Fatal("dbus-daemon does not start")
	}
	return address, kill
}

// Connect connects to the bus at address until the end of the test.
func Connect(t testing.TB, address string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Own takes a name on the bus.
func Own(t testing.TB, conn *dbus.Conn, name string) {
	t.Helper()
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("cannot own %s: %v %v", name, reply, err)
	}
}
