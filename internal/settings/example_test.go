package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The commented examples load, document every field, and name the defaults as
// they are, in both languages alike.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../docs/settings.example*.toml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	var keys [][]string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		// With every default written out, it says the same.
		commented := regexp.MustCompile(`(?m)^# ([a-z_]+ = )`)
		full := commented.ReplaceAll(raw, []byte("$1"))
		spelt, err := decode(full)
		if err != nil {
			t.Fatalf("%s with its defaults: %v", file, err)
		}
		if len(plain.warnings)+len(spelt.warnings) != 0 {
			t.Errorf("%s has keys that do nothing: %v %v", file, plain.warnings, spelt.warnings)
		}
		if !reflect.DeepEqual(plain.settings, spelt.settings) {
			t.Errorf("%s documents other defaults than there are:\n%+v\n%+v", file, spelt.settings, plain.settings)
		}
		if plain.settings.Preferences != (Preferences{}) {
			t.Errorf("%s: %+v are not the defaults", file, plain.settings.Preferences)
		}
		doc, err := parse(full)
		if err != nil {
			t.Fatal(err)
		}
		for name, known := range map[string][]string{"": keysOf[Settings](), "preferences": preferenceKeys, "rule": keysOf[Rule](), "hook": keysOf[Hook](), "account": append(slices.Clip(accountKeys), within(oauthKeys)...)} {
			for _, key := range known {
				if _, ok := doc.lines[place{table: name, key: key}]; !ok {
					t.Errorf("%s does not document %s", file, strings.TrimPrefix(name+"."+key, "."))
				}
			}
		}
		var order []string
		for _, m := range regexp.MustCompile(`(?m)^([a-z_]+) =|^\[+[a-z]+`).FindAllSubmatch(full, -1) {
			order = append(order, string(m[0]))
		}
		keys = append(keys, order)
	}
	if !slices.Equal(keys[0], keys[1]) {
		t.Errorf("the examples differ: %q and %q", keys[0], keys[1])
	}
}

// within are the keys of the table in an account.
func within(keys []string) (all []string) {
	for _, key := range keys {
		all = append(all, oauthPrefix+key)
	}
	return all
}
