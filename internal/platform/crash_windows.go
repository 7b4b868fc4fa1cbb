package platform

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/traymail/traymail/internal/platform/comstub"
)

// RestartAfterCrash has exe started with args when this process crashes; see
// CatchCrashes. It costs no CPU time, and is off when the closer is closed or
// this process ends otherwise. The traymail.com beside exe waits for that, a
// process of some two megabytes; without one it returns errors.ErrUnsupported.
// What Windows has for it would ask the user to send a report to its maker.
func RestartAfterCrash(dir, exe string, args ...string) (io.Closer, error) {
	stub := strings.TrimSuffix(exe, filepath.Ext(exe)) + ".com"
	if _, err := os.Stat(stub); errors.Is(err, fs.ErrNotExist) {
		return nil, errors.ErrUnsupported
	}
	end, alive, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = end.Close() }()
	cmd := exec.Command(stub, append([]string{filepath.Join(dir, rawCrash), exe}, args...)...) // #nosec G204 -- this program again
	cmd.Env = append(os.Environ(), comstub.Guard+"=1")
	cmd.Stdin = end
	detach(cmd)
	if err := cmd.Start(); err != nil {
		_ = alive.Close()
		return nil, err
	}
	if err := cmd.Process.Release(); err != nil {
		_ = alive.Close()
		return nil, err
	}
	return alive, nil
}
