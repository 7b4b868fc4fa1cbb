//go:build packages

package packagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The .deb installs on a fresh Debian, runs, is upgraded while it runs, and
// leaves nothing behind.
func TestDebOnFreshRoot(t *testing.T) {
	deb := dist(t, "*.deb")
	cache, err := filepath.Abs(filepath.Join(repository, ".debian"))
	if err != nil {
		t.Fatal(err)
	}
	output(t, filepath.Join(repository, "scripts", "debian-root.sh"), deb, cache)
	root := t.TempDir()
	output(t, "tar", "-C", root, "-xf", filepath.Join(cache, "root.tar"))
	output(t, "cp", deb, filepath.Join(root, "new.deb"))

	// An older version is the same with another number.
	old := t.TempDir()
	output(t, "dpkg-deb", "-R", deb, old)
	control := filepath.Join(old, "DEBIAN", "control")
	text, err := os.ReadFile(control)
	if err != nil {
		t.Fatal(err)
	}
	aged := strings.Replace(string(text), "\nVersion: "+version(t)+"-1\n", "\nVersion: 0.0.1-1\n", 1)
	if err := os.WriteFile(control, []byte(aged), 0o644); err != nil {
		t.Fatal(err)
	}
	output(t, "dpkg-deb", "-Znone", "--build", old, filepath.Join(root, "old.deb"))
	output(t, "cp", "testdata/fresh-root.sh", filepath.Join(root, "fresh-root.sh"))

	// Mounts and processes end with their namespaces, whatever happens.
	cmd := exec.CommandContext(t.Context(), "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
		"sh", "-eu", "-c", `
			mount -t proc proc "$1/proc"
			mount --rbind /dev "$1/dev"
			exec chroot "$1" sh /fresh-root.sh`, "sh", root)
	cmd.Env = []string{"VERSION=" + version(t), "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
