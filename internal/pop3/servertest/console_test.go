//go:build servers

package servertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/console"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/probe"
)

// A person's session, typed, works with every server, and a probe finds out
// what it is like.
func TestByHand(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			for range 2 {
				s.deliver([]byte("From: Ann <ann@example.org>\nSubject: =?UTF-8?B?5Y2I6aSQ?=\n\nhello\n.dot\n"))
			}
			for security, port := range s.ports {
				cfg := pop3.Config{Host: "localhost", Port: port, Security: security, Proxy: pop3.ProxyDirect}
				if s.id != nil {
					cfg.RootCAs = s.id.Roots
				}
				t.Run(security.String(), func(t *testing.T) {
					p := probe.Run(t.Context(), cfg, probe.Options{Now: time.Now()})
					if p.Error != nil || p.Security != security.String() || p.Pipelining == api.PipeliningUntried {
						t.Errorf("%+v", p)
					}
					typed := []string{
						"user " + user, "pass " + password, "stat", "list", "uidl", "uidl 1", "top 1 0", "retr 1", "retr 2 | decode",
						"dele 1", "rset", "noop", "quit",
					}
					if len(p.After) > 0 {
						typed = append([]string{"capa"}, typed...)
					}
					var out strings.Builder
					var said []string
					err := console.Run(t.Context(), console.Options{
						Dial: func(ctx context.Context, trace func(pop3.TraceKind, string)) (*pop3.Client, error) {
							own := cfg
							own.Trace = trace
							return pop3.Dial(ctx, own)
						},
						Script: strings.NewReader(strings.Join(typed, "\n")), Out: &out, Say: func(s string) { said = append(said, s) },
						Explain: func(err error) string { return err.Error() }, Loc: locale.New("en"), Now: time.Now,
					})
					got := out.String()
					if err != nil || len(said) > 0 || strings.Contains(got, "-ERR") || strings.Contains(got, password) ||
						!strings.Contains(got, "C: RETR 1\nS: +OK") || !strings.Contains(got, "\nhello\n.dot\n") || !strings.Contains(got, "\nSubject: 午餐\n") {
						t.Errorf("%v, %q\n%s", err, said, got)
					}
				})
			}
		})
	}
}
