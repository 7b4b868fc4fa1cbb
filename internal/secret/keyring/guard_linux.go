package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/secret"
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
	propertiesIface = "org.freedesktop.DBus.Properties"
)

// bus is the guard of the Secret Service. It has a connection of its own,
// because go-keyring takes any signal on the shared one for its answer (D2).
type bus struct {
	recovered func() // called when the keyring has become usable
	firstLook time.Duration

	// life ends with close, and every connection with it.
	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	dialing sync.Mutex // guards conn; held while connecting
	conn    *dbus.Conn

	mu sync.Mutex
	// last is what the last look found; looked is false before the first.
	last   error
	looked bool
	// worried holds a token when a caller has found the keyring locked.
	worried chan struct{}
}

func newGuard(recovered func()) guard {
	b := &bus{recovered: recovered, firstLook: firstLook, worried: make(chan struct{}, 1)}
	b.life, b.end = context.WithCancel(context.Background())
	return b
}

func (b *bus) usable(ctx context.Context) error {
	conn, err := b.connection(ctx)
	if err == nil {
		err = state(ctx, conn, 0)
	}
	b.note(err)
	if errors.Is(err, secret.ErrLocked) {
		select {
		case b.worried <- struct{}{}:
		default:
		}
	}
	return err
}

// note keeps what a look has found, and says when that is good news.
func (b *bus) note(err error) {
	b.mu.Lock()
	became := err == nil && b.looked && b.last != nil
	b.last, b.looked = err, true
	b.mu.Unlock()
	if became {
		b.recovered()
	}
}

// connection returns the private connection, a new one if the last has died.
func (b *bus) connection(ctx context.Context) (*dbus.Conn, error) {
	b.dialing.Lock()
	defer b.dialing.Unlock()
	if b.conn != nil && b.conn.Connected() {
		return b.conn, nil
	}
	conn, signals, err := b.dial(ctx)
	switch {
	case b.life.Err() != nil:
		err = fmt.Errorf("%w: closed", secret.ErrUnavailable)
	case err == nil:
	case ctx.Err() != nil:
		err = fmt.Errorf("%w: the session bus does not answer", secret.ErrLocked)
	default:
		err = fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return nil, err
	}
	b.conn = conn
	b.work.Go(func() { b.watch(conn, signals) }) //nolint:contextcheck // it lives as long as the connection
	return conn, nil
}

// dial connects under ctx, subscribed to all that may mean a change. A
// connection that it returns with an error is to be closed.
func (b *bus) dial(ctx context.Context) (*dbus.Conn, <-chan *dbus.Signal, error) {
	alive, kill := context.WithCancel(b.life)
	defer context.AfterFunc(ctx, kill)()
	// Where there is no bus, do not start one just for us.
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(alive)) //nolint:contextcheck // ctx is for dialling alone
	if err != nil {
		kill()
		return nil, nil, err
	}
	context.AfterFunc(conn.Context(), kill) //nolint:contextcheck // as above
	if err := conn.Auth(nil); err != nil {
		return conn, nil, err
	}
	if err := conn.Hello(); err != nil {
		return conn, nil, err
	}
	signals := make(chan *dbus.Signal, 32)
	conn.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(busName), dbus.WithMatchInterface(propertiesIface), dbus.WithMatchPathNamespace(servicePath)},
		{dbus.WithMatchSender(busName), dbus.WithMatchInterface(serviceIface)},
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, busName)},
	} {
		if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
			return conn, nil, err
		}
	}
	return conn, signals, nil
}

// watch looks again whenever the service says that anything changed, and from
// time to time while the keyring is locked. It never starts the service, and
// ends with the connection.
func (b *bus) watch(conn *dbus.Conn, signals <-chan *dbus.Signal) {
	wait := b.firstLook
	timer := time.NewTimer(wait)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case _, ok := <-signals:
			if !ok {
				b.note(fmt.Errorf("%w: the session bus is gone", secret.ErrUnavailable))
				return
			}
		case <-b.worried:
			timer.Reset(wait)
			continue
		case <-timer.C:
			wait = min(2*wait, lastLook)
		}
		// A service that does not answer is waited for, not asked again.
		err := state(conn.Context(), conn, dbus.FlagNoAutoStart)
		b.note(err)
		if errors.Is(err, secret.ErrLocked) {
			timer.Reset(wait)
		} else {
			timer.Stop()
			wait = b.firstLook
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
		return secret.ErrEmpty
	case ctx.Err() != nil:
		return fmt.Errorf("%w: it does not answer", secret.ErrLocked)
	default:
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	if is, ok := locked.(bool); !ok || is {
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
	err := conn.Object(busName, path).CallWithContext(ctx, propertiesIface+".Get", flags, iface, name).Store(&v)
	return v.Value(), err
}

// unlock asks the service, which asks the user. Where there is no collection,
// the user is asked for one, as libsecret does.
func (b *bus) unlock(ctx context.Context) error {
	conn, err := b.connection(ctx)
	if err != nil {
		return err
	}
	object := conn.Object(busName, servicePath)
	var prompt dbus.ObjectPath
	if errors.Is(state(ctx, conn, 0), secret.ErrEmpty) {
		label := map[string]dbus.Variant{collectionIface + ".Label": dbus.MakeVariant("Login")}
		var created dbus.ObjectPath
		err = object.CallWithContext(ctx, serviceIface+".CreateCollection", 0, label, "default").Store(&created, &prompt)
	} else {
		var unlocked []dbus.ObjectPath
		err = object.CallWithContext(ctx, serviceIface+".Unlock", 0,
			[]dbus.ObjectPath{collection(ctx, conn, 0)}).Store(&unlocked, &prompt)
	}
	if err == nil && prompt != "/" {
		err = await(ctx, conn, prompt)
	}
	if err != nil && !errors.Is(err, secret.ErrLocked) {
		err = fmt.Errorf("%w: %w", secret.ErrLocked, err)
	}
	return err
}

// await shows a prompt of the service's until the user has answered it. A
// prompt that was dismissed, or could not be shown, is secret.ErrDismissed.
func await(ctx context.Context, conn *dbus.Conn, prompt dbus.ObjectPath) error {
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(prompt), dbus.WithMatchInterface(promptIface)}
	if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
		return err
	}
	defer func() { _ = conn.RemoveMatchSignal(match...) }()
	signals := make(chan *dbus.Signal, 32)
	conn.Signal(signals)
	defer conn.RemoveSignal(signals)
	object := conn.Object(busName, prompt)
	// It must not outlive who asked for it.
	defer context.AfterFunc(ctx, func() { object.Go(promptIface+".Dismiss", dbus.FlagNoReplyExpected, nil) })()
	if err := object.CallWithContext(ctx, promptIface+".Prompt", 0, "").Err; err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case signal, ok := <-signals:
			if !ok {
				return errors.New("the session bus is gone")
			}
			switch {
			case signal.Path == prompt && signal.Name == promptIface+".Completed":
				if len(signal.Body) > 0 && signal.Body[0] == true {
					return secret.ErrDismissed
				}
				return nil
			case signal.Name == "org.freedesktop.DBus.NameOwnerChanged" && len(signal.Body) > 0 && signal.Body[0] == busName:
				return errors.New("the service is gone") // and its prompt with it
			}
		}
	}
}

func (b *bus) close() error {
	b.end() // ends a connection that is being made as well
	b.dialing.Lock()
	conn := b.conn
	b.dialing.Unlock()
	if conn == nil {
		return nil
	}
	err := conn.Close()
	b.work.Wait()
	return err
}
