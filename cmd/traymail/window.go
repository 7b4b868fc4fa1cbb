package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/notify"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/secret/keyring"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tray"
	"github.com/traymail/traymail/internal/window"
)

func newSettings(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "settings",
		Short:   e.loc.T("cli.settings.short"),
		Long:    e.loc.T("cli.settings.long"),
		Example: "  traymail settings",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runWindow(cmd.Context(), e, ipc.OpenRequest{Window: ipc.WindowSettings})
		},
	}
}

func newMailbox(e *env) *cobra.Command {
	request := ipc.OpenRequest{Window: ipc.WindowMailbox}
	cmd := &cobra.Command{
		Use:     "mailbox",
		Short:   e.loc.T("cli.mailbox.short"),
		Long:    e.loc.T("cli.mailbox.long"),
		Example: "  traymail mailbox\n  traymail mailbox --account home-k3fa --uid 0000012a5f8e3c11",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if request.UID != "" && request.Account == "" {
				return usageError{errors.New(e.loc.T("cli.mailbox.uid_alone"))}
			}
			return runWindow(cmd.Context(), e, request)
		},
	}
	cmd.Flags().StringVar(&request.Account, "account", "", e.loc.T("cli.mailbox.account"))
	cmd.Flags().StringVar(&request.UID, "uid", "", e.loc.T("cli.mailbox.uid"))
	return cmd
}

// runWindow is the window role: it becomes the window, or raises the one
// there is and ends.
func runWindow(ctx context.Context, e *env, request ipc.OpenRequest) error {
	if !window.Available {
		return errors.New(e.loc.T("cli.no_windows"))
	}
	client, err := e.dialTray(ctx)
	if err != nil {
		return err
	}
	request.Display = platform.Display()
	defer func() { _ = client.Close() }()
	request, became, err := client.Become(ctx, request)
	if err != nil || !became {
		return err
	}
	platform.LeaveConsole()
	snapshot, err := api.Status.Ask(ctx, client, api.None{})
	if err != nil {
		return err
	}
	all, err := api.Settings.Ask(ctx, client, api.None{})
	if err != nil {
		return err
	}
	loc := e.loc
	if language := all.Preferences.Language; language != "" {
		loc = locale.New(language)
	}
	secrets := secret.Store(nil)
	if snapshot.Demo {
		secrets = secret.Memory(nil)
	} else {
		secrets = keyring.New()
	}
	defer func() { _ = secrets.Close() }()
	log, logFile := e.openLog()
	defer func() { _ = logFile.Close() }()
	if e.home == "" { // of a portable one the system knows nothing
		if err := platform.IdentifyWindows(); err != nil {
			log.Warn("the taskbar does not know whose the window is", "error", err)
		}
	}
	folder, clear := e.spool(log)
	defer clear()
	err = window.Run(ctx, window.Options{
		Client: client, Secrets: secrets, Locale: loc, Preferences: all.Preferences, Snapshot: snapshot, Open: request,
		Fonts: platform.Probes{}.Fonts, Log: log, SystemSounds: !notify.PlaysFiles(),
		AwaitTray: tray.Await, IconHidden: platform.IconHidden, IconSettings: platform.OpenIconSettings, SignIn: e.windowSignIn(client, secrets),
		Revoke: func(ctx context.Context, a settings.Account) error { return e.revoke(ctx, client, secrets, a) },
		Place:  lastPlace(e.paths.Place), Keep: func(p window.Place) {
			if err := keepPlace(e.paths.Place, p); err != nil {
				log.Warn("the place of the window is not kept", "error", err)
			}
		},
		Spool: folder, OpenURL: platform.OpenURL, OpenMessage: platform.OpenMessage, OpenFile: platform.OpenFile,
		Shown: func() {
			if err := client.Shown(ctx); err != nil {
				log.Warn("saying that the window is shown", "error", err)
			}
		},
		// Who asks for this window from now on is to get a new one, and not
		// one of a process that is still ending.
		Closed: func() { _ = client.Close() },
	})
	if drawing := (*window.DrawingError)(nil); errors.As(err, &drawing) {
		log.Error("a window could not be shown", "window", request.Window, "error", err)
		_ = client.Close()
		e.tellDesktop(ctx, e.loc.T("cli.no_window"), e.sentence(err), log)
	}
	return err
}

// dialTray connects to the tray role and starts it when none runs: a window
// without it could show and do nothing.
func (e *env) dialTray(ctx context.Context) (*ipc.Client, error) {
	if e.unready != nil {
		return nil, e.unready
	}
	client, err := e.dial(ctx)
	if outdated(client, err) {
		left := e.replace(ctx, client)
		if client != nil {
			_ = client.Close()
		}
		if left != nil {
			return nil, left
		}
		client, err = nil, ipc.ErrNotRunning
	}
	if !errors.Is(err, ipc.ErrNotRunning) {
		return client, err
	}
	// One that is starting already is waited for.
	if held, ok := errors.AsType[heldError](err); !ok || !held.by.Tray {
		exe, err := os.Executable()
		if err != nil {
			return nil, err
		}
		if err := platform.Spawn(exe, append([]string{"--background"}, e.childArgs()...)...); err != nil {
			return nil, err
		}
	}
	err = retry(ctx, startTimeout, func() (bool, error) {
		var err error
		if client, err = e.dial(ctx); errors.Is(err, ipc.ErrNotRunning) && !lasts(err) {
			return false, nil
		}
		return err == nil, err
	})
	if err = e.named(err); errors.Is(err, errNoAnswer) && !errors.As(err, new(heldError)) {
		return nil, errors.New(e.loc.T("cli.tray_did_not_start", e.paths.Log))
	}
	return client, err
}

func newQuit(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "quit",
		Short:   e.loc.T("cli.quit.short"),
		Long:    e.loc.T("cli.quit.long"),
		Example: "  traymail quit",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.quit(cmd.Context())
		},
	}
}

// quit ends the tray role and waits for its end. Nothing else is a success,
// but that there is none.
func (e *env) quit(ctx context.Context) error {
	asked := false
	err := retry(ctx, startTimeout, func() (bool, error) {
		if asked {
			// The lock is given back last.
			_, held, err := platform.HolderOf(e.paths.Lock)
			return !held, err
		}
		client, err := e.dial(ctx)
		if held, ok := errors.AsType[heldError](err); ok && errors.Is(err, ipc.ErrNotRunning) {
			return !held.by.Tray && held.by.PID != 0, nil // a tray role that starts is waited for, a command is none
		}
		if errors.Is(err, ipc.ErrNotRunning) {
			return true, nil // what was asked for holds already
		} else if err != nil {
			return false, err
		}
		defer func() { _ = client.Close() }()
		patient, cancel := context.WithTimeoutCause(ctx, answerTime, errNoAnswer)
		defer cancel()
		if err := client.Quit(patient); err != nil {
			return false, orCause(patient, err)
		}
		asked = true
		return false, nil
	})
	return e.named(err)
}
