//go:build servers

package servertest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// The user of every server, and another that none knows.
const (
	user     = "me"
	password = `hor"se 50% \o/`
)

const mailUID = 4242 // of the user, and of what has to own their mail

// root is a folder that a server's processes see as "/".
type root struct {
	dir  string
	t    *testing.T
	mu   sync.Mutex
	said bytes.Buffer // what the server said, to syslog and to stderr
}

// Write implements io.Writer for the output of processes.
func (r *root) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.Write(p)
}

// newRoot copies an unpacked server, and gives it users and a log.
func newRoot(t *testing.T, name string) *root {
	t.Helper()
	unpacked := os.Getenv("TRAYMAIL_SERVERS")
	if unpacked == "" || os.Getuid() != 0 {
		t.Fatal("run this as root, with TRAYMAIL_SERVERS naming the folder of scripts/unpack-servers.sh: make servers")
	}
	r := &root{dir: filepath.Join(t.TempDir(), name), t: t}
	for _, how := range []string{"-al", "-a"} { // links where they can be had
		out, err := exec.CommandContext(t.Context(), "cp", how, filepath.Join(unpacked, name), r.dir).CombinedOutput()
		if err == nil {
			break
		} else if how == "-a" {
			t.Fatalf("%v: %s", err, out)
		}
		_ = os.RemoveAll(r.dir)
	}
	r.write("etc/passwd", fmt.Sprintf("root:x:0:0::/root:/bin/sh\n%s:x:%d:%[2]d::/home/%[1]s:/bin/sh\nyou:x:%[2]d:%[2]d::/home/you:/bin/sh\n", user, mailUID)+
		"courier:x:4243:4243::/:/bin/sh\ncyrus:x:4244:4244::/:/bin/sh\npopa3d:x:4245:4245::/:/bin/sh\n")
	r.write("etc/group", fmt.Sprintf("root:x:0:\n%s:x:%d:\ncourier:x:4243:\nmail:x:4244:\npopa3d:x:4245:\n", user, mailUID))
	r.write("etc/shadow", fmt.Sprintf("%s:%s:19000:0:99999:7:::\n", user, r.crypt()))
	r.write("etc/hosts", "127.0.0.1 localhost\n")
	for path, minor := range map[string]int{"null": 3, "urandom": 9, "random": 8} {
		path = filepath.Join(r.dir, "dev", path)
		_ = os.Remove(path)
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|minor); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r.listenToSyslog()
	t.Cleanup(func() {
		if t.Failed() {
			r.mu.Lock()
			defer r.mu.Unlock()
			t.Logf("%s says:\n%s", name, r.said.String())
		}
	})
	return r
}

// crypt is the password as in /etc/shadow.
func (r *root) crypt() string {
	cmd := exec.CommandContext(r.t.Context(), "perl", "-e", `local $/; print crypt(<STDIN>, q($6$traymail$))`)
	cmd.Stdin = strings.NewReader(password)
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatal(err)
	}
	return string(out)
}

func (r *root) listenToSyslog() {
	path := filepath.Join(r.dir, "dev/log")
	log, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		line := make([]byte, 4096)
		for {
			n, err := log.Read(line)
			if err != nil {
				return
			}
			_, _ = r.Write(append(line[:n:n], '\n'))
		}
	}()
	r.t.Cleanup(func() { _ = log.Close(); <-ended })
}

