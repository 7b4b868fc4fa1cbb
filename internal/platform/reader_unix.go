//go:build unix

package platform

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// AwaitReaderGone returns when nobody reads any more what is written to file, a
// pipe or terminal, and never before; of other files it may never return. It
// needs no CPU time meanwhile.
func AwaitReaderGone(file *os.File) {
	// What is asked for is nothing: that the other end is gone comes unasked
	// (poll(2)).
	fds := []unix.PollFd{{Fd: int32(file.Fd())}} // #nosec G115 -- a descriptor is small
	for {
		if n, err := unix.Poll(fds, -1); n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
