package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A tag of somebody else's repository can be moved to other code, which would
// run with our token and our certificates; a commit cannot. The version beside
// it is for whoever reads or raises it.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob("../.github/workflows/*.y*ml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflow: %v", err)
	}
	uses := regexp.MustCompile(`\buses["']?\s*:\s*(.*)$`)
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	commits := map[string]string{} // by action and version
	for _, file := range files {
		text, err := os.ReadFile(file) // #nosec G304 -- our own
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			m := uses.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
			if m == nil || strings.HasPrefix(m[1], "./") { // ours, at the same commit
				continue
			}
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned: want OWNER/NAME@COMMIT # vX.Y.Z", filepath.Base(file), m[1])
				continue
			}
			action, rest, _ := strings.Cut(m[1], "@")
			commit, version, _ := strings.Cut(rest, " # ")
			if other := commits[action+version]; other != "" && other != commit {
				t.Errorf("%s %s is at %s and at %s", action, version, other, commit)
			}
			commits[action+version] = commit
		}
	}
	if len(commits) < 4 {
		t.Errorf("only %d actions were found", len(commits))
	}
}
