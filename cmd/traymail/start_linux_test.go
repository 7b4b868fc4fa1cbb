package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/platform/dbustest"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// closed counts how often it was closed.
type closed struct {
	secret.Store
	times int
}

func (c *closed) Close() error {
	c.times++
	return c.Store.Close()
}

// A tray role whose ledger cannot be opened closes what it has opened.
func TestTrayRoleClosesWhatItOpened(t *testing.T) {
	e := &env{loc: locale.New("en"), home: t.TempDir(), logLevel: "info", stdout: t.Output(), stderr: t.Output()}
	if err := e.prepare(); err != nil {
		t.Fatal(err)
	}
	e.paths.Ledger = filepath.Join(e.paths.Lock, "ledger.db") // below a file
	secrets := &closed{Store: secret.Memory(nil)}
	err := runTray(t.Context(), e, trayOptions{background: true, secrets: secrets})
	if err == nil || secrets.times != 1 {
		t.Errorf("error %v, the secrets were closed %d times", err, secrets.times)
	}
	release, err := platform.Lock(e.paths.Lock)
	if err != nil {
		t.Fatalf("the lock: %v", err)
	}
	release()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, e.home) {
			t.Errorf("%s stays open", name)
		}
	}
}

// obstruct puts something in the place of a file of home.
func obstruct(t *testing.T, path string, folder bool) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil && folder {
		err = os.MkdirAll(filepath.Join(path, "full"), 0o700)
	} else if err == nil {
		err = os.WriteFile(path, nil, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever keeps the tray role from starting is said in one sentence, and in
// the log if there can be one.
func TestTrayCannotStart(t *testing.T) {
	for _, test := range []struct {
		name, path string
		folder     bool
		want       string
		logs       bool
	}{
		{"folder", "state", false, "cannot use its files: creating a folder: mkdir HOME/state: not a directory. Put that right", false},
		{"lock", "state/lock", true, "cannot use its files: locking HOME/state/lock: open HOME/state/lock: is a directory. Put that right", true},
		{"socket", "run/sock", true, "cannot use its files: removing a stale socket: remove HOME/run/sock: directory not empty. Put that right", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := shell{t, t.TempDir()}
			obstruct(t, filepath.Join(s.home, test.path), test.folder)
			code, _, stderr := s.run("--background")
			want := "traymail " + strings.ReplaceAll(test.want, "HOME", s.home)
			if code != exitFailed || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, %q, want %q", code, stderr, want)
			}
			log, err := os.ReadFile(filepath.Join(s.home, "state", "traymail.log"))
			if test.logs != strings.Contains(string(log), `msg="traymail could not start" error=`) {
				t.Errorf("the log: %q, %v", log, err)
			}
		})
	}
}

func TestSetupSentences(t *testing.T) {
	path := func(errno syscall.Errno) error { return &fs.PathError{Op: "open", Path: "/f", Err: errno} }
	e := &env{loc: locale.New("en")}
	for _, test := range []struct {
		err  error
		want string
	}{
		{path(syscall.EACCES), "traymail has no access to /f. Give it to your user"},
		{path(syscall.EROFS), "/f is on a disk that can only be read. Make it writable"},
		{path(syscall.ENOSPC), "The disk is full"},
		{path(syscall.EMFILE), "Too many files are open. Close some programs"},
		{os.NewSyscallError("socket", syscall.ENFILE), "Too many files are open. Close some programs"},
		{syscall.EACCES, "traymail cannot use its files: permission denied. Put"},
		{errors.Join(errors.New("a"), errors.New("b")), "traymail cannot use its files: a; b. Put"},
		{errors.New("Path not found."), "traymail cannot use its files: Path not found. Put"},
		{ipc.ErrVersion, "Another version of traymail is running. Quit it"},
		{errNoAnswer, "Another traymail is running and does not answer. End it"},
	} {
		for _, err := range []error{setupError{test.err}, fmt.Errorf("doing something: %w", setupError{test.err})} {
			if got := e.sentence(err); !strings.HasPrefix(got, test.want) {
				t.Errorf("%v: %q, want %q", err, got, test.want)
			}
		}
	}
}

// That no file can be opened is said as such, whatever it was for, and is no
// mistake of the user's.
func TestTooManyFiles(t *testing.T) {
	e := &env{loc: locale.New("en")}
	for _, err := range []error{
		&settings.FileError{File: "settings.toml", Err: &fs.PathError{Op: "open", Path: "settings.toml", Err: syscall.EMFILE}},
		fmt.Errorf("connecting to the running traymail: %w", os.NewSyscallError("socket", syscall.EMFILE)),
	} {
		if got := e.sentence(err); !strings.HasPrefix(got, "Too many files are open.") || exitCode(err) != exitFailed {
			t.Errorf("%v: %q, exit code %d", err, got, exitCode(err))
		}
	}
}

