package ipc

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"

	"golang.org/x/sys/windows"
)

var impersonateNamedPipeClient = windows.NewLazySystemDLL("advapi32.dll").NewProc("ImpersonateNamedPipeClient")

// samePeer refuses processes of other users, whatever the pipe lets in.
func samePeer(conn net.Conn) error {
	p, ok := conn.(*pipe)
	if !ok {
		return fmt.Errorf("not a local pipe: %T", conn)
	}
	theirs, err := p.userOfProcess()
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) { // an elevated terminal keeps its token from us
		theirs, err = p.userOfClient()
	}
	if err != nil {
		return err
	}
	user, err := me()
	if err != nil {
		return err
	}
	if !windows.EqualSid(theirs, user) {
		return fmt.Errorf("user %s", theirs)
	}
	return nil
}

// userOfProcess is whose the process at the other end is.
func (p *pipe) userOfProcess() (*windows.SID, error) {
	pid, err := p.process()
	if err != nil {
		return nil, fmt.Errorf("identifying the client: %w", err)
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return nil, fmt.Errorf("opening process %d: %w", pid, err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return nil, fmt.Errorf("reading the user of process %d: %w", pid, err)
	}
	return userOf(token)
}

// userOfClient is who has opened the pipe, by a thread that is them for a
// moment. They let us know who they are, and not act as them (dial).
func (p *pipe) userOfClient() (user *windows.SID, err error) {
	raw, err := p.SyscallConn()
	if err != nil {
		return nil, err
	}
	answer := make(chan struct{})
	go func() {
		defer close(answer)
		user, err = impersonated(raw)
	}()
	<-answer
	return user, err
}

// impersonated has a goroutine of its own: a thread that cannot be itself again
// ends with that, for it stays locked.
func impersonated(raw syscall.RawConn) (user *windows.SID, err error) {
	runtime.LockOSThread()
	var impersonating error
	err = raw.Control(func(handle uintptr) {
		if ok, _, err := impersonateNamedPipeClient.Call(handle); ok == 0 {
			impersonating = fmt.Errorf("asking who the client is: %w", err)
		}
	})
	if err = errors.Join(err, impersonating); err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	var token windows.Token
	// As the process, for the thread may open nothing.
	opened := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY, true, &token)
	if err := windows.RevertToSelf(); err != nil {
		return nil, fmt.Errorf("being oneself again: %w", errors.Join(err, opened))
	}
	runtime.UnlockOSThread()
	if opened != nil {
		return nil, fmt.Errorf("reading the client's user: %w", opened)
	}
	return userOf(token)
}

// userOf is whose a token is, which it closes.
func userOf(token windows.Token) (*windows.SID, error) {
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil {
		return nil, err
	}
	return user.User.Sid, nil
}
