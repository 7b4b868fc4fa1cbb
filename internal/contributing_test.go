package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// point is a row of a table or of a list, and what it quotes as code.
type point struct {
	line   string
	quotes []string
}

func points(t *testing.T, file string) (all []point) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "- ") {
			all = append(all, point{strings.TrimSpace(line), regexp.MustCompile("`[^`]+`").FindAllString(line, -1)})
		}
	}
	return all
}

// Both languages of CONTRIBUTING say the same: row by row they name the same
// paths and commands in the same order.
func TestContributingInBothLanguages(t *testing.T) {
	english, chinese := points(t, "CONTRIBUTING.md"), points(t, "CONTRIBUTING.zh-CN.md")
	for i := range min(len(english), len(chinese)) {
		if !slices.Equal(english[i].quotes, chinese[i].quotes) {
			t.Errorf("row %d differs in what it names:\n%s\n%s", i+1, english[i].line, chinese[i].line)
			return // what follows is shifted, as a rule
		}
	}
	if len(english) != len(chinese) {
		t.Errorf("%d rows in English, %d in Chinese", len(english), len(chinese))
	}
}

// What the map of CONTRIBUTING names is there.
func TestContributingNamesWhatExists(t *testing.T) {
	source := regexp.MustCompile("^`((?:assets|cmd|docs|internal|packaging|scripts|\\.github)(?:/[^ ]*)?)")
	found := 0
	for _, p := range points(t, "CONTRIBUTING.md") {
		for _, quote := range p.quotes {
			m := source.FindStringSubmatch(strings.TrimSuffix(quote, "`"))
			if m == nil {
				continue
			}
			found++
			pattern := strings.NewReplacer("AREA", "*", "LANGUAGE", "*").Replace(m[1])
			if files, err := filepath.Glob(filepath.Join("..", pattern)); err != nil || len(files) == 0 {
				t.Errorf("there is no %s: %s", m[1], p.line)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d paths are named", found)
	}
}