// A wait that was in vain is told from one that the user has ended.
func TestRetry(t *testing.T) {
	never := func() (bool, error) { return false, nil }
	if err := retry(t.Context(), 1, never); !errors.Is(err, errNoAnswer) {
		t.Errorf("after its time: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := retry(ended, startTimeout, never); !errors.Is(err, context.Canceled) || errors.Is(err, errNoAnswer) {
		t.Errorf("ended: %v", err)
	}
}

// notifications is a notification service that shows nothing.
type notifications struct {
	mu    sync.Mutex
	shown []string
}

func (n *notifications) GetCapabilities() ([]string, *dbus.Error) { return nil, nil }

func (n *notifications) Notify(_ string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shown = append(n.shown, title+"|"+body)
	return 1, nil
}

// Who starts traymail from a menu, or with the session, sees why there is no
// icon; who types it reads it.
func TestFailureIsToldOnTheDesktop(t *testing.T) {
	address := dbustest.Start(t)
	conn := dbustest.Connect(t, address)
	service := &notifications{}
	if err := conn.Export(service, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, conn, "org.freedesktop.Notifications")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	home := t.TempDir()
	obstruct(t, filepath.Join(home, "state"), false)
	file, err := os.Create(filepath.Join(home, "xsession-errors"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	person, typed := openTerminal(t)
	go func() { _, _ = person.Read(make([]byte, 4096)) }()
	defer func() { _ = typed.Close() }()

	tells := func(stderr *os.File, args ...string) []string {
		t.Helper()
		args = append([]string{"--home", home}, args...)
		if code := run(t.Context(), args, strings.NewReader(""), null, stderr); code == exitDone {
			t.Errorf("%v succeeds", args)
		}
		service.mu.Lock()
		defer service.mu.Unlock()
		shown := service.shown
		service.shown = nil
		return shown
	}
	want := []string{"traymail could not start|traymail cannot use its files: creating a folder: mkdir " + home +
		"/state: not a directory. Put that right, or start traymail with --home and another folder."}
	for _, stderr := range []*os.File{file, null} {
		if shown := tells(stderr, "--background"); !slices.Equal(shown, want) {
			t.Errorf("%s: shown %q, want %q", stderr.Name(), shown, want)
		}
	}
	for name, shown := range map[string][]string{
		"typed":             tells(typed, "--background"),
		"another command":   tells(null, "check"),
		"a stranger's link": tells(null, "traymail:rm -rf"),
	} {
		if len(shown) > 0 {
			t.Errorf("%s: shown %q", name, shown)
		}
	}
	if b, err := os.ReadFile(file.Name()); err != nil || !strings.HasPrefix(string(b), "traymail: traymail cannot use its files") {
		t.Errorf("stderr: %q, %v", b, err)
	}
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	if shown := tells(null); len(shown) != 1 || !strings.HasPrefix(shown[0], "traymail 无法启动|traymail 无法使用自己的文件：") {
		t.Errorf("in Chinese: %q", shown)
	}
}

// again runs this test once more, in a process where setting is not empty and
// main is to be called with args.
func again(t *testing.T, setting string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "TRAYMAIL_TEST_SETTING="+setting, "TRAYMAIL_TEST_ARGS="+strings.Join(args, "\n"),
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "DISPLAY=", "WAYLAND_DISPLAY=")
	return cmd
}

// callMain calls main with the arguments that again was given.
func callMain() {
	os.Args = append(os.Args[:1:1], strings.Split(os.Getenv("TRAYMAIL_TEST_ARGS"), "\n")...)
	main()
}

// fails runs cmd, which has to end with one line on stderr.
func fails(t *testing.T, cmd *exec.Cmd, want string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Start()
	if err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }) // it has started
	defer late.Stop()
	err = cmd.Wait()
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(lines[len(lines)-1], want) || len(lines) > 2 {
		t.Errorf("%v, %s", err, &stderr)
	}
}

// With too few files it ends and says why.
func TestTrayWithoutFileDescriptors(t *testing.T) {
	if setting := os.Getenv("TRAYMAIL_TEST_SETTING"); setting != "" {
		more, err := strconv.ParseUint(setting, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		next, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		limit := uint64(next.Fd()) + more
		if err := errors.Join(next.Close(), syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: limit, Max: limit})); err != nil {
			t.Fatal(err)
		}
		callMain()
	}
	for more := range 4 {
		fails(t, again(t, strconv.Itoa(more), "--home", t.TempDir(), "--background"), "Too many files are open.")
	}
}

// Nobody but its owner can write a home.
func TestTrayInAHomeItMayNotWrite(t *testing.T) {
	const nobody = 65534
	home := os.Getenv("TRAYMAIL_TEST_SETTING")
	if home != "" {
		if os.Getuid() == 0 { // whom no mode stops
			if err := syscall.Setuid(nobody); err != nil {
				t.Fatal(err)
			}
		}
		callMain()
	}
	home = t.TempDir()
	for dir := home; dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o555); err != nil { // #nosec G302 -- a folder that others are to enter
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(dir, 0o700) }() // #nosec G302 -- a folder
	}
	fails(t, again(t, home, "--home", home, "--background"), "traymail has no access to "+home+"/config. Give it to your user")
}

