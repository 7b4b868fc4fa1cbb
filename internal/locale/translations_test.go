package locale

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/assets"
)

var (
	verb    = regexp.MustCompile(`%(\[\d+\])?[-+# 0-9.]*[a-zA-Z]`)
	call    = regexp.MustCompile(`\.(?:T|N)\(\s*"([^"]+)"`)
	literal = regexp.MustCompile("\"([a-z_]+\\.[a-z0-9_.-]*)\"")
)

// verbs lists the distinct placeholders of a translation, sorted.
func verbs(s string) []string {
	set := map[string]bool{}
	for _, v := range verb.FindAllString(strings.ReplaceAll(s, "%%", ""), -1) {
		set[v] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// Every key exists in every language with the same placeholders, which carry
// explicit indexes so that a translation may reorder them.
func TestTranslationsAgree(t *testing.T) {
	english := load(assets.Translations, 0).entries
	for i, l := range languages {
		other := load(assets.Translations, i).entries
		for key := range other {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not in English", l.suffix, key)
			}
		}
		for key, e := range english {
			o, ok := other[key]
			if !ok || o.other == "" {
				t.Errorf("%s: %s is missing", l.suffix, key)
				continue
			}
			if want, got := verbs(e.other), verbs(o.other); !slices.Equal(want, got) {
				t.Errorf("%s: %s has placeholders %v, English has %v", l.suffix, key, got, want)
			}
			for _, v := range verbs(o.other) {
				if !strings.HasPrefix(v, "%[") {
					t.Errorf("%s: %s: placeholder %s has no index", l.suffix, key, v)
				}
			}
		}
	}
}

// A key stands in one file only, or the order of files would decide.
func TestKeysStandOnce(t *testing.T) {
	keyLine := regexp.MustCompile(`(?m)^\s*"([^"]+)"\s*:`)
	files, err := fs.Glob(assets.Translations, "translations/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, file := range files {
		b, err := fs.ReadFile(assets.Translations, file)
		if err != nil {
			t.Fatal(err)
		}
		language := strings.Split(filepath.Base(file), ".")[1]
		for _, m := range keyLine.FindAllStringSubmatch(string(b), -1) {
			if !strings.Contains(m[1], ".") {
				continue // a plural form on a line of its own
			}
			id := language + " " + m[1]
			if before := seen[id]; before != "" {
				t.Errorf("%s stands in %s and in %s", m[1], before, file)
			}
			seen[id] = file
		}
	}
}

// The program asks for no key that is missing, and none is left unused.
func TestKeysAreUsed(t *testing.T) {
	used, prefixes, asked := map[string]bool{}, []string{}, map[string]string{}
	for _, root := range []string{"../../cmd", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path) //nolint:gosec // G304: the walk stays inside the source tree
			if err != nil {
				return err
			}
			for _, m := range call.FindAllStringSubmatch(string(b), -1) {
				asked[m[1]] = path
			}
			for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
				used[m[1]] = true
				if strings.HasSuffix(m[1], ".") || strings.HasSuffix(m[1], "_") {
					prefixes = append(prefixes, m[1])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	english := load(assets.Translations, 0).entries
	for key, path := range asked {
		_, ok := english[key]
		if !ok && !slices.ContainsFunc(prefixes, func(p string) bool { return p == key }) {
			t.Errorf("%s asks for %s, which no file has", path, key)
		}
	}
	for key := range english {
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}
