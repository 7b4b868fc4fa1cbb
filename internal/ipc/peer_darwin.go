package ipc

import "golang.org/x/sys/unix"

// peerUID is the user at the other end of a local socket, as it was when that
// end connected; see unix(4), LOCAL_PEERCRED.
func peerUID(fd int) (int, error) {
	peer, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(peer.Uid), nil
}
