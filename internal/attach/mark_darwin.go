package attach

import "golang.org/x/sys/unix"

// mark has Gatekeeper look at the file before it runs: flags of a download that
// nobody has agreed to yet, no time, who made it.
func mark(path string) {
	_ = unix.Setxattr(path, "com.apple.quarantine", []byte("0081;00000000;traymail;"), 0)
}
