package ipc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// place is where a test can listen.
func place(t *testing.T) string {
	t.Helper()
	return `\\.\pipe\traymail-test-` + rand.Text()
}

func TestNobodyThere(t *testing.T) {
	if _, err := Dial(t.Context(), place(t)); !errors.Is(err, ErrNotRunning) {
		t.Errorf("error %v", err)
	}
}

// The pipe is the user's alone.
func TestPipeIsTheUsersAlone(t *testing.T) {
	l, err := Listen(place(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	sd, err := windows.GetSecurityInfo(l.(*pipeListener).next, windows.SE_KERNEL_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	user, err := me()
	if err != nil {
		t.Fatal(err)
	}
	text := sd.String()
	if !strings.HasPrefix(text, fmt.Sprintf("O:%sD:", user)) || strings.Count(text, "(A;") != 1 ||
		!strings.HasSuffix(text, fmt.Sprintf(";;;%s)", user)) || strings.Count(text, "(D;;") != 1 {
		t.Errorf("who may open it: %s", text)
	}
}

// A pipe that belongs to another account is neither taken for ours nor added
// to. Here that account is the administrators', as whose member the test has
// to run.
func TestStrangersPipe(t *testing.T) {
	sd, err := windows.SecurityDescriptorFromString("O:BAG:BAD:(A;;GA;;;WD)")
	if err != nil {
		t.Fatal(err)
	}
	l := &pipeListener{path: place(t), security: &windows.SecurityAttributes{SecurityDescriptor: sd}}
	l.security.Length = uint32(unsafe.Sizeof(*l.security))
	if l.next, err = l.create(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = windows.CloseHandle(l.next) }()
	if _, err := Dial(t.Context(), l.path); err == nil || !strings.Contains(err.Error(), "belongs to S-1-5-32-544") {
		t.Errorf("it was called: %v", err)
	}
	if _, err := Listen(l.path); err == nil {
		t.Error("it was served")
	}
}

// A caller that is gone before it is accepted holds up nobody.
func TestCallerThatLeavesAtOnce(t *testing.T) {
	path := place(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	gone, err := dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	accepted := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_ = conn.Close()
		}
		accepted <- err
	}()
	conn, err := dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := <-accepted; err != nil {
		t.Error(err)
	}
}

// Each end names the process at the other, which it lets come to the front.
func TestEndsNameTheirProcess(t *testing.T) {
	path := place(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	called, err := dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = called.Close() }()
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = served.Close() }()
	for name, end := range map[string]net.Conn{"called": called, "served": served} {
		if pid, err := end.(*pipe).process(); err != nil || pid != windows.GetCurrentProcessId() {
			t.Errorf("%s: %d, %v", name, pid, err)
		}
	}
}

// What a thread learns that is the client for a moment is what the client's
// process would have told.
func TestClientTellsItsUser(t *testing.T) {
	path := place(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	called, err := dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = called.Close() }()
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = served.Close() }()
	user, err := me()
	if err != nil {
		t.Fatal(err)
	}
	end := served.(*pipe)
	byProcess, err := end.userOfProcess()
	if err != nil || !windows.EqualSid(byProcess, user) {
		t.Errorf("by its process: %v, %v", byProcess, err)
	}
	byThread, err := end.userOfClient()
	if err != nil || !windows.EqualSid(byThread, user) {
		t.Errorf("by a thread: %v, %v", byThread, err)
	}
	var token windows.Token
	if err := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY, true, &token); !errors.Is(err, windows.ERROR_NO_TOKEN) {
		t.Errorf("the thread has the token %v, %v", token, err)
	}
}
