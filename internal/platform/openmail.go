package platform

import (
	"context"
	"errors"
)

// ErrNoMailProgram: no mail program is registered for mailto links.
var ErrNoMailProgram = errors.New("no mail program is registered on this computer")

// OpenMail starts the mail program that is registered for mailto links, as its
// own icon would: with its list of mail, not a new message. It returns when
// the program was started.
func OpenMail(ctx context.Context) error { return openMail(ctx) }