// unmountable skips where a user may mount nothing, and fails where root may
// not: CI runs as root, and would prove nothing without saying so.
func unmountable(t *testing.T, err error) {
	t.Helper()
	if os.Getuid() == 0 {
		t.Fatal("nothing can be mounted here: ", err)
	}
	t.Skip("nothing can be mounted here: ", err)
}

// A file system that cannot be written, where one can be mounted.
func TestTrayOnAReadOnlyDisk(t *testing.T) {
	const unmounted = 77 // an exit code that main has not
	home := os.Getenv("TRAYMAIL_TEST_SETTING")
	if home != "" {
		if err := syscall.Mount("none", home, "tmpfs", syscall.MS_RDONLY, ""); err != nil {
			os.Exit(unmounted)
		}
		callMain()
	}
	home = t.TempDir()
	cmd := again(t, home, "--home", home, "--background")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
	}
	probe := exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", home) // #nosec G204 -- a folder of ours
	if err := probe.Run(); err != nil {
		unmountable(t, err)
	}
	fails(t, cmd, home+"/config is on a disk that can only be read.")
}

// What only reads needs no disk that can be written; what fails to write is a
// failure and no wrong usage.
func TestCommandsOnABadDisk(t *testing.T) {
	const unmounted = 77 // an exit code that main has not
	if setting := os.Getenv("TRAYMAIL_TEST_SETTING"); setting != "" {
		kind, from, _ := strings.Cut(setting, ":")
		home := os.Getenv("TRAYMAIL_TEST_HOME")
		if err := badDisk(kind, from, home); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(unmounted)
		}
		callMain()
	}
	home := t.TempDir()
	probe := exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", home) // #nosec G204 -- a folder of ours
	if err := probe.Run(); err != nil {
		unmountable(t, err)
	}
	s, server, address := world(t, popserver.Options{})
	server.Maildrop("me").Deliver(mail("old"))
	id := s.add(address, "--security", "none")
	s.must("check")
	exported := filepath.Join(t.TempDir(), "accounts.toml")
	if err := os.WriteFile(exported, []byte(strings.Replace(s.must("account", "export"), "me", "you", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for _, kind := range []string{"read-only", "full"} {
		for _, test := range []struct {
			from string
			args []string
			code int
			want string // in stdout or stderr
		}{
			{s.home, []string{"account", "list"}, exitDone, id + "\tHome\t"},
			{s.home, []string{"account", "export"}, exitDone, "Home"},
			{s.home, []string{"account", "import", exported, "--dry-run"}, exitDone, "Home"},
			{s.home, []string{"doctor"}, exitFailed, "Nothing can be written to " + home + "/config"},
			{s.home, []string{"doctor"}, exitFailed, "Home: last check"},
			{s.home, []string{"status"}, exitFailed, "is not running"},
			{s.home, []string{"quit"}, exitDone, ""},
			{s.home, []string{"account", "import", exported}, exitFailed, ""},
			{s.home, []string{"account", "remove", id}, exitFailed, ""},
			{empty, []string{"account", "list"}, exitDone, "There is no account yet"},
			{empty, []string{"account", "import", exported, "--dry-run"}, exitDone, "Home"},
			{empty, []string{"doctor"}, exitFailed, "Nothing can be written to " + home + "/config"},
			{empty, []string{"quit"}, exitDone, ""},
			{empty, []string{"check"}, exitFailed, ""},
		} {
			cmd := again(t, kind+":"+test.from, append([]string{"--home", home}, test.args...)...)
			cmd.Env = append(cmd.Env, "TRAYMAIL_TEST_HOME="+home, "DBUS_SYSTEM_BUS_ADDRESS=disabled:")
			cmd.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
			}
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.want) {
				t.Errorf("%s, %v: exit code %d, want %d, %q\n%s", kind, test.args, code, test.code, test.want, out)
			}
		}
	}
}

// badDisk mounts a disk at home with what is in from, which then cannot be
// written or is full.
func badDisk(kind, from, home string) error {
	if err := syscall.Mount("none", home, "tmpfs", 0, "size=4m,nr_inodes=100"); err != nil {
		return err
	}
	if err := os.CopyFS(home, os.DirFS(from)); err != nil {
		return err
	}
	if kind == "read-only" {
		return syscall.Mount("none", home, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	}
	f, err := os.Create(filepath.Join(home, "filler")) // #nosec G304 -- the test's
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	for i := 0; errors.Is(err, syscall.ENOSPC) && i < 100; i++ { // names need room, too
		if os.Mkdir(filepath.Join(home, "run", strconv.Itoa(i)), 0o700) != nil {
			return nil
		}
	}
	return err
}
