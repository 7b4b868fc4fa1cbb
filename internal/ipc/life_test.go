package ipc

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// Who asks lives as long as the connection, beyond the answer.
func TestLife(t *testing.T) {
	w := newWorld(t)
	lives := make(chan context.Context, 1)
	api.Lease.Handle(w.backend.Handlers, func(ctx context.Context, _ api.LeaseRequest) (api.LeaseGrant, error) {
		lives <- api.Life(ctx, nil)
		return api.LeaseGrant{Lease: "1"}, nil
	})
	api.LeaseEnded.Handle(w.backend.Handlers, func(ctx context.Context, _ api.LeaseRef) (none api.None, err error) {
		<-ctx.Done()
		return none, ctx.Err()
	})
	c := w.dial()
	held, err := api.Hold(t.Context(), c, api.LeaseRequest{Account: "a"})
	if err != nil {
		t.Fatal(err)
	}
	life := <-lives
	if life.Err() != nil {
		t.Fatal("the life of who asked ends with the answer")
	}
	_ = c.Close()
	select {
	case <-life.Done():
	case <-time.After(patience):
		t.Fatal("it does not end with the connection")
	}
	during, cancel := held.During(t.Context())
	defer cancel()
	select {
	case <-during.Done():
		if !errors.Is(context.Cause(during), ErrClosed) {
			t.Errorf("ended by %v", context.Cause(during))
		}
	case <-time.After(patience):
		t.Fatal("the other end does not learn of it")
	}
	held.Release()
}
