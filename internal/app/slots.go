package app

import (
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/schedule"
	"github.com/traymail/traymail/internal/settings"
)

// slots hands out what schedule.Slots says.
type slots struct {
	mu    sync.Mutex
	line  schedule.Slots
	began map[*schedule.Place]chan struct{} // closed when the poll may begin
	// timer asks again; nil while nobody waits for a poll to become slow.
	timer *time.Timer
}

// take waits for a slot for a poll of an account, and returns what gives it
// back. The error is the context's.
func (s *slots) take(ctx context.Context, a settings.Account) (free func(), err error) {
	p := &schedule.Place{Account: a.ID, Host: host(a)}
	begin := make(chan struct{})
	s.mu.Lock()
	if s.began == nil {
		s.began = map[*schedule.Place]chan struct{}{}
	}
	s.began[p] = begin
	s.line.Join(p)
	s.start()
	s.mu.Unlock()
	select {
	case <-begin:
		return func() { s.leave(p) }, nil
	case <-ctx.Done():
		s.leave(p)
		return nil, ctx.Err()
	}
}

func (s *slots) leave(p *schedule.Place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.began, p)
	s.line.Leave(p, time.Now())
	s.start()
}

// start has polls begin. The caller holds s.mu.
func (s *slots) start() {
	now := time.Now() // how long a poll takes, whatever the clock is set to
	begin, again := s.line.Start(now)
	for _, p := range begin {
		close(s.began[p])
	}
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	if !again.IsZero() {
		s.timer = time.AfterFunc(again.Sub(now), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.start()
		})
	}
}

// host names an account's server. On this computer each port is a server of its
// own, such as the end of a tunnel.
func host(a settings.Account) string {
	name := strings.ToLower(a.Server)
	if loopback.Is(a.Server) {
		return net.JoinHostPort(name, strconv.Itoa(a.Port))
	}
	return name
}
