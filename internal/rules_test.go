package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The rules that ARCHITECTURE.md lists are those that the source names. A rule
// of the protocol or of security is named by a test at least, one of the
// desktop by whatever works around it: few of those can be tested here.
func TestRulesAreNamed(t *testing.T) {
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	listed, named, tested := map[string]bool{}, map[string]string{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([PSD]\d+) \|`).FindAllStringSubmatch(string(text), -1) {
		if listed[m[1]] {
			t.Errorf("ARCHITECTURE.md lists %s twice", m[1])
		}
		listed[m[1]] = true
	}
	// Behind = it is an octet in quoted-printable.
	name := regexp.MustCompile(`(?:^|[^=\w])([PSD]\d{1,2})\b`)
	for _, tree := range []string{"../cmd", "../internal", "../packaging"} {
		err = filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") {
				return err
			}
			source, err := os.ReadFile(path) // #nosec G304 -- our own source
			for _, m := range name.FindAllStringSubmatch(string(source), -1) {
				rule := m[1]
				named[rule] = path
				tested[rule] = tested[rule] || strings.HasSuffix(path, "_test.go")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for rule := range listed {
		if named[rule] == "" {
			t.Errorf("no source names %s, which ARCHITECTURE.md lists", rule)
		} else if rule[0] != 'D' && !tested[rule] {
			t.Errorf("no test names %s", rule)
		}
	}
	for rule, path := range named {
		if !listed[rule] {
			t.Errorf("%s names %s, which ARCHITECTURE.md does not list", path, rule)
		}
	}
}
