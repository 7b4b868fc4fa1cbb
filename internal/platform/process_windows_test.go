package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/traymail/traymail/internal/platform/toasts"
)

// Variables that make the test binary write what it was started with into the
// file they name: as a child of ours, or as the program for a link, whose
// input is not ours to give.
const (
	reportVariable = "TRAYMAIL_PLATFORM_TEST_REPORT"
	linkVariable   = "PLATFORM_TEST_LINK"
)

func init() {
	children[linkVariable] = func(path string) {
		_ = os.WriteFile(path+".part", fmt.Appendf(nil, "%q", os.Args[1:]), 0o600)
		_ = os.Rename(path+".part", path)
	}
	children[reportVariable] = func(path string) {
		fmt.Println("said")
		fmt.Fprintln(os.Stderr, "complained")
		n, _ := os.Stdin.Read(make([]byte, 1))
		console, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleWindow").Call()
		// Renaming makes the result appear at once.
		_ = os.WriteFile(path+".part", fmt.Appendf(nil, "%q, %d octets of input, console %d", os.Args[1:], n, console), 0o600)
		_ = os.Rename(path+".part", path)
	}
}

func executable(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func TestSpawn(t *testing.T) {
	dir := folder(t)
	out, log := filepath.Join(dir, "out"), filepath.Join(dir, "log")
	t.Setenv(reportVariable, out)
	ended := make(chan error, 1)
	if err := SpawnLogged(log, func(err error) { ended <- err }, executable(t), "a b", `"c" \`, "%PATH%"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if want := `["a b" "\"c\" \\" "%PATH%"], 0 octets of input, console 0`; content(out) != want {
		t.Errorf("the child reports %s, want %s", content(out), want)
	}
	if got := content(log); got != "said\ncomplained\n" {
		t.Errorf("the log is %q", got)
	}
	if err := Spawn(filepath.Join(dir, "missing.exe")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}

// Who redirects what we print reads it; the null device nobody does.
func TestUnheard(t *testing.T) {
	file, err := os.Create(filepath.Join(folder(t), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	if Unheard(file) || !Unheard(null) || !Unheard(nil) {
		t.Errorf("a file: %v, the null device: %v, none: %v", Unheard(file), Unheard(null), Unheard(nil))
	}
}

// wine says whether this is no real Windows, on which a test must not change
// what the user's links open with.
func wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func TestOpenURL(t *testing.T) {
	refuses(t)
	if !wine() {
		return
	}
	out := filepath.Join(folder(t), "out")
	t.Setenv(linkVariable, out)
	for _, scheme := range []string{"https", "mailto"} {
		key, _, err := registry.CreateKey(registry.CLASSES_ROOT, scheme+`\shell\open\command`, registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(key.SetStringValue("", `"`+executable(t)+`" "%1"`), key.Close()); err != nil {
			t.Fatal(err)
		}
		protocol, _, err := registry.CreateKey(registry.CLASSES_ROOT, scheme, registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(protocol.SetStringValue("URL Protocol", ""), protocol.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range []string{
		"https://example.org/path?q=a%20b&c=d#part",
		"mailto:someone@example.org?subject=Hi%20there",
	} {
		_ = os.Remove(out)
		if err := OpenURL(t.Context(), link); err != nil {
			t.Errorf("%s: %v", link, err)
		}
		await(t, link, func() bool { return content(out) == fmt.Sprintf("[%q]", link) })
	}
}

func TestRegisterLinks(t *testing.T) {
	const class = `Software\traymail-test\Classes\traymail`
	remove := func() {
		for _, key := range []string{`\shell\open\command`, `\shell\open`, `\shell`, `\DefaultIcon`, "", `\..`, `\..\..`} {
			_ = registry.DeleteKey(registry.CURRENT_USER, filepath.Clean(class+key))
		}
	}
	remove()
	defer remove()
	for _, exe := range []string{`C:\old\traymail.exe`, `C:\Program Files\traymail\traymail.exe`, `C:\Program Files\traymail\traymail.exe`} {
		if err := registerLinks(class, exe); err != nil {
			t.Fatal(err)
		}
		key, err := registry.OpenKey(registry.CURRENT_USER, class+`\shell\open\command`, registry.QUERY_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		command, _, err := key.GetStringValue("")
		if want := `"` + exe + `" -- "%1"`; err != nil || command != want {
			t.Errorf("%q, %v, want %q", command, err, want)
		}
		_ = key.Close()
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, class, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = key.Close() }()
	if _, _, err := key.GetStringValue("URL Protocol"); err != nil {
		t.Errorf("without it, it is no protocol: %v", err)
	}
}

func TestRegisterNotifications(t *testing.T) {
	const classes = `Software\traymail-test\Classes`
	register(t, map[[2]string]string{ // theirs to remove
		{classes + `\AppUserModelId\` + toasts.AppID, "DisplayName"}:         "old",
		{classes + `\CLSID\` + toasts.ActivatorID + `\LocalServer32`, "old"}: "old",
	})
	for _, exe := range []string{`C:\old\traymail.exe`, `C:\Program Files\traymail\traymail.exe`} {
		if err := registerNotifications(classes, exe, `C:\icon.png`); err != nil {
			t.Fatal(err)
		}
		for value, want := range map[[2]string]string{
			{`\AppUserModelId\` + toasts.AppID, "DisplayName"}:      "traymail",
			{`\AppUserModelId\` + toasts.AppID, "IconUri"}:          `C:\icon.png`,
			{`\AppUserModelId\` + toasts.AppID, "CustomActivator"}:  toasts.ActivatorID,
			{`\CLSID\` + toasts.ActivatorID + `\LocalServer32`, ""}: `"` + exe + `" --background --activation`,
		} {
			if got, err := readValue(classes+value[0], value[1]); got != want || err != nil {
				t.Errorf("%v is %q, %v, want %q", value, got, err, want)
			}
		}
	}
}
