package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/traymail/traymail"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/clipboard"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/hook"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/notify"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/secret/keyring"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tray"
	"github.com/traymail/traymail/internal/trayview"
	"github.com/traymail/traymail/internal/window"
)

// trayOptions vary how the tray role starts.
type trayOptions struct {
	// background opens no window: started by the session, or by a command.
	background bool
	// restarted: the tray role before this one has crashed.
	restarted bool
	// supervised: somebody else starts it again after a crash.
	supervised bool
	// open is what a link asks for; the zero value is nothing.
	open ipc.OpenRequest
	// secrets replaces the keyring (demo).
	secrets secret.Store
	demo    bool
	// headless: there is no tray, and no window is opened unasked; supervisor is
	// told how things are.
	headless   bool
	supervisor platform.Supervisor
	// beside runs next to the service for as long as it does, if set.
	beside func(context.Context, *app.Service) error
}

// runTray is the tray role: it holds the lifetime lock, polls, and shows. If
// another process does so already, that one is asked to open its mailbox.
func runTray(ctx context.Context, e *env, o trayOptions) error {
	if e.unready != nil {
		return e.unready
	}
	request := o.open
	if request.Window == "" {
		request.Window = ipc.WindowMailbox
	}
	var release func()
	elsewhere := false
	start := func() (bool, error) {
		var err error
		if release, err = e.hold(true); err == nil {
			return true, nil
		} else if !errors.Is(err, platform.ErrLocked) {
			return false, setupError{err}
		}
		client, err := e.dial(ctx)
		switch {
		case lasts(err):
			return false, err
		case errors.Is(err, ipc.ErrNotRunning):
			return false, nil // it starts, or a command is at work
		case err == nil:
			defer func() { _ = client.Close() }()
		}
		if outdated(client, err) {
			return false, e.replace(ctx, client)
		} else if err != nil {
			return false, setupError{err}
		}
		if elsewhere = e.runsElsewhere(o.background); elsewhere || o.background {
			return true, nil
		}
		return true, client.Open(ctx, request)
	}
	err := e.named(retry(ctx, startTimeout, start))
	for held := (heldError{}); errors.As(err, &held) && held.byCommand(); {
		if err = e.outlastQuietly(ctx, held.by); err == nil {
			err = e.named(retry(ctx, startTimeout, start))
		}
	}
	if elsewhere && !o.background && window.Available {
		return runWindow(ctx, e, request)
	}
	if err != nil || release == nil {
		return err
	}
	defer release()
	if !o.demo {
		platform.LeaveConsole()
	}

	// The heap is small and polls are few: collecting more often costs less
	// than the memory it saves.
	debug.SetGCPercent(25)
	r := newTrayRole(e)
	defer r.close()
	crashed := ""
	if e.alone && !o.demo {
		if crashed, err = r.guard(o); err != nil {
			return err
		}
	}
	if err := r.assemble(ctx, o); err != nil {
		return err
	}
	if crashed != "" {
		r.tellOfCrash(ctx, crashed)
	}
	return r.run(ctx, o)
}

// outlastQuietly is outlast for who has a log, and a terminal at most.
func (e *env) outlastQuietly(ctx context.Context, by platform.Holder) error {
	e.errorf("traymail: %s\n", e.waitSentence(by))
	log, file := e.openLog()
	defer func() { _ = file.Close() }()
	return e.outlast(ctx, by, log, platform.Supervisor{})
}

// trayRole holds the parts of the tray role and carries events between them.
type trayRole struct {
	e        *env
	log      *slog.Logger
	loc      *locale.Catalogue
	store    *settings.Store
	service  *app.Service
	notifier notify.Notifier
	hooks    *hook.Runner
	windows  *ipc.Server
	views    chan trayview.View
	quit     context.CancelFunc
	// copied is the one-time code on the clipboard, if any, which copying guards.
	copying sync.Mutex
	copied  *clipboard.Offer
	// closers close what was opened; see close.
	closers []func() error
}

// newTrayRole returns a role with a log and nothing else; close ends it,
// however far it has come.
func newTrayRole(e *env) *trayRole {
	log, logFile := e.openLog()
	r := newRole(e, log)
	r.closers = append(r.closers, logFile.Close)
	return r
}

