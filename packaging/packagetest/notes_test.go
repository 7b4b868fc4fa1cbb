package packagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A release tells what its own section of the changelog tells, and none is
// made without.
func TestReleaseNotes(t *testing.T) {
	changelog := filepath.Join(t.TempDir(), "CHANGELOG.md")
	content := "# Changelog\n\nAll changes.\n\n## Unreleased\n\n### Added\n- Not yet.\n\n" +
		"## 1.10.0\n- Ten.\n\n## [1.1.0] - 2026-11-25\n\n### Added\n- One.\n\n### Fixed\n- Two.\n\n" +
		"## 1.1.00\n- Other.\n\n## 1x1x1 - 2026-01-01\n- Pattern.\n\n## 1.0.0\n\n## 0.9.0\n- First.\n"
	if err := os.WriteFile(changelog, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	script := filepath.FromSlash(repository + "/scripts/release-notes.sh")
	for version, want := range map[string]string{
		"1.1.0":  "### Added\n- One.\n\n### Fixed\n- Two.\n",
		"1.10.0": "- Ten.\n",
		"0.9.0":  "- First.\n",
		"1.0.0":  "", // a heading alone
		"1.1.1":  "",
		"1.1":    "",
		".*":     "",
	} {
		var complaint strings.Builder
		cmd := exec.Command(script, version, changelog) // #nosec G204 -- a script of ours
		cmd.Stderr = &complaint
		notes, err := cmd.Output()
		if string(notes) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v, want %q", version, notes, err, want)
		}
		if want == "" && !strings.Contains(complaint.String(), `no section "## `+version+`"`) {
			t.Errorf("%s: it says %q", version, &complaint)
		}
	}
}
