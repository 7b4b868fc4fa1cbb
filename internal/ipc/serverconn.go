package ipc

import (
	"context"
	"encoding/json"
	"net"
	"sync"
	"time"
)

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

// raise has a window come to the front, on what r names.
func (c *serverConn) raise(r OpenRequest) {
	letFront(c.conn)
	c.send(Event{Open: &r})
}
