package platform

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// consoleVariable makes the test binary attach to its parent's console and
// leave it, and write what it has seen into the file it names.
const consoleVariable = "TRAYMAIL_PLATFORM_TEST_CONSOLE"

var kernel32 = windows.NewLazySystemDLL("kernel32.dll")

func init() {
	children[consoleVariable] = func(path string) {
		_, _, _ = freeConsole.Call() // which it has inherited, as none of ours does
		before := onConsole()
		attach()
		attached, heard := onConsole(), !Unheard(os.Stderr)
		_, said := fmt.Fprint(os.Stdout, "said")
		LeaveConsole()
		_, unsaid := fmt.Fprint(os.Stdout, "not said")
		_ = os.WriteFile(path, fmt.Appendf(nil, "%v %v,%v,%v %v,%v,%v", before, attached, heard, said,
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
	if err := exec.Command(executable(t)).Run(); err != nil {
		t.Fatal(err)
	}
	if got, want := content(out), "false true,true,<nil> false,true,true"; got != want {
		t.Errorf("it has seen %s, want %s", got, want)
	}
}
