package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret/keyring"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/window"
)

func newDoctor(e *env) *cobra.Command {
	var asJSON, share bool
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   e.loc.T("cli.doctor.short"),
		Long:    e.loc.T("cli.doctor.long"),
		Example: "  traymail doctor\n  traymail doctor --share > report.txt\n  traymail doctor --json",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && share {
				return usageError{errors.New(e.loc.T("cli.doctor.one_form"))}
			}
			report, err := e.examine(cmd.Context())
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				if err := e.printJSON(report); err != nil {
					return err
				}
			case share:
				e.printf("%s", doctor.Text(report, e.loc))
			default:
				e.printf("%s", doctor.Full(report, e.loc))
			}
			if report.Level == doctor.Problem {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	cmd.Flags().BoolVar(&share, "share", false, e.loc.T("cli.doctor.share"))
	return cmd
}

// doctorTime is how long the tray role may take for its report.
const doctorTime = 20 * time.Second

// examine has the tray role make the report, which knows more; without one,
// this process does.
func (e *env) examine(ctx context.Context) (doctor.Report, error) {
	running := doctor.No
	client, err := e.dial(ctx)
	held, isHeld := errors.AsType[heldError](err)
	switch {
	case isHeld && (held.by.Tray || errors.Is(err, ipc.ErrNoAnswer)), errors.Is(err, ipc.ErrNoAnswer):
		running = doctor.Stuck
	case errors.Is(err, ipc.ErrVersion):
		running = doctor.Other
	case errors.Is(err, ipc.ErrNotRunning):
	case err != nil:
		return doctor.Report{}, err
	default:
		defer func() { _ = client.Close() }()
		patient, cancel := context.WithTimeout(ctx, doctorTime)
		defer cancel()
		report, err := doctor.Ask.Ask(patient, client, doctor.Request{Language: e.loc.Tag()})
		if err == nil || ctx.Err() != nil {
			return report, err
		}
		running = doctor.Stuck
	}
	store, err := settings.Open(e.paths.Config)
	state := e.stateOf(store)
	state.Running, state.Settings = running, err
	state.PID, state.Since = held.by.PID, held.by.Since
	if held.byCommand() {
		state.Command = held.by.Command
	}
	var found ledger.Inspection
	if running == doctor.No {
		found, err = ledger.Inspect(e.paths.Ledger)
		state.Ledger, state.SetAside = app.LedgerError(err), found.SetAside
		if errors.Is(err, ledger.ErrBusy) {
			state.Ledger, state.LedgerBusy = nil, true
		}
	} else {
		state.LedgerBusy = true
	}
	for _, a := range store.Settings().Accounts {
		state.Accounts = append(state.Accounts, doctor.Account{
			Account: a, Status: api.AccountStatus{Name: a.Name, LastPoll: found.Polled[a.ID]},
		})
	}
	return doctor.Examine(ctx, e.doctorOptions(e.loc, state)), nil
}

// doctor makes the report in the tray role.
func (r *trayRole) doctor(ctx context.Context, request doctor.Request) (doctor.Report, error) {
	state := r.e.stateOf(r.store)
	state.Running, state.Settings = doctor.Yes, r.store.Err()
	state.SetAside, _ = r.service.SetAside()
	snapshot := r.service.Snapshot()
	state.PausedUntil = snapshot.PausedUntil
	accounts := map[string]settings.Account{}
	for _, a := range r.service.Accounts() {
		accounts[a.ID] = a
	}
	for _, status := range snapshot.Accounts {
		account, ok := accounts[status.ID]
		health, err := r.service.Health(status.ID)
		if !ok || errors.Is(err, api.ErrNoAccount) {
			continue // removed just now
		}
		if err != nil {
			state.Ledger = err
		}
		state.Accounts = append(state.Accounts, doctor.Account{Account: account, Status: status, Health: health})
	}
	return doctor.Examine(ctx, r.e.doctorOptions(locale.New(request.Language), state)), nil
}

func (e *env) stateOf(store *settings.Store) doctor.State {
	state := doctor.State{
		Warnings: store.Warnings(), Autostart: store.Settings().Preferences.Autostart,
		IconOnlyUnseen: store.Settings().Preferences.IconOnlyUnseen,
		Storage:        platform.Unwritable(filepath.Dir(e.paths.Config), filepath.Dir(e.paths.Ledger)),
	}
	if reports := platform.CrashReports(e.crashes()); len(reports) > 0 {
		state.CrashReport, state.Crashed = reports[0].Path, reports[0].When.Local()
	}
	return state
}

func (e *env) doctorOptions(loc *locale.Catalogue, state doctor.State) doctor.Options {
	o := doctor.Options{
		System: computer{}, Locale: loc, Now: locale.Now(), Version: versionText(), State: state,
		Files: []string{e.paths.Config, e.paths.Ledger, e.paths.Log, e.paths.WindowLog, e.paths.Socket},
	}
	if home, err := os.UserHomeDir(); err == nil {
		o.Home = home
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" {
				o.Built, _ = time.Parse(time.RFC3339, s.Value) // else it stays unknown
			}
		}
	}
	return o
}

// computer is the doctor.System of this computer.
type computer struct{ platform.Probes }

func (computer) Keyring(ctx context.Context) error { return keyring.State(ctx) }

func (computer) Autostart(context.Context) (bool, error) {
	exe, err := os.Executable()
	if err != nil {
		return false, err
	}
	return platform.NewAutostart(exe).Enabled()
}

// Windows has another process try, for a toolkit that fails ends its process.
func (computer) Windows(ctx context.Context) (facts.Windows, error) {
	exe, err := os.Executable()
	if err != nil || !window.Available {
		return facts.Windows{}, errors.Join(err, errors.ErrUnsupported)
	}
	found := facts.Windows{Store: platform.StoreHasOpenGL}
	out, err := exec.CommandContext(ctx, exe, drawingCommand).Output() // #nosec G204 -- this program
	switch strings.TrimSpace(string(out)) {
	case drawn:
		found.Drawn = true
	case noDisplay:
		found.NoDisplay = true
	case noOpenGL:
	default: // it crashed, say
		return found, fmt.Errorf("trying to draw a window: %w", err)
	}
	return found, nil
}

const drawingCommand = "drawing"

// What the command prints.
const drawn, noDisplay, noOpenGL = "drawn", "no-display", "no-opengl"

// newDrawing is the process that doctor starts.
func newDrawing(e *env) *cobra.Command {
	return &cobra.Command{
		Use: drawingCommand, Hidden: true, Args: noArgs(e),
		RunE: func(*cobra.Command, []string) error {
			err := window.Drawable()
			var drawing *window.DrawingError
			switch {
			case err == nil:
				e.printf("%s\n", drawn)
				return nil
			case errors.As(err, &drawing) && drawing.NoDisplay:
				e.printf("%s\n", noDisplay)
			case errors.As(err, &drawing):
				e.printf("%s\n", noOpenGL)
			}
			return err
		},
	}
}
