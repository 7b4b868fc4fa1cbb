package platform

import "os"

// Terminate ends a process of the user. It is not asked: what has no window of
// its own cannot be.
func Terminate(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}
