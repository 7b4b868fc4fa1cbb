// Package tokens keeps the tokens of accounts that sign in with the browser:
// refresh tokens in the keyring, access tokens in memory. It renews them, one
// renewal at a time for an account, and loses none: what a server has given in
// place of an old one is written down before it is used, and the old one is kept
// until the new one has worked.
package tokens

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

const (
	// margin is how long an access token has to last to be used.
	margin = 5 * time.Minute
	// young is how long after a renewal another would be of no use.
	young = time.Minute
	// renewTime bounds a renewal, whose end is awaited even if nobody waits for
	// its token any more: the old refresh token may be worth nothing by then.
	renewTime = time.Minute
	// closeTime is how long Close waits for one.
	closeTime = 5 * time.Second
)

// Keeper hands out access tokens. Its methods are safe for concurrent use.
type Keeper struct {
	secrets secret.Store
	web     func(settings.Account) *http.Client
	now     func() time.Time
	log     *slog.Logger

	living context.Context
	end    context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	accounts map[string]*account // by ID; an account that is removed leaves its own
}

// account is what a Keeper knows of one, guarded by Keeper.mu.
type account struct {
	// epoch grows with Forget.
	epoch int
	// access is for oauth, and was born by k.now.
	oauth        settings.OAuth
	access       string
	expiry, born time.Time
	flight       *flight

	// turn is held while the keyring is written, and guards what follows.
	turn chan struct{}
	// unsaved is what could not be written to the keyring, where was stands; nil
	// if nothing.
	unsaved *grant
	was     string
	// dead are refresh tokens that the server takes no more.
	dead []string
}

// flight is a renewal that is under way.
type flight struct {
	oauth  settings.OAuth
	done   chan struct{} // closed at its end; what follows is set by then
	access string
	err    error
}

// New returns a keeper of what secrets has. web is how an account reaches the
// server where it signs in. The caller ends by Close.
func New(secrets secret.Store, web func(settings.Account) *http.Client, now func() time.Time, log *slog.Logger) *Keeper {
	k := &Keeper{secrets: secrets, web: web, now: now, log: log, accounts: map[string]*account{}}
	k.living, k.end = context.WithCancel(context.Background())
	return k
}

// Access returns an access token for an account. refused, if it is not empty, is
// one that the mail server has refused: another is got in its place, unless it
// was new. The error is ErrSignIn, an *oauth.Error, a *KeyringError, one of
// package net, or the context's.
func (k *Keeper) Access(ctx context.Context, a settings.Account, refused string) (string, error) {
	return k.get(ctx, a, func(of *account) bool { return of.access != refused && k.lasts(of.expiry) })
}

// Fresh is Access for who wants to know whether the sign-in still holds.
func (k *Keeper) Fresh(ctx context.Context, a settings.Account) (string, error) {
	return k.get(ctx, a, func(*account) bool { return false })
}

