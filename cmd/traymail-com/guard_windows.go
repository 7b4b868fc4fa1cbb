package main

import (
	"io"
	"os"
	"os/exec"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/platform/comstub"
)

// guard waits for the end of the process that has started this one, and if it
// has left a crash, starts what is asked for; see platform.RestartAfterCrash.
// Nobody would see an error.
func guard(args []string) {
	_ = os.Unsetenv(comstub.Guard)
	if len(args) < 2 {
		os.Exit(2)
	}
	// It may wait for weeks: the memory of its start goes back.
	const all = ^uintptr(0)
	_ = windows.SetProcessWorkingSetSizeEx(windows.CurrentProcess(), all, all, 0)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if info, err := os.Stat(args[0]); err != nil || info.Size() == 0 { // #nosec G703 -- as the program says
		return
	}
	cmd := exec.Command(args[1], args[2:]...) // #nosec G204 G702 -- the program that has crashed
	cmd.SysProcAttr = &windows.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
	_ = cmd.Start()
}
