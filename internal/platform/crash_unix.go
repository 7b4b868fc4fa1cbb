//go:build unix

package platform

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// guard waits, in a shell that nobody waits for, until fd 3 is at its end,
// which it is when the process at the other end is none any more. If that has
// crashed, it starts what the arguments say; who sends SIGQUIT wants it to end. A shell needs a quarter of a
// megabyte; a second process of this program would need ten and more.
const guard = `raw=$1; shift
{ while IFS= read -r line; do :; done <&3
[ -s "$raw" ] || exit 0
IFS= read -r line <"$raw"
case $line in SIGQUIT:*) exit 0;; esac
exec "$@" 3<&-; } >/dev/null 2>&1 &`

// RestartAfterCrash has exe started with args when this process crashes; see
// CatchCrashes. It costs no CPU time, and is off when the closer is closed or
// this process ends otherwise.
func RestartAfterCrash(dir, exe string, args ...string) (io.Closer, error) {
	end, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = end.Close() }()
	raw := filepath.Join(dir, rawCrash)
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, name + "-guard", raw, exe}, args...)...) // #nosec G204 -- this program again
	cmd.ExtraFiles = []*os.File{end}
	detach(cmd)
	if err := cmd.Run(); err != nil {
		_ = alive.Close()
		return nil, err
	}
	return alive, nil
}
