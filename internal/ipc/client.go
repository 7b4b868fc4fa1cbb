package ipc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"syscall"

	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/settings"
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
// that none does.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, err := dial(ctx, path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to the running traymail: %w", err)
	}
	c := &Client{link: newLink(conn), events: make(chan Event, 64), done: make(chan struct{}), waiting: map[uint64]chan reply{}}
	if err := c.greet(""); err != nil {
		_ = conn.Close()
		if errors.Is(err, ErrVersion) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrNotRunning, err) // it is ending
	}
	go c.receive()
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	err := c.conn.Close()
	// The reader may wait for somebody to take an event.
	for range c.events { //nolint:revive // drained until the reader closes it
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

// call sends a request and decodes its answer into result, unless that is nil.
func (c *Client) call(ctx context.Context, method string, params, result any) error {
	raw, err := json.Marshal(params)
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
	if err := c.write(request{id, method, raw}); err != nil {
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

// Status returns the latest snapshot.
func (c *Client) Status(ctx context.Context) (s app.Snapshot, err error) {
	return s, c.call(ctx, methodStatus, nil, &s)
}

// Subscribe has snapshots sent to Events, one now and one after each change.
func (c *Client) Subscribe(ctx context.Context) error {
	return c.call(ctx, methodSubscribe, nil, nil)
}

// Accounts returns the accounts in force.
func (c *Client) Accounts(ctx context.Context) (list []settings.Account, err error) {
	return list, c.call(ctx, methodAccounts, nil, &list)
}

// Settings returns the settings in force; there is no secret among them.
// Snapshot.SettingsRevision grows when they have changed.
func (c *Client) Settings(ctx context.Context) (s settings.Settings, err error) {
	return s, c.call(ctx, methodSettings, nil, &s)
}

// SavePreferences replaces the preferences and all rules. What is wrong with
// them comes back as an *app.ProblemError whose Problem.Code names the field.
func (c *Client) SavePreferences(ctx context.Context, p settings.Preferences, rules []settings.Rule) error {
	return c.call(ctx, methodPrefs, PreferencesRequest{p, rules}, nil)
}

// TryRule returns the messages that a rule would pick, newest first.
func (c *Client) TryRule(ctx context.Context, r settings.Rule) (list []app.Mail, err error) {
	return list, c.call(ctx, methodTryRule, r, &list)
}

// SaveAccount adds or changes an account. Its secret is in the keyring by then.
func (c *Client) SaveAccount(ctx context.Context, a settings.Account) error {
	return c.call(ctx, methodSave, a, nil)
}

// RemoveAccount removes an account, its secret and its ledger.
func (c *Client) RemoveAccount(ctx context.Context, id string) error {
	return c.call(ctx, methodRemove, id, nil)
}

// ImportAccounts adds accounts without their passwords; see settings.Merge.
func (c *Client) ImportAccounts(ctx context.Context, accounts []settings.Account) (m settings.Merged, err error) {
	return m, c.call(ctx, methodImport, accounts, &m)
}

// Test tries an account; secretRef is where the keyring has the password.
func (c *Client) Test(ctx context.Context, a settings.Account, secretRef string) (r app.TestReport, err error) {
	return r, c.call(ctx, methodTest, TestRequest{a, secretRef}, &r)
}

// Check polls accounts now; none means all.
func (c *Client) Check(ctx context.Context, ids ...string) (r app.CheckResult, err error) {
	return r, c.call(ctx, methodCheck, CheckRequest{ids}, &r)
}

// MarkSeen marks messages of an account as seen.
func (c *Client) MarkSeen(ctx context.Context, account string, uids ...string) error {
	return c.call(ctx, methodSeen, SeenRequest{account, uids}, nil)
}

// MarkAllSeen marks all messages of an account as seen, or of every account.
func (c *Client) MarkAllSeen(ctx context.Context, account string) error {
	return c.call(ctx, methodAllSeen, SeenRequest{Account: account}, nil)
}

// Delete deletes messages on the server and returns the UIDs of those that
// were there.
func (c *Client) Delete(ctx context.Context, account string, uids ...string) (deleted []string, err error) {
	return deleted, c.call(ctx, methodDelete, DeleteRequest{account, uids}, &deleted)
}

// List returns messages, newest first; limit zero means 1,000.
func (c *Client) List(ctx context.Context, account string, limit int) (list []app.Mail, err error) {
	return list, c.call(ctx, methodList, ListRequest{account, limit}, &list)
}

// Fetch gets a message for reading.
func (c *Client) Fetch(ctx context.Context, account, uid string, whole, markSeen bool) (m app.FullMessage, err error) {
	return m, c.call(ctx, methodFetch, FetchRequest{account, uid, whole, markSeen}, &m)
}

// Health explains an account's condition.
func (c *Client) Health(ctx context.Context, account string) (h app.Health, err error) {
	return h, c.call(ctx, methodHealth, account, &h)
}

// Doctor has the tray role look at itself and its surroundings.
func (c *Client) Doctor(ctx context.Context) (r doctor.Report, err error) {
	return r, c.call(ctx, methodDoctor, nil, &r)
}

// Discover finds the POP3 server of an e-mail address.
func (c *Client) Discover(ctx context.Context, address string) (r discover.Result, err error) {
	return r, c.call(ctx, methodDiscover, address, &r)
}

// Open has a window brought to the front, or started.
func (c *Client) Open(ctx context.Context, r OpenRequest) error {
	return c.call(ctx, methodOpen, r, nil)
}

// Become makes this process the window of r, and returns what it is to show.
// If it is false, another process is that window and was raised; this one
// ends. Events receives snapshots and requests from then on.
func (c *Client) Become(ctx context.Context, r OpenRequest) (OpenRequest, bool, error) {
	var answer becomeReply
	if err := c.call(ctx, methodBecome, r, &answer); err != nil || !answer.Became {
		return OpenRequest{}, false, err
	}
	return answer.Open, true, c.Subscribe(ctx)
}

// Quit ends the tray role.
func (c *Client) Quit(ctx context.Context) error {
	return c.call(ctx, methodQuit, nil, nil)
}
