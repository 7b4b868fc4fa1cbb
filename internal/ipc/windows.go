package ipc

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"time"
)

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
		c.raise(r)
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
		other.raise(r)
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
