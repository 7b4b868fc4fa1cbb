package app

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// ImportAccounts adds accounts without their passwords. None replaces an
// account that is there. A stranger's file must not choose which password of
// the keyring an account uses: an ID under which there is one, or may be one,
// is not kept.
func (s *Service) ImportAccounts(ctx context.Context, incoming []settings.Account) (settings.Merged, error) {
	free := map[string]bool{}
	for _, a := range incoming {
		if a.ID != "" && ctx.Err() == nil {
			_, err := s.secrets.Get(ctx, a.ID)
			free[a.ID] = errors.Is(err, secret.ErrNotFound)
		}
	}
	// An ID that nobody asked for here was made just now.
	merged, err := s.store.Import(incoming, func(id string) bool {
		is, asked := free[id]
		return is || !asked
	})
	if err != nil {
		return settings.Merged{}, &api.ProblemError{Problem: *Explain(err, settings.Account{}, s.loc), Err: err}
	}
	s.Reload()
	return merged, nil
}
