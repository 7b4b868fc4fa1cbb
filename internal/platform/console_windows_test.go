package platform

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/platform/comstub"
)

// consoleVariable makes the test binary attach to its parent's console and
// leave it, and write what it has seen into the file it names.
const consoleVariable = "TRAYMAIL_PLATFORM_TEST_CONSOLE"

var kernel32 = windows.NewLazySystemDLL("kernel32.dll")

func init() {
	children[consoleVariable] = func(path string) {
		_, _, _ = freeConsole.Call() // which it has inherited, as none of ours does
		before := onConsole()
		attach(true, true, true)
		attached, heard := onConsole(), !Unheard(os.Stderr)
		_, said := fmt.Fprint(os.Stdout, "said")
		LeaveConsole()
		_, unsaid := fmt.Fprint(os.Stdout, "not said")
		_ = os.WriteFile(path, fmt.Appendf(nil, "%v,%v %v,%v,%v %v,%v,%v", HoldsTerminal(), before, attached, heard, said,
			onConsole(), Unheard(os.Stderr), errors.Is(unsaid, os.ErrClosed)), 0o600)
	}
}

// onConsole says whether this process has a console.
func onConsole() bool {
	f, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err == nil {
		_ = f.Close()
	}
	return err == nil
}

// What goes on after its command was typed is no longer of the terminal.
func TestLeaveConsole(t *testing.T) {
	if !onConsole() {
		_, _, _ = freeConsole.Call() // one without a screen, as Wine gives to what a pipe has started
		if ok, _, err := kernel32.NewProc("AllocConsole").Call(); ok == 0 {
			t.Fatal(err)
		}
		defer func() { _, _, _ = freeConsole.Call() }()
	}
	out := filepath.Join(folder(t), "out")
	t.Setenv(consoleVariable, out)
	run := func(want string) {
		t.Helper()
		if err := exec.Command(executable(t)).Run(); err != nil {
			t.Fatal(err)
		}
		if got := content(out); got != want {
			t.Errorf("it has seen %s, want %s", got, want)
		}
	}
	run("false,false true,true,<nil> false,true,true")
	// As traymail.com, this process waits for what it has started.
	name, err := windows.UTF16PtrFromString(comstub.Left(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	left, err := windows.CreateEvent(nil, 1, 0, name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = windows.CloseHandle(left) }()
	run("true,false true,true,<nil> false,true,true")
	if state, err := windows.WaitForSingleObject(left, 0); err != nil || state != windows.WAIT_OBJECT_0 {
		t.Errorf("nobody has said that it goes on by itself: %d, %v", state, err)
	}
}
