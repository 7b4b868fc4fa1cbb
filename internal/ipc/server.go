package ipc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// Backend is what the server asks.
type Backend interface {
	// Serve answers a verb of package api.
	Serve(ctx context.Context, verb string, params json.RawMessage) (answer any, err error)
	Snapshot() api.Snapshot
	Subscribe() (<-chan struct{}, func())
}

// ServerOptions are what a Server is made of.
type ServerOptions struct {
	// Spawn starts a process that will ask to become this window.
	Spawn func(OpenRequest) error
	// Quit ends the tray role; it must not wait for the server.
	Quit    func()
	Version string
	// Display is where the windows of Spawn appear.
	Display string
	Log     *slog.Logger
}

// Server answers requests and keeps the register of windows.
type Server struct {
	backend Backend
	o       ServerOptions
	room    *room

	mu      sync.Mutex
	conns   map[*serverConn]bool
	windows map[windowKey]*owner
	pending map[windowKey]pending
	closed  bool
	// now is the time; tests have their own.
	now func() time.Time
	// ended counts the connections that made way for others since told, the
	// time of the last line about that.
	ended int
	told  time.Time
}

// NewServer returns a server that does not serve yet; Open works from now on.
func NewServer(b Backend, o ServerOptions) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		backend: b, o: o, room: newRoom(), conns: map[*serverConn]bool{},
		windows: map[windowKey]*owner{}, pending: map[windowKey]pending{},
		now: time.Now,
	}
}

// Serve answers on l until ctx ends, and returns when every connection has.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := s.accept(ctx, l)
		if err != nil {
			s.farewell()
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accepting on the local socket: %w", err)
		}
		if err := samePeer(conn); err != nil {
			s.o.Log.Warn("rejected a connection of another user", "error", err)
			_ = conn.Close()
			continue
		}
		c := newServerConn(conn, s.room)
		ctx, cancel := context.WithCancel(ctx)
		c.dismiss = cancel
		s.admit(c)
		group.Go(func() { s.serve(ctx, c) })
	}
}

