package poll

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A server that cuts a login may count it: another comes after a pause, and
// only where pipelining may have been what it did not like.
func TestCutLoginIsNotRepeatedAtOnce(t *testing.T) {
	for _, test := range []struct {
		name       string
		pipelining bool
		pause      time.Duration
		logins     int
	}{
		{"pipelined", true, 0, 2},
		{"pipelined, before the pause is over", true, time.Hour, 1},
		{"not pipelined", false, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: test.pipelining})
			w.deliver("1")
			w.poll()
			w.known()
			w.Pause = test.pause
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.server.ResetCommands()
			w.server.SetMood(func(line string) *popserver.Override {
				if !strings.HasPrefix(line, "AUTH") {
					return nil
				}
				if test.pause > 0 {
					time.AfterFunc(100*time.Millisecond, cancel)
				}
				return &popserver.Override{Close: true}
			})
			var session Session
			if _, err := Poll(ctx, w.Target, w.book, time.Now(), &session); err == nil {
				t.Error("it went well")
			}
			logins := 0
			for _, c := range w.server.Commands() {
				if strings.HasPrefix(c, "AUTH") {
					logins++
				}
			}
			if logins != test.logins {
				t.Errorf("%d logins, want %d", logins, test.logins)
			}
		})
	}
}
