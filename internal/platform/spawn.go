package platform

import (
	"fmt"
	"os/exec"

	"github.com/traymail/traymail/internal/child"
)

// Spawn starts exe as a process of its own: it survives this one, gets no
// signals of our terminal and has no input and no output. Arguments can be
// read by everybody on the computer, so no secret may be among them.
func Spawn(exe string, args ...string) error {
	return start(exec.Command(exe, args...)) // #nosec G204 -- what to start is the caller's business
}

// SpawnLogged is Spawn, with what the process prints at the end of log; see
// OpenLog. If that cannot be written, the process starts all the same. ended
// is told how the process has ended, should it do so before this one.
func SpawnLogged(log string, ended func(error), exe string, args ...string) error {
	cmd := exec.Command(exe, args...) // #nosec G204 -- as above
	if f, err := OpenLog(log); err == nil {
		defer func() { _ = f.Close() }()
		cmd.Stdout, cmd.Stderr = f.f, f.f
	}
	return startThen(cmd, ended)
}

// start runs cmd detached and collects it when it ends.
func start(cmd *exec.Cmd) error { return startThen(cmd, func(error) {}) }

// startForUser is start of a program that is not ours.
func startForUser(cmd *exec.Cmd) error {
	cmd.Env = child.Environment()
	return start(cmd)
}

func startThen(cmd *exec.Cmd, ended func(error)) error {
	detach(cmd)
	if err := child.Start(cmd); err != nil {
		return fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	started(cmd)
	// It ends with the process it waits for, which nobody else does.
	go func() { ended(cmd.Wait()) }()
	return nil
}
