package main

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/locale"
)

// A full disk has its sentence wherever it is met, not only at the start.
func TestSentenceOfAFullDisk(t *testing.T) {
	e := &env{loc: locale.New("en")}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		err := fmt.Errorf("marking: %w", &fs.PathError{Op: "write", Path: "ledger", Err: errno})
		if got, want := e.sentence(err), e.loc.T("problem.disk_full"); got != want {
			t.Errorf("%v: %s", errno, got)
		}
	}
}
