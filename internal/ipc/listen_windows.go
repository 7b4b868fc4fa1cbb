package ipc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/platform"
)

const (
	pipeBuffer = 64 << 10 // octets, each way; more waits for the reader
	// pipeWait bounds the wait for the ends of an earlier pipe of that name to
	// be closed, and for a server that takes the one caller after the other.
	pipeWait  = 3 * time.Second
	pipePause = 10 * time.Millisecond
)

// Listen makes the pipe at path, which only the user can open. The caller
// holds the lifetime lock, so a pipe of that name that stays is a stranger's.
//
// The listener is our own: go-winio 0.6.2 and 0.6.4 hang in Accept under Wine 8,
// where the tests run, and os.NewFile already does the rest, reads and writes
// with deadlines.
func Listen(path string) (net.Listener, error) {
	l := &pipeListener{path: path}
	var err error
	if l.security, err = userOnly(); err != nil {
		return nil, fmt.Errorf("protecting the local pipe: %w", err)
	}
	if l.closing, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return nil, fmt.Errorf("listening on the local pipe: %w", err)
	}
	for end := time.Now().Add(pipeWait); ; time.Sleep(pipePause) {
		l.next, err = l.create(windows.FILE_FLAG_FIRST_PIPE_INSTANCE)
		// Denied: there are ends of such a pipe, perhaps of windows that have
		// not noticed yet that the tray role before this one is gone.
		if err == nil || !errors.Is(err, windows.ERROR_ACCESS_DENIED) || time.Now().After(end) {
			break
		}
	}
	if err == nil {
		// Wine lets one be the first beside others; then this one is theirs.
		if err = ours(l.next); err == nil {
			return l, nil
		}
		_ = windows.CloseHandle(l.next)
	}
	_ = windows.CloseHandle(l.closing)
	return nil, fmt.Errorf("listening on the local pipe: %w", err)
}

// userOnly lets nobody but the user (and nobody over the network) in, and
// makes the user the owner even where administrators own what they make.
func userOnly() (*windows.SecurityAttributes, error) {
	user, err := me()
	if err != nil {
		return nil, err
	}
	sd, err := windows.SecurityDescriptorFromString(fmt.Sprintf("O:%[1]sG:%[1]sD:P(D;;GA;;;NU)(A;;GA;;;%[1]s)", user))
	if err != nil {
		return nil, err
	}
	sa := &windows.SecurityAttributes{SecurityDescriptor: sd}
	sa.Length = uint32(unsafe.Sizeof(*sa))
	return sa, nil
}

func me() (*windows.SID, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, err
	}
	return user.User.Sid, nil
}

// pipeListener always has one end that nobody has opened yet.
type pipeListener struct {
	path     string
	security *windows.SecurityAttributes
	closing  windows.Handle // an event, set by Close

	mu     sync.Mutex // held by Accept; Close gets it once Accept has left
	once   sync.Once
	closed bool
	next   windows.Handle
}

func (l *pipeListener) create(flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(l.path)
	if err != nil {
		return 0, err
	}
	return windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_OVERLAPPED|flags,
		windows.PIPE_TYPE_BYTE|windows.PIPE_REJECT_REMOTE_CLIENTS, windows.PIPE_UNLIMITED_INSTANCES,
		pipeBuffer, pipeBuffer, 0, l.security)
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if l.closed {
			return nil, net.ErrClosed
		}
		switch err := l.connected(); {
		case errors.Is(err, windows.ERROR_NO_DATA):
			// It came and has gone. Its end can be used again.
			if err := windows.DisconnectNamedPipe(l.next); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			return nil, err
		}
		// The next end first, so that the name never ceases to exist.
		next, err := l.create(0)
		if err != nil {
			return nil, err
		}
		conn := newPipe(l.next, l.path, false)
		l.next = next
		return conn, nil
	}
}

// connected waits until somebody has opened the next end.
func (l *pipeListener) connected() error {
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(event) }()
	o := &windows.Overlapped{HEvent: event}
	err = windows.ConnectNamedPipe(l.next, o)
	switch {
	case err == nil || errors.Is(err, windows.ERROR_PIPE_CONNECTED):
		return nil
	case !errors.Is(err, windows.ERROR_IO_PENDING):
		return err
	}
	which, err := windows.WaitForMultipleObjects([]windows.Handle{event, l.closing}, false, windows.INFINITE)
	var n uint32
	if err == nil && which == windows.WAIT_OBJECT_0 {
		return windows.GetOverlappedResult(l.next, o, &n, false)
	}
	// The system writes into o until the call has ended.
	_ = windows.CancelIoEx(l.next, o)
	_ = windows.GetOverlappedResult(l.next, o, &n, true)
	return errors.Join(net.ErrClosed, err)
}

// Close implements net.Listener; it ends an Accept.
func (l *pipeListener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		_ = windows.SetEvent(l.closing)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.closed = true
		err = errors.Join(windows.CloseHandle(l.next), windows.CloseHandle(l.closing))
	})
	return err
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.path) }

// pipeAddr is a pipe's name.
type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// pipe is one end. Its handle is overlapped, for which os.File has deadlines
// and occupies no thread while it waits.
type pipe struct {
	*os.File
	called bool // this is the end of who has called
}

func newPipe(h windows.Handle, path string, called bool) *pipe {
	return &pipe{os.NewFile(uintptr(h), path), called}
}

// process is the one at the other end.
func (p *pipe) process() (pid uint32, err error) {
	raw, err := p.SyscallConn()
	if err != nil {
		return 0, err
	}
	ask := windows.GetNamedPipeClientProcessId
	if p.called {
		ask = windows.GetNamedPipeServerProcessId
	}
	var answer error
	err = raw.Control(func(handle uintptr) { answer = ask(windows.Handle(handle), &pid) })
	return pid, errors.Join(err, answer)
}

// letFront lets the process at the other end come to the front, or let
// another one, which Windows grants to whom the user has just turned to.
func letFront(conn net.Conn) {
	if p, ok := conn.(*pipe); ok {
		if pid, err := p.process(); err == nil {
			platform.LetFront(int(pid))
		}
	}
}

func (p *pipe) LocalAddr() net.Addr  { return pipeAddr(p.Name()) }
func (p *pipe) RemoteAddr() net.Addr { return pipeAddr(p.Name()) }

// dial opens the pipe, unless a stranger has made it.
func dial(ctx context.Context, path string) (net.Conn, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	var h windows.Handle
	for end := time.Now().Add(pipeWait); ; {
		// Whoever serves may learn who we are, and not act as us.
		h, err = windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING,
			windows.FILE_FLAG_OVERLAPPED|windows.SECURITY_SQOS_PRESENT|windows.SECURITY_IDENTIFICATION, 0)
		if err == nil {
			break
		}
		if !errors.Is(err, windows.ERROR_PIPE_BUSY) {
			return nil, err
		}
		if time.Now().After(end) {
			return nil, ErrNotRunning // ends of a server that has gone
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pipePause):
		}
	}
	if err := ours(h); err != nil {
		return nil, errors.Join(err, windows.CloseHandle(h))
	}
	return newPipe(h, path, true), nil
}

// ours refuses a pipe that another user owns.
func ours(h windows.Handle) error {
	sd, err := windows.GetSecurityInfo(h, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("reading the owner of the pipe: %w", err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("reading the owner of the pipe: %w", err)
	}
	user, err := me()
	if err != nil {
		return err
	}
	if !windows.EqualSid(owner, user) {
		return fmt.Errorf("the pipe belongs to %s", owner)
	}
	return nil
}
