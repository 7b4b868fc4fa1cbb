package notify

import (
	"errors"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
)

// line is a connection to the session bus of the Notifier's own (D2), made
// when it is first needed, and once more when it has died: a session without a
// bus is not an error until then. What its signals mean goes to events.
type line struct {
	// signals are those to ask the bus for.
	signals [][]dbus.MatchOption
	// read says what a signal means, if anything.
	read   func(*dbus.Signal) (Event, bool)
	events chan Event
	closed chan struct{}
	stop   func() // closes closed, once

	mu   sync.Mutex
	conn *dbus.Conn
	done chan struct{} // closed when the reader of conn's signals has ended
}

func newLine(read func(*dbus.Signal) (Event, bool), signals ...[]dbus.MatchOption) line {
	closed := make(chan struct{})
	return line{
		signals: signals, read: read, events: make(chan Event, 16),
		closed: closed, stop: sync.OnceFunc(func() { close(closed) }),
	}
}

// Events implements Notifier.
func (l *line) Events() <-chan Event { return l.events }

// Close implements Notifier. What is shown stays.
func (l *line) Close() error {
	l.mu.Lock()
	conn, done := l.conn, l.done
	l.conn = nil
	l.stop()
	l.mu.Unlock()
	if conn == nil {
		return nil
	}
	err := conn.Close()
	<-done
	return err
}

// connect returns the connection, and whether it is a new one. The caller
// holds mu.
func (l *line) connect() (conn *dbus.Conn, fresh bool, err error) {
	select {
	case <-l.closed:
		return nil, false, ErrUnavailable
	default:
	}
	if l.conn != nil && l.conn.Connected() {
		return l.conn, false, nil
	}
	conn, err = dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := errors.Join(conn.Auth(nil), conn.Hello()); err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrUnavailable, errors.Join(err, conn.Close()))
	}
	signals := make(chan *dbus.Signal, 32)
	conn.Signal(signals)
	for _, match := range l.signals {
		if err := conn.AddMatchSignal(match...); err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrUnavailable, errors.Join(err, conn.Close()))
		}
	}
	l.conn, l.done = conn, make(chan struct{})
	go l.watch(signals, l.done)
	return conn, true, nil
}

func (l *line) watch(signals <-chan *dbus.Signal, done chan<- struct{}) {
	defer close(done)
	for signal := range signals {
		if event, ok := l.read(signal); ok {
			select {
			case l.events <- event:
			case <-l.closed:
			}
		}
	}
}
