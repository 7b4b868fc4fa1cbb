package poll

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

func TestBarred(t *testing.T) {
	dial := func(address string, errno syscall.Errno) error {
		return fmt.Errorf("connecting: %w", &net.OpError{
			Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address)), Err: os.NewSyscallError("connect", errno),
		})
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"private":             {dial("192.168.1.2:995", syscall.EHOSTUNREACH), true},
		"private, IPv6":       {dial("[fd00::1]:995", syscall.EHOSTUNREACH), true},
		"link-local":          {dial("169.254.1.2:995", syscall.EHOSTUNREACH), true},
		"link-local, IPv6":    {dial("[fe80::1%en0]:995", syscall.EHOSTUNREACH), true},
		"mapped":              {dial("[::ffff:10.0.0.1]:995", syscall.EHOSTUNREACH), true},
		"far away":            {dial("192.0.2.1:995", syscall.EHOSTUNREACH), false},
		"this computer":       {dial("127.0.0.1:995", syscall.EHOSTUNREACH), false},
		"no network":          {dial("192.168.1.2:995", syscall.ENETUNREACH), false},
		"refused":             {dial("192.168.1.2:995", syscall.ECONNREFUSED), false},
		"no address":          {&net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}, false},
		"not from the dialer": {syscall.EHOSTUNREACH, false},
		"another":             {errors.New("no route to host"), false},
	} {
		if got := barred(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