// write replaces a file.
func (r *root) write(path, content string) {
	r.t.Helper()
	path = filepath.Join(r.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	_ = os.Remove(path) // it may be a link to the unpacked one
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// folders makes folders, owned by uid.
func (r *root) folders(uid int, paths ...string) {
	r.t.Helper()
	for _, path := range paths {
		path = filepath.Join(r.dir, path)
		if err := os.MkdirAll(path, 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Chown(path, uid, uid); err != nil {
			r.t.Fatal(err)
		}
	}
}

// command is a program of the server, which sees this root only.
func (r *root) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: r.dir, Setpgid: true}
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"}
	cmd.Stdout, cmd.Stderr = r, r
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// run waits for a program that is given input.
func (r *root) run(input, path string, args ...string) string {
	r.t.Helper()
	cmd := r.command(r.t.Context(), path, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Stdout = nil
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", path, err, out)
	}
	return strings.TrimSpace(string(out))
}

// start runs a program until the test ends.
func (r *root) start(cmd func(context.Context) *exec.Cmd) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := cmd(ctx)
	if err := c.Start(); err != nil {
		cancel()
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { cancel(); _ = c.Wait() })
}

// inetd runs a program for each connection to a free port, as inetd does.
func (r *root) inetd(path string, args ...string) int {
	r.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			socket, err := conn.(*net.TCPConn).File()
			_ = conn.Close()
			if err != nil {
				continue
			}
			cmd := r.command(ctx, path, args...)
			cmd.Stdin, cmd.Stdout = socket, socket
			err = cmd.Start()
			_ = socket.Close()
			if err != nil {
				_, _ = fmt.Fprintln(r, err)
				continue
			}
			sessions.Go(func() { _ = cmd.Wait() })
		}
	})
	r.t.Cleanup(func() { _ = l.Close(); cancel(); sessions.Wait() })
	return l.Addr().(*net.TCPAddr).Port
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// await returns when somebody listens on all of the ports.
func (r *root) await(ports ...int) {
	r.t.Helper()
	for _, port := range ports {
		deadline := time.Now().Add(time.Minute)
		for {
			conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
			if err == nil {
				_ = conn.Close()
				break
			}
			if time.Now().After(deadline) {
				r.t.Fatalf("nobody listens on port %d", port)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// identity puts a certificate for localhost into the root.
func (r *root) identity() *popserver.Identity {
	r.t.Helper()
	id, err := popserver.NewIdentity("localhost", "127.0.0.1")
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("etc/tls/ca.pem", string(id.CA))
	r.write("etc/tls/cert.pem", string(id.Cert))
	r.write("etc/tls/key.pem", string(id.Key))
	r.write("etc/tls/both.pem", string(id.Key)+string(id.Cert))
	for _, key := range []string{"key.pem", "both.pem"} {
		if err := os.Chmod(filepath.Join(r.dir, "etc/tls", key), 0o640); err != nil {
			r.t.Fatal(err)
		}
	}
	return id
}

// own gives a tree to a user.
func (r *root) own(path string, uid int) {
	r.t.Helper()
	err := filepath.WalkDir(filepath.Join(r.dir, path), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, uid)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// maildir makes a Maildir and returns how a message gets into it.
func (r *root) maildir(path string) func(raw []byte) {
	r.t.Helper()
	for _, sub := range []string{"", "cur", "new", "tmp"} {
		r.folders(mailUID, filepath.Join(path, sub))
	}
	n := 0
	return func(raw []byte) {
		n++
		r.write(filepath.Join(path, "new", fmt.Sprintf("17000000%02d.M%d.test", n, n)), string(raw))
		r.own(path, mailUID)
	}
}

// mbox makes a mailbox file and returns how a message gets into it.
func (r *root) mbox(path string) func(raw []byte) {
	r.write(path, "")
	if err := os.Chmod(filepath.Join(r.dir, filepath.Dir(path)), 0o777|os.ModeSticky); err != nil {
		r.t.Fatal(err)
	}
	r.own(path, mailUID)
	return func(raw []byte) {
		f, err := os.OpenFile(filepath.Join(r.dir, path), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			r.t.Fatal(err)
		}
		_, err = fmt.Fprintf(f, "From sender@example.org Tue Nov 14 22:13:20 2023\n%s\n", raw)
		if closed := f.Close(); err != nil || closed != nil {
			r.t.Fatal(err, closed)
		}
	}
}
