//go:build unix

package child

import "syscall"

// core is the session's limit, once this process has none.
var core *syscall.Rlimit

// NoCore keeps this process from writing its memory, and passwords with it, to
// a file when it crashes. Programs that Start starts may do so as before. Where
// the limit cannot be set, it is as low as the session has it.
func NoCore() {
	mu.Lock()
	defer mu.Unlock()
	var session syscall.Rlimit
	if core != nil || syscall.Getrlimit(syscall.RLIMIT_CORE, &session) != nil {
		return
	}
	none := session
	none.Cur = 0 // the hard limit stays: Start goes back to the other
	if syscall.Setrlimit(syscall.RLIMIT_CORE, &none) == nil {
		core = &session
	}
}

// restoreCore gives this process the session's limit, which the next one
// inherits, until the function it returns is called.
func restoreCore() (undo func()) {
	if core == nil || syscall.Setrlimit(syscall.RLIMIT_CORE, core) != nil {
		return func() {}
	}
	return func() {
		none := *core
		none.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &none)
	}
}
