//go:build packages

package packagetest

import (
	"archive/zip"
	"bytes"
	"debug/pe"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// zipped are the files of an archive by name, without the folder they lie in.
func zipped(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	r, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	files := map[string][]byte{}
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(f.Name)] = b
	}
	return files
}

// The zip holds the program with its icon, version and manifest, and the
// papers.
func TestWindowsZip(t *testing.T) {
	files := zipped(t, dist(t, "traymail-*-windows-amd64.zip"))
	var names []string
	for name, content := range files {
		names = append(names, name)
		if len(content) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	slices.Sort(names)
	want := []string{"CHANGELOG.md", "LICENSE.txt", "README.md", "README.zh-CN.md", "THIRD-PARTY-NOTICES.txt", "traymail.com", "traymail.exe"}
	if !slices.Equal(names, want) {
		t.Errorf("holds %v, want %v", names, want)
	}
	program, err := pe.NewFile(bytes.NewReader(files["traymail.exe"]))
	if err != nil {
		t.Fatal(err)
	}
	header, ok := program.OptionalHeader.(*pe.OptionalHeader64)
	if !ok || header.Subsystem != pe.IMAGE_SUBSYSTEM_WINDOWS_GUI {
		t.Error("it is not a program for windows, and would open a console")
	}
	terminal, err := pe.NewFile(bytes.NewReader(files["traymail.com"]))
	if err != nil {
		t.Fatal(err)
	}
	if header, ok := terminal.OptionalHeader.(*pe.OptionalHeader64); !ok || header.Subsystem != pe.IMAGE_SUBSYSTEM_WINDOWS_CUI {
		t.Error("no shell would wait for traymail.com")
	}
	section := program.Section(".rsrc")
	if section == nil {
		t.Fatal("it has no resources")
	}
	resources, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	icon, err := os.ReadFile(filepath.Join(repository, "assets", "icon.ico"))
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, u := range utf16.Encode([]rune(version(t) + ".0")) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for what, part := range map[string][]byte{
		"manifest": []byte("PerMonitorV2"), "version": wide, "icon": icon[len(icon)-4096:],
	} {
		if !bytes.Contains(bytes.ToLower(resources), bytes.ToLower(part)) {
			t.Errorf("its resources hold no %s", what)
		}
	}
	if strings.Contains(string(files["traymail.exe"]), filepath.Dir(dist(t, "SHA256SUMS"))) {
		t.Error("it holds a path of this machine")
	}
}

// The winget manifest is of this version and this installer.
func TestWinget(t *testing.T) {
	sums, err := os.ReadFile(dist(t, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	files := zipped(t, dist(t, "*-winget.zip"))
	if len(files) != 4 {
		t.Errorf("%d files, want 4", len(files))
	}
	for name, content := range files {
		if !bytes.Contains(content, []byte("PackageVersion: \""+version(t)+"\"\n")) || bytes.Contains(content, []byte("@")) {
			t.Errorf("%s:\n%s", name, content)
		}
	}
	installer := string(files["traymail.traymail.installer.yaml"])
	_, sum, _ := strings.Cut(installer, "InstallerSha256: ")
	sum, _, _ = strings.Cut(sum, "\n")
	if want := strings.ToLower(sum) + "  traymail-" + version(t) + "-windows-amd64-setup.exe\n"; sum == "" || !strings.Contains(string(sums), want) {
		t.Errorf("no %q in\n%s", want, sums)
	}
}
