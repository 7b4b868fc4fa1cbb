//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// measuring is set in a process that only starts another one and says what that
// cost. To a program that is started the kernel counts what its starter held: of
// this one that is little.
const measuring = "TRAYMAIL_ATTACK_MEASURING"

// measure runs a command, and writes its memory, CPU time and exit code to the
// file with number 3.
func measure(args []string) {
	runtime.LockOSThread() // which is the one that must not end before the command
	_ = os.Unsetenv(measuring)
	cmd := exec.Command(args[0], args[1:]...) // #nosec G204 -- as we are told
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	usage, ok := (*syscall.Rusage)(nil), false
	if cmd.ProcessState != nil {
		usage, ok = cmd.ProcessState.SysUsage().(*syscall.Rusage)
	}
	if !ok {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.NewFile(3, "result"), usage.Maxrss, int64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()), cmd.ProcessState.ExitCode())
}

// limited runs a command to its end, started by a program that limits it.
func (s *scene) limited(ctx context.Context, limit []string, args ...string) outcome {
	self, err := os.Executable()
	if err != nil {
		return outcome{-1, err.Error()}
	}
	r, w, err := os.Pipe()
	if err != nil {
		return outcome{-1, err.Error()}
	}
	defer func() { _ = r.Close() }()
	cmd := s.command(ctx, append([]string{self}, limit...), args...)
	cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], measuring+"=1")
	cmd.ExtraFiles = []*os.File{w}
	cmd.WaitDelay = time.Second
	var out bounded
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	_ = w.Close()
	s.keep(out.Bytes())
	if ctx.Err() != nil {
		return outcome{-1, "it did not end by itself; " + out.String()}
	}
	var memory, code int
	var processor time.Duration
	if _, scanned := fmt.Fscan(r, &memory, &processor, &code); scanned != nil {
		return outcome{-1, fmt.Sprint(errors.Join(err, scanned), out.String())}
	}
	s.spent(memory, processor)
	return outcome{code, out.String()}
}

// briefly runs the tray role until it is told to quit, or to end if it is too
// poor to hear that. It may as well not start.
func (s *scene) briefly(ctx context.Context, limit []string) outcome {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ended := make(chan outcome, 1)
	go func() { ended <- s.limited(ctx, limit, "--background") }()
	for i := 0; ; i++ {
		select {
		case o := <-ended:
			return o
		case <-time.After(500 * time.Millisecond):
		}
		if i < 2 {
			_ = s.command(ctx, nil, "quit").Run()
		} else if pid := s.running(); pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
	}
}

// running is the process of this home's tray role, or 0.
func (s *scene) running() int {
	began := []byte(s.program + "\x00--home\x00" + s.home + "\x00")
	processes, _ := os.ReadDir("/proc")
	for _, p := range processes {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		if line, err := os.ReadFile("/proc/" + p.Name() + "/cmdline"); err == nil && bytes.HasPrefix(line, began) {
			return pid
		}
	}
	return 0
}