func newRole(e *env, log *slog.Logger) *trayRole {
	return &trayRole{e: e, log: log, loc: e.loc, views: make(chan trayview.View, 1)}
}

// assemble opens everything that the role needs besides the tray itself.
func (r *trayRole) assemble(ctx context.Context, o trayOptions) (err error) {
	// A broken file is reported by the service; the tray starts all the same.
	var broken *settings.FileError
	if r.store, err = settings.Open(r.e.paths.Config); err != nil && !errors.As(err, &broken) {
		return setupError{err}
	}
	secrets := o.secrets
	if secrets == nil {
		secrets = keyring.New()
	}
	r.closers = append(r.closers, secrets.Close)

	options := app.Options{
		Settings: r.store, Secrets: secrets, Ledger: r.e.paths.Ledger,
		Log: r.log, Demo: o.demo,
		Routed: platform.Routed, Languages: r.e.languages, Now: locale.Now, Alone: r.alone,
	}
	r.loc.Use(r.store.Settings().Preferences.Language)
	n := notify.Options{Locale: r.loc, Log: r.log}
	if r.installed(o) {
		n.Folder = filepath.Dir(r.e.paths.Ledger)
	}
	if o.headless && !platform.HasSession() {
		r.log.Info("there is no session bus, and so no notifications")
	} else if r.notifier, err = notify.New(ctx, n); err != nil {
		r.log.Warn("no notifications", "error", err)
	} else {
		options.Announcer = r.notifier
		r.closers = append(r.closers, r.notifier.Close)
	}
	r.hooks = hook.New(hook.Options{
		Snapshot: func() api.Snapshot { return r.service.Snapshot() },
		Say:      func(p *api.Problem) string { return explain.Text(p, r.loc) },
		Log:      r.log, Now: locale.Now,
	})
	r.hooks.Use(r.store.Settings().Hooks)
	options.Arrived = r.arrived
	if r.service, err = app.Open(options); err != nil {
		return setupError{err}
	}
	r.closers = append(r.closers, r.service.Close, r.hooks.Close)
	return nil
}

// installed says whether the system may know of this program: not of one that
// is portable or a demo.
func (r *trayRole) installed(o trayOptions) bool { return r.e.home == "" && !o.demo }

// close closes what was opened, the last first.
func (r *trayRole) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		if err := r.closers[i](); err != nil {
			r.log.Warn("closing", "error", err)
		}
	}
}

// run blocks until the user quits or ctx ends; the tray itself needs the main
// goroutine.
func (r *trayRole) run(ctx context.Context, o trayOptions) error {
	ctx, r.quit = context.WithCancel(ctx)
	defer r.quit()
	listener, err := ipc.Listen(r.e.paths.Socket)
	if err != nil {
		return setupError{err}
	}
	if err := platform.Note(r.e.paths.Lock, r.e.holder(true, r.e.paths.Socket)); err != nil {
		r.log.Warn("nobody can read where this process listens", "error", err)
	}
	r.windows = ipc.NewServer(backend{r.verbs(), r.service}, ipc.ServerOptions{
		Spawn: r.spawn, Quit: r.quit, Version: traymail.Version(), Display: platform.Display(), Log: r.log,
	})

	var group sync.WaitGroup
	start := func(name string, f func(context.Context) error) {
		group.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				r.log.Error(name+" ended", "error", err)
			}
		})
	}
	start("local socket", func(ctx context.Context) error { return r.windows.Serve(ctx, listener) })
	var lost error
	start("polling", func(ctx context.Context) error {
		err := r.service.Run(ctx)
		if err != nil {
			lost = lostError{err}
			r.quit()
		}
		return err
	})
	start("settings watch", func(ctx context.Context) error { return r.store.Watch(ctx, r.service.Reload) })
	start("system events", func(ctx context.Context) error {
		return platform.Watch(ctx, platform.Events{
			Resume: func() { r.service.Wake("resume") },
			Online: r.service.SetOnline,
			Saving: r.service.SetSaving,
		})
	})
	start("other readers", r.service.WatchReaders)
	start("views", r.pumpViews)
	start("hooks", r.pumpHooks)
	if autostart := r.service.Settings().Preferences.Autostart; !o.demo && !o.headless {
		start("autostart", func(ctx context.Context) error { return r.keepAutostart(ctx, autostart) })
	}
	if r.notifier != nil {
		start("notification clicks", r.pumpClicks)
	}
	if o.beside != nil {
		start("demo", func(ctx context.Context) error { return o.beside(ctx, r.service) })
	}
	switch {
	case !o.background && len(r.service.Accounts()) == 0:
		r.open(ipc.OpenRequest{Window: ipc.WindowSettings})
	case o.open.Window != "":
		r.open(o.open)
	}
	if r.installed(o) && !o.headless {
		r.registerLinks()
	}
	if o.headless {
		err = r.attend(ctx, o.supervisor)
		r.ended(&group)
		return errors.Join(lost, err)
	}

	err = tray.Run(ctx, tray.Options{
		Initial:    r.view(),
		Views:      r.views,
		OnAction:   func(a trayview.Action) { r.act(ctx, a) },
		OnTapped:   func() { r.act(ctx, trayview.Tapped(r.service.Settings().Preferences)) },
		OnReopened: func() { r.open(ipc.OpenRequest{Window: ipc.WindowMailbox}) },
		OnLink:     r.openLink,
		NoTray:     r.noTray,
		Log:        r.log,
	})
	r.ended(&group)
	return errors.Join(lost, err)
}

