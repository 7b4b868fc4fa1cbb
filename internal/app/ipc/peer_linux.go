package ipc

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
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
	var peer *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		peer, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) //nolint:gosec // G115: a descriptor is small
	}); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if int(peer.Uid) != os.Getuid() {
		return fmt.Errorf("user %d", peer.Uid)
	}
	return nil
}
