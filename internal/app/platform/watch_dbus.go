//go:build unix && !darwin

package platform

import (
	"context"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	logind         = "org.freedesktop.login1"
	networkManager = "org.freedesktop.NetworkManager"
	nmPath         = dbus.ObjectPath("/org/freedesktop/NetworkManager")
)

// answerTime is how long a service of the system may take to answer.
const answerTime = 5 * time.Second

// Watch tells e what logind and NetworkManager report, until ctx ends; then
// it returns nil. A computer without them, or without a system bus, is fine:
// nothing is told. It returns an error when the bus that there is cannot be
// used, or is gone. Between events it sleeps; nothing is asked twice and no
// service is started for us.
func Watch(ctx context.Context, e Events) error {
	// A connection of our own (D2): nobody else's signals arrive on it.
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		<-ctx.Done()
		return nil
	}
	defer func() { _ = conn.Close() }()
	w := watch{conn: conn, Events: e}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if err := w.subscribe(ctx); err != nil {
		return ended(ctx, err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case s, ok := <-signals:
			if !ok {
				return ended(ctx, dbus.ErrClosed)
			}
			w.handle(ctx, s)
		}
	}
}

// ended is err, unless it is only ctx's end that caused it.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("watching for sleep and network: %w", err)
}

type watch struct {
	Events
	conn *dbus.Conn
	// told is what Online was told last; nil for nothing yet.
	told *bool
}

func (w *watch) subscribe(ctx context.Context) error {
	setup, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for _, rule := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(logind), dbus.WithMatchInterface(logind + ".Manager"), dbus.WithMatchMember("PrepareForSleep")},
		{dbus.WithMatchSender(networkManager), dbus.WithMatchInterface(networkManager), dbus.WithMatchMember("StateChanged")},
		{
			dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
			dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, networkManager),
		},
	} {
		if err := w.conn.AddMatchSignalContext(setup, rule...); err != nil {
			return err
		}
	}
	var running bool
	if err := w.conn.BusObject().CallWithContext(setup, "org.freedesktop.DBus.NameHasOwner", 0, networkManager).Store(&running); err != nil {
		return err
	}
	if running {
		w.ask(ctx)
	}
	return nil
}

// ask reads NetworkManager's state, without starting it should it have gone.
func (w *watch) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var value dbus.Variant
	var state uint32
	call := w.conn.Object(networkManager, nmPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get",
		dbus.FlagNoAutoStart, networkManager, "State")
	if call.Store(&value) == nil && value.Store(&state) == nil {
		w.online(connected(state))
	}
}

// connected reads an NMState. From 50 (local connectivity) on a server may be
// in reach; 0 is unknown, and then a poll finds out. What lies between is
// asleep, disconnected, or on the way from one to the other.
func connected(state uint32) bool { return state == 0 || state >= 50 }

func (w *watch) handle(ctx context.Context, s *dbus.Signal) {
	switch s.Name {
	case logind + ".Manager.PrepareForSleep":
		var asleep bool
		if dbus.Store(s.Body, &asleep) == nil && !asleep && w.Resume != nil {
			w.Resume()
		}
	case networkManager + ".StateChanged":
		var state uint32
		if dbus.Store(s.Body, &state) == nil {
			w.online(connected(state))
		}
	case "org.freedesktop.DBus.NameOwnerChanged":
		var name, before, owner string
		switch err := dbus.Store(s.Body, &name, &before, &owner); {
		case err != nil || name != networkManager:
		case owner != "":
			w.ask(ctx)
		case w.told != nil:
			w.online(true) // nobody manages the network any more: as without
		}
	}
}

func (w *watch) online(online bool) {
	if w.told != nil && *w.told == online {
		return
	}
	w.told = &online
	if w.Online != nil {
		w.Online(online)
	}
}
