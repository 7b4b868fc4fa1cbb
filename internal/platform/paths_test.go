//go:build unix && !darwin

package platform

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// environment points every folder into a fresh temporary one.
func environment(t *testing.T) (root string) {
	t.Helper()
	// Not t.TempDir: its path contains the test's name, too long for sockets.
	root, err := os.MkdirTemp("", "tm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	for variable, dir := range map[string]string{
		"HOME": "home", "TMPDIR": "tmp", "XDG_RUNTIME_DIR": "run",
	} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, filepath.Join(root, dir))
	}
	for _, variable := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(variable, "")
	}
	return root
}

func TestPaths(t *testing.T) {
	uid := strconv.Itoa(os.Getuid())
	for _, test := range []struct {
		name string
		env  map[string]string // ROOT is the temporary folder
		home string
		want Paths
	}{
		{
			name: "defaults",
			want: Paths{
				Config: "home/.config/traymail/settings.toml", Ledger: "home/.local/state/traymail/ledger.db",
				Lock: "home/.local/state/traymail/lock", Log: "home/.local/state/traymail/traymail.log", WindowLog: "home/.local/state/traymail/window.log",
				Socket: "run/traymail/sock",
			},
		},
		{
			name: "XDG folders",
			env:  map[string]string{"XDG_CONFIG_HOME": "ROOT/c", "XDG_STATE_HOME": "ROOT/s"},
			want: Paths{
				Config: "c/traymail/settings.toml", Ledger: "s/traymail/ledger.db", Lock: "s/traymail/lock",
				Log: "s/traymail/traymail.log", WindowLog: "s/traymail/window.log", Socket: "run/traymail/sock",
			},
		},
		{
			name: "relative XDG folders are ignored, no runtime folder",
			env:  map[string]string{"XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": "s", "XDG_RUNTIME_DIR": "r"},
			want: Paths{
				Config: "home/.config/traymail/settings.toml", Ledger: "home/.local/state/traymail/ledger.db",
				Lock: "home/.local/state/traymail/lock", Log: "home/.local/state/traymail/traymail.log", WindowLog: "home/.local/state/traymail/window.log",
				Socket: "tmp/traymail-" + uid + "/sock",
			},
		},
		{
			name: "a runtime folder that does not exist",
			env:  map[string]string{"XDG_RUNTIME_DIR": "ROOT/missing"},
			want: Paths{
				Config: "home/.config/traymail/settings.toml", Ledger: "home/.local/state/traymail/ledger.db",
				Lock: "home/.local/state/traymail/lock", Log: "home/.local/state/traymail/traymail.log", WindowLog: "home/.local/state/traymail/window.log",
				Socket: "tmp/traymail-" + uid + "/sock",
			},
		},
		{
			name: "a home of its own",
			home: "portable",
			want: Paths{
				Config: "portable/config/settings.toml", Ledger: "portable/state/ledger.db", Lock: "portable/state/lock",
				Log: "portable/state/traymail.log", WindowLog: "portable/state/window.log", Socket: "portable/run/sock",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := environment(t)
			for variable, value := range test.env {
				t.Setenv(variable, strings.ReplaceAll(value, "ROOT", root))
			}
			home := test.home
			if home != "" {
				home = filepath.Join(root, home)
			}
			got, err := PathsFor(home)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []struct{ what, got, want string }{
				{"Config", got.Config, test.want.Config},
				{"Ledger", got.Ledger, test.want.Ledger},
				{"Lock", got.Lock, test.want.Lock},
				{"Log", got.Log, test.want.Log},
				{"WindowLog", got.WindowLog, test.want.WindowLog},
				{"Socket", got.Socket, test.want.Socket},
			} {
				if p.got != filepath.Join(root, p.want) {
					t.Errorf("%s is %s, want %s", p.what, strings.TrimPrefix(p.got, root+"/"), p.want)
				}
				if info, err := os.Stat(filepath.Dir(p.got)); err != nil || info.Mode().Perm() != 0o700 {
					t.Errorf("the folder of %s: %v, %v", p.what, info, err)
				}
			}
			again, err := PathsFor(home)
			if err != nil || again != got {
				t.Errorf("the second time: %+v, %v", again, err)
			}
		})
	}
}

func TestPathsOfARelativeHomeAreAbsolute(t *testing.T) {
	root := environment(t)
	t.Chdir(root)
	got, err := PathsFor("here")
	if err != nil || got.Config != filepath.Join(root, "here", "config", "settings.toml") {
		t.Errorf("%+v, %v", got, err)
	}
}

// A Unix socket's path has a small limit; the one we choose can be listened on.
func TestLongHomesHaveAShortSocket(t *testing.T) {
	root := environment(t)
	sockets := map[string]bool{}
	for _, n := range []int{1, 60, 61, 200} {
		home := filepath.Join(root, strings.Repeat("x", n))
		got, err := PathsFor(home)
		if err != nil {
			t.Fatal(err)
		}
		if sockets[got.Socket] {
			t.Errorf("two homes share %s", got.Socket)
		}
		sockets[got.Socket] = true
		if !strings.HasPrefix(got.Ledger, home) {
			t.Errorf("the ledger is at %s", got.Ledger)
		}
		listener, err := net.Listen("unix", got.Socket)
		if err != nil {
			t.Error(err)
			continue
		}
		_ = listener.Close()
	}
	if !sockets[filepath.Join(root, "run", "traymail-"+short(filepath.Join(root, strings.Repeat("x", 200))), "sock")] {
		t.Errorf("sockets are %v", sockets)
	}
	// And where even the runtime folder is deep.
	deep := filepath.Join(root, strings.Repeat("y", 120))
	if err := os.Mkdir(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_RUNTIME_DIR", deep)
	got, err := PathsFor("")
	if want := filepath.Join(root, "tmp", "traymail-"+strconv.Itoa(os.Getuid()), "sock"); err != nil || got.Socket != want {
		t.Errorf("%s, %v, want %s", got.Socket, err, want)
	}
}

func TestPrivateFolder(t *testing.T) {
	root := environment(t)
	path := func(name string) string { return filepath.Join(root, name) }
	for _, dir := range []struct {
		name string
		make func(string) error
		ok   bool
	}{
		{"missing", func(string) error { return nil }, true},
		{"ours", func(p string) error { return os.Mkdir(p, 0o700) }, true},
		{"open to others", func(p string) error { return os.Mkdir(p, 0o755) }, true}, // #nosec G301 -- to be closed
		{"a link to ours", func(p string) error { return os.Symlink(root, p) }, false},
		{"a file", func(p string) error { return os.WriteFile(p, nil, 0o600) }, false},
	} {
		if err := dir.make(path(dir.name)); err != nil {
			t.Fatal(err)
		}
		err := privateFolder(path(dir.name))
		if (err == nil) != dir.ok {
			t.Errorf("%s: %v", dir.name, err)
		}
		if info, err := os.Lstat(path(dir.name)); dir.ok && (err != nil || info.Mode().Perm() != 0o700) {
			t.Errorf("%s: %v, %v", dir.name, info, err)
		}
	}
	// Somebody else's: made with another owner where we may, which is as root.
	if os.Getuid() == 0 {
		if err := os.Mkdir(path("theirs"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path("theirs"), 12345, 12345); err != nil {
			t.Fatal(err)
		}
		if privateFolder(path("theirs")) == nil {
			t.Error("a folder of somebody else was taken")
		}
	}
}
