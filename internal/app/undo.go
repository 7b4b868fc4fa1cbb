package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// maxWaiting is how many deletions wait at once, so that nobody fills this
// process's memory.
const maxWaiting = 16

// waiting is a deletion that the user can take back.
type waiting struct {
	// begin gets one value, from who takes this out of Service.waiting.
	begin chan bool
}

// DeleteLater implements api.DeleteLater. Within api.UndoTime nothing of it is
// anywhere but in this process's memory, so that whatever ends deletes nothing.
// Once it has begun, it goes on without whoever has asked for it.
func (s *Service) DeleteLater(ctx context.Context, r api.DeletionRequest) ([]api.Deletion, error) {
	d, err := s.await(r)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(s.undoTime)
	defer timer.Stop()
	select {
	case begin := <-d.begin:
		d.begin <- begin
	case <-timer.C:
		s.decide(r.Name, d, true)
	case <-ctx.Done():
		s.decide(r.Name, d, false)
	case <-s.living.Done():
		s.decide(r.Name, d, false)
	}
	if begin := <-d.begin; !begin || s.living.Err() != nil {
		return nil, errors.Join(ctx.Err(), s.living.Err())
	}
	done := make(chan []api.Deletion, 1)
	s.background.Go(func() { done <- s.deleteAll(r.Requests) })
	select {
	case result := <-done:
		return result, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// await notes a deletion that waits.
func (s *Service) await(r api.DeletionRequest) (*waiting, error) {
	messages := 0
	for _, one := range r.Requests {
		messages += len(one.UIDs)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Name == "" || len(r.Name) > 64 || s.waiting[r.Name] != nil:
		return nil, errors.New("a deletion needs a name of its own")
	case len(s.waiting) >= maxWaiting || messages > api.MaxDeletion:
		return nil, errors.New("too much is to be deleted at once")
	}
	d := &waiting{begin: make(chan bool, 1)}
	s.waiting[r.Name] = d
	return d, nil
}

// decide has a deletion begin or not, and says whether it still waited. d is
// nil where the name has to do.
func (s *Service) decide(name string, d *waiting, begin bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.waiting[name]
	if now == nil || d != nil && d != now {
		return false
	}
	delete(s.waiting, name)
	now.begin <- begin
	return true
}

// deleteAll deletes the messages of several accounts, each account's in a
// session of its own, all at the same time.
func (s *Service) deleteAll(requests []api.DeleteRequest) []api.Deletion {
	result := make([]api.Deletion, len(requests))
	var group sync.WaitGroup
	for i, r := range requests {
		group.Go(func() {
			uids, err := s.Delete(s.living, r)
			result[i] = api.Deletion{Account: r.Account, UIDs: uids}
			if err != nil {
				result[i].Problem = s.problemOf(r.Account, err)
			}
		})
	}
	group.Wait()
	return result
}

// problemOf is what went wrong with an account, which may be gone by now.
func (s *Service) problemOf(id string, err error) *api.Problem {
	_, a, _ := s.mailbox(id)
	return Problem(err, a)
}
