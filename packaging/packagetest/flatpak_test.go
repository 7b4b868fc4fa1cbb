//go:build packages

package packagetest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The Flatpak cannot be built without a runtime from Flathub; what it takes
// from the source is there, at least.
func TestFlatpakInstallsWhatThereIs(t *testing.T) {
	manifest, err := os.ReadFile(filepath.Join(repository, "packaging/flatpak/io.github.traymail.traymail.yml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\b(?:scripts|packaging/linux|internal/assetgen|LICENSE|FyneApp)[\w/.-]*`).FindAllString(string(manifest), -1)
	if len(found) < 6 {
		t.Errorf("found only %v", found)
	}
	for _, path := range found {
		if _, err := os.Stat(filepath.Join(repository, path)); err != nil {
			t.Error(err)
		}
	}
}
