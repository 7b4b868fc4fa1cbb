//go:build packages

package packagetest

import (
	"errors"
	"io/fs"
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

// rpm and pacman install the package into a root of its own, find every file as
// it should be, and leave nothing behind. Neither knows what Debian has, so
// they do not ask for what it depends on.
func TestOthersOnFreshRoot(t *testing.T) {
	for name, c := range map[string]struct {
		pattern string
		prepare func(root string)
		// The package manager, with what says where the root is.
		command                            func(root string) []string
		install, check, reinstall, removes []string
	}{
		"rpm": {
			pattern:   "*.rpm",
			prepare:   func(root string) { output(t, "rpm", "--root", root, "--initdb") },
			command:   func(root string) []string { return []string{"rpm", "--root", root, "--nodeps"} },
			install:   []string{"-i"},
			check:     []string{"-V", "traymail"},
			reinstall: []string{"-U", "--replacepkgs"},
			removes:   []string{"-e", "traymail"},
		},
		"pacman": {
			pattern: "*.pkg.tar.zst",
			prepare: func(root string) {
				for _, folder := range []string{"var/lib/pacman", "var/cache", "hooks"} {
					if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
						t.Fatal(err)
					}
				}
				// The package is not signed: the checksums that are published with it are for that.
				config := "[options]\nArchitecture = x86_64\nSigLevel = Never\n"
				if err := os.WriteFile(filepath.Join(root, "pacman.conf"), []byte(config), 0o644); err != nil {
					t.Fatal(err)
				}
			},
			command: func(root string) []string {
				in := func(name string) string { return filepath.Join(root, name) }
				return []string{
					"pacman", "--root", root, "--dbpath", in("var/lib/pacman"), "--cachedir", in("var/cache"), "--hookdir", in("hooks"),
					"--gpgdir", in("gpg"), "--logfile", in("log"), "--config", in("pacman.conf"), "--noconfirm",
				}
			},
			install:   []string{"-Udd"},
			check:     []string{"-Qkk", "traymail"},
			reinstall: []string{"-Udd"},
			removes:   []string{"-R", "traymail"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			root, archive := t.TempDir(), dist(t, c.pattern)
			c.prepare(root)
			do := func(args ...string) {
				t.Helper()
				all := append(c.command(root), args...)
				output(t, all[0], all[1:]...)
			}
			runs := func() {
				t.Helper()
				do(c.check...)
				if out := output(t, filepath.Join(root, "usr/bin/traymail"), "version"); !strings.HasPrefix(out, "traymail "+version(t)+" (") {
					t.Errorf("it says %s", out)
				}
			}
			do(append(c.install, archive)...)
			runs()
			if err := os.WriteFile(filepath.Join(root, "usr/bin/traymail"), []byte("of an older version"), 0o755); err != nil {
				t.Fatal(err)
			}
			do(append(c.reinstall, archive)...)
			runs()
			do(c.removes...)
			err := filepath.WalkDir(filepath.Join(root, "usr"), func(path string, _ fs.DirEntry, err error) error {
				if strings.Contains(filepath.Base(path), "traymail") {
					t.Errorf("left behind: %s", path)
				}
				return err
			})
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		})
	}
}
