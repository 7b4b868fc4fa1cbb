//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// world is what the attacks share.
type world struct {
	dir, program string
	identity     *popserver.Identity

	mu     sync.Mutex
	scenes int
}

// ca is the file with the authority of identity.
func (w *world) ca() string { return filepath.Join(w.dir, "ca.pem") }

// password is what no file, log or output may have.
const password = "kQ7w-Zp3x-Jf5t-Vn8s"

// scene is one attack's home, and what was seen there.
type scene struct {
	*world
	dir, home string
	env       []string
	server    *popserver.Server
	account   string
	closers   []func()

	mu        sync.Mutex
	memory    int // KB, the most of a process
	processor time.Duration
	said      bytes.Buffer // by all processes, bounded
}

func (w *world) scene() (*scene, error) {
	w.mu.Lock()
	w.scenes++
	dir := filepath.Join(w.dir, strconv.Itoa(w.scenes))
	w.mu.Unlock()
	s := &scene{world: w, dir: dir, home: filepath.Join(dir, "home")}
	for _, folder := range []string{dir, s.home, filepath.Join(dir, "tmp")} {
		if err := os.Mkdir(folder, 0o755); err != nil { // #nosec G301 -- what is private the program has to see to
			return nil, err
		}
	}
	s.env = []string{
		"HOME=" + s.home, "TMPDIR=" + filepath.Join(dir, "tmp"), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "SSL_CERT_FILE=" + w.ca(),
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "DBUS_SYSTEM_BUS_ADDRESS=disabled:",
	}
	return s, os.WriteFile(filepath.Join(dir, "password"), []byte(password+"\n"), 0o600)
}

func (s *scene) close() {
	for _, f := range s.closers {
		defer f()
	}
}

// outcome is what became of a command.
type outcome struct {
	code int // -1 for a signal
	text string
}

// bounded keeps the first megabyte of what a program says.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if room := 1<<20 - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// command is the program in this home. limit is a program that starts it.
func (s *scene) command(ctx context.Context, limit []string, args ...string) *exec.Cmd {
	line := append(append(limit[:len(limit):len(limit)], s.program, "--home", s.home, "--log-level", "debug"), args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...) // #nosec G204 -- the program that is attacked
	cmd.Env = s.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run runs a command to its end.
func (s *scene) run(ctx context.Context, args ...string) outcome { return s.limited(ctx, nil, args...) }

// spent takes the cost of a process for the attack's, if it is the most.
func (s *scene) spent(memory int, processor time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory, s.processor = max(s.memory, memory), max(s.processor, processor)
}

func (s *scene) keep(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said.Len() < 4<<20 {
		s.said.Write(b)
	}
}

// must is run for what has to end with one of these exit codes, and in words:
// a crash is none.
func (s *scene) must(ctx context.Context, codes string, args ...string) (string, error) {
	o := s.run(ctx, args...)
	return o.text, o.ends(codes, args...)
}

func (o outcome) ends(codes string, args ...string) error {
	if o.code < 0 || !strings.Contains(codes, strconv.Itoa(o.code)) || crashed(o.text) {
		return fmt.Errorf("%s: exit code %d: %.500s", strings.Join(args, " "), o.code, o.text)
	}
	return nil
}

func crashed(text string) bool {
	return strings.Contains(text, "\ngoroutine ") || strings.Contains(text, "fatal error:") || strings.Contains(text, "panic:")
}

// serve starts a server and an account there, with three messages that were
// there before and two that are unseen.
func (s *scene) serve(ctx context.Context, o popserver.Options) error {
	address, err := s.listen(o)
	if err != nil {
		return err
	}
	drop := s.server.Maildrop("me")
	for i := range 3 {
		drop.Deliver(mail(fmt.Sprint("old ", i)))
	}
	if s.account, err = s.add(ctx, address, "none"); err != nil {
		return err
	}
	if _, err := s.must(ctx, "0", "check"); err != nil {
		return err
	}
	drop.Deliver(mail("new 1"))
	drop.Deliver(mail("new 2"))
	_, err = s.must(ctx, "0", "check")
	return err
}

// listen starts a server.
func (s *scene) listen(o popserver.Options) (address string, err error) {
	o.Users = map[string]string{"me": password}
	s.server = popserver.New(o)
	server := s.server
	s.closers = append(s.closers, func() { _ = server.Close() })
	return s.server.ListenAndServeLoopback()
}

func (s *scene) add(ctx context.Context, address, security string, more ...string) (id string, err error) {
	out, err := s.must(ctx, "0", append([]string{
		"account", "add", "--name", "A", "--server", address, "--security", security, "--user", "me",
		"--secret-command", "cat " + filepath.Join(s.dir, "password"),
	}, more...)...)
	return strings.TrimSpace(out), err
}

func mail(subject string) []byte {
	return fmt.Appendf(nil, "From: A <a@example.org>\r\nSubject: %s\r\nMessage-ID: <%s@example.org>\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\n\r\nHello.\r\n",
		subject, strings.ReplaceAll(subject, " ", "-"))
}

// known is a message that the program lists.
type known struct {
	UID    string
	Unseen bool
}

// list is what the program knows of the account.
func (s *scene) list(ctx context.Context) (list []known, err error) {
	cmd := s.command(ctx, nil, "list", s.account, "--json", "--limit", "0")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	return list, json.Unmarshal(out, &list)
}

// loses says what a command, or several, have changed in what is known.
func (s *scene) loses(ctx context.Context, attack func() error) error {
	before, err := s.list(ctx)
	if err != nil {
		return err
	}
	err = attack()
	s.server.SetMood(nil)
	s.server.SetGreeting("+OK")
	// The server may yet have to notice that a session has ended.
	_, again := s.must(ctx, "0", "check")
	for i := 0; again != nil && i < 20 && ctx.Err() == nil; i++ {
		time.Sleep(time.Second)
		_, again = s.must(ctx, "0", "check")
	}
	if again != nil {
		return errors.Join(err, fmt.Errorf("afterwards: %w", again))
	}
	after, again := s.list(ctx)
	if again == nil && !reflect.DeepEqual(before, after) {
		again = fmt.Errorf("known before: %v, after: %v", before, after)
	}
	return errors.Join(err, again)
}

// leak looks for the password in all that was written or said.
func (s *scene) leak() error {
	var errs []error
	if spilled(s.said.Bytes()) {
		errs = append(errs, errors.New("the password is in what was printed"))
	}
	for _, root := range []string{s.home, filepath.Join(s.dir, "tmp")} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if info, err := d.Info(); err != nil || info.Size() > 8<<20 {
				return err // what the attack made
			}
			b, err := os.ReadFile(path) // #nosec G122 -- a folder of ours
			if spilled(b) {
				err = errors.Join(err, fmt.Errorf("the password is in %s", path))
			}
			return err
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// spilled looks for the password as it is, in any case, in Base64 and in
// hexadecimal digits.
func spilled(b []byte) bool {
	low := bytes.ToLower(b)
	for at := 0; at+8 <= len(password); at += 4 {
		piece := password[at : at+8]
		if bytes.Contains(low, []byte(strings.ToLower(piece))) || bytes.Contains(low, []byte(hex.EncodeToString([]byte(piece)))) {
			return true
		}
	}
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + password))
		if bytes.Contains(b, []byte(encoded[4:len(encoded)-2])) {
			return true
		}
	}
	return false
}

