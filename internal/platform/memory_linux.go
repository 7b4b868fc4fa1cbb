package platform

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// ReleaseMemory gives back what the last work needed and the next minutes
// will not: the free part of the heap, and the pages of the program file that
// are mapped but unchanged, and of files that are mapped for reading, as the
// ledger is. Those were read by starting up, mostly by the initialisers of the
// toolkit that only the window role uses, and by looking for damage; the few
// that are needed again come back from the page cache.
func ReleaseMemory() {
	debug.FreeOSMemory()
	_ = releaseMapped() // costs nothing but memory if it fails
}

func releaseMapped() error {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var start, end uintptr // of a mapping that may go, until one of its pages turns out to be changed
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		line := scanner.Text()
		var from, to uintptr
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n == 3 {
			start, end = 0, 0
			if (mode == "r-xp" || mode == "r--p") && strings.HasSuffix(line, " "+program) || mode == "r--s" && strings.Contains(line, "/") {
				start, end = from, to
			}
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok && name == "Anonymous" && end > start && strings.TrimSpace(value) == "0 kB" {
			// By number, for the address is no Go object's.
			_, _, errno := unix.Syscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED)
			if errno != 0 {
				return errno
			}
		}
	}
	return scanner.Err()
}
