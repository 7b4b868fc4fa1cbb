package platform

import (
	"fmt"
	"os"
	"os/exec"
)

// Spawn starts exe as a process of its own: it survives this one, gets no
// signals of our terminal and has no input and no output. Arguments can be
// read by everybody on the computer, so no secret may be among them.
func Spawn(exe string, args ...string) error { return SpawnLogged("", exe, args...) }

// SpawnLogged is Spawn, with what the process prints appended to log.
func SpawnLogged(log, exe string, args ...string) error {
	cmd := exec.Command(exe, args...) // #nosec G204 -- what to start is the caller's business
	if log != "" {
		f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- our own log
		if err != nil {
			return fmt.Errorf("opening the log: %w", err)
		}
		defer func() { _ = f.Close() }()
		cmd.Stdout, cmd.Stderr = f, f
	}
	return start(cmd)
}

// start runs cmd detached and collects it when it ends.
func start(cmd *exec.Cmd) error {
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	// It ends with the process it waits for, which nobody else does.
	go func() { _ = cmd.Wait() }()
	return nil
}
