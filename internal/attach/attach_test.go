package attach

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestName(t *testing.T) {
	long := strings.Repeat("长", 100)
	for name, want := range map[string]string{
		"report.pdf":               "report.pdf",
		"年度报告 2026.pdf":            "年度报告 2026.pdf",
		"résumé (final).docx":      "résumé (final).docx",
		"../../etc/passwd":         "passwd",
		`..\..\windows\system.ini`: "system.ini",
		"C:\\autoexec.bat":         "autoexec.bat",
		"/":                        "file",
		"..":                       "file",
		"...":                      "file",
		".bashrc":                  "bashrc",
		"-rf":                      "rf",
		"~root":                    "root",
		"con":                      "_con",
		"CON.txt":                  "_CON.txt",
		"Lpt1 .log":                "_Lpt1 .log",
		"con.tar.gz":               "_con.tar.gz",
		"console.txt":              "console.txt",
		"name.":                    "name",
		"name . .":                 "name",
		"a:b?c*d.txt":              "a_b_c_d.txt",
		"file.txt:Zone.Identifier": "file.txt_Zone.Identifier",
		"a\x00b\nc.txt":            "ab c.txt",
		"invoice\u202efdp.exe":     "invoicefdp.exe",
		"a\u200bb.txt":             "ab.txt",
		"":                         "file",
		"   ":                      "file",
		long + ".pdf":              strings.Repeat("长", 45) + ".pdf",
	} {
		got := Name(name, "file")
		if got != want {
			t.Errorf("%q becomes %q instead of %q", name, got, want)
		}
		safe(t, name, got)
	}
}

// safe is what holds of every name.
func safe(t *testing.T, name, got string) {
	t.Helper()
	first, _, _ := strings.Cut(got, ".")
	switch {
	case got == "", len(got) > maxName, !utf8.ValidString(got), got != filepath.Base(got), strings.ContainsAny(got, "/\\<>:\"|?*\x00\r\n\u202e\u2066"),
		strings.HasPrefix(got, "."), strings.HasPrefix(got, "-"), strings.HasSuffix(got, "."), strings.HasSuffix(got, " "), reserved[strings.ToLower(strings.TrimSpace(first))]:
		t.Errorf("%q becomes %q", name, got)
	}
	if again := Name(got, "file"); again != got {
		t.Errorf("%q becomes %q and then %q", name, got, again)
	}
}

func FuzzName(f *testing.F) {
	for _, name := range []string{"a.pdf", "../x", "con.", "\u202eexe.pdf", ". .a", "com¹.x", strings.Repeat("ü", 300) + ".tar.gz", "a\xff.b", "CON .txt", "_con"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) { safe(t, name, Name(name, "file")) })
}

func TestNothingIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for range 3 {
		f, err := Create(dir, "../报告.pdf", "file")
		if err != nil {
			t.Fatal(err)
		}
		path, err := Write(f, func(w io.Writer) error { _, err := io.WriteString(w, f.Name()); return err })
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil || string(raw) != path {
			t.Errorf("%q, %v", raw, err)
		}
		names = append(names, filepath.Base(path))
	}
	if got := strings.Join(names, ","); got != "报告.pdf,报告 (2).pdf,报告 (3).pdf" {
		t.Error(got)
	}
	// What could not be written is not there.
	f, err := Create(dir, "x", "file")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(f, func(io.Writer) error { return errors.New("no") }); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(filepath.Join(dir, "x")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestRuns(t *testing.T) {
	for _, c := range []struct {
		name, kind, head string
		want             bool
	}{
		{"a.pdf", "application/pdf", "%PDF-1.7", false},
		{"a.jpg", "image/jpeg", "\xff\xd8\xff", false},
		{"a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK\x03\x04", false},
		{"a.zip", "application/zip", "PK\x03\x04", false},
		{"a.txt", "text/plain", "hello", false},
		{"报告.xlsx", "application/octet-stream", "PK", false},
		{"a.exe", "application/octet-stream", "MZ", true},
		{"invoice.pdf.EXE", "application/pdf", "", true},
		{"invoice.pdf.scr ", "application/pdf", "", true},
		{"a.docm", "application/octet-stream", "PK", true},
		{"a.html", "application/octet-stream", "", true},
		{"a.lnk", "", "", true},
		{"a.desktop", "", "", true},
		{"a.ps1", "text/plain", "", true},
		{"a", "application/octet-stream", "\x7fELF", true},
		{"a", "text/plain", "#!/bin/sh", true},
		{"a.txt", "application/x-sh", "", true},
		{"a.jpg", "image/jpeg", "MZ\x90", true},
		{"a.svg", "image/svg+xml", "<svg", true},
		{"a.iso", "", "", true},
	} {
		if got := Runs(c.name, c.kind, []byte(c.head)); got != c.want {
			t.Errorf("%q %q %q: %v", c.name, c.kind, c.head, got)
		}
	}
}
