package internal_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each test that docs/security.md and docs/accessibility.md name is there, each line of it has one or
// says that it has none, and both languages name the same.
func TestPagesNameTheirTests(t *testing.T) {
	named := regexp.MustCompile("^`([a-z0-9]+)\\.(Test[A-Za-z0-9]+)`$")
	heading := regexp.MustCompile(`^\| (what|to whom|it|内容|发给谁|它|他) \|`)
	page := func(file, none string, tables bool) (tests []string) {
		for _, p := range points(t, file) {
			if heading.MatchString(p.line) || tables && !strings.HasPrefix(p.line, "|") {
				continue
			}
			some := strings.HasSuffix(p.line, "| "+none+" |")
			for _, quote := range p.quotes {
				if m := named.FindStringSubmatch(quote); m != nil {
					some = true
					tests = append(tests, quote)
					if !hasTest(t, m[1], m[2]) {
						t.Errorf("there is no %s: %s", quote, p.line)
					}
				}
			}
			if !some {
				t.Errorf("%s proves nothing: %s", file, p.line)
			}
		}
		return tests
	}
	for _, name := range []string{"docs/security", "docs/accessibility"} {
		tables, least := false, 40
		if name == "docs/accessibility" {
			tables, least = true, 10 // what does not hold has no test
		}
		english, chinese := page(name+".md", "no test", tables), page(name+".zh-CN.md", "无测试", tables)
		if !slices.Equal(english, chinese) || len(english) < least {
			t.Errorf("%s: the pages name %d and %d tests:\n%q\n%q", name, len(english), len(chinese), english, chinese)
		}
	}
}

// hasTest says whether a package, whose folder has its name, has a test.
func hasTest(t *testing.T, pkg, name string) bool {
	t.Helper()
	found := false
	declared := regexp.MustCompile(`(?m)^func ` + name + `\(t \*testing\.T\)`)
	for _, pattern := range []string{"../cmd/" + pkg, pkg, "*/" + pkg, "../" + pkg} {
		files, err := filepath.Glob(filepath.Join(pattern, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || declared.Match(source)
		}
	}
	return found
}

// What reads and prints a message can neither reach the network nor start
// anything: it has not the means.
func TestMessageReachesNothing(t *testing.T) {
	for _, pkg := range []string{"message", "charset", "plaintext", "linebreak", "explain"} {
		files, err := filepath.Glob(filepath.Join(pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(pkg, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range source.Imports {
				switch path := strings.Trim(i.Path.Value, `"`); path {
				case "net", "net/http", "os/exec", "syscall", "plugin":
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
