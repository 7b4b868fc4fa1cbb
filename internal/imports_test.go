package internal_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/traymail/traymail/"

// in names packages of this module.
func in(names ...string) (paths []string) {
	for _, name := range names {
		paths = append(paths, module+"internal/"+name, module+"internal/"+name+"/")
	}
	return paths
}

// Groups of packages, for the rules.
var (
	toolkit = []string{"fyne.io/fyne/v2", "fyne.io/fyne/v2/"}
	desktop = []string{"fyne.io/", "github.com/godbus/", "github.com/zalando/"}
	// ways are the ways in and out of the program; edge are those who speak.
	ways = in("tray", "notify", "ipc", "window", "platform", "doctor")
	edge = in("explain", "trayview")
	// engine is what works for them.
	engine = in("app", "poll", "ledger", "schedule", "announce")
	wires  = []string{"net", "net/http", "crypto/tls"}
)

// The rules by which data flows one way; ARCHITECTURE.md explains them. Each
// names packages (or a tree, with a final slash) and what they must not reach
// by any path, or, where direct is set, import themselves.
var rules = []struct {
	packages  []string
	except    []string
	forbidden [][]string
	direct    bool
}{
	{
		packages:  []string{"internal/", "assets"},
		except:    []string{"internal/window", "internal/desktoptest/cmd/bench/barefyne"},
		forbidden: [][]string{toolkit},
	},
	// The libraries below know nothing of the program.
	{
		packages:  []string{"internal/pop3", "internal/charset", "internal/message", "internal/plaintext", "internal/linebreak", "internal/typeset", "internal/loopback", "internal/pemfile", "internal/wholefile", "internal/mailfile"},
		forbidden: [][]string{desktop, ways, edge, engine, in("settings", "api", "discover", "provider", "secret")},
	},
	{
		packages:  []string{"internal/settings", "internal/thunderbird", "internal/provider", "internal/discover", "internal/secret"},
		forbidden: [][]string{desktop, ways, edge, engine, in("pop3")},
	},
	// A sign-in knows neither mail nor who keeps its tokens, and no settings.
	{packages: []string{"internal/oauth"}, forbidden: [][]string{desktop, ways, edge, engine, in("pop3", "settings", "api", "discover", "provider", "secret", "locale")}},
	{packages: []string{"internal/tokens"}, forbidden: [][]string{desktop, ways, edge, engine, in("pop3", "api", "discover")}},
	{packages: []string{"internal/locale", "assets"}, forbidden: [][]string{desktop, ways, edge, engine, in("pop3", "settings", "api")}},
	// What crosses a border is values.
	{packages: []string{"internal/api"}, forbidden: [][]string{desktop, ways, edge, engine, in("pop3", "discover", "provider", "secret")}},
	// The rooms of the engine.
	{packages: []string{"internal/ledger"}, forbidden: [][]string{desktop, ways, edge, in("app", "poll", "schedule", "announce", "pop3", "settings", "api", "locale")}},
	{packages: []string{"internal/ledger"}, forbidden: [][]string{wires, {"context", "log/slog"}}, direct: true},
	{packages: []string{"internal/poll", "internal/probe"}, forbidden: [][]string{desktop, ways, edge, in("app", "schedule", "announce", "secret")}},
	{packages: []string{"internal/poll"}, forbidden: [][]string{{"sync"}, in("locale")}, direct: true},
	{packages: []string{"internal/schedule", "internal/announce"}, forbidden: [][]string{desktop, ways, edge, in("app", "poll", "ledger", "pop3")}},
	{packages: []string{"internal/schedule", "internal/announce"}, forbidden: [][]string{in("message")}, direct: true},
	{packages: []string{"internal/schedule", "internal/announce", "internal/trayview", "internal/barline"}, forbidden: [][]string{wires, {"os", "context", "sync"}}, direct: true},
	{packages: []string{"internal/schedule", "internal/announce", "internal/app", "internal/api", "internal/ipc"}, forbidden: [][]string{in("locale")}, direct: true},
	{packages: []string{"internal/app"}, forbidden: [][]string{desktop, ways, edge}},
	{packages: []string{"internal/app"}, forbidden: [][]string{{"net/http/", "net/rpc"}}, direct: true},
	{packages: []string{"internal/fetch"}, forbidden: [][]string{desktop, ways, edge}},
	{packages: []string{"internal/mailfile"}, forbidden: [][]string{wires, {"context"}}, direct: true},
	// The edge speaks, and knows neither engine nor desktop.
	{packages: []string{"internal/explain", "internal/trayview", "internal/barline"}, forbidden: [][]string{desktop, ways, engine, in("pop3", "secret")}},
	{packages: []string{"internal/console"}, forbidden: [][]string{desktop, ways, in("app", "secret", "tokens")}},
	// The ways in and out.
	{packages: []string{"internal/window", "internal/ipc"}, forbidden: [][]string{in("ledger", "pop3", "app", "poll")}},
	{packages: []string{"internal/hook"}, forbidden: [][]string{desktop, ways, edge, in("app", "poll", "ledger", "schedule", "pop3", "secret")}},
	{packages: []string{"internal/tray", "internal/notify"}, forbidden: [][]string{engine, in("pop3", "ipc")}},
	{packages: []string{"internal/doctor", "internal/doctor/facts"}, forbidden: [][]string{desktop, engine, in("platform", "ipc")}},
	{packages: []string{"internal/platform"}, forbidden: [][]string{engine, edge, in("pop3", "api")}},
	// The database has one user.
	{
		packages:  []string{"cmd/", "internal/"},
		except:    []string{"internal/ledger"},
		forbidden: [][]string{{"go.etcd.io/bbolt"}}, direct: true,
	},
	// The command line wires, and decides nothing.
	{packages: []string{"cmd/traymail"}, forbidden: [][]string{toolkit, in("poll", "schedule", "announce")}, direct: true},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,Deps", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func TestImportRules(t *testing.T) {
	covers := func(patterns []string, path string) bool {
		for _, p := range patterns {
			if path == module+p || strings.HasSuffix(p, "/") && strings.HasPrefix(path, module+p) {
				return true
			}
		}
		return false
	}
	packages := list(t)
	for _, rule := range rules {
		matched := false
		for _, p := range packages {
			if !covers(rule.packages, p.ImportPath) || covers(rule.except, p.ImportPath) {
				continue
			}
			matched = true
			reached := p.Deps
			if rule.direct {
				reached = p.Imports
			}
			for _, dep := range reached {
				for _, f := range slices.Concat(rule.forbidden...) {
					if dep == f || strings.HasSuffix(f, "/") && strings.HasPrefix(dep, f) {
						t.Errorf("%s reaches %s", p.ImportPath, dep)
					}
				}
			}
		}
		if !matched {
			t.Errorf("a rule covers no package: %v", rule.packages)
		}
	}
}

// Systems are told apart by files, so that each is compiled with what it has
// and nothing else. To say the system's name is no decision.
func TestSystemsAreToldApartByFiles(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || path == filepath.Join("..", "cmd", "traymail", "version.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(source), "runtime.GOOS") {
			t.Errorf("%s asks for runtime.GOOS", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
