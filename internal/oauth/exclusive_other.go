//go:build !windows

package oauth

import (
	"errors"
	"syscall"
)

// exclusive has nothing to do here: nobody can share a port that is listened on
// unless both want it.
var exclusive func(network, address string, c syscall.RawConn) error

func taken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
