package main

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/clipboard"
	"github.com/traymail/traymail/internal/ipc"
)

// copyCode copies the one-time code of the message that a notification was
// about. Where that cannot be, the mailbox opens with the button for it.
func (r *trayRole) copyCode(ctx context.Context, told []api.Told) {
	if len(told) != 1 || len(told[0].UIDs) != 1 {
		return
	}
	account, uid := told[0].Account, told[0].UIDs[0]
	code, err := r.service.Code(account, uid)
	if err == nil && code != "" {
		err = r.copyText(ctx, code)
	}
	if err == nil && code != "" {
		return
	}
	r.log.Info("a one-time code is copied from the mailbox", "account", account, "known", code != "", "error", err)
	r.open(ipc.OpenRequest{Window: ipc.WindowMailbox, Account: account, UID: uid, Code: true})
}

// copyText puts a one-time code on the clipboard for a while; it takes the place
// of the one before.
func (r *trayRole) copyText(ctx context.Context, text string) error {
	r.copying.Lock()
	defer r.copying.Unlock()
	offer, err := clipboard.Put(context.WithoutCancel(ctx), text, clipboard.Lasts) // it outlasts who asks
	if err != nil {
		return err
	}
	if r.copied != nil {
		r.copied.Close() // another program has it by now: we
	}
	r.copied = offer
	return nil
}

// copy answers clipboard.Copy.
func (r *trayRole) copy(ctx context.Context, request clipboard.Request) (none api.None, err error) {
	if request.Text == "" {
		return none, errors.New("nothing to copy")
	}
	return none, r.copyText(ctx, request.Text)
}

// uncopy takes back what was copied, and waits for that.
func (r *trayRole) uncopy() {
	r.copying.Lock()
	defer r.copying.Unlock()
	if r.copied != nil {
		r.copied.Close()
	}
}
