// Package child starts the user's programs, such as a secret command, the
// browser or the mail program, as the session itself would: with its
// environment and limits, and nothing of ours. It never chooses what to start.
package child

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

// taken are the variables that were meant for this process alone: who
// inherited them would take them for its own. Names that end in "_" stand for
// all that begin so. Everything else of the session's is passed on.
var taken = []string{
	"TRAYMAIL_",
	// Of the click that started us, which nobody else may answer.
	"DESKTOP_STARTUP_ID", "XDG_ACTIVATION_TOKEN", "GIO_LAUNCHED_DESKTOP_FILE", "GIO_LAUNCHED_DESKTOP_FILE_PID",
	// Of our unit, by systemd.exec(5) and sd_notify(3).
	"INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MANAGERPID", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
	"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "MEMORY_PRESSURE_WATCH", "MEMORY_PRESSURE_WRITE",
}

var (
	mu sync.Mutex
	// ours are the variables that this process changed for itself, and what
	// the session had; nil for none.
	ours = map[string]*string{}
)

// Ours says that this process is about to change a variable for itself.
func Ours(name string) {
	mu.Lock()
	defer mu.Unlock()
	if _, known := ours[name]; known {
		return
	}
	ours[name] = nil
	if value, ok := os.LookupEnv(name); ok {
		ours[name] = &value
	}
}

// Environment is what a program of the user inherits.
func Environment() []string {
	mu.Lock()
	defer mu.Unlock()
	environment := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, changed := ours[name]
		return changed || isTaken(name)
	})
	for name, value := range ours {
		if value != nil && !isTaken(name) {
			environment = append(environment, name+"="+*value)
		}
	}
	return environment
}

func isTaken(name string) bool {
	return slices.ContainsFunc(taken, func(t string) bool {
		return name == t || strings.HasSuffix(t, "_") && strings.HasPrefix(name, t)
	})
}

// Start is cmd.Start with the limits of the session. With an Env of nil the
// program gets the whole environment, as another process of ours.
func Start(cmd *exec.Cmd) error {
	mu.Lock()
	defer mu.Unlock()
	defer restoreCore()()
	return cmd.Start()
}

// Run is cmd.Run, likewise.
func Run(cmd *exec.Cmd) error {
	if err := Start(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}
