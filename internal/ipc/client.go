package ipc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"

	"github.com/traymail/traymail/internal/api"
)

// Client talks to the running tray role. It is safe for concurrent use.
type Client struct {
	*link
	events chan Event
	done   chan struct{} // closed when the reader has ended

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]chan reply
	closed  bool
}

// Dial connects to the tray role that listens at path; ErrNotRunning says
// that none does, ErrNoAnswer that one does and is stuck.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, err := dial(ctx, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNotRunning
	}
	if errors.Is(err, syscall.EAGAIN) { // as many wait as the system lets
		return nil, ErrNoAnswer
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to the running traymail: %w", err)
	}
	c := &Client{link: newLink(conn), events: make(chan Event, 64), done: make(chan struct{}), waiting: map[uint64]chan reply{}}
	if err := c.greet(""); err != nil {
		_ = conn.Close()
		switch {
		case errors.Is(err, ErrVersion):
			return nil, err
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrNotRunning, err) // it is ending
	}
	go c.receive()
	return c, nil
}

// Program is the version of the program that runs in the tray role.
func (c *Client) Program() string { return c.theirs }

// Close ends the connection.
func (c *Client) Close() error {
	err := c.conn.Close()
	// The reader may wait for somebody to take an event, and closes c.events when it ends.
	for range c.events {
	}
	<-c.done
	return err
}

// Events receives what Subscribe and Become ask for. It is closed when the
// connection ends, and must be read: a full one holds up the answers.
func (c *Client) Events() <-chan Event { return c.events }

func (c *Client) receive() {
	defer close(c.done)
	defer close(c.events)
	for {
		var r reply
		if err := c.read(&r); err != nil {
			break
		}
		if r.Event != nil {
			c.events <- *r.Event
			continue
		}
		c.mu.Lock()
		answer := c.waiting[r.ID]
		delete(c.waiting, r.ID)
		c.mu.Unlock()
		if answer != nil {
			answer <- r
		}
	}
	_ = c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, answer := range c.waiting {
		close(answer)
	}
}

// Ask implements api.Engine.
func (c *Client) Ask(ctx context.Context, method string, params, result any) error {
	raw, err := encode(params)
	if err != nil {
		return err
	}
	answer := make(chan reply, 1)
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return ErrClosed
	}
	c.next++
	id := c.next
	c.waiting[id] = answer
	c.mu.Unlock()
	switch err := c.write(request{id, method, raw}); {
	case errors.Is(err, errTooLarge):
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
		return &api.ProblemError{Problem: *tooMuch(), Err: err}
	case err != nil:
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	select {
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
		c.abandon(id)
		return ctx.Err()
	case r, ok := <-answer:
		switch {
		case !ok:
			return ErrClosed
		case r.Error != nil:
			return asError(r.Error)
		case result == nil:
			return nil
		}
		return json.Unmarshal(r.Result, result)
	}
}

// abandon lets the server end what nobody waits for any more.
func (c *Client) abandon(id uint64) {
	raw, _ := json.Marshal(id)                              // a number has no error
	_ = c.write(request{Method: methodCancel, Params: raw}) // if that fails, so does the connection
}

// Subscribe has snapshots sent to Events, one now and one after each change.
func (c *Client) Subscribe(ctx context.Context) error {
	return c.Ask(ctx, methodSubscribe, nil, nil)
}

// Open has a window brought to the front, or started.
func (c *Client) Open(ctx context.Context, r OpenRequest) error {
	letFront(c.conn)
	return c.Ask(ctx, methodOpen, r, nil)
}

// Become makes this process the window of r, and returns what it is to show.
// If it is false, another process is that window and was raised; this one
// ends. Events receives snapshots and requests from then on.
func (c *Client) Become(ctx context.Context, r OpenRequest) (OpenRequest, bool, error) {
	letFront(c.conn)
	var answer becomeReply
	if err := c.Ask(ctx, methodBecome, r, &answer); err != nil || !answer.Became {
		return OpenRequest{}, false, err
	}
	return answer.Open, true, c.Subscribe(ctx)
}

// Shown says that the window which this process has become is on the screen.
// One that never says so is given up after a while, and another may become it.
func (c *Client) Shown(ctx context.Context) error { return c.Ask(ctx, methodShown, nil, nil) }

// Quit ends the tray role.
func (c *Client) Quit(ctx context.Context) error {
	return c.Ask(ctx, methodQuit, nil, nil)
}
