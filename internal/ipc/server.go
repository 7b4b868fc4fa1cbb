package ipc

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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

// owner is the process that has become a window.
type owner struct {
	*serverConn
	// comeUp is when the window has to be on the screen; zero once it is.
	comeUp time.Time
}

// window returns the owner of a window. One whose window has not come up in
// time never will: a driver hangs, say. It is sent away, so that the next one
// can try; s.mu is held.
func (s *Server) window(w windowKey) *serverConn {
	o := s.windows[w]
	switch {
	case o == nil:
		return nil
	case o.comeUp.IsZero() || s.now().Before(o.comeUp):
		return o.serverConn
	}
	s.o.Log.Warn("a window never came up", "window", w.window)
	delete(s.windows, w)
	_ = o.conn.Close()
	return nil
}

// shown notes that the windows of a connection are on the screen.
func (s *Server) shown(c *serverConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.windows {
		if o.serverConn == c {
			o.comeUp = time.Time{}
		}
	}
}

// windowKey is a window on a display.
type windowKey struct {
	window  Window
	display string
}

// key is that of the window that r asks for.
func (s *Server) key(r OpenRequest) windowKey {
	return windowKey{r.Window, cmp.Or(r.Display, s.o.Display)}
}

// pending is the request of a window that was started and has not come yet.
type pending struct {
	request OpenRequest
	until   time.Time
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

// Open brings a window to the front, on a message if one is named; it starts
// the window's process if there is none.
func (s *Server) Open(r OpenRequest) error {
	if !r.Window.known() {
		return fmt.Errorf("%w: %.40q", errNoWindow, r.Window)
	}
	key := s.key(r)
	s.mu.Lock()
	if c := s.window(key); c != nil {
		s.mu.Unlock()
		c.send(Event{Open: &r})
		return nil
	}
	maps.DeleteFunc(s.pending, func(_ windowKey, p pending) bool { return !s.now().Before(p.until) })
	_, starting := s.pending[key]
	if !starting && len(s.pending)+len(s.windows) >= maxWindows {
		s.mu.Unlock()
		return errTooManyWindows
	}
	s.pending[key] = pending{r, s.now().Add(pendingOpen)}
	s.mu.Unlock()
	if starting {
		return nil
	}
	if err := s.o.Spawn(r); err != nil {
		s.mu.Lock()
		delete(s.pending, key)
		s.mu.Unlock()
		return err
	}
	return nil
}

var (
	// errNoWindow is a request for a window that there is not.
	errNoWindow = errors.New("no such window")
	// errTooManyWindows is a request for a window on one display too many.
	errTooManyWindows = errors.New("too many windows")
)

// become registers a connection as a window, or raises the one there is.
func (s *Server) become(c *serverConn, r OpenRequest) (becomeReply, error) {
	if !r.Window.known() {
		return becomeReply{}, fmt.Errorf("%w: %.40q", errNoWindow, r.Window)
	}
	key := s.key(r)
	s.mu.Lock()
	other := s.window(key)
	if other != nil && other != c {
		s.mu.Unlock()
		other.send(Event{Open: &r})
		return becomeReply{}, nil
	}
	defer s.mu.Unlock()
	if !s.conns[c] { // it has gone meanwhile, and nobody would take its place away
		return becomeReply{}, ErrClosed
	}
	if other == nil && len(s.windows) >= maxWindows {
		return becomeReply{}, errTooManyWindows
	}
	s.windows[key], c.window = &owner{c, s.now().Add(comeUp)}, true
	if p, ok := s.pending[key]; ok {
		delete(s.pending, key)
		// What the process was started for, unless it asks for something itself.
		if r.UID == "" && s.now().Before(p.until) {
			r = p.request
		}
	}
	return becomeReply{Became: true, Open: r}, nil
}

// serverConn is one connection.
type serverConn struct {
	*link
	// events waits to be written; a newer snapshot replaces an older one, so
	// that a slow window never holds up anything.
	mu       sync.Mutex
	snapshot bool
	events   []Event
	wake     chan struct{}
	// running has what cancels each request that is being answered.
	running map[uint64]context.CancelFunc
	// dismiss ends what it has asked for.
	dismiss context.CancelFunc
	// subscribed: it has asked for snapshots already.
	subscribed bool

	// These are protected by Server.mu. window: it is one. used is when it came
	// or last asked for something.
	window bool
	used   time.Time
	asking int // requests that are being answered
}

func newServerConn(conn net.Conn, room *room) *serverConn {
	c := &serverConn{link: newLink(conn), wake: make(chan struct{}, 1), running: map[uint64]context.CancelFunc{}}
	c.within, c.room = messageTimeout, room
	return c
}

// lessUseful orders connections by what would be lost with them.
func (c *serverConn) lessUseful(than *serverConn) bool {
	if (c.asking == 0) != (than.asking == 0) {
		return c.asking == 0
	}
	return c.used.Before(than.used)
}

// begin returns the context of a request.
func (c *serverConn) begin(ctx context.Context, id uint64) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[id] = cancel
	return ctx
}

// end releases a request's context.
func (c *serverConn) end(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.running[id]; cancel != nil {
		cancel()
		delete(c.running, id)
	}
}

// cancel ends the request that r names, if it still runs.
func (c *serverConn) cancel(r request) {
	var id uint64
	if json.Unmarshal(r.Params, &id) == nil {
		c.end(id)
	}
}

// send queues an event.
func (c *serverConn) send(e Event) {
	c.mu.Lock()
	if e.Snapshot != nil {
		c.snapshot = true
	} else if len(c.events) < maxInFlight {
		c.events = append(c.events, e)
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
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
