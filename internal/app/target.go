package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// secretError marks what went wrong before the server was asked.
type secretError struct{ err error }

func (e *secretError) Error() string { return e.err.Error() }
func (e *secretError) Unwrap() error { return e.err }

// credentials gets an account's password from where it is. ref replaces the
// account's own reference if it is not empty.
func (s *Service) credentials(ctx context.Context, a settings.Account, ref string) (pop3.Credentials, error) {
	if a.SignsIn() {
		token, err := s.tokens.Access(ctx, a, "")
		return tokenOf(a, token), signingIn(err)
	}
	var password string
	var err error
	switch {
	case a.SecretCommand != "" && ref == "":
		password, err = secret.Command(ctx, a.SecretCommand)
	case ref == "":
		password, err = s.secrets.Get(ctx, a.ID)
	default:
		password, err = s.secrets.Get(ctx, ref)
	}
	if err == nil && tokens.IsGrant(password) {
		err = secret.ErrNotFound // the account signed in with the browser before
	}
	if err != nil {
		return pop3.Credentials{}, &secretError{err}
	}
	who := pop3.Credentials{User: a.User, Password: password, Mechanism: a.Mechanism, AllowCleartext: a.AllowCleartext}
	if settings.TokenMechanism(a.Mechanism) {
		who.Token, who.Password = password, ""
	}
	return who, nil
}

// Unlock has the user asked to unlock the keyring, if it is locked and one of
// the accounts with these IDs, or any, has its password there. The error is
// that it stays locked.
func (s *Service) Unlock(ctx context.Context, ids ...string) error {
	for _, a := range s.Accounts() {
		if a.SecretCommand != "" || len(ids) > 0 && !slices.Contains(ids, a.ID) {
			continue
		}
		err := s.secrets.Unlock(ctx)
		if errors.Is(err, secret.ErrLocked) && !errors.Is(err, secret.ErrEmpty) {
			return explained(&secretError{err}, a)
		}
		return nil
	}
	return nil
}

// target is the maildrop of a lease and the way into it.
func (s *Service) target(ctx context.Context, l *lease) (poll.Target, error) {
	who, err := s.credentials(ctx, l.account, "")
	if err != nil {
		return poll.Target{}, err
	}
	known, err := s.known(l)
	return s.way(l.account, who, known), err
}

// way is how an account is reached.
func (s *Service) way(a settings.Account, who pop3.Credentials, known ledger.Meta) poll.Target {
	// An account that was pointed elsewhere starts over.
	key := fmt.Sprintf("%s %s:%d %s %s %s", a.ID, a.Server, a.Port, a.CAFile, a.Pin, a.ClientCert)
	sessions, ok := s.tlsSessions.Load(key)
	if !ok {
		sessions, _ = s.tlsSessions.LoadOrStore(key, tls.NewLRUClientSessionCache(2))
	}
	return poll.Target{
		Account: a, Credentials: who, Known: known,
		Proxy: s.preferences().Proxy, Languages: s.languages(), Pause: s.pause, TLS: sessions.(tls.ClientSessionCache),
		SearchFrom: s.searchFrom, FindCodes: !s.preferences().IgnoreCodes,
	}
}

// ask runs a request that needs a session of its own, unless the server has
// refused the account's credentials (P24).
func (s *Service) ask(ctx context.Context, l *lease, session func(context.Context, poll.Target) error) error {
	if refused := s.refused(l); refused != nil {
		return &api.ProblemError{Problem: *refused}
	}
	ctx, cancel := both(ctx, l.life)
	defer cancel()
	t, err := s.target(ctx, l)
	if err == nil {
		err = s.withToken(ctx, &t, func() error { return session(ctx, t) })
		if s.stopIfRefused(l, err); poll.Refused(err) {
			s.announce(ctx, l.account)
		}
	}
	if err == nil || errors.Is(err, poll.ErrGone) {
		return err
	}
	return explained(err, l.account)
}

// stopIfRefused slows down or stops an account whose credentials were refused, wherever
// that happened (P24).
func (s *Service) stopIfRefused(l *lease, err error) {
	if !poll.Refused(err) {
		return
	}
	proven := s.proven(l)
	s.mu.Lock()
	if l.valid() {
		s.conclude(l.w, err, proven)
	}
	s.mu.Unlock()
	s.recordRefusal(l, err)
	s.publish()
}

// refused is the problem of an account whose credentials were refused; nil if
// they were not, or are not any more, or if the user has changed something since.
func (s *Service) refused(l *lease) *api.Problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !l.welcome && l.w.problem != nil && l.w.problem.Kind == api.KindAuth {
		return l.w.problem
	}
	return nil
}
