package app

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// Visit is the way of a command that has a lease to the server. The secret comes
// from where the account has it, and nowhere else. session runs once more with
// another access token where the server has refused the one that there was. An
// error has its problem, as Verb.Ask has it; the engine is told of a refused
// login (P24).
func Visit(ctx context.Context, held *api.Held, secrets secret.Store, log *slog.Logger, session func(context.Context, poll.Target) error) error {
	web := func(a settings.Account) *http.Client { return Web(cmp.Or(a.Proxy, held.Proxy)) }
	keeper := tokens.New(secrets, web, time.Now, log)
	defer keeper.Close() //nolint:contextcheck // it waits for what it has begun
	ctx, cancel := held.During(ctx)
	defer cancel()
	from := &Service{secrets: secrets, tokens: keeper} // as far as credentials need one
	err := from.visit(ctx, held, session)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	err = explained(err, held.Account)
	if poll.Refused(err) {
		return reportRefused(ctx, held, err)
	}
	return err
}

func (s *Service) visit(ctx context.Context, held *api.Held, session func(context.Context, poll.Target) error) error {
	who, err := s.credentials(ctx, held.Account, "")
	if err != nil {
		return err
	}
	t := poll.Target{
		Account: held.Account, Proxy: held.Proxy, Credentials: who, Pause: cutPause,
		Known: ledger.Meta{Hints: held.Hints, NoUIDL: held.NoUIDL},
	}
	return s.withToken(ctx, &t, func() error { return session(ctx, t) })
}

func reportRefused(ctx context.Context, held *api.Held, err error) error {
	p := *Problem(err, held.Account)
	if reportErr := held.Report(ctx, api.LeaseReport{Refused: &p}); reportErr != nil {
		return reportErr
	}
	return err
}
