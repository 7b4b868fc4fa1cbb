package internal_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every protocol rule that ARCHITECTURE.md lists is named by a test, and no
// test names one that is not listed.
func TestProtocolRulesAreTested(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([PS]\d+) \|`).FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, m[1])
	}
	if len(listed) < 39 {
		t.Errorf("only %d rules are listed", len(listed))
	}
	name := regexp.MustCompile(`\b[PS]\d{1,2}\b`)
	named := map[string]string{}
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, rule := range name.FindAllString(string(source), -1) {
			named[rule] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range listed {
		if named[rule] == "" {
			t.Errorf("no test names %s", rule)
		}
	}
	for rule, path := range named {
		if !slices.Contains(listed, rule) {
			t.Errorf("%s names %s, which ARCHITECTURE.md does not list", path, rule)
		}
	}
}
