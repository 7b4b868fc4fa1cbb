// Package window is the window role: a short-lived process that shows one
// window, settings or mailbox, and ends when it closes. Everything it knows
// and does goes through the tray role's local socket, but for passwords: those
// it writes into the keyring itself and hands over a reference. It is the only
// package that knows the Fyne toolkit, it never speaks POP3, and it never
// writes the settings file or the ledger.
package window

import (
	"context"
	"errors"
	"log/slog"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// ErrUnavailable is returned by Run in a build without windows: one without
// cgo or with the tag nowindow.
var ErrUnavailable = errors.New("this build of traymail has no windows")

// DrawingError says that this computer shows no windows of ours.
type DrawingError struct {
	// NoDisplay: there is no screen at all. Else it is without OpenGL.
	NoDisplay bool
	Err       error
}

func (e *DrawingError) Error() string { return "drawing windows: " + e.Err.Error() }
func (e *DrawingError) Unwrap() error { return e.Err }

// Client is the tray role, as a window sees it; *ipc.Client is one.
type Client interface {
	api.Engine
	// Events is closed when the tray role is gone.
	Events() <-chan ipc.Event
}

var _ Client = (*ipc.Client)(nil)

// SignIn is a sign-in with the browser for an account, whose settings say where.
type SignIn struct {
	Account settings.Account
	// Was is the account as it was saved when somebody began to change it; nil for
	// a new one.
	Was *settings.Account
	// ClientSecret is that of a client of the user's own; empty if it has none,
	// or is the one that the keyring has.
	ClientSecret string
	// Waiting is called once the browser is awaited at address; err is why it
	// could not be sent there.
	Waiting func(address string, err error)
}

// SignedIn is what a sign-in has brought.
type SignedIn struct {
	// Address is the e-mail address of who has signed in; empty if nobody told.
	Address string
	// Keep writes the rest to the keyring, in the place of the account's password,
	// and saves the account: what the user has changed of it, and nothing else. Both
	// are done, or neither.
	Keep func(context.Context) error
}

// Options are what a window needs. Client, Secrets and Locale are required.
type Options struct {
	Client  Client
	Secrets secret.Store
	Locale  *locale.Catalogue
	// Preferences are those in force when the window opens; Locale is in
	// their language.
	Preferences settings.Preferences
	// Snapshot is the latest when the window opens; newer ones come as events.
	Snapshot api.Snapshot
	// Open says which window, and on which message.
	Open ipc.OpenRequest
	// Fonts looks what this computer can show; nil if it need not be asked.
	Fonts func(context.Context) (facts.Fonts, error)
	// SystemSounds: notifications play the system's sound, and no file.
	SystemSounds bool
	// AwaitTray waits for a tray and says whether one has come; nil if it need
	// not be asked.
	AwaitTray func(context.Context) bool
	// IconHidden says whether the system keeps the icon out of sight, and
	// IconSettings opens where that is changed. Both may be nil.
	IconHidden   func() bool
	IconSettings func() error
	// SignIn has the user sign in with the browser, and waits for that. The error
	// is an *api.ProblemError or the context's.
	SignIn func(context.Context, SignIn) (*SignedIn, error)
	// Revoke ends the sign-in of an account at its server. The error is an
	// *api.ProblemError or the context's.
	Revoke func(context.Context, settings.Account) error
	// Place is where the last mailbox window was, and Keep is told where this one
	// is when it closes; nil keeps nothing.
	Place Place
	Keep  func(Place)
	// Spool is a folder for messages that are fetched whole and for attachments
	// that are opened; it need not exist.
	Spool string
	// OpenURL, OpenMessage and OpenFile have the desktop open a web page or a mail
	// to an address, a message by its link, and a file.
	OpenURL, OpenMessage func(ctx context.Context, link string) error
	OpenFile             func(path string) error
	// Shown is called in a goroutine of its own once the window is on the
	// screen. It may be nil.
	Shown func()
	// Closed is called when the window has closed, which is well before its
	// process ends; Client is no longer used then. It may be nil.
	Closed func()
	// Log receives what the user need not read; nil discards it.
	Log *slog.Logger
}
