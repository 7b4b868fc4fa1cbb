package internal_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/traymail/traymail/"

// program is what makes a program of the libraries below it.
var program = []string{
	module + "internal/app", module + "internal/doctor", module + "internal/ipc", module + "internal/notify",
	module + "internal/platform", module + "internal/tray", module + "internal/window",
}

// The rules by which data flows one way; ARCHITECTURE.md explains them. Each
// names a package (or a tree, with a final slash) and what it must not reach
// by any path.
var rules = []struct {
	packages  []string
	except    []string
	forbidden []string
}{
	{
		packages:  []string{"internal/", "assets"},
		except:    []string{"internal/window", "internal/desktoptest/cmd/bench/barefyne"},
		forbidden: []string{"fyne.io/fyne/v2"},
	},
	{
		packages:  []string{"internal/pop3", "internal/message", "internal/plaintext", "internal/linebreak"},
		forbidden: append([]string{"fyne.io/", "github.com/godbus/", module + "internal/settings"}, program...),
	},
	{
		packages:  []string{"internal/settings", "internal/thunderbird", "internal/provider", "internal/discover"},
		forbidden: append([]string{"github.com/zalando/go-keyring", module + "internal/pop3"}, program...),
	},
	{
		packages:  []string{"internal/app"},
		forbidden: []string{"fyne.io/", "github.com/godbus/", "github.com/zalando/"},
	},
	{
		packages:  []string{"internal/doctor", "internal/doctor/facts"},
		forbidden: []string{"fyne.io/", "github.com/godbus/", "github.com/zalando/", module + "internal/platform"},
	},
	{
		packages:  []string{"internal/locale", "assets"},
		forbidden: append([]string{"fyne.io/", "github.com/godbus/", module + "internal/pop3", module + "internal/settings"}, program...),
	},
	{
		packages:  []string{"internal/ipc", "internal/notify"},
		forbidden: []string{"fyne.io/"},
	},
}

type listed struct {
	ImportPath string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Deps", module+"...")
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
			for _, dep := range p.Deps {
				for _, f := range rule.forbidden {
					if dep == f || strings.HasPrefix(dep, f+"/") || strings.HasSuffix(f, "/") && strings.HasPrefix(dep, f) {
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
