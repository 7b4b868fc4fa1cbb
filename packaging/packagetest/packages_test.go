//go:build packages

package packagetest

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dist is the one file in dist that matches pattern.
func dist(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(repository, "dist", pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s in dist: %v, %v; run: make package", pattern, found, err)
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// output runs a command that succeeds and returns what it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, complaint.String())
	}
	return string(out)
}

// clean runs a checker, whose every word is a complaint.
func clean(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// version is what FyneApp.toml says.
func version(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, "FyneApp.toml"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^\s*Version = "(.*)"$`).FindSubmatch(b)
	if found == nil {
		t.Fatal("FyneApp.toml says no version")
	}
	return string(found[1])
}

// unpacked is the content of an archive in a temporary folder.
func unpacked(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	if strings.HasSuffix(archive, ".deb") {
		output(t, "dpkg-deb", "-x", archive, dir)
	} else {
		output(t, "bsdtar", "-xf", archive, "-C", dir)
	}
	return dir
}

// SHA256SUMS lists every file but itself, truly.
func TestChecksums(t *testing.T) {
	sums, err := os.ReadFile(dist(t, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		content, err := os.ReadFile(filepath.Join(repository, "dist", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s is not what its checksum says", name)
		}
		listed = append(listed, name)
	}
	entries, err := os.ReadDir(filepath.Join(repository, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "SHA256SUMS" && !slices.Contains(listed, name) {
			t.Errorf("%s has no checksum", name)
		}
	}
}

// The checkers of the distributions have nothing to say.
func TestCheckers(t *testing.T) {
	deb := dist(t, "*.deb")
	clean(t, "lintian", "--allow-root", "--fail-on", "error,warning", deb)
	for _, archive := range []string{deb, dist(t, "*.rpm"), dist(t, "*.pkg.tar.zst"), dist(t, "*.apk")} {
		t.Run(filepath.Ext(archive), func(t *testing.T) {
			root := unpacked(t, archive)
			clean(t, "desktop-file-validate", filepath.Join(root, "usr/share/applications", "io.github.traymail.traymail.desktop"))
			metainfo := filepath.Join(root, "usr/share/metainfo/io.github.traymail.traymail.metainfo.xml")
			output(t, "appstreamcli", "validate", "--no-net", metainfo)
			if xml, err := os.ReadFile(metainfo); err != nil || !strings.Contains(string(xml), `<release version="`+version(t)+`"`) {
				t.Errorf("the metadata is of another version (%v)", err)
			}
			for _, page := range []string{"man/man1", "man/zh_CN/man1"} {
				cmd := exec.CommandContext(t.Context(), "man", "--warnings", "-E", "UTF-8", "-l", filepath.Join(root, "usr/share", page, "traymail.1.gz"))
				cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80")
				var complaint bytes.Buffer
				cmd.Stderr = &complaint
				if out, err := cmd.Output(); err != nil || complaint.Len() > 0 || !bytes.Contains(out, []byte("traymail account add")) {
					t.Errorf("%s: %v %s\n%s", page, err, complaint.String(), out)
				}
			}
			clean(t, "bash", "-n", filepath.Join(root, "usr/share/bash-completion/completions/traymail"))
			if !strings.Contains(output(t, filepath.Join(root, "usr/bin/traymail"), "version"), "traymail "+version(t)+" (") {
				t.Error("the program says another version")
			}
		})
	}
}

// Each package is what testdata says, entry by entry: metadata,
// modes, owners and names, but no sizes or times.
func TestContents(t *testing.T) {
	varying := regexp.MustCompile(`(?m)^(builddate|datahash|size|Installed-Size|Architecture|arch)\b.*\n`)
	for name, describe := range map[string]func(*testing.T) string{
		"deb": func(t *testing.T) string {
			return output(t, "dpkg-deb", "-f", dist(t, "*.deb")) + "\n" + listing(t, dist(t, "*.deb"))
		},
		"rpm": func(t *testing.T) string {
			return output(t, "rpm", "-qp", "--qf", "%{name} %{version}-%{release}\n%{license}\n%{summary}\n%{url}\n", dist(t, "*.rpm")) +
				"requires\n" + output(t, "rpm", "-qp", "--requires", dist(t, "*.rpm")) +
				"recommends\n" + output(t, "rpm", "-qp", "--recommends", dist(t, "*.rpm")) +
				"\n" + output(t, "rpm", "-qp", "--qf", "[%{filemodes:perms} %{fileusername}/%{filegroupname} %{filenames}\n]", dist(t, "*.rpm"))
		},
		"archlinux": func(t *testing.T) string {
			return output(t, "bsdtar", "-xOf", dist(t, "*.pkg.tar.zst"), ".PKGINFO") + "\n" + listing(t, dist(t, "*.pkg.tar.zst"))
		},
		"apk": func(t *testing.T) string {
			return output(t, "bsdtar", "-xOf", dist(t, "*.apk"), ".PKGINFO") + "\n" + listing(t, dist(t, "*.apk"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.ReplaceAll(varying.ReplaceAllString(describe(t), ""), version(t), "VERSION")
			golden := filepath.Join("testdata", name+".txt")
			want, err := os.ReadFile(golden)
			if string(want) != got {
				t.Errorf("%s is not what %s says (%v); UPDATE_GOLDEN=1 writes what it is:\n%s", name, golden, err, got)
			}
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// listing is mode, owner and name of each file in an archive, folders left
// out.
func listing(t *testing.T, archive string) string {
	t.Helper()
	var text string
	if strings.HasSuffix(archive, ".deb") {
		text = output(t, "dpkg-deb", "-c", archive)
	} else {
		text = output(t, "bsdtar", "--numeric-owner", "-tvf", archive)
	}
	var lines []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if strings.HasPrefix(line, "d") {
			continue
		}
		owner := f[1]
		if owner == "0" { // bsdtar: links, owner, group
			owner = f[2] + "/" + f[3]
		}
		lines = append(lines, f[0]+" "+owner+" "+strings.TrimPrefix(f[len(f)-1], "./"))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// What Debian's own tool finds in the binary is among the dependencies.
func TestDependsOnWhatItIsLinkedTo(t *testing.T) {
	deb := dist(t, "*.deb")
	root := unpacked(t, deb)
	work := t.TempDir()
	if err := os.Mkdir(filepath.Join(work, "debian"), 0o755); err != nil {
		t.Fatal(err)
	}
	control := "Source: traymail\n\nPackage: traymail\nArchitecture: any\n"
	if err := os.WriteFile(filepath.Join(work, "debian", "control"), []byte(control), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "dpkg-shlibdeps", "-O", filepath.Join(root, "usr/bin/traymail"))
	cmd.Dir = work
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	declared := strings.Split(strings.TrimSpace(output(t, "dpkg-deb", "-f", deb, "Depends")), ", ")
	found := strings.Split(strings.TrimSpace(strings.TrimPrefix(string(out), "shlibs:Depends=")), ", ")
	for _, need := range found {
		if !slices.Contains(declared, need) {
			t.Errorf("linked to %s, which is not among %v", need, declared)
		}
	}
	if len(found) < 3 {
		t.Errorf("linked to %v only", found)
	}
}

// Alpine's C library is another one, so the binary there needs none.
func TestAlpineBinaryIsStatic(t *testing.T) {
	binary, err := elf.Open(filepath.Join(unpacked(t, dist(t, "*.apk")), "usr/bin/traymail"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = binary.Close() }()
	if libraries, err := binary.ImportedLibraries(); len(libraries) > 0 || err != nil {
		t.Errorf("linked to %v (%v)", libraries, err)
	}
	for _, segment := range binary.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("it asks for a dynamic linker")
		}
	}
}
