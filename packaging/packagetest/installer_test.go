//go:build packages

package packagetest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// Registry keys.
const (
	uninstallKey = `HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\traymail`
	classKey     = `HKCU\Software\Classes\traymail`
	notifierKey  = `HKCU\Software\Classes\AppUserModelId\io.github.traymail.traymail`
	activatorKey = `HKCU\Software\Classes\CLSID\{685D6E6F-437E-48B5-9F05-2C3A1B4F4822}`
	appPathKey   = `HKCU\Software\Microsoft\Windows\CurrentVersion\App Paths\traymail.exe`
	credentials  = `HKCU\Software\Wine\Credential Manager` // where Wine keeps them
)

// windows is a Windows of Wine's with an installer to try.
type windows struct {
	t       *testing.T
	ctx     context.Context // of the one test there is
	desktop *desktoptest.Desktop
	wine    *desktoptest.Wine
	setup   string
	appData string
	// installed is the folder it installs to, and program what it installs, as
	// Windows names it.
	installed, program string
}

func newWindows(t *testing.T, setup string) *windows {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	desktop, err := desktoptest.Start(ctx, desktoptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(desktop.Close)
	wine, err := desktop.StartWine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := wine.Profile()
	if err != nil {
		t.Fatal(err)
	}
	appData := filepath.Join(profile, "AppData")
	installed := filepath.Join(appData, "Local", "Programs", "traymail")
	return &windows{
		t: t, ctx: ctx, desktop: desktop, wine: wine, setup: wine.Path(setup), appData: appData,
		installed: installed, program: wine.Path(filepath.Join(installed, "traymail.exe")),
	}
}

// run runs a program that succeeds.
func (w *windows) run(stdin, program string, args ...string) string {
	w.t.Helper()
	out, err := w.wine.Output(w.ctx, stdin, program, args...)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
	return out
}

func (w *windows) await(what string, ok func() bool) {
	w.t.Helper()
	if err := w.desktop.Await(w.ctx, what, ok); err != nil {
		w.t.Fatal(err)
	}
}

func (w *windows) running() bool {
	_, err := w.wine.Output(w.ctx, "", w.program, "status")
	return err == nil
}

func (w *windows) install(args ...string) {
	w.t.Helper()
	w.run("", w.setup, append([]string{"/S"}, args...)...)
}

// onPath says whether terminals find the program.
func (w *windows) onPath() bool {
	w.t.Helper()
	return strings.Contains(strings.ToLower(w.run("", "reg", "query", `HKCU\Environment`)), strings.ToLower(w.wine.Path(w.installed)))
}

// uninstall returns when it is done: the uninstaller goes on as a copy of
// itself, so that it can remove itself, and takes away its key last.
func (w *windows) uninstall(args ...string) {
	w.t.Helper()
	w.run("", w.wine.Path(filepath.Join(w.installed, "uninstall.exe")), append([]string{"/S"}, args...)...)
	w.await("the end of uninstalling", func() bool {
		_, err := w.wine.Output(w.ctx, "", "reg", "query", uninstallKey)
		return err != nil
	})
	for _, key := range []string{classKey, notifierKey, activatorKey, appPathKey} {
		if out, err := w.wine.Output(w.ctx, "", "reg", "query", key); err == nil {
			w.t.Errorf("still registered: %s", out)
		}
	}
}

// isInstalled looks for every file, and what Windows is told about them.
func (w *windows) isInstalled() {
	w.t.Helper()
	entries, err := os.ReadDir(w.installed)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	want := []string{"CHANGELOG.md", "LICENSE.txt", "README.md", "README.zh-CN.md", "THIRD-PARTY-NOTICES.txt", "traymail.com", "traymail.exe", "uninstall.exe"}
	if !slices.Equal(names, want) {
		w.t.Errorf("installed %v, want %v", names, want)
	}
	licence, err := os.ReadFile(filepath.Join(w.installed, "LICENSE.txt"))
	if err != nil || !strings.HasPrefix(string(licence), "MIT License") {
		w.t.Errorf("the licence is %q, %v", licence, err)
	}
	if out := w.run("", w.program, "version"); !strings.Contains(out, "traymail "+version(w.t)+" (") {
		w.t.Errorf("the program is %s", out)
	}
	key := w.run("", "reg", "query", uninstallKey)
	for _, value := range []string{"traymail.exe", version(w.t), `uninstall.exe" /S`} {
		if !strings.Contains(key, value) {
			w.t.Errorf("no %s in %s", value, key)
		}
	}
	if key := w.run("", "reg", "query", appPathKey); !strings.Contains(key, w.program) {
		w.t.Errorf("Win+R would start %s", key)
	}
	if _, err := os.Stat(filepath.Join(w.appData, "Roaming/Microsoft/Windows/Start Menu/Programs/traymail.lnk")); err != nil {
		w.t.Error(err)
	}
}

// traces are all paths of the user's with traymail in their name.
func (w *windows) traces() (found []string) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Dir(w.appData), func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(strings.ToLower(filepath.Base(path)), "traymail") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}
