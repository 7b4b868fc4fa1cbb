package doctor

import (
	"context"
	"io/fs"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// System looks at the computer. None of its methods shows anything, asks the
// user for anything or uses the network. errors.ErrUnsupported says that
// there is nothing to look at on this system; such a check is left out.
type System interface {
	Tray(ctx context.Context) (facts.Tray, error)
	Notifications(ctx context.Context) (facts.Notifications, error)
	Fonts(ctx context.Context) (facts.Fonts, error)
	// Windows may start a program.
	Windows(ctx context.Context) (facts.Windows, error)
	Network(ctx context.Context) (facts.Network, error)
	// Autostart says whether the session starts traymail.
	Autostart(ctx context.Context) (bool, error)
	// Keyring returns nil, secret.ErrLocked or secret.ErrUnavailable.
	Keyring(ctx context.Context) error
}

// Running says whether there is a tray role, which polls.
type Running string

// Of the values of Running, the last two are found by commands only.
const (
	Yes Running = "yes"
	No  Running = "no"
	// Stuck: there is one, and it does not answer.
	Stuck Running = "stuck"
	// Other: it is another version of traymail.
	Other Running = "other"
)

// Account is an account and, where a tray role runs, its state.
type Account struct {
	settings.Account
	// Status has no ID where only LastPoll is known.
	Status api.AccountStatus
	Health api.Health
}

// State is what traymail knows of itself.
type State struct {
	Running Running
	// Command is the one that has all mailboxes while traymail does not run; empty if
	// there is none.
	Command string
	// PID and Since are of the process that is stuck, or of Command's; zero if they
	// are not known.
	PID   int
	Since time.Time
	// Settings is why the settings file cannot be used, a *settings.FileError.
	Settings error
	Warnings []*settings.FileError
	// CrashReport is the file about the last crash, which was at Crashed; empty
	// if there is none.
	CrashReport string
	Crashed     time.Time
	// Storage is why nothing can be written to a folder of ours; nil if it can.
	Storage *fs.PathError
	// LedgerBusy: another process has the ledger open.
	LedgerBusy bool
	// Ledger is why the ledger cannot be read; SetAside is where a damaged one
	// was moved to.
	Ledger   error
	SetAside string
	// Autostart is the user's wish, and IconOnlyUnseen that the icon hides while
	// nothing is unseen.
	Autostart, IconOnlyUnseen bool

	PausedUntil time.Time
	Accounts    []Account
}

// Options are what a report is made of.
type Options struct {
	System System
	Locale *locale.Catalogue
	Now    time.Time
	// Version is traymail's, for people. Built is when its source was last
	// changed; zero if that is not known.
	Version string
	Built   time.Time
	// Home is the user's home folder, which a copied report does not show.
	Home string
	// Files are what traymail reads and writes.
	Files []string
	State State
}

// found is what the probes found out. An error says why nothing was.
type found struct {
	tray          probed[facts.Tray]
	notifications probed[facts.Notifications]
	keyring       probed[struct{}]
	fonts         probed[facts.Fonts]
	windows       probed[facts.Windows]
	network       probed[facts.Network]
	autostart     probed[bool]
}

type probed[T any] struct {
	value T
	err   error
}

// probeTime bounds each probe. They run side by side.
const probeTime = 8 * time.Second

// Examine asks every probe and judges what they found.
func Examine(ctx context.Context, o Options) Report {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	tray := probe(ctx, o.System.Tray)
	notifications := probe(ctx, o.System.Notifications)
	keyring := probe(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, o.System.Keyring(ctx) })
	fonts := probe(ctx, o.System.Fonts)
	windows := probe(ctx, o.System.Windows)
	network := probe(ctx, o.System.Network)
	autostart := probe(ctx, o.System.Autostart)
	return judge(o, found{<-tray, <-notifications, <-keyring, <-fonts, <-windows, <-network, <-autostart})
}

func probe[T any](ctx context.Context, f func(context.Context) (T, error)) <-chan probed[T] {
	done := make(chan probed[T], 1)
	go func() {
		value, err := f(ctx)
		done <- probed[T]{value, err}
	}()
	return done
}
