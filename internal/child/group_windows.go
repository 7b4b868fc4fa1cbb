package child

import (
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// RunGroup is Run without a console that would be seen, in a job that ends as a
// whole when cmd, that exec.CommandContext has made, is cancelled. Where Windows
// refuses the job, the program ends alone.
func RunGroup(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_NO_WINDOW
	job, err := newJob()
	if err != nil {
		return Run(cmd)
	}
	defer func() { _ = windows.CloseHandle(job) }()
	cmd.Cancel = func() error {
		_ = windows.TerminateJobObject(job, 1)
		return cmd.Process.Kill()
	}
	if err := Start(cmd); err != nil {
		return err
	}
	// Long before the program is ready to start anything.
	_ = cmd.Process.WithHandle(func(process uintptr) {
		_ = windows.AssignProcessToJobObject(job, windows.Handle(process))
	})
	return cmd.Wait()
}

// newJob makes a job that processes may leave if they ask to: gpg leaves its
// agent behind.
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
