//go:build linux || darwin

package ipc

import (
	"fmt"
	"net"
	"os"
)

// samePeer refuses processes of other users, whatever the folder's mode is.
func samePeer(conn net.Conn) error {
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return fmt.Errorf("not a local socket: %T", conn)
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return err
	}
	var uid int
	var failed error
	if err := raw.Control(func(fd uintptr) {
		uid, failed = peerUID(int(fd))
	}); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if uid != os.Getuid() {
		return fmt.Errorf("user %d", uid)
	}
	return nil
}