// accept waits for a connection. Whatever else goes wrong, above all that no
// more files can be opened, may pass: the tray role keeps the lock, so nobody
// else could listen.
func (s *Server) accept(ctx context.Context, l net.Listener) (net.Conn, error) {
	for pause := minAcceptPause; ; pause = min(2*pause, maxAcceptPause) {
		conn, err := l.Accept()
		if err == nil || ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return conn, err
		}
		if pause == minAcceptPause {
			s.o.Log.Warn("accepting on the local socket", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// admit takes a connection in. If there are too many, the one that has been of
// use the longest ago ends, windows excepted, of which there are maxWindows.
func (s *Server) admit(c *serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= maxConns {
		var oldest *serverConn
		for other := range s.conns {
			if !other.window && (oldest == nil || other.lessUseful(oldest)) {
				oldest = other
			}
		}
		s.ended++
		// A flood must not fill the log.
		if now := s.now(); s.told.IsZero() || now.Sub(s.told) >= floodPause {
			s.o.Log.Warn("too many connections on the local socket; the oldest end", "connections", len(s.conns), "ended", s.ended)
			s.ended, s.told = 0, now
		}
		delete(s.conns, oldest)
		oldest.dismiss()
		_ = oldest.conn.Close()
	}
	c.used = time.Now()
	s.conns[c] = true
}

// farewell asks the windows to end.
func (s *Server) farewell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.conns {
		c.send(Event{Closing: true})
	}
}

// Quit ends the windows, then the tray role.
func (s *Server) Quit() {
	s.farewell()
	s.o.Quit()
}

func (s *Server) serve(ctx context.Context, c *serverConn) {
	var group sync.WaitGroup
	defer group.Wait()
	defer func() { _ = c.conn.Close() }()
	defer c.dismiss()
	defer s.forget(c)
	if err := c.greet(s.o.Version); err != nil {
		s.o.Log.Debug("local socket", "error", err)
		return
	}
	ctx = api.WithLife(ctx, ctx)
	// Reading ends with ctx; the writer gets a moment for what is queued.
	stop := context.AfterFunc(ctx, c.endReads)
	defer stop()
	group.Go(func() { s.writeEvents(ctx, c) })

	slots := make(chan struct{}, maxInFlight)
	for {
		var r request
		if err := c.read(&r); err != nil {
			return
		}
		if r.Method == methodCancel { // without an answer, and never behind what it cancels
			c.cancel(r)
			continue
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		s.asks(c, 1)
		ctx := ctx
		if r.Method != methodSubscribe { // which lasts as long as the connection
			ctx = c.begin(ctx, r.ID)
		}
		group.Go(func() {
			defer func() { <-slots }()
			defer s.asks(c, -1)
			defer c.end(r.ID)
			s.answer(ctx, c, r)
		})
	}
}

// asks counts the requests of a connection that are being answered.
func (s *Server) asks(c *serverConn, change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.used = time.Now()
	c.asking += change
}

func (s *Server) forget(c *serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	for w, o := range s.windows {
		if o.serverConn == c {
			delete(s.windows, w)
		}
	}
}

// writeEvents writes what was queued until ctx ends, and the rest then.
func (s *Server) writeEvents(ctx context.Context, c *serverConn) {
	for {
		done := false
		select {
		case <-c.wake:
		case <-ctx.Done():
			done = true
		}
		c.mu.Lock()
		events, snapshot := c.events, c.snapshot
		c.events, c.snapshot = nil, false
		c.mu.Unlock()
		if snapshot {
			latest := s.backend.Snapshot()
			events = append([]Event{{Snapshot: &latest}}, events...)
		}
		for _, e := range events {
			if err := c.write(reply{Event: &e}); err != nil {
				_ = c.conn.Close()
				return
			}
		}
		if done {
			return
		}
	}
}

func (s *Server) answer(ctx context.Context, c *serverConn, r request) {
	result, err := s.call(ctx, c, r)
	out := reply{ID: r.ID}
	if err == nil && result != nil {
		out.Result, err = encode(result)
	}
	if err != nil {
		out.Error = problem(err)
	}
	err = c.write(out)
	if errors.Is(err, errTooLarge) {
		s.o.Log.Warn("local socket", "method", r.Method, "error", err)
		err = c.write(reply{ID: r.ID, Error: problem(err)})
	}
	if err != nil {
		_ = c.conn.Close()
		return
	}
	// Only now: the answer must not be lost while everything ends.
	if r.Method == methodQuit {
		s.Quit()
	}
}

// Methods of the socket itself; all others are verbs.
const (
	methodSubscribe = "subscribe"
	methodOpen      = "open"
	methodBecome    = "become"
	methodShown     = "shown"
	methodQuit      = "quit"
	// methodCancel ends the request whose ID is its parameter; it has no answer.
	methodCancel = "cancel"
)

func (s *Server) call(ctx context.Context, c *serverConn, r request) (any, error) {
	switch r.Method {
	case methodOpen:
		return with(r, func(p OpenRequest) (any, error) { return nil, s.Open(p) })
	case methodBecome:
		return with(r, func(p OpenRequest) (any, error) { return s.become(c, p) })
	case methodShown:
		s.shown(c)
		return nil, nil
	case methodSubscribe:
		return nil, s.subscribe(ctx, c)
	case methodQuit:
		return nil, nil
	}
	ctx = api.WithProgress(ctx, func(step api.TestStep) {
		if ctx.Err() == nil { // a cancelled request does not report into the next one
			c.send(Event{Step: &step})
		}
	})
	ctx = api.WithReceived(ctx, func(received api.Received) {
		if ctx.Err() == nil {
			c.send(Event{Received: &received})
		}
	})
	return s.backend.Serve(ctx, r.Method, r.Params)
}

// with decodes a request's parameters.
func with[P any](r request, f func(P) (any, error)) (any, error) {
	var p P
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", r.Method, err)
	}
	return f(p)
}

// subscribe sends a snapshot now and after every change, for as long as the
// connection lasts; the request's slot is its owner.
func (s *Server) subscribe(ctx context.Context, c *serverConn) error {
	c.mu.Lock()
	again := c.subscribed
	c.subscribed = true
	c.mu.Unlock()
	if again {
		return nil
	}
	changed, unsubscribe := s.backend.Subscribe()
	context.AfterFunc(ctx, unsubscribe)
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return errors.New("traymail is shutting down")
	}
	now := s.backend.Snapshot()
	c.send(Event{Snapshot: &now})
	go func() { // ends with the connection's context
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
				c.send(Event{Snapshot: &api.Snapshot{}})
			}
		}
	}()
	return nil
}
