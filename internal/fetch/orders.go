package fetch

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/mailfile"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
)

// window is how many messages are asked for in one write, where the server
// pipelines. They are in the ledger before others are asked for.
const window = 128

// fetch fetches messages, a window at a time.
func (r *run) fetch(ctx context.Context, c *pop3.Client, list []message) error {
	for len(list) > 0 {
		some := list[:min(window, len(list))]
		list = list[len(some):]
		batch := c.NewBatch()
		replies := make([]*pop3.Reply[struct{}], len(some))
		for i := range some {
			replies[i] = r.retr(ctx, c, batch, &some[i])
		}
		_ = batch.Do(ctx)   // the replies have its error
		failed := r.place() // what has come whole stays, however the batch has ended
		for i := range some {
			if err := r.fetched(some[i], replies[i]); err != nil {
				return err
			}
		}
		if failed != nil {
			return failed
		}
		if err := r.report(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each deletes a message before the next one is fetched; where the server
// pipelines, the deletion and the next fetch are one write.
func (r *run) each(ctx context.Context, c *pop3.Client, list, before []message) error {
	marked, failed := r.dele(ctx, c, before)
	last := -1 // in list, of what is to be deleted
	for i := 0; i <= len(list) && failed == nil; i++ {
		batch := c.NewBatch()
		var gone, retr *pop3.Reply[struct{}]
		if last >= 0 {
			r.step("dele")
			gone = batch.Dele(list[last].number)
		}
		if i < len(list) {
			retr = r.retr(ctx, c, batch, &list[i])
		}
		_ = batch.Do(ctx) // as above
		if gone != nil {
			if failed = r.marked(list[last], gone, &marked); failed != nil {
				break
			}
			last = -1
		}
		if retr == nil {
			break
		}
		if failed = r.fetched(list[i], retr); failed == nil {
			failed = r.report(ctx) // before it is deleted
		}
		if failed == nil && retr.Err() == nil {
			last = i
		}
	}
	return r.leave(ctx, c, marked, failed)
}

// end deletes all once all are fetched.
func (r *run) end(ctx context.Context, c *pop3.Client, list, before []message) error {
	if err := r.fetch(ctx, c, list); err != nil {
		return err
	}
	there := before
	for _, m := range list {
		if m.header != "" {
			there = append(there, m)
		}
	}
	marked, err := r.dele(ctx, c, there)
	return r.leave(ctx, c, marked, err)
}

// dele marks messages as deleted.
func (r *run) dele(ctx context.Context, c *pop3.Client, list []message) (marked []message, err error) {
	for len(list) > 0 {
		some := list[:min(window, len(list))]
		list = list[len(some):]
		r.step("dele")
		batch := c.NewBatch()
		replies := make([]*pop3.Reply[struct{}], len(some))
		for i, m := range some {
			replies[i] = batch.Dele(m.number)
		}
		_ = batch.Do(ctx) // as above
		for i, m := range some {
			if err := r.marked(m, replies[i], &marked); err != nil {
				return marked, err
			}
		}
		if err := r.alive(ctx); err != nil {
			return marked, err
		}
	}
	return marked, nil
}

// marked takes the answer to a DELE.
func (r *run) marked(m message, gone *pop3.Reply[struct{}], marked *[]message) error {
	err := gone.Err()
	switch {
	case err == nil:
		*marked = append(*marked, m)
	case pop3.IsFatal(err):
		return err
	default:
		r.Kept = append(r.Kept, m.uid)
		r.Tell(Event{Event: Kept, UID: m.uid})
	}
	return nil
}

// leave ends the session. Only what the server confirms is deleted (S10). A full
// disk does not undo the deletion of what came before.
func (r *run) leave(ctx context.Context, c *pop3.Client, marked []message, failed error) error {
	if failed != nil {
		if !ours(failed) || ctx.Err() != nil {
			return errors.Join(failed, c.Close())
		}
	}
	if len(marked) == 0 {
		return errors.Join(failed, quit(ctx, c))
	}
	r.step("quit")
	if err := c.Quit(ctx); err != nil {
		if failed != nil {
			return failed // and the next run deletes them
		}
		return errors.Join(poll.ErrUnconfirmed, err)
	}
	r.step("deleted")
	report := api.LeaseReport{}
	for _, m := range marked {
		report.Deleted = append(report.Deleted, api.DeletedMail{UID: m.uid, Octets: m.octets})
		r.Deleted++
		r.Tell(Event{Event: Deleted, UID: m.uid})
	}
	return errors.Join(failed, r.held.Report(ctx, report))
}

// retr adds the fetch of a message to a batch. The message has its header's
// digest, once it is in its place.
func (r *run) retr(ctx context.Context, c *pop3.Client, batch *pop3.Batch, m *message) *pop3.Reply[struct{}] {
	return batch.Retr(m.number, func(body io.Reader) error {
		err := r.keep(ctx, m, body)
		_, size := errors.AsType[*SizeError](err)
		if ours(err) {
			r.failed = err
			if size || r.Delete != Each {
				_ = c.Close() // others are on their way, and there is no room for them
			}
		}
		return err
	})
}

// draft is a message that has come whole, and is on its way to the disk.
type draft struct {
	*mailfile.Draft
	m      *message
	known  api.FetchedMail
	octets int64
}

// Several messages are on their way to the disk at a time, which costs hardly
// more than one: so many, and not many more octets.
const (
	maxDrafts      = 32
	maxDraftOctets = 16 << 20
	// maxDraftTime is how long one waits for others where they come slowly.
	maxDraftTime = time.Second
)

// keep copies a message to where it waits for its place, which it gets with
// others, or at once: where it is to be deleted before the next one is fetched,
// and in an mbox, where waiting would take its room twice.
func (r *run) keep(ctx context.Context, m *message, body io.Reader) error {
	r.step("begin")
	d, err := r.store.Begin(r.held.Account.User + "@" + r.held.Account.Server + " " + m.uid)
	if err != nil {
		return placed(err)
	}
	whole := false
	defer func() {
		if !whole {
			d.Abort()
		}
	}()
	var h head
	var octets int64
	if r.buffer == nil {
		r.buffer = make([]byte, 32<<10)
	}
	for {
		n, err := body.Read(r.buffer)
		if n > 0 {
			_, _ = h.Write(r.buffer[:n])
			if _, err := d.Write(r.buffer[:n]); err != nil {
				return placed(err)
			}
			if err := r.receiving(ctx, n); err != nil {
				return err
			}
			if octets += int64(n); long(octets, m.octets) {
				return &SizeError{m.uid, octets, m.octets}
			}
		}
		if errors.Is(err, io.EOF) && !pop3.IsFatal(err) {
			break
		}
		if err != nil {
			return err
		}
	}
	if octets == 0 && m.octets != 0 {
		return poll.ErrNothingSent
	}
	if short(octets, m.octets) {
		return &SizeError{m.uid, octets, m.octets}
	}
	if err := d.Seal(); err != nil {
		return placed(err)
	}
	r.step("sealed")
	whole = true
	r.drafts = append(r.drafts, draft{d, m, api.FetchedMail{UID: m.uid, Octets: max(0, m.octets), Header: h.digest()}, octets})
	r.drafted += octets
	if len(r.drafts) == 1 {
		r.waiting = time.Now()
	}
	if r.Delete == Each || r.Kind == mailfile.Mbox || len(r.drafts) >= maxDrafts || r.drafted >= maxDraftOctets || time.Since(r.waiting) >= maxDraftTime {
		return r.place()
	}
	return nil
}

// place puts what has come whole in its place, in the order in which it came.
func (r *run) place() (failed error) {
	for _, d := range r.drafts {
		if failed != nil {
			d.Abort()
			continue
		}
		failed = r.commit(d)
	}
	r.drafts, r.drafted = nil, 0
	return failed
}

func (r *run) commit(d draft) error {
	r.step("commit")
	err := d.Commit(func(mark string) error {
		defer r.step("noted")
		d.known.Copy = d.Copy(mark)
		return r.noted(r.journal.add(entry{d.known, mark}))
	})
	if err != nil {
		return placed(err)
	}
	r.step("committed")
	d.m.header = d.known.Header
	r.pending = append(r.pending, d.known)
	r.Fetched++
	r.Octets += d.octets
	r.Tell(Event{Event: Fetched, UID: d.m.uid, Number: d.m.number, Octets: d.octets})
	return nil
}

// fetched takes the answer to a RETR.
func (r *run) fetched(m message, retr *pop3.Reply[struct{}]) error {
	err := retr.Err()
	if err != nil && r.failed != nil {
		return r.failed // whatever that has led to
	}
	if e, is := pop3.As(err); is && !e.Fatal() || errors.Is(err, poll.ErrNothingSent) {
		r.Refused = append(r.Refused, m.uid)
		if is {
			err = errors.Join(poll.ErrNotSent, err)
		}
		problem := poll.Problem(err, r.held.Account)
		r.Tell(Event{Event: Refused, UID: m.uid, Number: m.number, Problem: problem})
		return nil
	}
	return err
}

// signOfLife is how often the engine hears of us while a message is long.
const signOfLife = time.Minute

// receiving counts octets.
func (r *run) receiving(ctx context.Context, n int) error {
	r.received += int64(n)
	r.Tell(Event{Event: Receiving, Received: r.received})
	return r.alive(ctx)
}

// alive is a sign of life, where one is due.
func (r *run) alive(ctx context.Context) error {
	if time.Since(r.kept) < signOfLife {
		return nil
	}
	r.kept = time.Now()
	return r.held.Keep(ctx)
}
