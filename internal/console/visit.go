package console

import (
	"context"

	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
)

// Visit leads a session with the server of an account. Unless a person is to do
// that, it logs in.
func (o Options) Visit(login bool) func(context.Context, poll.Target) error {
	return func(ctx context.Context, t poll.Target) error {
		who := t.Sent()
		o.AllowCleartext = who.AllowCleartext
		o.Dial = func(ctx context.Context, trace func(pop3.TraceKind, string)) (*pop3.Client, error) {
			cfg, err := t.Config(nil)
			if err != nil {
				return nil, err
			}
			cfg.Trace = trace
			cfg.Hints = pop3.Hints{Mechanism: cfg.Hints.Mechanism} // one command at a time, and none weaker (S6)
			return pop3.Dial(ctx, cfg)
		}
		if login {
			o.Login = func(ctx context.Context, c *pop3.Client) error { return c.Login(ctx, who, nil) }
		}
		return Run(ctx, o)
	}
}
