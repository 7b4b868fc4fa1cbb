package platform

import (
	"errors"
	"io"
)

// RestartAfterCrash returns errors.ErrUnsupported: what Windows has for that
// would ask the user to send a report to its maker, and a process that waits
// needs ten megabytes.
func RestartAfterCrash(string, string, ...string) (io.Closer, error) {
	return nil, errors.ErrUnsupported
}
