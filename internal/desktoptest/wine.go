package desktoptest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Where Debian has Wine. Its /usr/bin/wine asks for the 32-bit half first.
const (
	wineProgram = "/usr/lib/wine/wine64"
	wineServer  = "/usr/lib/wine/wineserver64"
	mingw       = "x86_64-w64-mingw32-gcc"
)

// What Wine lacks, in C.
var (
	//go:embed testdata/bcryptprimitives.c
	bcryptprimitives []byte
	//go:embed testdata/toasts.c
	toasts []byte
)

// Wine is a Windows of this desktop, with a registry and a drive of its own.
type Wine struct {
	desktop *Desktop
	prefix  string
	env     []string
}

// StartWine makes a fresh Windows; it ends with the desktop.
func (d *Desktop) StartWine(ctx context.Context) (*Wine, error) {
	for program, pkg := range map[string]string{wineProgram: "wine64", mingw: "gcc-mingw-w64-x86-64"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%s is missing: install the package %s", program, pkg)
		}
	}
	w := &Wine{desktop: d, prefix: filepath.Join(d.Dir, "wine")}
	w.env = append(slices.Clone(d.env), "WINEPREFIX="+w.prefix, "WINEARCH=win64", "WINEDEBUG=-all",
		// No question whether to install what only .NET and web pages need, and
		// no entries in the menus of the desktop.
		"WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=")
	// Kept running: it takes its time to start.
	server := exec.Command(wineServer, "--foreground", "--persistent")
	server.Env, server.Dir = w.env, d.Dir
	if err := os.Mkdir(w.prefix, 0o700); err != nil {
		return nil, err
	}
	if _, err := d.launch(server); err != nil {
		return nil, err
	}
	d.closers = append(d.closers, w.stop)
	if out, err := w.Output(ctx, "", "wineboot", "--init"); err != nil {
		return nil, fmt.Errorf("making a Windows: %w: %s", err, out)
	}
	return w, w.library(ctx, "bcryptprimitives", bcryptprimitives, "-ladvapi32")
}

// AddToasts puts a stand-in for the notifications of the Windows Runtime into
// the system's folder, as toasts.dll. Whoever wants it registers its classes.
func (w *Wine) AddToasts(ctx context.Context) error {
	return w.library(ctx, "toasts", toasts, "-lole32", "-luuid", "-lruntimeobject")
}

// library compiles one into the system's folder.
func (w *Wine) library(ctx context.Context, name string, source []byte, libraries ...string) error {
	file := filepath.Join(w.desktop.Dir, name+".c")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return err
	}
	_, err := w.desktop.Output(ctx, mingw, append([]string{
		"-Wall", "-O2", "-shared", "-o", filepath.Join(w.Drive(), "windows", "system32", name+".dll"), file,
	}, libraries...)...)
	return err
}

// stop ends all programs of this Windows, and what serves them.
func (w *Wine) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, wineServer, "-k")
	cmd.Env = w.env
	_ = cmd.Run()
	cmd = exec.CommandContext(ctx, wineServer, "-w")
	cmd.Env = w.env
	_ = cmd.Run()
}

// Drive is the folder that programs see as C:.
func (w *Wine) Drive() string { return filepath.Join(w.prefix, "drive_c") }

// Profile is the folder of the Windows user.
func (w *Wine) Profile() (string, error) {
	users, err := filepath.Glob(filepath.Join(w.Drive(), "users", "*", "AppData"))
	if err != nil || len(users) != 1 {
		return "", fmt.Errorf("no profile: %q, %w", users, err)
	}
	return filepath.Dir(users[0]), nil
}

// Path is how Windows programs name a file.
func (w *Wine) Path(path string) string {
	if inside, ok := strings.CutPrefix(path, w.Drive()); ok {
		return `C:` + strings.ReplaceAll(inside, "/", `\`)
	}
	return `Z:` + strings.ReplaceAll(path, "/", `\`)
}

// Start runs a Windows program until it ends or the desktop does. said is what
// it has printed so far.
func (w *Wine) Start(program string, args ...string) (said func() string, err error) {
	cmd := exec.Command(wineProgram, append([]string{program}, args...)...)
	cmd.Env, cmd.Dir = w.env, w.desktop.Dir
	p, err := w.desktop.launch(cmd)
	if err != nil {
		return nil, err
	}
	return p.output.String, nil
}

// Output runs a Windows program to its end and returns what it printed; the
// error holds what it said on stderr, and may be an exec.ExitError with it.
func (w *Wine) Output(ctx context.Context, stdin, program string, args ...string) (string, error) {
	return w.OutputIn(ctx, w.desktop.Dir, stdin, program, args...)
}

// OutputIn is Output in a folder.
func (w *Wine) OutputIn(ctx context.Context, dir, stdin, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, wineProgram, append([]string{program}, args...)...)
	cmd.Env, cmd.Dir = w.env, dir
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs output
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // what it started, such as the services, has its output
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		exit.Stderr = []byte(errs.String())
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, errs.String())
	}
	return strings.ReplaceAll(out.String(), "\r\n", "\n"), err
}
