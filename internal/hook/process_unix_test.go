//go:build unix

package hook

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// alive says whether a process runs; a zombie does not.
func alive(pid string) bool {
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil || syscall.Kill(n, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(n) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func kill(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(n, syscall.SIGKILL)
}
