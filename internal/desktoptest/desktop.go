// Package desktoptest brings up a real Linux desktop on a machine without
// one: X server and window manager or a Wayland compositor, session bus, a panel
// with a tray, a notification daemon, a keyring, and a mail server, for
// end-to-end tests, the demo and the bench. Everything it starts ends with it, and nothing of the
// user's own session is touched.
package desktoptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Patience bounds each wait: machines are busy at times.
const Patience = 60 * time.Second

// The size of the screen, in pixels.
const screenWidth, screenHeight = 1280, 800

// Options say what the desktop has beside X, bus, window manager and
// notification daemon.
type Options struct {
	// NoPanel leaves the panel to StartPanel.
	NoPanel bool
	// Keyring starts a Secret Service, unlocked with this password; empty is none.
	Keyring string
	// Taskbar has the panel at the bottom and its tray on the right, as on
	// Windows.
	Taskbar bool
	// Language is that of the session; empty means en_US.UTF-8.
	Language string
	// Roots is a file with the only authorities that programs trust; empty
	// leaves them those of the machine. It may be written later.
	Roots string
	// Sway is a desktop of Wayland instead: sway, Waybar and mako.
	Sway bool
	// NoGLX: the X server draws nothing by OpenGL itself.
	NoGLX bool
	// Environment is what the session's variables have in addition.
	Environment []string
}

// Desktop is a running desktop.
type Desktop struct {
	// Dir is private to this desktop and removed at the end.
	Dir string

	driver  driver
	env     []string
	address string // of the session bus
	running []*process
	panel   *process
	keyring string
	bus     *bus
	// beforeMenu is what was below the tray icon before its menu opened.
	beforeMenu []byte
	closers    []func() // run first of all
}

// process is a program that was started, with all its children.
type process struct {
	name   string
	cmd    *exec.Cmd
	output *output
	done   chan struct{}
}

// output keeps what a program says, to be read at any time.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(o.text.String())
}

// packages tells which Debian package has a program that every desktop needs.
var packages = map[string]string{
	"dbus-daemon": "dbus", "gnome-keyring-daemon": "gnome-keyring", "secret-tool": "libsecret-tools",
	"dovecot": "dovecot-core and dovecot-pop3d",
}

// Start brings up a desktop. The error names what did not start, and why.
func Start(ctx context.Context, o Options) (_ *Desktop, err error) {
	d := &Desktop{keyring: o.Keyring}
	if o.Sway {
		d.driver = &sway{Desktop: d}
	} else {
		d.driver = &xorg{Desktop: d, taskbar: o.Taskbar, noGLX: o.NoGLX}
	}
	for _, programs := range []map[string]string{packages, d.driver.programs()} {
		for program, pkg := range programs {
			if _, err := exec.LookPath(program); err != nil {
				return nil, fmt.Errorf("%s is missing: install the package %s", program, pkg)
			}
		}
	}
	dir, err := os.MkdirTemp("", "desk")
	if err != nil {
		return nil, err
	}
	d.Dir = dir
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	// The mail server's processes are other users; what is private is in home.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, err
	}
	if o.Language == "" {
		o.Language = "en_US.UTF-8"
	}
	home, run, temp := filepath.Join(dir, "home"), filepath.Join(dir, "run"), filepath.Join(dir, "tmp")
	for _, folder := range []string{home, run, temp} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	if err := d.writeConfiguration(home); err != nil {
		return nil, err
	}
	d.env = []string{
		"HOME=" + home, "XDG_RUNTIME_DIR=" + run, "TMPDIR=" + temp, "LANG=" + o.Language, "PATH=" + os.Getenv("PATH"),
		"LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1", "GTK_A11Y=none",
	}
	if o.Roots != "" {
		d.env = append(d.env, "SSL_CERT_FILE="+o.Roots, "SSL_CERT_DIR="+filepath.Join(dir, "none"))
	}
	d.env = append(d.env, d.driver.environment()...)
	d.env = append(d.env, o.Environment...)
	if err := d.driver.startDisplay(ctx); err != nil {
		return nil, err
	}
	if err := d.startBus(ctx); err != nil {
		return nil, err
	}
	if err := d.driver.startSession(ctx); err != nil {
		return nil, err
	}
	if err := d.awaitName(ctx, "org.freedesktop.Notifications"); err != nil {
		return nil, err
	}
	if o.Keyring != "" {
		if err := d.startKeyring(ctx); err != nil {
			return nil, err
		}
	}
	if !o.NoPanel {
		return d, d.StartPanel(ctx)
	}
	return d, nil
}

