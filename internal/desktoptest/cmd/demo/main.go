// Command demo shows `traymail demo` on a machine without a display: it brings
// up a virtual desktop, uses the program there with mouse and keyboard, and
// saves pictures. Everything it started ends with it. `make demo` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/locale"
)

func main() {
	program := flag.String("traymail", "bin/traymail", "the program to show")
	out := flag.String("out", filepath.Join("out", "demo"), "the folder for the pictures")
	language := flag.String("language", "", "the session's language, en or zh-Hans; empty is that of this terminal")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := show(ctx, *program, *out, *language)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// show runs the demo once and says what it does.
func show(ctx context.Context, program, out, language string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	loc := locale.New(language)
	session := map[string]string{"en": "en_US.UTF-8", "zh-Hans": "zh_CN.UTF-8"}[loc.Tag()]
	fmt.Println("There is no display here, so the demo brings its own: X server, session bus,")
	fmt.Println("window manager, panel and notification daemon. Nothing of it stays.")
	desktop, err := desktoptest.Start(ctx, desktoptest.Options{Language: session})
	if err != nil {
		return err
	}
	defer desktop.Close()
	t := &tour{Desktop: desktop, ctx: ctx, program: program, out: out, loc: loc}
	if err := t.run(); err != nil {
		// What the screen showed is the best explanation there is.
		if t.picture("failed", desktop.Screen()) == nil {
			err = fmt.Errorf("%w (the screen at that moment: %s)", err, filepath.Join(out, "failed.png"))
		}
		return err
	}
	fmt.Println("Done; everything has ended.")
	return nil
}

// tour is one walk through the program.
type tour struct {
	*desktoptest.Desktop
	ctx          context.Context
	program, out string
	loc          *locale.Catalogue
}

// picture saves one part of the screen and says where.
func (t *tour) picture(name string, part desktoptest.Geometry) error {
	path := filepath.Join(t.out, name+".png")
	if err := t.Picture(t.ctx, path, part); err != nil {
		return err
	}
	fmt.Printf("  %-13s %s\n", name, path)
	return nil
}

func (t *tour) run() error {
	_, err := t.Launch(t.program, "demo", "--every", "3s")
	if err != nil {
		return err
	}
	fmt.Println("Running traymail demo. A message arrives every few seconds. Pictures:")
	for _, step := range []func() error{t.notification, t.menu, t.mailbox, t.settings} {
		if err := step(); err != nil {
			return err
		}
	}
	return t.quit()
}

// notification waits until some mail has been announced, in both languages.
func (t *tour) notification() error {
	if err := t.Await(t.ctx, "three notifications", func() bool { return len(t.Notes()) >= 3 }); err != nil {
		return err
	}
	var popup desktoptest.Geometry
	err := t.Await(t.ctx, "the notification on the screen", func() (ok bool) {
		popup, ok = t.Popup(t.ctx)
		return ok
	})
	if err != nil {
		return err
	}
	if err := t.picture("notification", t.Settled(t.ctx, popup)); err != nil {
		return err
	}
	return t.picture("tray", t.TrayArea())
}

// menu opens the icon's menu with the right button.
func (t *tour) menu() error {
	menu, err := t.OpenTrayMenu(t.ctx)
	if err != nil {
		return err
	}
	if err := t.picture("menu", t.Settled(t.ctx, menu)); err != nil {
		return err
	}
	return t.CloseTrayMenu(t.ctx)
}

// mailbox clicks the notification, which opens the message.
func (t *tour) mailbox() error {
	if err := t.ClickNotification(t.ctx); err != nil {
		return err
	}
	return t.window("mailbox", "^"+t.loc.T("window.title_mailbox")+"$")
}

// settings chooses the settings in the menu, by keys: they stand last but one.
func (t *tour) settings() error {
	if _, err := t.OpenTrayMenu(t.ctx); err != nil {
		return err
	}
	if err := t.Key(t.ctx, "Up", "Up", "Return"); err != nil {
		return err
	}
	return t.window("settings", "^"+t.loc.T("window.title_settings")+"$")
}

// window takes a picture of a window once it has stopped changing, and closes
// it by Escape.
func (t *tour) window(name, title string) error {
	g, err := t.AwaitWindow(t.ctx, title)
	if err != nil {
		return err
	}
	if err := t.Focus(t.ctx, title); err != nil {
		return err
	}
	// More mail arrives meanwhile, and its notifications would cover the window.
	if err := t.Quiet(t.ctx, true); err != nil {
		return err
	}
	if err := t.picture(name, t.Settled(t.ctx, g)); err != nil {
		return err
	}
	if err := t.Quiet(t.ctx, false); err != nil {
		return err
	}
	if err := t.Key(t.ctx, "Escape"); err != nil {
		return err
	}
	return t.Await(t.ctx, "the end of "+title, func() bool { return !t.HasWindow(t.ctx, title) })
}

// quit chooses the last entry of the menu and waits until nothing runs.
func (t *tour) quit() error {
	if _, err := t.OpenTrayMenu(t.ctx); err != nil {
		return err
	}
	if err := t.Key(t.ctx, "Up", "Return"); err != nil {
		return err
	}
	if err := t.Await(t.ctx, "the end of the demo", func() bool { return len(t.Processes(t.program)) == 0 }); err != nil {
		return err
	}
	left, err := filepath.Glob(filepath.Join(t.Dir, "tmp", "traymail-demo-*"))
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("the demo left %v", left)
	}
	return err
}