func (k *Keeper) get(ctx context.Context, a settings.Account, good func(*account) bool) (string, error) {
	for {
		k.mu.Lock()
		of := k.account(a.ID)
		if of.access != "" && of.oauth == a.OAuth && (good(of) || k.young(of)) {
			access := of.access
			k.mu.Unlock()
			return access, nil
		}
		f := of.flight
		if f == nil && !k.closed {
			f = &flight{oauth: a.OAuth, done: make(chan struct{})}
			of.flight = f
			k.work.Go(func() { k.fly(a, of, f, of.epoch) }) //nolint:contextcheck // it ends with the keeper
		}
		k.mu.Unlock()
		if f == nil {
			return "", context.Canceled
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if f.oauth == a.OAuth && !errors.Is(f.err, errReplaced) {
			return f.access, f.err
		}
	}
}

// account returns what is known of one. The caller holds k.mu.
func (k *Keeper) account(id string) *account {
	of := k.accounts[id]
	if of == nil {
		of = &account{turn: make(chan struct{}, 1)}
		k.accounts[id] = of
	}
	return of
}

// lasts says whether a token is good for a while, by either clock: the wall
// clock may have been set, and the other one stops while the computer sleeps.
func (k *Keeper) lasts(expiry time.Time) bool {
	now := k.now()
	return expiry.IsZero() || min(expiry.Sub(now), expiry.Round(0).Sub(now.Round(0))) > margin
}

// young says whether another access token would be of no use yet.
func (k *Keeper) young(of *account) bool {
	age := k.now().Sub(of.born).Abs()
	return age < young && (of.expiry.IsZero() || age < of.expiry.Sub(of.born))
}

// fly carries out a renewal.
func (k *Keeper) fly(a settings.Account, of *account, f *flight, epoch int) {
	ctx, cancel := context.WithTimeout(k.living, renewTime)
	defer cancel()
	var t oauth.Tokens
	t, f.err = k.renew(ctx, a, of)
	f.access = t.Access
	k.mu.Lock()
	of.flight = nil
	switch {
	case of.epoch != epoch: // somebody has signed in anew meanwhile
		f.err = errReplaced
	case f.err == nil:
		of.oauth, of.access, of.expiry, of.born = a.OAuth, t.Access, t.Expiry, k.now()
	}
	k.mu.Unlock()
	close(f.done)
}

// KeyringError says that the keyring could not be read or written.
type KeyringError struct{ Err error }

// Error implements error.
func (e *KeyringError) Error() string { return "the sign-in in the keyring: " + e.Err.Error() }

// Unwrap returns why.
func (e *KeyringError) Unwrap() error { return e.Err }

// errReplaced: the keyring has another grant than the one that was renewed.
var errReplaced = errors.New("somebody has signed in anew")

// renew gets new tokens and writes down what there is to keep of them.
func (k *Keeper) renew(ctx context.Context, a settings.Account, of *account) (t oauth.Tokens, err error) {
	select {
	case of.turn <- struct{}{}:
	case <-ctx.Done():
		return t, ctx.Err()
	}
	defer func() { <-of.turn }()
	g, was, err := k.load(ctx, a, of)
	if err != nil {
		return t, err
	}
	err = &oauth.Error{Reason: oauth.SignInAgain}
	for _, refresh := range g.Refresh {
		if slices.Contains(of.dead, refresh) {
			continue
		}
		var r oauth.Request
		if r, err = Request(ctx, k.web(a), a, g.Secret); err == nil && !g.goesTo(r.Server.Token, a.OAuth) {
			err = ErrSignIn
		}
		if err != nil {
			return t, err
		}
		if t, err = oauth.Refresh(ctx, r, refresh); err == nil {
			next := g
			if next.Refresh = []string{t.Refresh}; t.Refresh != refresh {
				next.Refresh = append(next.Refresh, refresh)
			}
			return t, k.keep(ctx, a.ID, of, next, was)
		}
		if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Reason != oauth.SignInAgain {
			return t, err
		}
		of.dead = append(of.dead, refresh)
	}
	return t, err
}

// load returns the newest grant of an account, and what the keyring has. The
// caller holds of.turn.
func (k *Keeper) load(ctx context.Context, a settings.Account, of *account) (g grant, was string, err error) {
	was, err = k.secrets.Get(ctx, a.ID)
	switch {
	case of.unsaved != nil && (err == nil && was == of.was || err != nil && !errors.Is(err, secret.ErrNotFound)):
		g, err = read(of.unsaved.String(), a)
		return g, of.was, err
	case errors.Is(err, secret.ErrNotFound):
		err = ErrSignIn
	}
	of.unsaved = nil
	switch {
	case errors.Is(err, ErrSignIn):
		return grant{}, "", err
	case err != nil:
		return grant{}, "", &KeyringError{err}
	}
	g, err = read(was, a)
	return g, was, err
}

// keep writes a grant down where the keyring still has what it came from. One
// that cannot be written is kept here, and written when that is possible. The
// caller holds of.turn.
func (k *Keeper) keep(ctx context.Context, id string, of *account, g grant, was string) error {
	err := k.write(ctx, id, of, g, was)
	if failed, ok := errors.AsType[*KeyringError](err); ok {
		k.log.Warn("a renewed sign-in is not in the keyring yet", "account", id, "error", failed.Err)
		return nil
	}
	return err
}

func (k *Keeper) write(ctx context.Context, id string, of *account, g grant, was string) error {
	if g.String() == was {
		of.unsaved = nil
		return nil
	}
	now, err := k.secrets.Get(ctx, id) // which asks the user nothing
	switch {
	case err == nil && now == g.String(): // an earlier try was good after all
	case err == nil && now != was, errors.Is(err, secret.ErrNotFound):
		of.unsaved = nil
		return errReplaced
	case err == nil:
		err = k.secrets.Set(ctx, id, g.String())
	}
	if err == nil {
		of.unsaved = nil
		return nil
	}
	of.unsaved, of.was = &g, was
	return &KeyringError{err}
}

// Rest makes room for another process, which renews the sign-in of an account
// next: it awaits a renewal that is under way, and writes down what could not be
// written before, for a server may take each refresh token once. The error is a
// *KeyringError or the context's.
func (k *Keeper) Rest(ctx context.Context, id string) error {
	k.mu.Lock()
	of := k.account(id)
	f := of.flight
	k.mu.Unlock()
	if f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case of.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-of.turn }()
	if of.unsaved == nil {
		return nil
	}
	if err := k.write(ctx, id, of, *of.unsaved, of.was); !errors.Is(err, errReplaced) {
		return err
	}
	return nil
}

// Forget has an account's tokens got anew, after it was changed or somebody has
// signed in for it.
func (k *Keeper) Forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := k.account(id)
	of.epoch++
	of.access = ""
}

// Settle writes down what could not be written before; call it when the keyring
// has been unlocked.
func (k *Keeper) Settle(ctx context.Context) {
	k.mu.Lock()
	all := maps.Clone(k.accounts)
	k.mu.Unlock()
	for id, of := range all {
		select {
		case of.turn <- struct{}{}:
		case <-ctx.Done():
			return
		}
		if of.unsaved != nil {
			_ = k.keep(ctx, id, of, *of.unsaved, of.was)
		}
		<-of.turn
	}
}

// Close waits a moment for renewals that are under way, and writes down what
// could not be written before.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	late := time.AfterFunc(closeTime, k.end)
	k.work.Wait()
	late.Stop()
	k.end()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	k.Settle(ctx)
}
