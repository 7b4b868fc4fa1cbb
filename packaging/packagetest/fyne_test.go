//go:build packages

package packagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/desktoptest"
)

// fynePackage runs Fyne's own packager on a copy of the source, in which it
// changes files, and returns that copy.
func fynePackage(t *testing.T, env []string, args ...string) (source string) {
	t.Helper()
	source, tool := t.TempDir(), filepath.Join(t.TempDir(), "fyne")
	output(t, "sh", "-euc", `cd "$1"; git ls-files -z | tar --null -T - -cf - | tar -C "$2" -xf -`, "sh", repository, source)
	output(t, "go", "build", "-C", filepath.Join(repository, "packaging", "tools"), "-o", tool, "fyne.io/tools/cmd/fyne")
	cmd := exec.CommandContext(t.Context(), tool, append([]string{
		"package", "--source-dir", "cmd/traymail", "--icon", filepath.Join(source, "assets", "icon.png"),
	}, args...)...)
	cmd.Dir = source
	// What "make package" has compiled need not be compiled again.
	cmd.Env = append(append(os.Environ(), "GOFLAGS=-trimpath -buildvcs=false", "CGO_ENABLED=1"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return source
}

const settingsTitle = "^traymail.*Settings$" // a pattern: xdotool compares bytes where the locale is missing

// What Fyne's packager makes of FyneApp.toml can be installed, and runs.
func TestFynePackage(t *testing.T) {
	source := fynePackage(t, nil)
	work := t.TempDir()
	output(t, "tar", "-C", work, "-xf", filepath.Join(source, "traymail.tar.xz"))
	root := t.TempDir()
	output(t, "make", "-C", filepath.Join(work, "traymail"), "install", "DESTDIR="+root, "PREFIX=/usr")

	entry := filepath.Join(root, "usr/share/applications/io.github.traymail.traymail.desktop")
	clean(t, "desktop-file-validate", entry)
	text, err := os.ReadFile(entry)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, want := range []string{
		"Name=traymail", "GenericName=Mail Notifier", "Icon=io.github.traymail.traymail", "Categories=Network;Email;",
		"Keywords=mail;email;pop3;notifier;tray;",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	icon, err := os.ReadFile(filepath.Join(root, "usr/share/pixmaps/io.github.traymail.traymail.png"))
	if own, _ := os.ReadFile(filepath.Join(repository, "assets/icon.png")); err != nil || !slices.Equal(icon, own) {
		t.Errorf("its icon is another one: %v", err)
	}

	program := filepath.Join(root, "usr/bin/traymail")
	if out := output(t, program, "version"); !strings.HasPrefix(out, "traymail "+version(t)+" (") {
		t.Errorf("it says %s", out)
	}
	desktop, err := desktoptest.Start(t.Context(), desktoptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	if _, err := desktop.Launch(program); err != nil {
		t.Fatal(err)
	}
	if _, err := desktop.AwaitWindow(t.Context(), settingsTitle); err != nil {
		t.Fatal(err)
	}
	if out, err := desktop.Output(t.Context(), program, "quit"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// The same for Windows.
func TestFynePackageForWindows(t *testing.T) {
	source := fynePackage(t, []string{"GOOS=windows", "GOARCH=amd64", "CC=x86_64-w64-mingw32-gcc"}, "--target", "windows")
	w := newWindows(t, "")
	program := w.wine.Path(filepath.Join(source, "cmd", "traymail", "traymail.exe"))
	if out := w.run("", program, "version"); !strings.HasPrefix(out, "traymail "+version(t)+" (") {
		t.Errorf("it says %s", out)
	}
	w.run("", "start", program)
	if _, err := w.desktop.AwaitWindow(w.ctx, settingsTitle); err != nil {
		t.Fatal(err)
	}
	w.run("", program, "quit")
}
