package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/settings/secret"
)

// Names of the Secret Service API, as go-keyring uses them.
const (
	busName         = "org.freedesktop.secrets"
	servicePath     = dbus.ObjectPath("/org/freedesktop/secrets")
	loginPath       = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	defaultPath     = dbus.ObjectPath("/org/freedesktop/secrets/aliases/default")
	serviceIface    = "org.freedesktop.Secret.Service"
	collectionIface = "org.freedesktop.Secret.Collection"
	promptIface     = "org.freedesktop.Secret.Prompt"
)

// bus is the guard of the Secret Service. It has a connection of its own,
// because go-keyring takes any signal on the shared one for its answer (D2).
type bus struct {
	mu   sync.Mutex
	conn *dbus.Conn
	// done ends when the goroutine that reads conn's signals has ended.
	done chan struct{}
	// wasUsable is what the last look found.
	wasUsable bool
	// again looks once more while the keyring is locked; looks counts those.
	again  *time.Timer
	looks  int
	news   chan struct{}
	closed bool
}

// The waits between looks at a locked keyring. GNOME Keyring sends no signal
// when it is unlocked by logging in, so signals alone are not enough. Nothing
// runs while the keyring is usable.
const (
	firstLook = time.Second
	lastLook  = 30 * time.Second
)

func newGuard() guard { return &bus{news: make(chan struct{}, 1)} }

// connection returns the private connection, a new one if the last has died.
func (b *bus) connection() (*dbus.Conn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fmt.Errorf("%w: closed", secret.ErrUnavailable)
	}
	if b.conn != nil && b.conn.Connected() {
		return b.conn, nil
	}
	// Without a bus there is none to be started for us alone.
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	if err := errors.Join(conn.Auth(nil), conn.Hello()); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	signals := make(chan *dbus.Signal, 32)
	conn.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(busName), dbus.WithMatchInterface("org.freedesktop.DBus.Properties"), dbus.WithMatchPathNamespace(servicePath)},
		{dbus.WithMatchSender(busName), dbus.WithMatchInterface(serviceIface)},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, busName)},
	} {
		if err := conn.AddMatchSignal(match...); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
		}
	}
	b.conn, b.done = conn, make(chan struct{})
	go b.watch(conn, signals, b.done)
	return conn, nil
}

// watch looks again whenever the service says that anything changed.
func (b *bus) watch(conn *dbus.Conn, signals <-chan *dbus.Signal, done chan<- struct{}) {
	defer close(done)
	for range signals {
		b.look(conn.Context(), conn)
	}
}

// look finds out whether the keyring is usable, and tells when it has become
// so. It does not start the service.
func (b *bus) look(ctx context.Context, conn *dbus.Conn) {
	b.note(conn, state(ctx, conn, dbus.FlagNoAutoStart))
}

// note keeps what a look has found, and arranges the next one if it is needed.
func (b *bus) note(conn *dbus.Conn, err error) {
	b.mu.Lock()
	became := err == nil && !b.wasUsable
	b.wasUsable = err == nil
	if b.again != nil {
		b.again.Stop()
		b.again = nil
	}
	if errors.Is(err, secret.ErrLocked) && !b.closed {
		wait := min(firstLook<<min(b.looks, 10), lastLook)
		b.looks++
		b.again = time.AfterFunc(wait, func() { b.look(conn.Context(), conn) })
	} else {
		b.looks = 0
	}
	b.mu.Unlock()
	if became {
		select {
		case b.news <- struct{}{}:
		default:
		}
	}
}

// state asks for the Locked property of the collection that go-keyring uses.
func state(ctx context.Context, conn *dbus.Conn, flags dbus.Flags) error {
	locked, err := property(ctx, conn, flags, collection(ctx, conn, flags), collectionIface, "Locked")
	var failure dbus.Error
	switch {
	case err == nil:
	case errors.As(err, &failure) && slices.Contains([]string{
		"org.freedesktop.DBus.Error.UnknownMethod", "org.freedesktop.DBus.Error.UnknownObject",
		"org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.Secret.Error.NoSuchObject",
	}, failure.Name):
		return nil // a service without any collection; it will say so itself
	case ctx.Err() != nil:
		return fmt.Errorf("%w: it does not answer", secret.ErrLocked)
	default:
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	if is, ok := locked.(bool); ok && is {
		return secret.ErrLocked
	}
	return nil
}

// collection is the one go-keyring chooses: login if it exists, else the default.
func collection(ctx context.Context, conn *dbus.Conn, flags dbus.Flags) dbus.ObjectPath {
	paths, err := property(ctx, conn, flags, servicePath, serviceIface, "Collections")
	if list, ok := paths.([]dbus.ObjectPath); err == nil && ok && slices.Contains(list, loginPath) {
		return loginPath
	}
	return defaultPath
}

func property(ctx context.Context, conn *dbus.Conn, flags dbus.Flags, path dbus.ObjectPath, iface, name string) (any, error) {
	var v dbus.Variant
	err := conn.Object(busName, path).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", flags, iface, name).Store(&v)
	return v.Value(), err
}

func (b *bus) usable(ctx context.Context) error {
	conn, err := b.connection()
	if err != nil {
		return err
	}
	err = state(ctx, conn, 0)
	b.note(conn, err)
	return err
}

// unlock asks the service, which asks the user. A dismissed prompt leaves the
// keyring locked.
func (b *bus) unlock(ctx context.Context) error {
	conn, err := b.connection()
	if err != nil {
		return err
	}
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err = conn.Object(busName, servicePath).CallWithContext(ctx, serviceIface+".Unlock", 0,
		[]dbus.ObjectPath{collection(ctx, conn, 0)}).Store(&unlocked, &prompt)
	if err != nil {
		return fmt.Errorf("%w: %w", secret.ErrLocked, err)
	}
	if prompt == "/" {
		return nil
	}
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(promptIface)}
	if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
		return fmt.Errorf("%w: %w", secret.ErrLocked, err)
	}
	defer func() { _ = conn.RemoveMatchSignal(match...) }()
	signals := make(chan *dbus.Signal, 32)
	conn.Signal(signals)
	defer conn.RemoveSignal(signals)
	if err := conn.Object(busName, prompt).CallWithContext(ctx, promptIface+".Prompt", 0, "").Err; err != nil {
		return fmt.Errorf("%w: %w", secret.ErrLocked, err)
	}
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", secret.ErrLocked, ctx.Err())
		case signal, ok := <-signals:
			if !ok {
				return fmt.Errorf("%w: the session bus is gone", secret.ErrLocked)
			}
			if signal.Path == prompt && signal.Name == promptIface+".Completed" {
				return nil
			}
		}
	}
}

func (b *bus) unlocked() <-chan struct{} { return b.news }

func (b *bus) close() error {
	b.mu.Lock()
	conn, done := b.conn, b.done
	b.closed = true
	if b.again != nil {
		b.again.Stop()
	}
	b.mu.Unlock()
	if conn == nil {
		return nil
	}
	err := conn.Close()
	<-done
	return err
}
