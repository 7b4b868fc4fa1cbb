package pop3

import "syscall"

// What Winsock says when a connection fails; package syscall's E constants
// are inventions there.
var (
	errnoRefused     = []syscall.Errno{10061}               // WSAECONNREFUSED
	errnoUnreachable = []syscall.Errno{10050, 10051, 10065} // WSAENETDOWN, WSAENETUNREACH, WSAEHOSTUNREACH
	errnoReset       = []syscall.Errno{10053, 10054, 10058} // WSAECONNABORTED, WSAECONNRESET, WSAESHUTDOWN
)
