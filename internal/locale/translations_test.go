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

	"golang.org/x/text/feature/plural"

	"github.com/traymail/traymail/assets"
)

var (
	verb    = regexp.MustCompile(`%(\[\d+\])?[-+# 0-9.]*[a-zA-Z]`)
	call    = regexp.MustCompile(`\.(T|N)\(\s*"([^"]+)"`)
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
// explicit indexes so that a translation may reorder them. A text is the same
// for every number or has exactly the plural forms of its language.
func TestTranslationsAgree(t *testing.T) {
	english := load(assets.Translations, languages[0]).all()
	for _, l := range languages {
		numbers := numbersOf(l)
		entries := load(assets.Translations, l).all()
		for key := range entries {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not in English", l.suffix, key)
			}
		}
		for key, e := range english {
			want := verbs(e.text + e.forms[plural.Other])
			got, ok := entries[key]
			switch {
			case !ok:
				t.Errorf("%s: %s is missing", l.suffix, key)
			case got.forms == nil:
				compare(t, l.suffix+": "+key, got.text, want, false)
			case !maps.Equal(present(got.forms), present(numbers)):
				t.Errorf("%s: %s has not the plural forms of the language: %v", l.suffix, key, got.forms)
			default:
				for form, text := range got.forms {
					compare(t, l.suffix+": "+key, text, want, numbers[form] == 1)
				}
			}
		}
	}
}

// numbersOf counts how many numbers have each of a language's plural forms.
func numbersOf(l spoken) map[plural.Form]int {
	numbers := map[plural.Form]int{}
	for n := range 1000 {
		numbers[form(l.tag, n)]++
	}
	return numbers
}

func present[V any](m map[plural.Form]V) map[plural.Form]bool {
	set := map[plural.Form]bool{}
	for form := range m {
		set[form] = true
	}
	return set
}

// compare looks at the placeholders of one text. Where it is for one number
// only, it may leave out the number.
func compare(t *testing.T, name, text string, want []string, single bool) {
	t.Helper()
	got := verbs(text)
	if text == "" {
		t.Errorf("%s is empty", name)
	}
	for _, v := range got {
		if !strings.HasPrefix(v, "%[") {
			t.Errorf("%s: placeholder %s has no index", name, v)
		}
	}
	if single && !slices.ContainsFunc(got, func(v string) bool { return !slices.Contains(want, v) }) {
		return
	}
	if !slices.Equal(want, got) {
		t.Errorf("%s has placeholders %v, English has %v", name, got, want)
	}
}

// Dates are made of a name for each day of the week and each month.
func TestNamesOfDays(t *testing.T) {
	for _, l := range languages {
		w := load(assets.Translations, l)
		for key, want := range map[string]int{"common.weekdays": 7, "common.months": 12} {
			if got := strings.Fields(w.all()[key].text); len(got) != want {
				t.Errorf("%s: %s has %d words", l.suffix, key, len(got))
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
		if !slices.ContainsFunc(languages, func(l spoken) bool { return l.suffix == language }) {
			t.Errorf("%s is of no language that can be chosen", file)
		}
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
	used, prefixes, asked, plain := map[string]bool{}, []string{}, map[string]string{}, map[string]bool{}
	for _, root := range []string{"../../cmd", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range call.FindAllStringSubmatch(string(b), -1) {
				asked[m[2]] = path
				if m[1] == "T" {
					plain[m[2]] = true
				}
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
	for _, l := range languages {
		for key, e := range load(assets.Translations, l).all() {
			if e.forms != nil && plain[key] {
				t.Errorf("%s: %s has plural forms, but is asked for without a number", l.suffix, key)
			}
		}
	}
	english := load(assets.Translations, languages[0]).all()
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

// Words that were corrected do not come back: CONTRIBUTING.md has the term for
// each thing.
func TestTermsAreKept(t *testing.T) {
	corrected := map[string]string{
		"en":      `(?i)belongs? into|\bone each\b|\bthe (same )?ledger\b`,
		"de":      `Verzeichnis|Mailbox|Briefkasten|Schlüsselring`,
		"es":      `no leíd[oa]|\bavisar|casilla|\bbajar\b`,
		"fr":      `boîte aux lettres|identifiant|porte-clés`,
		"pt_BR":   `\b[Aa]pag|\bavisar|\bcofre`,
		"ru":      `аккаунт|брелок|идентификатор`,
		"ja":      `取り込|書き出|キーチェーン|アプリケーションパスワード`,
		"ko":      `(^|[^앱 (]) ?비밀번호|편지함|안 읽은|개인키`,
		"zh_Hans": `电子邮件地址|帐户|[帐账]号|钥匙串|单击|开机|声音|应用密码`,
		"zh_TW":   `金鑰圈|帳戶|命令|郵箱|點擊|私鑰|標記為已讀|結束碼`,
	}
	for _, l := range languages {
		words := regexp.MustCompile(corrected[l.suffix])
		if words.String() == "" {
			t.Errorf("%s has no terms", l.suffix)
		}
		for key, e := range load(assets.Translations, l).all() {
			for _, text := range append(slices.Collect(maps.Values(e.forms)), e.text) {
				if w := words.FindString(text); w != "" {
					t.Errorf("%s: %s says %q: %s", l.suffix, key, w, text)
				}
			}
		}
	}
}

// all are the entries of all areas.
func (w *words) all() map[string]entry {
	all := map[string]entry{}
	for _, read := range w.areas {
		maps.Copy(all, read())
	}
	return all
}

// A key stands in the file that its first word names, where it is looked for.
func TestAreas(t *testing.T) {
	for _, l := range languages {
		w := load(assets.Translations, l)
		for area, read := range w.areas {
			for key := range read() {
				if _, ok := w.entry(key); !ok {
					t.Errorf("%s stands in %s.%s.json", key, area, l.suffix)
				}
			}
		}
	}
}
