package main

import (
	"context"
	"os"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/settings"
)

// lead goes where a click on a notification or a message leads: the account
// says whether that is the mailbox window, the mail program or a webmail. It
// falls back to the window, which is also for what several accounts got. What is
// wrong with an account leads to its settings, where there is the button to sign
// in again if that is what it takes.
func (r *trayRole) lead(ctx context.Context, told []api.Told) {
	request := ipc.OpenRequest{Window: ipc.WindowMailbox}
	if len(told) != 1 {
		r.open(request)
		return
	}
	t := told[0]
	request.Account = t.Account
	if t.Problem {
		request.Window = ipc.WindowSettings
		r.open(request)
		return
	}
	if len(t.UIDs) == 1 {
		request.UID = t.UIDs[0]
	}
	started, err := openElsewhere(ctx, r.where(t.Account))
	if err != nil {
		r.log.Warn("opening mail", "account", t.Account, "error", err)
	}
	if !started {
		r.open(request)
		return
	}
	if err := r.service.MarkSeen(ctx, t.Account, t.UIDs...); err != nil {
		r.log.Error("marking as seen", "error", err)
	}
}

// where is settings.Account.Open.
func (r *trayRole) where(account string) string {
	for _, a := range r.service.Accounts() {
		if a.ID == account {
			return a.Open
		}
	}
	return ""
}

// openElsewhere starts what shows mail instead of traymail, if anything does.
func openElsewhere(ctx context.Context, where string) (started bool, err error) {
	switch where {
	case "":
		return false, nil
	case settings.OpenProgram:
		err = platform.OpenMail(ctx)
	default:
		err = platform.OpenURL(ctx, where)
	}
	return err == nil, err
}

// keepAutostart makes the entry that starts traymail with the session what the
// preferences say, now and whenever they change; on is what they said at the
// start. Without the preference, an entry that exists at the start is not
// ours: the user made it by other means.
func (r *trayRole) keepAutostart(ctx context.Context, on bool) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"--background"}
	if r.e.home != "" {
		args = append(args, "--home", r.e.home)
	}
	entry := platform.NewAutostart(exe, args...)
	changed, unsubscribe := r.service.Subscribe()
	defer unsubscribe()
	// A portable traymail leaves an installed one's entry alone until the user
	// asks for its own.
	if on && r.e.home == "" {
		if err := entry.Renew(); err != nil {
			r.log.Warn("autostart", "error", err)
		}
	}
	for {
		if wanted := r.service.Settings().Preferences.Autostart; wanted != on {
			on = wanted
			if err := entry.Set(ctx, on); err != nil {
				r.log.Warn("autostart", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}
