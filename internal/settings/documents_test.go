package settings

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// What the documents tell people to write into the settings file is right.
func TestDocumentedSettings(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(text, -1) {
			found++
			read, err := decode(append([]byte("version = 1\n"), m[1]...))
			if err != nil || len(read.warnings) > 0 {
				t.Errorf("%s: %v, %v in\n%s", filepath.Base(file), err, read.warnings, m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d examples", found)
	}
}