// ended ends all that run has started, and waits for it.
func (r *trayRole) ended(group *sync.WaitGroup) {
	if r.alone() == nil {
		_ = platform.Note(r.e.paths.Lock, r.e.holder(true, "")) // it no longer listens
	}
	r.quit()
	group.Wait()
	r.uncopy()
}

// alone says whether this process still is the one that the folder is for.
func (r *trayRole) alone() error {
	return platform.Kept(r.e.paths.Lock, r.e.holder(true, r.e.paths.Socket))
}

// backend is what the local socket asks.
type backend struct {
	api.Handlers
	*app.Service
}

// verbs are the engine's, and what only the tray role can answer.
func (r *trayRole) verbs() api.Handlers {
	h := r.service.Verbs()
	doctor.Ask.Handle(h, r.doctor)
	clipboard.Copy.Handle(h, r.copy)
	api.Explain.Handle(h, func(_ context.Context, request api.AccountRequest) (api.Health, error) {
		health, err := r.service.Health(request.Account)
		health.Hooks = r.hooks.Health(request.Account)
		return health, err
	})
	return h
}

func (r *trayRole) view() trayview.View {
	preferences := r.service.Settings().Preferences
	r.loc.Use(preferences.Language) // notifications follow, too
	return trayview.Of(r.service.Snapshot(), preferences, locale.Now(), r.loc)
}

// pumpViews turns every new snapshot into a view; a view nobody has taken yet
// is replaced by the newer one.
func (r *trayRole) pumpViews(ctx context.Context) error {
	changed, unsubscribe := r.service.Subscribe()
	defer unsubscribe()
	calm := time.NewTimer(settled)
	defer calm.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-calm.C:
			// What starting or a poll needed is not needed for minutes.
			platform.ReleaseMemory()
			continue
		case <-changed:
		}
		view := r.view()
		select {
		case <-r.views:
		default:
		}
		r.views <- view // this goroutine is the only sender
		calm.Reset(settled)
	}
}

// pumpHooks tells the hooks of every new snapshot, and of other settings.
func (r *trayRole) pumpHooks(ctx context.Context) error {
	changed, unsubscribe := r.service.Subscribe()
	defer unsubscribe()
	known := uint64(0)
	for {
		s := r.service.Snapshot()
		if s.SettingsRevision != known {
			known = s.SettingsRevision
			r.hooks.Use(r.service.Settings().Hooks)
		}
		r.hooks.Changed(s) //nolint:contextcheck // what runs then ends with r.hooks
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// settled is how long nothing has changed before memory is given back; the
// icon, the menu and those who asked have their answer by then.
const settled = 2 * time.Second

func (r *trayRole) pumpClicks(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-r.notifier.Events():
			told, ok := r.service.Announced(event.Key)
			if !ok && event.Key != "" {
				continue
			}
			switch event.Action {
			case notify.ActionOpen:
				r.lead(ctx, told)
			case notify.ActionCopy:
				r.copyCode(ctx, told)
			case notify.ActionSeen:
				for _, t := range told {
					if err := r.service.MarkSeen(ctx, t.Account, t.UIDs...); err != nil {
						r.log.Error("marking as seen", "error", err)
					}
				}
			}
		}
	}
}

