package pop3

import (
	"context"
	"errors"
	"io"
	"strconv"
)

// Reply holds the response to one command of a Batch, once that has run.
type Reply[T any] struct {
	value T
	err   error
}

// Value returns the result and the error of this command: an -ERR, or the
// fault that ended the batch before its response came.
func (r *Reply[T]) Value() (T, error) { return r.value, r.err }

// Err returns the error alone.
func (r *Reply[T]) Err() error { return r.err }

// errUnsent is what a Reply holds until the response has come.
var errUnsent = errors.New("pop3: batch not run")

// Batch collects commands. They go out in one write if the server supports
// PIPELINING (RFC 2449, section 6.6), and one by one if it does not. Responses
// are matched strictly in order. More than 4 KiB of commands take several
// writes. A batch runs once, by Do or by Login.
type Batch struct {
	c   *Client
	ops []op // those without a response yet
}

type op struct {
	cmd command
	// read handles the response; what it returns is a fault or nil.
	read func(ctx context.Context, ok bool, text string) error
	// fail stores the fault that came first.
	fail func(error)
}

// NewBatch returns an empty batch.
func (c *Client) NewBatch() *Batch { return &Batch{c: c} }

func add[T any](b *Batch, line string, parse func(ctx context.Context, text string) (T, error)) *Reply[T] {
	r := &Reply[T]{err: errUnsent}
	cmd := command{line: line}
	b.ops = append(b.ops, op{
		cmd: cmd,
		read: func(ctx context.Context, ok bool, text string) error {
			if !ok {
				r.err = b.c.refusal(cmd.keyword(), text, false)
				return nil
			}
			r.value, r.err = parse(ctx, text)
			switch {
			case b.c.fault != nil: // the response may have been of use all the same
				return b.c.fault
			case IsFatal(r.err):
				return r.err
			}
			return nil
		},
		fail: func(err error) { r.err = err },
	})
	return r
}

// one runs a batch of one command.
func one[T any](ctx context.Context, c *Client, command func(*Batch) *Reply[T]) (T, error) {
	b := c.NewBatch()
	r := command(b)
	_ = b.Do(ctx) // r has the error as well
	return r.Value()
}

// Stat adds STAT.
func (b *Batch) Stat() *Reply[Stat] {
	return add(b, "STAT", func(_ context.Context, text string) (Stat, error) { return b.c.parseStat(text) })
}

// UIDL adds UIDL for message n.
func (b *Batch) UIDL(n int) *Reply[string] {
	return add(b, "UIDL "+strconv.Itoa(n), func(_ context.Context, text string) (string, error) {
		uid, err := parseUIDL(n, text)
		return b.c.private.uid(uid), err
	})
}

// List adds LIST for message n; the result is its size in octets, or -1.
func (b *Batch) List(n int) *Reply[int64] {
	return add(b, "LIST "+strconv.Itoa(n), func(_ context.Context, text string) (int64, error) { return parseList(n, text) })
}

// Top adds TOP. read gets the message as it arrives and may stop early; its
// error becomes the reply's. Leaving a long rest unread costs the session, and
// so the rest of the batch, but not this reply (P19).
func (b *Batch) Top(n, lines int, read func(io.Reader) error) *Reply[struct{}] {
	return b.message(top(n, lines), read)
}

// Retr adds RETR, under the terms of Top and of Client.Retr.
func (b *Batch) Retr(n int, read func(io.Reader) error) *Reply[struct{}] {
	return b.message("RETR "+strconv.Itoa(n), read)
}

// Dele adds DELE; see Client.Dele.
func (b *Batch) Dele(n int) *Reply[struct{}] {
	return add(b, "DELE "+strconv.Itoa(n), func(context.Context, string) (none struct{}, err error) { return none, nil })
}

func (b *Batch) message(line string, read func(io.Reader) error) *Reply[struct{}] {
	name := command{line: line}.keyword()
	return add(b, line, func(ctx context.Context, _ string) (struct{}, error) {
		body := b.c.openBody(ctx, name)
		err := read(body)
		if closed := body.Close(); closed != nil {
			err = closed
		}
		return struct{}{}, err
	})
}

// Do sends the commands and reads the responses. An -ERR is not its error but
// that command's, in the Reply; a fault is the error of both.
func (b *Batch) Do(ctx context.Context) error {
	if len(b.ops) == 0 {
		return nil
	}
	if err := b.c.ready(ctx, b.ops[0].cmd.keyword()); err != nil {
		return b.fail(err)
	}
	defer b.c.watch(ctx)()
	return b.run(ctx)
}

// run sends the remaining commands and reads their responses.
func (b *Batch) run(ctx context.Context) error {
	for len(b.ops) > 0 {
		n := 1
		if b.c.hints.Pipelining {
			n = max(n, b.fitting(maxWrite))
		}
		if err := b.c.send(ctx, b.commands(n)...); err != nil {
			return b.c.settle(b.fail(err))
		}
		if err := b.receive(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// fitting says how many commands fit into a number of octets.
func (b *Batch) fitting(octets int) int {
	for i, o := range b.ops {
		if octets -= len(o.cmd.line) + 2; octets < 0 {
			return i
		}
	}
	return len(b.ops)
}

// commands returns the first n.
func (b *Batch) commands(n int) []command {
	commands := make([]command, n)
	for i, o := range b.ops[:n] {
		commands[i] = o.cmd
	}
	return commands
}

// receive reads the responses to the first n commands, which have been sent.
func (b *Batch) receive(ctx context.Context, n int) error {
	defer func() { b.c.awaited = 0 }()
	for i := range n {
		b.c.awaited = n - 1 - i
		first := b.ops[0]
		ok, text, err := b.c.readStatus(ctx, first.cmd.keyword())
		if err == nil {
			b.ops = b.ops[1:]
			err = first.read(ctx, ok, text)
		}
		if err != nil {
			return b.c.poison(b.fail(err))
		}
	}
	return nil
}

// fail gives err to all commands without a response, and returns it.
func (b *Batch) fail(err error) error {
	for _, o := range b.ops {
		o.fail(err)
	}
	b.ops = nil
	return err
}
