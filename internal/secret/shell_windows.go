package secret

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/child"
)

// shell runs command by cmd.exe, without a console that would be seen. cmd.exe
// reads its command line by rules of its own: with /s it takes away the outer
// quotes and runs what is between them as it stands, where those that Go would
// escape stay escaped. /d leaves out what the registry would have it run first.
func shell(ctx context.Context, command string) *exec.Cmd {
	program := "cmd.exe"
	if folder, err := windows.GetSystemDirectory(); err == nil {
		program = filepath.Join(folder, program)
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		CmdLine:       `cmd.exe /d /s /c "` + command + `"`,
		CreationFlags: windows.CREATE_NO_WINDOW,
	}
	return cmd
}

// run runs what shell has made in a job, which ends as a whole when cmd is
// cancelled, and goes on without us otherwise: gpg leaves its agent behind.
// Where Windows refuses the job, cmd.exe ends alone.
func run(cmd *exec.Cmd) error {
	job, err := newJob()
	if err != nil {
		return child.Run(cmd)
	}
	defer func() { _ = windows.CloseHandle(job) }()
	cmd.Cancel = func() error {
		_ = windows.TerminateJobObject(job, 1)
		return cmd.Process.Kill()
	}
	if err := child.Start(cmd); err != nil {
		return err
	}
	// Long before cmd.exe is ready to start anything.
	_ = cmd.Process.WithHandle(func(process uintptr) {
		_ = windows.AssignProcessToJobObject(job, windows.Handle(process))
	})
	return cmd.Wait()
}

// newJob makes a job that processes may leave if they ask to.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_BREAKAWAY_OK},
	}
	_, _ = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	return job, nil
}

// brokenPipe is not told by the exit status here.
func brokenPipe(*os.ProcessState) bool { return false }
