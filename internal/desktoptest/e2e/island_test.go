//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/traymail/traymail/internal/discover/discovertest"
)

// What a test is told when it runs once more: its own name, and where the
// program is.
const (
	islandVariable  = "TRAYMAIL_TEST_ISLAND"
	programVariable = "TRAYMAIL_TEST_PROGRAM"
)

// onIsland runs f where loopback is the only network and the test's DNS the
// only one, so that the real program finds its servers by itself, under their
// real names and ports. The test runs once more for that, in namespaces of its
// own, which takes root.
func onIsland(t *testing.T, f func(*discovertest.DNS)) {
	t.Helper()
	if os.Getenv(islandVariable) == t.Name() {
		settle(t)
		f(discovertest.ListenDNS(t, "127.0.0.1:53"))
		return
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		"unshare", "--net", "--mount", "--propagation", "private",
		"env", islandVariable + "=" + t.Name(), programVariable + "=" + path,
		os.Args[0], "-test.v", "-test.timeout", "10m", "-test.run", "^" + t.Name() + "$",
	}
	if os.Getuid() != 0 {
		args = append([]string{"sudo"}, args...)
	}
	out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput() // #nosec G204 -- this test
	t.Logf("%s", out)
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name()+" ")) {
		t.Fatalf("on the island: %v", err)
	}
}

// settle brings loopback up, and has every program ask the DNS there.
func settle(t *testing.T) {
	t.Helper()
	if err := raiseLoopback(); err != nil {
		t.Fatal(err)
	}
	if interfaces, err := net.Interfaces(); err != nil || len(interfaces) != 1 {
		t.Fatalf("the island is none: %v, %v", interfaces, err)
	}
	for path, content := range map[string]string{
		"/etc/resolv.conf":   "nameserver 127.0.0.1\n",
		"/etc/nsswitch.conf": "hosts: files dns\n",
	} {
		if _, err := os.Stat(path); os.IsNotExist(err) {
			continue // what is not there says nothing else
		}
		ours := filepath.Join(t.TempDir(), filepath.Base(path))
		if err := os.WriteFile(ours, []byte(content), 0o644); err != nil { // read by the mail server's users
			t.Fatal(err)
		}
		if err := unix.Mount(ours, path, "", unix.MS_BIND, ""); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

func raiseLoopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(socket) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("loopback does not come up: %w", err)
	}
	return nil
}
