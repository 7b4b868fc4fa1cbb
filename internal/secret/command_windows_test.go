package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// Variables that make the test binary another program: one that prints what it
// was started with, or one that holds the file open which it names until it
// is ended.
const (
	reportVariable = "SECRET_TEST_REPORT"
	holdVariable   = "SECRET_TEST_HOLD"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(reportVariable) != "":
		window, _, _ := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleWindow").Call()
		visible, _, _ := windows.NewLazySystemDLL("user32.dll").NewProc("IsWindowVisible").Call(window)
		fmt.Printf("%q, %d on the screen\n", os.Args[1:], visible)
		return
	case os.Getenv(holdVariable) != "":
		hold(os.Getenv(holdVariable))
		return
	}
	os.Exit(m.Run())
}

// hold makes a file that nobody can remove while it is open.
func hold(path string) {
	name, err := windows.UTF16PtrFromString(path)
	if err == nil {
		_, err = windows.CreateFile(name, windows.GENERIC_WRITE, windows.FILE_SHARE_READ, nil, windows.CREATE_ALWAYS, 0, 0)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	time.Sleep(10 * time.Minute)
}

// program is the test binary below a name with a space.
func program(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(t), "a program.exe")
	if err := os.WriteFile(path, b, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommand(t *testing.T) {
	t.Setenv("SECRET_TEST_WORD", "hunter2")
	for command, want := range map[string]string{
		`echo hunter2`:              "hunter2",
		`echo %SECRET_TEST_WORD%`:   "hunter2",
		`echo noise>&2&echo a "b"`:  `a "b"`,
		`echo one& echo two`:        "one",
		`"%ComSpec%" /c echo "x y"`: `"x y"`,
		`echo hunter2& exit /b 0`:   "hunter2",
	} {
		if got, err := Command(t.Context(), command); err != nil || got != want {
			t.Errorf("%s: %.50q, %v, want %q", command, got, err, want)
		}
	}
	for _, command := range []string{`echo.`, `rem`} {
		if got, err := Command(t.Context(), command); !errors.Is(err, errNothing) {
			t.Errorf("%s: %q is taken for a secret, %v", command, got, err)
		}
	}
	_, err := Command(t.Context(), `echo hunter2& echo no key>&2& exit 3`)
	failed, ok := errors.AsType[*CommandError](err)
	if !ok || failed.Said != "no key" || err.Error() != "the secret command failed: exit status 3" {
		t.Errorf("%v, %+v", err, failed)
	}
}

// Quotes reach the program as they stand, and no console is seen.
func TestCommandQuotes(t *testing.T) {
	exe := program(t)
	t.Setenv(reportVariable, "1")
	for arguments, want := range map[string]string{
		``:                           `[]`,
		`show mail`:                  `["show" "mail"]`,
		`"show this" "C:\a b\c.gpg"`: `["show this" "C:\\a b\\c.gpg"]`,
		`"a & b" --x="y z"`:          `["a & b" "--x=y z"]`,
	} {
		got, err := Command(t.Context(), `"`+exe+`" `+arguments)
		if want += ", 0 on the screen"; err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", arguments, got, err, want)
		}
	}
}

// What a command has started ends with it when its time is over.
func TestCommandEndsItsChildren(t *testing.T) {
	exe := program(t)
	held := filepath.Join(folder(t), "held")
	t.Setenv(holdVariable, held)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := Command(ctx, `cmd /c "`+exe+`"`)
		done <- err
	}()
	await(t, "the start of the child", func() bool { _, err := os.Stat(held); return err == nil })
	if os.Remove(held) == nil {
		t.Fatal("the file is not held")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	await(t, "the end of the child", func() bool { return os.Remove(held) == nil })
}

// What goes on after the line has told its secret, and is ended.
func TestCommandGoesOn(t *testing.T) {
	exe := program(t)
	held := filepath.Join(folder(t), "held")
	t.Setenv(holdVariable, held)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if got, err := Command(ctx, `echo hunter2& "`+exe+`"`); err != nil || got != "hunter2" {
		t.Errorf("%.50q, %v", got, err)
	}
	await(t, "the end of the child", func() bool { return !strings.Contains(fmt.Sprint(os.Remove(held)), "used by") })
}

// folder is a new one that is removed: os.RemoveAll asks Windows for a deletion
// that Wine 8 does not know.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "secret")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, path := range append(files, dir) {
			_ = os.Remove(path)
		}
	})
	return dir
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waiting for " + what)
		}
	}
}
