package settings

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hostile are files of size octets that would cost a decoder much more than that.
func hostile(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return map[string]string{
		"dotted key":      fill("a.") + "a = 1",
		"dotted heading":  "[" + fill("a.") + "a]",
		"inline tables":   "x = " + fill("{a="),
		"closed tables":   "x = " + strings.Repeat("{a=", size/4) + "1" + strings.Repeat("}", size/4),
		"arrays":          "x = " + fill("["),
		"closed arrays":   "x = " + strings.Repeat("[", size/7) + strings.Repeat("]", size/7),
		"brackets":        fill("["),
		"dotted in table": "[[account]]\nx = {" + fill("a.") + "a = 1}",
		"endless string":  "x = \"" + fill("a"),
		"quoted key":      "\"" + fill("a") + "\" = = 1",
	}
}

// What a stranger's file costs is bounded, and it is refused with one short
// sentence. Before the depth was bounded, each part of a dotted key became a
// table.
func TestHostileFilesCostLittle(t *testing.T) {
	const bound = 8 << 20
	for name, text := range hostile(60_000) {
		raw := []byte(text)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decode(raw)
		_, err2 := ReadAccounts("in.toml", raw, false)
		runtime.ReadMemStats(&after)
		for _, err := range []error{err, err2} {
			var file *FileError
			if !errors.As(err, &file) || file.Line == 0 || len(err.Error()) > 300 {
				t.Errorf("%s: error %.400v", name, err)
			}
		}
		if cost := after.TotalAlloc - before.TotalAlloc; cost > 2*bound {
			t.Errorf("%s: %d KB were allocated to read it twice", name, cost>>10)
		}
	}
}

func TestBoundsAreNamed(t *testing.T) {
	nested := func(n int) string { return "x = " + strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, test := range map[string]struct{ text, want string }{
		"depth that is not too much": {"# c\n" + nested(maxDepth), ""},
		"arrays":                     {"# c\n" + nested(maxDepth+1), "2: x: is nested more than 16 levels deep"},
		"heading":                    {"[" + strings.Repeat("a.", maxDepth) + "a]\n", "1: is nested more than 16 levels deep"},
		"key below a heading":        {"[a.b.c.d.e.f.g.h]\ni.j.k.l.m.n.o.p.q = 1\n", "2: a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q: is nested more than 16 levels deep"},
		"values":                     {"x = [" + strings.Repeat("1,", maxValues) + "]\n", "1: x: the file holds too many tables, keys or values"},
		"headings":                   {strings.Repeat("[[account]]\n", maxHeadings+1), "4001: the file holds too many tables, keys or values"},
		"keys":                       {strings.Repeat("a.b = 1\n", maxKeys/2+1), "501: a.b: the file holds too many tables, keys or values"},
		"keys of an inline table":    {"[a]\nx = [{" + strings.Repeat("a = 1, ", maxKeys) + "a = 1}]", "2: a.x: the file holds too many tables, keys or values"},
	} {
		got := ""
		if _, err := parse([]byte(test.text)); err != nil {
			got = strings.TrimPrefix(err.Error(), ":")
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Every key is found, however the tables are written.
func TestLines(t *testing.T) {
	d, err := parse([]byte(`version = 1
preferences = { theme = "dark",
  badge = "dot" }
"rule" = [
  # a comment
  { field = "sender",
    text = "x" }, { text = "y" }]
[[account]]
id = "a"
proxy = """
[[account]]
id = "no"
"""
filter.from = 1
[account.more]
id = "in a table of its own"
[ "account" . 'other' ]
[[ account ]] # the second
"id" = "b"
[other.account]
id = "c"
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		table string
		n     int
		key   string
		want  int
	}{
		{"", 0, "version", 1},
		{"", 0, "account", 8},
		{"", 0, "none", 0},
		{"preferences", 0, "theme", 2},
		{"preferences", 0, "badge", 3},
		{"preferences", 0, "none", 2},
		{"rule", 0, "field", 6},
		{"rule", 0, "text", 7},
		{"rule", 1, "text", 7},
		{"account", 0, "id", 9},
		{"account", 0, "filter", 14},
		{"account", 0, "more", 15},
		{"account", 0, "other", 17},
		{"account", 0, "none", 8},
		{"account", 1, "id", 19},
		{"account", 1, "none", 18},
	} {
		if got := d.line(test.table, test.n, test.key); got != test.want {
			t.Errorf("%s %d %s is on line %d, want %d", test.table, test.n, test.key, got, test.want)
		}
	}
}

// A syntax error names the key that it is in, where that can be read.
func TestSyntaxErrorsNameTheKey(t *testing.T) {
	for text, want := range map[string]string{
		"a = 1\n[b]\n\"c d\".e = x\n":     "b.\"c d\".e",
		"[b]\nc = 1\nc = 2\n":             "b.c",
		"[b]\nc = 99999999999999999999\n": "b.c",
		"[b]\nc d = 1\n":                  "",
		"[b\n":                            "",
		"":                                "",
	} {
		_, err := parse([]byte(text))
		var file *FileError
		if errors.As(err, &file) != (text != "") || file != nil && file.Key != want {
			t.Errorf("%q: %v, want the key %q", text, err, want)
		}
	}
}

// What editors of Windows write is read and stays as it is.
func TestByteOrderMarkAndLineEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	write(t, path, byteOrderMark+strings.ReplaceAll("# mine\n[preferences]\ntheme = 'dark' # dim\n", "\n", "\r\n"))
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(s *Settings) error {
		s.Preferences.Theme, s.Preferences.Autostart = "light", true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "# mine\r\n[preferences]\r\ntheme = \"light\" # dim\r\nautostart = true\r\n"
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("%q, %v, want %q", b, err, want)
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"", "a", `"\'`, "\t\n\r\x00\x1f\x7f", "家 🔔", "é"} {
		d, err := parse([]byte("x = " + quote(s)))
		if err != nil || d.values["x"] != s {
			t.Errorf("%q is written as %s and read as %q, %v", s, quote(s), d.values["x"], err)
		}
	}
	if _, err := parse([]byte("x = " + quote("\xff"))); err == nil {
		t.Error("what is no UTF-8 was written as something else")
	}
}
