//go:build unix && !darwin

package platform

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	logind         = "org.freedesktop.login1"
	networkManager = "org.freedesktop.NetworkManager"
	nmPath         = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	properties     = "org.freedesktop.DBus.Properties"
	powerProfiles  = "org.freedesktop.UPower.PowerProfiles"
	profilesPath   = dbus.ObjectPath("/org/freedesktop/UPower/PowerProfiles")
)

// answerTime is how long a service of the system may take to answer.
const answerTime = 5 * time.Second

// Watch reports to e what logind and NetworkManager report, and what the clocks
// say of sleep, until ctx ends; then it returns nil. A computer without them,
// or without a system bus, is fine. One awakening may be reported twice. Watch
// returns an error when a bus cannot be used, or is gone. Between events it
// sleeps; nothing is asked twice and no service is started for us.
func Watch(ctx context.Context, e Events) error {
	// A connection of our own (D2): nobody else's signals arrive on it.
	w := watch{relay: relay{Events: e}}
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	woke := make(chan struct{}, 1)
	// Where it fails, logind is left.
	group.Go(func() {
		_ = watchSleep(ctx, func() {
			select {
			case woke <- struct{}{}:
			default:
			}
		})
	})
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	for err != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-woke:
			w.resume()
		}
	}
	defer func() { _ = conn.Close() }()
	w.conn = conn
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
		case <-woke:
			w.resume()
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
	relay
	conn *dbus.Conn
}

func (w *watch) subscribe(ctx context.Context) error {
	setup, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for _, rule := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(logind), dbus.WithMatchInterface(logind + ".Manager"), dbus.WithMatchMember("PrepareForSleep")},
		{dbus.WithMatchSender(networkManager), dbus.WithMatchInterface(networkManager), dbus.WithMatchMember("StateChanged")},
		{dbus.WithMatchSender(networkManager), dbus.WithMatchObjectPath(nmPath), dbus.WithMatchInterface(properties), dbus.WithMatchMember("PropertiesChanged")},
		{dbus.WithMatchSender(powerProfiles), dbus.WithMatchObjectPath(profilesPath), dbus.WithMatchInterface(properties), dbus.WithMatchMember("PropertiesChanged")},
		ownerOf(networkManager), ownerOf(powerProfiles),
	} {
		if err := w.conn.AddMatchSignalContext(setup, rule...); err != nil {
			return err
		}
	}
	for name, ask := range map[string]func(context.Context){networkManager: w.ask, powerProfiles: w.askProfile} {
		var running bool
		if err := w.conn.BusObject().CallWithContext(setup, "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&running); err != nil {
			return err
		}
		if running {
			ask(ctx)
		}
	}
	return nil
}

// ownerOf matches the coming and going of a service.
func ownerOf(name string) []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
	}
}

// property reads one, without starting its service should it have gone.
func (w *watch) property(ctx context.Context, service string, path dbus.ObjectPath, name string, value any) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var v dbus.Variant
	call := w.conn.Object(service, path).CallWithContext(ctx, properties+".Get", dbus.FlagNoAutoStart, service, name)
	return call.Store(&v) == nil && v.Store(value) == nil
}

// ask reads NetworkManager's state, without starting it should it have gone.
func (w *watch) ask(ctx context.Context) {
	var state, metered uint32
	if w.property(ctx, networkManager, nmPath, "State", &state) {
		w.online(connected(state))
	}
	if w.property(ctx, networkManager, nmPath, "Metered", &metered) {
		w.metered = dear(metered)
		w.updateSaving()
	}
}

// askProfile reads which power profile the user has chosen.
func (w *watch) askProfile(ctx context.Context) {
	var profile string
	if w.property(ctx, powerProfiles, profilesPath, "ActiveProfile", &profile) {
		w.frugal = profile == "power-saver"
		w.updateSaving()
	}
}

// dear reads an NMMetered: 1 is yes, 3 is yes by a guess.
func dear(metered uint32) bool { return metered == 1 || metered == 3 }

// connected reads an NMState. From 50 (local connectivity) on a server may be
// in reach; 0 is unknown, and then a poll finds out. What lies between is
// asleep, disconnected, or on the way from one to the other.
func connected(state uint32) bool { return state == 0 || state >= 50 }

func (w *watch) handle(ctx context.Context, s *dbus.Signal) {
	switch s.Name {
	case logind + ".Manager.PrepareForSleep":
		var asleep bool
		if dbus.Store(s.Body, &asleep) == nil && !asleep {
			w.resume()
		}
	case networkManager + ".StateChanged":
		var state uint32
		if dbus.Store(s.Body, &state) == nil {
			w.online(connected(state))
		}
	case properties + ".PropertiesChanged":
		var service string
		var changed map[string]dbus.Variant
		var gone []string
		if dbus.Store(s.Body, &service, &changed, &gone) != nil {
			return
		}
		var metered uint32
		if v, ok := changed["Metered"]; ok && service == networkManager && v.Store(&metered) == nil {
			w.metered = dear(metered)
		}
		var profile string
		if v, ok := changed["ActiveProfile"]; ok && service == powerProfiles && v.Store(&profile) == nil {
			w.frugal = profile == "power-saver"
		}
		w.updateSaving()
	case "org.freedesktop.DBus.NameOwnerChanged":
		var name, before, owner string
		switch err := dbus.Store(s.Body, &name, &before, &owner); {
		case err == nil && name == powerProfiles && owner != "":
			w.askProfile(ctx)
		case err == nil && name == powerProfiles:
			w.frugal = false
			w.updateSaving()
		case err != nil || name != networkManager:
		case owner != "":
			w.ask(ctx)
		case w.told != nil:
			w.metered = false
			w.updateSaving()
			w.online(true) // nobody manages the network any more: as if there were none
		}
	}
}