// act does what a menu entry asks for. It returns at once.
func (r *trayRole) act(ctx context.Context, a trayview.Action) {
	switch a.Kind {
	case trayview.ActNone:
	case trayview.ActOpenMailbox:
		if a.UID == "" {
			r.open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: a.Account})
			return
		}
		go r.lead(ctx, []api.Told{{Account: a.Account, UIDs: []string{a.UID}}})
	case trayview.ActSettings:
		r.open(ipc.OpenRequest{Window: ipc.WindowSettings, Account: a.Account})
	case trayview.ActAllow:
		if err := platform.OpenNotificationSettings(); err != nil {
			r.log.Error("opening the settings for notifications", "error", err)
		}
	case trayview.ActQuit:
		r.windows.Quit()
	case trayview.ActPause:
		r.service.Pause(pauseUntil(a, locale.Now()))
	case trayview.ActCheck:
		go func() {
			var ids []string
			if a.Account != "" {
				ids = []string{a.Account}
			}
			err := r.service.Unlock(ctx, ids...)
			if err == nil {
				_, err = r.service.Check(ctx, ids...)
			}
			if err != nil {
				r.log.Warn("checking", "error", err)
			}
		}()
	case trayview.ActSeen:
		go func() {
			if err := r.service.MarkAllSeen(ctx, ""); err != nil {
				r.log.Error("marking all as seen", "error", err)
			}
		}()
	}
}

// pauseUntil is the end of the pause that a asks for; the zero time resumes.
func pauseUntil(a trayview.Action, now time.Time) time.Time {
	switch {
	case a.Tomorrow:
		y, m, d := now.Date()
		return time.Date(y, m, d+1, 8, 0, 0, 0, now.Location())
	case a.For > 0:
		return now.Add(a.For)
	}
	return time.Time{}
}

// openLink opens what a traymail: link asks for; any other link is ignored.
func (r *trayRole) openLink(link string) {
	if request, ok := parseLink(link); ok {
		r.open(request)
	}
}

// registerLinks makes this program the one that traymail: links start.
func (r *trayRole) registerLinks() {
	exe, err := os.Executable()
	if err == nil {
		err = platform.RegisterLinks(exe)
	}
	if err != nil {
		r.log.Warn("registering for links", "error", err)
	}
}

func (r *trayRole) open(request ipc.OpenRequest) {
	if err := r.windows.Open(request); err != nil {
		r.log.Error("opening a window", "window", request.Window, "error", err)
	}
}

// spawn starts the window role; it finds its request waiting for it.
func (r *trayRole) spawn(request ipc.OpenRequest) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	// What it prints is its toolkit's complaints, say that there is no OpenGL,
	// and the trace of a crash. No secret is among them: our errors have none,
	// and a trace shows where strings are, not what they say.
	ended := func(err error) {
		if err != nil {
			r.log.Warn("a window ended", "window", request.Window, "error", err, "output", r.e.paths.WindowLog)
		}
	}
	return platform.SpawnLogged(r.e.paths.WindowLog, ended, exe, append([]string{string(request.Window)}, r.e.childArgs()...)...)
}

// noTray tells the user, once and for all, that this desktop shows no tray icons.
func (r *trayRole) noTray() {
	marker := filepath.Join(filepath.Dir(r.e.paths.Ledger), "no-tray-told")
	_, err := os.Stat(marker)
	r.log.Info("this desktop shows no tray icons", "told before", err == nil)
	if err == nil {
		return
	}
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		r.log.Warn("remembering that there is no tray", "error", err)
	}
	r.open(ipc.OpenRequest{Window: ipc.WindowSettings, Notice: "no-tray"})
}
