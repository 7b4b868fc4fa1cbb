package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/wholefile"
)

// hostile are files of size octets that would cost a decoder much more than
// that.
func hostile(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	count := func(format string) string { // numbered pieces
		var b strings.Builder
		for i := 0; b.Len() < size-len(format)-8; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
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
		"lists":           fill("[[a]]\n"),
		"list of lists":   fill("[[a.b.c.d.e.f.g.h.i.j.k.l]]\n"),
		"headings":        count("[a%d]\n"),
		"accounts":        fill("[[account]]\n"),
		"inline accounts": "account = [" + fill("{},") + "]",
		"empty tables":    "x = [" + fill("{},") + "]",
		"keys":            count("k%d=1\n"),
		"keys in a table": "x = {" + count("k%d=1,") + "z=1}",
		"unknown keys":    count("[[account]]\nk%d=1\n"),
		"dotted keys":     count("a%d.b.c.d.e.f.g.h.i.j.k=1\n"),
		"array":           "x = [" + fill("1,") + "]",
		"dates":           "x = [" + fill("1979-05-27,") + "]",
		"string":          "x = \"" + fill("a") + "\"",
		"escapes":         "x = \"" + fill(`\u0041`) + "\"",
		"escaped strings": "x = [" + fill(`"\u0041",`) + "]",
		"broken lines":    "x = \"\"\"" + fill("\\\n") + "\"\"\"",
		"name":            "[[account]]\nid = 'a'\nserver = 'a'\nuser = 'a'\nname = \"" + fill("a") + "\"",
		"comments":        fill("#\n"),
		"blank lines":     fill("\n"),
	}
}

// cost is how many octets are allocated on the way.
func cost(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What a stranger's file costs is bounded, and what is refused is so with one
// short sentence. Before the depth was bounded, each part of a dotted key became a
// table; and each of 20,000 empty accounts was normalised.
func TestHostileFilesCostLittle(t *testing.T) {
	for _, test := range []struct {
		size  int
		bound uint64 // on what is allocated, most of which is free by the end
	}{{60_000, 12 << 20}, {MaxExchange - 200, 40 << 20}} {
		for name, text := range hostile(test.size) {
			raw := []byte(text)
			for kind, read := range map[string]func() error{
				"settings": func() error { _, err := decode(raw); return err },
				"accounts": func() error { _, err := ReadAccounts("in.toml", raw, false); return err },
			} {
				var err error
				octets := cost(func() { err = read() })
				var file *FileError
				if err != nil && (!errors.As(err, &file) || len(err.Error()) > 300) {
					t.Errorf("%d octets, %s, as %s: error %.400v", test.size, name, kind, err)
				}
				if octets > test.bound {
					t.Errorf("%d octets, %s, as %s: %d KB were allocated", test.size, name, kind, octets>>10)
				}
			}
		}
	}
}

// A file that is too large is not read to its end, nor parsed.
func TestLargeFiles(t *testing.T) {
	text := strings.Repeat("[", 4<<20)
	path := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err, err2 error
	octets := cost(func() {
		_, err = Open(path)
		_, err2 = ReadAccounts("in.toml", []byte(text), false)
	})
	if !errors.Is(err, wholefile.ErrTooLarge) {
		t.Errorf("settings: %v", err)
	}
	if problem, ok := errors.AsType[FieldError](err2); !ok || problem.Key != MistakeExchangeLarge {
		t.Errorf("accounts: %v", err2)
	}
	if octets > 20<<20 {
		t.Errorf("%d KB were allocated", octets>>10)
	}
}

// BenchmarkHostile shows what 60 KB of each cost.
func BenchmarkHostile(b *testing.B) {
	for name, text := range hostile(60_000) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadAccounts("in.toml", []byte(text), false); err != nil {
					continue // as it should be; some have a problem for each account
				}
			}
		})
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
		"headings":                   {strings.Repeat("[[account]]\n", maxTables+1), "4001: the file holds too many tables, keys or values"},
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
