package pop3

import (
	"context"
	"fmt"
	"io"
	"strconv"
)

// Reply is the answer to one command of a Batch, once that is done.
type Reply[T any] struct {
	value T
	err   error
}

// Value returns the answer and the error of this command: an -ERR, or the
// fault that ended the batch before it was answered.
func (r *Reply[T]) Value() (T, error) { return r.value, r.err }

// Err returns the error alone.
func (r *Reply[T]) Err() error { return r.err }

// Batch collects commands that are written at once where the server can
// pipeline (RFC 2449, section 6.6), and one by one where it cannot. Answers
// are matched strictly in order.
type Batch struct {
	c   *Client
	ops []op
}

type op struct {
	cmd command
	// read handles the answer; what it returns is a fault or nil.
	read func(ctx context.Context, ok bool, text string) error
	// fail stores the fault that came first.
	fail func(error)
}

// NewBatch returns an empty batch.
func (c *Client) NewBatch() *Batch { return &Batch{c: c} }

func add[T any](b *Batch, line string, parse func(ctx context.Context, text string) (T, error)) *Reply[T] {
	r := &Reply[T]{}
	cmd := command{line: line}
	b.ops = append(b.ops, op{
		cmd: cmd,
		read: func(ctx context.Context, ok bool, text string) error {
			if !ok {
				r.err = refusal(cmd.keyword(), text, false)
				return nil
			}
			r.value, r.err = parse(ctx, text)
			if e, is := r.err.(*Error); is && e.fatal { //nolint:errorlint // parsers return *Error as it is
				return e
			}
			return nil
		},
		fail: func(err error) { r.err = err },
	})
	return r
}

// Stat adds STAT.
func (b *Batch) Stat() *Reply[Stat] {
	return add(b, "STAT", func(_ context.Context, text string) (Stat, error) { return b.c.parseStat(text) })
}

// UIDL adds UIDL for message n.
func (b *Batch) UIDL(n int) *Reply[string] {
	return add(b, "UIDL "+strconv.Itoa(n), func(_ context.Context, text string) (string, error) { return parseUIDL(n, text) })
}

// List adds LIST for message n; the answer is its size in octets.
func (b *Batch) List(n int) *Reply[int64] {
	return add(b, "LIST "+strconv.Itoa(n), func(_ context.Context, text string) (int64, error) { return parseList(n, text) })
}

// Top adds TOP. read gets the answer while it arrives and may leave it early;
// its error becomes the reply's.
func (b *Batch) Top(n, lines int, read func(io.Reader) error) *Reply[struct{}] {
	return add(b, fmt.Sprintf("TOP %d %d", n, lines), func(ctx context.Context, _ string) (struct{}, error) {
		body := b.c.openBody(ctx, "TOP")
		err := read(body)
		if closed := body.Close(); closed != nil {
			err = closed
		}
		if b.c.fault != nil {
			err = b.c.fault
		}
		return struct{}{}, err
	})
}

// Do sends the commands and reads the answers. Its error is a fault; an -ERR
// is in that command's Reply.
func (b *Batch) Do(ctx context.Context) error {
	if len(b.ops) == 0 {
		return nil
	}
	if err := b.c.ready(ctx, b.ops[0].cmd.keyword()); err != nil {
		b.failFrom(0, err)
		return err
	}
	defer b.c.watch(ctx)()
	if b.c.hints.Pipelining {
		if err := b.c.send(ctx, commandsOf(b.ops)...); err != nil {
			b.failFrom(0, err)
			return b.c.settle(err)
		}
		return b.receive(ctx)
	}
	for i, o := range b.ops {
		if err := b.c.send(ctx, o.cmd); err != nil {
			b.failFrom(i, err)
			return b.c.settle(err)
		}
		if err := b.receiveOne(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func commandsOf(ops []op) []command {
	commands := make([]command, len(ops))
	for i, o := range ops {
		commands[i] = o.cmd
	}
	return commands
}

// receive reads the answers to all commands, which have been sent.
func (b *Batch) receive(ctx context.Context) error {
	for i := range b.ops {
		if err := b.receiveOne(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (b *Batch) receiveOne(ctx context.Context, i int) error {
	ok, text, err := b.c.readStatus(ctx, b.ops[i].cmd.keyword())
	if err == nil {
		err = b.ops[i].read(ctx, ok, text)
	}
	if err != nil {
		b.failFrom(i, err)
		return b.c.poison(err)
	}
	return nil
}

func (b *Batch) failFrom(i int, err error) {
	for _, o := range b.ops[i:] {
		o.fail(err)
	}
}
