package internal_test

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// A release is signed before it is published, with the statement in it, and
// nothing but its last job may sign.
func TestReleasesAreSigned(t *testing.T) {
	text, err := os.ReadFile("../.github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, publish, _ := strings.Cut(string(text), "\n  publish:\n")
	at := 0
	for _, want := range []string{
		"id-token: write", "attestations: write", "sha256sum -- *", "actions/attest-build-provenance@", "dist/*", "SHA256SUMS",
		"steps.provenance.outputs.bundle-path", "gh release create", "dist/* SHA256SUMS \"traymail-$VERSION.sigstore.json\"",
	} {
		i := strings.Index(publish[at:], want)
		if i < 0 {
			t.Fatalf("%s is missing, or in another place", want)
		}
		at += i
	}
	if n := strings.Count(string(text), "id-token: write"); n != 1 {
		t.Errorf("%d jobs may sign", n)
	}
}

// Each module of ours gets its updates, and each tool that one names: these
// are marked as indirect in go.mod, and passed over unless allowed by name.
func TestDependabotKnowsEveryModule(t *testing.T) {
	text, err := os.ReadFile("../.github/dependabot.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := string(text)
	tool := regexp.MustCompile(`(?m)^(?:tool |\t)([^\s()]+)$`)
	allowed := regexp.MustCompile(`(?m)^ *- dependency-name: (\S+)\n *dependency-type: all$`).FindAllStringSubmatch(config, -1)
	modules, tools := 0, 0
	err = filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != ".." {
			return cmp.Or(err, fs.SkipDir)
		}
		if entry.Name() != "go.mod" {
			return nil
		}
		modules++
		folder := "/" + strings.Trim(filepath.ToSlash(filepath.Dir(path)), "./")
		if !regexp.MustCompile(`(?m)^ *(?:directory:|-) ` + folder + `$`).MatchString(config) {
			t.Errorf("dependabot.yml does not have the module in %s", folder)
		}
		mod, err := os.ReadFile(path) // #nosec G304 -- our own
		for _, m := range tool.FindAllStringSubmatch(string(mod), -1) {
			tools++
			if !slices.ContainsFunc(allowed, func(a []string) bool { return m[1] == a[1] || strings.HasPrefix(m[1], a[1]+"/") }) {
				t.Errorf("dependabot.yml does not allow the tool %s of %s", m[1], folder)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if modules < 3 || tools < 5 {
		t.Errorf("only %d modules and %d tools were found", modules, tools)
	}
}

// Nothing for macOS is published that it would refuse: what is handed on is
// signed and has a ticket, or does not exist.
func TestOnlyNotarisedIsReleased(t *testing.T) {
	text, err := os.ReadFile("../.github/workflows/release.yml")
	if err != nil {
		t.Fatal(err)
	}
	upload := regexp.MustCompile(`(?m)^ +- if: (.*)\n +uses: actions/upload-artifact@.*\n +with:\n +name: macos$`).FindStringSubmatch(string(text))
	if upload == nil || upload[1] != "env.MACOS_SIGN_IDENTITY != '' && env.MACOS_NOTARY_PROFILE != ''" {
		t.Errorf("the application for macOS is handed on if %q", upload)
	}
}