func (d *Desktop) writeConfiguration(home string) error {
	for name, text := range d.driver.configuration() {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// start runs a program in a process group of its own.
func (d *Desktop) start(name string, args ...string) (*process, error) {
	return d.launch(d.Command(name, args...))
}

func (d *Desktop) launch(cmd *exec.Cmd) (*process, error) {
	p := &process{name: filepath.Base(cmd.Path), cmd: cmd, output: &output{}, done: make(chan struct{})}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if cmd.Stdout == nil {
		cmd.Stdout = p.output
	}
	cmd.Stderr = p.output
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.name, err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	d.running = append(d.running, p)
	return p, nil
}

// stop ends a program and its children at once.
func (p *process) stop() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// Command prepares a program for this desktop.
func (d *Desktop) Command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	cmd.Dir = d.Dir
	return cmd
}

// Launch starts a program that ends with the desktop.
func (d *Desktop) Launch(name string, args ...string) (*exec.Cmd, error) {
	p, err := d.start(name, args...)
	if err != nil {
		return nil, err
	}
	return p.cmd, nil
}

// Output runs a program to its end and returns what it printed; the error
// holds what it said on stderr.
func (d *Desktop) Output(ctx context.Context, name string, args ...string) (string, error) {
	return d.OutputWith(ctx, "", name, args...)
}

// OutputWith is Output with standard input.
func (d *Desktop) OutputWith(ctx context.Context, stdin, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = d.env, d.Dir
	if name == "xdotool" {
		// It reads and types text by its locale, and that of the session may
		// not be installed.
		cmd.Env = append(slices.Clone(cmd.Env), "LC_ALL=C.UTF-8")
	}
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), err
}

// Await calls ok until it is true; the error names what did not happen.
func (d *Desktop) Await(ctx context.Context, what string, ok func() bool) error {
	return d.AwaitFor(ctx, Patience, what, ok)
}

// AwaitFor is Await with a limit of its own.
func (d *Desktop) AwaitFor(ctx context.Context, limit time.Duration, what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited in vain for %s", what)
		case <-time.After(30 * time.Millisecond):
		}
	}
	return nil
}

func (d *Desktop) startBus(ctx context.Context) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	cmd := d.Command("dbus-daemon", "--session", "--nofork", "--nosyslog", "--print-address=3",
		"--address=unix:path="+filepath.Join(d.Dir, "run", "bus"))
	cmd.ExtraFiles = []*os.File{w}
	_, err = d.launch(cmd)
	_ = w.Close()
	if err != nil {
		return err
	}
	if d.address, err = readLine(ctx, r); err != nil {
		return fmt.Errorf("the session bus did not start: %w", err)
	}
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+d.address)
	d.bus, err = connect(d.address)
	return err
}

// readLine reads one line within Patience.
func readLine(ctx context.Context, f *os.File) (string, error) {
	if err := f.SetReadDeadline(time.Now().Add(Patience)); err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Now()) })
	defer stop()
	var line []byte
	one := make([]byte, 1)
	for {
		if _, err := f.Read(one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return string(line), nil
		}
		line = append(line, one[0])
	}
}

// StartPanel starts the panel and waits until it takes tray icons.
func (d *Desktop) StartPanel(ctx context.Context) error {
	p, err := d.driver.startPanel()
	if err != nil {
		return err
	}
	d.panel = p
	return d.awaitName(ctx, watcherName)
}

// StopPanel kills the panel, as a crash does.
func (d *Desktop) StopPanel(ctx context.Context) error {
	d.panel.stop()
	// Its plugins may run in processes of their own groups.
	d.kill(d.driver.panelPart)
	return d.Await(ctx, "the panel's end", func() bool { return !d.bus.hasOwner(watcherName) })
}

func (d *Desktop) startKeyring(ctx context.Context) error {
	cmd := d.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader(d.keyring)
	if _, err := d.launch(cmd); err != nil {
		return err
	}
	return d.awaitName(ctx, secretsName)
}

func (d *Desktop) awaitName(ctx context.Context, name string) error {
	err := d.Await(ctx, name+" on the bus", func() bool { return d.bus.hasOwner(name) })
	if err != nil {
		for _, p := range d.running {
			if said := p.output.String(); said != "" {
				err = fmt.Errorf("%w\n%s said: %s", err, p.name, said)
			}
		}
	}
	return err
}

// Close ends everything that was started, and removes Dir.
func (d *Desktop) Close() {
	for _, end := range d.closers {
		end()
	}
	if d.bus != nil {
		d.bus.close()
	}
	d.driver.close()
	for i := len(d.running) - 1; i >= 0; i-- {
		d.running[i].stop()
	}
	// What those started apart from themselves; a dying one may start another.
	for range 100 {
		if d.kill(nil) == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = os.RemoveAll(d.Dir)
}
