package internal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The whole darwin build is type-checked, cgo files and tests included, on
// whatever system the tests run: without Apple's SDK nothing of it can be
// compiled to the end, but a name that does not exist, an argument too many
// or a file that no build tag reaches is found all the same.
func TestDarwinTypeChecks(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		checked, errs := typeCheck(t, arch, nil)
		for _, err := range errs {
			t.Errorf("darwin/%s: %v", arch, err)
		}
		for _, path := range []string{"cmd/traymail", "internal/window", "internal/tray", "internal/notify"} {
			if !checked[module+path] {
				t.Errorf("darwin/%s: %s was not checked", arch, path)
			}
		}
	}
}

// The check above would be worth nothing if it could not fail: each of the
// files that only macOS sees is broken in turn.
func TestDarwinTypeCheckFindsErrors(t *testing.T) {
	var only []string
	err := filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, "_darwin.go") {
			only = append(only, path)
		}
		return err
	})
	if err != nil || len(only) == 0 {
		t.Fatalf("no file for darwin: %v", err)
	}
	broken := map[string]string{}
	for _, path := range only {
		source, err := os.ReadFile(path) // #nosec G304 -- our own source
		if err != nil {
			t.Fatal(err)
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		broken[abs] = string(source) + "\nvar _ = thisNameDoesNotExist\n"
	}
	_, errs := typeCheck(t, "arm64", broken)
	for abs := range broken {
		if !slices.ContainsFunc(errs, func(err error) bool {
			return strings.HasPrefix(err.Error(), abs+":") && strings.Contains(err.Error(), "thisNameDoesNotExist")
		}) {
			t.Errorf("%s was broken and nobody noticed", abs)
		}
	}
}

// darwinPackage is what go list tells of one.
type darwinPackage struct {
	ImportPath, Dir   string
	GoFiles, CgoFiles []string
	ImportMap         map[string]string
	Module            *struct{ Main bool }
	Error             *struct{ Err string }
}

func (p darwinPackage) ours() bool { return p.Module != nil && p.Module.Main }

// typeCheck checks our packages for darwin/arch, with the source of some
// files (absolute paths) replaced. Of the packages that ours import only the
// declarations are looked at, and what is wrong there is not ours to report:
// cgo's own are guessed, since there is no C compiler for them.
func typeCheck(t *testing.T, arch string, replaced map[string]string) (checked map[string]bool, errs []error) {
	t.Helper()
	fset := token.NewFileSet()
	done := map[string]*types.Package{"unsafe": types.Unsafe}
	checked = map[string]bool{}
	known := map[string]bool{}
	for _, p := range listDarwin(t, arch) {
		if p.ImportPath == "unsafe" || strings.HasSuffix(p.ImportPath, ".test") { // the latter is generated
			continue
		}
		report := func(err error) {
			// A package is checked once more with its tests.
			if p.ours() && !known[err.Error()] {
				known[err.Error()] = true
				errs = append(errs, err)
			}
		}
		if p.Error != nil {
			report(errors.New(p.Error.Err))
		}
		var files []*ast.File
		for _, name := range append(p.GoFiles, p.CgoFiles...) {
			path := filepath.Join(p.Dir, name)
			var source any // nil: read it
			if text, ok := replaced[path]; ok {
				source = text
			}
			file, err := parser.ParseFile(fset, path, source, parser.SkipObjectResolution)
			if err != nil {
				report(err)
			}
			if file != nil {
				files = append(files, file)
			}
		}
		config := types.Config{
			FakeImportC:      true,
			IgnoreFuncBodies: !p.ours(),
			Sizes:            types.SizesFor("gc", arch),
			Error:            report,
			Importer: importer(func(path string) (*types.Package, error) {
				if mapped, ok := p.ImportMap[path]; ok {
					path = mapped
				}
				if q, ok := done[path]; ok {
					return q, nil
				}
				return nil, fmt.Errorf("no package %q", path)
			}),
		}
		path, _, _ := strings.Cut(p.ImportPath, " ") // a variant for tests is "path [path.test]"
		done[p.ImportPath], _ = config.Check(path, fset, files, nil)
		checked[path] = checked[path] || p.ours() && len(files) > 0
	}
	return checked, errs
}

// listDarwin lists our packages, their tests and all that they need for
// darwin/arch with cgo, each after what it imports.
func listDarwin(t *testing.T, arch string) (packages []darwinPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-test", "-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap,Module,Error", module+"...") // #nosec G204 -- no input
	cmd.Env = append(os.Environ(), "GOOS=darwin", "GOARCH="+arch, "CGO_ENABLED=1", "GOFLAGS=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for darwin/%s: %v", arch, err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p darwinPackage
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

type importer func(path string) (*types.Package, error)

func (f importer) Import(path string) (*types.Package, error) { return f(path) }