// write makes a file beside the home.
func (s *scene) write(name, content string) (string, error) {
	path := filepath.Join(s.dir, name)
	return path, os.WriteFile(path, []byte(content), 0o600)
}

// tray is a running tray role.
type tray struct {
	s     *scene
	cmd   *exec.Cmd
	out   bounded
	done  chan struct{}
	began time.Duration // CPU time before the attack
}

// tray starts the tray role and returns when it answers.
func (s *scene) tray(ctx context.Context, limit []string) (*tray, error) {
	t := &tray{s: s, cmd: s.command(ctx, limit, "--background"), done: make(chan struct{})}
	t.cmd.Stdout, t.cmd.Stderr = &t.out, &t.out
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = t.cmd.Wait()
		close(t.done)
	}()
	s.closers = append(s.closers, func() {
		_ = t.cmd.Process.Kill()
		<-t.done
	})
	for {
		if cmd := s.command(ctx, nil, "status"); cmd.Run() == nil {
			return t, nil
		}
		select {
		case <-t.done:
			return t, fmt.Errorf("the tray role ended: %s", t.out.String())
		case <-ctx.Done():
			return t, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// rests forgets what it cost until now.
func (t *tray) rests() error {
	var err error
	if t.began, err = t.processor(); err != nil {
		return err
	}
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", t.cmd.Process.Pid), []byte("5"), 0) // its peak
}

// costs takes the attack's part of what it cost.
func (t *tray) costs() error {
	now, err := t.processor()
	if err != nil {
		return err
	}
	peak, err := t.status("VmHWM:")
	t.s.spent(peak, now-t.began)
	return err
}

func (t *tray) status(name string) (n int, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("the tray role ended: %s", t.out.String())
	}
	_, rest, _ := strings.Cut(string(status), name)
	_, err = fmt.Sscan(rest, &n)
	return n, err
}

func (t *tray) processor() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/stat: %q", stat)
	}
	var ticks time.Duration
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += time.Duration(n)
	}
	return ticks * time.Second / 100, nil
}

// quit ends it, as its user does.
func (t *tray) quit(ctx context.Context) error {
	if _, err := t.s.must(ctx, "0", "quit"); err != nil {
		return err
	}
	select {
	case <-t.done:
	case <-ctx.Done():
		return errors.New("it does not quit")
	}
	t.s.keep(t.out.Bytes())
	return outcome{t.cmd.ProcessState.ExitCode(), t.out.String()}.ends("0", "the tray role")
}

// idle is what a tray role holds that has one account and nothing to do, in KB.
func (w *world) idle(ctx context.Context) (int, error) {
	s, err := w.scene()
	if err != nil {
		return 0, err
	}
	defer s.close()
	if err := s.serve(ctx, popserver.Options{}); err != nil {
		return 0, err
	}
	t, err := s.tray(ctx, nil)
	if err != nil {
		return 0, err
	}
	if _, err := s.must(ctx, "0", "check"); err != nil {
		return 0, err
	}
	n, err := t.status("VmRSS:")
	return n, errors.Join(err, t.quit(ctx))
}
