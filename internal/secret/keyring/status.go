package keyring

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/secret"
)

// The waits between looks at a locked keyring that sends no signal when it is
// unlocked. Nothing runs while the keyring is usable.
const (
	firstLook = time.Second
	lastLook  = 30 * time.Second
)

// asked is the guard of a keyring that has to be asked how it is, and can be
// asked without a prompt.
type asked struct {
	// status returns nil, secret.ErrLocked or secret.ErrUnavailable, at once.
	status func() error
	// prompt asks the user to unlock it, and blocks as long as that takes.
	prompt    func() error
	recovered func() // called when the keyring has become usable

	life    context.Context
	end     context.CancelFunc
	work    sync.WaitGroup
	mu      sync.Mutex
	looking bool // a goroutine waits for it to be unlocked
}

func newAsked(status, prompt func() error, recovered func()) *asked {
	a := &asked{status: status, prompt: prompt, recovered: recovered}
	a.life, a.end = context.WithCancel(context.Background())
	return a
}

func (a *asked) usable(context.Context) error {
	err := a.status()
	if errors.Is(err, secret.ErrLocked) {
		a.look()
	}
	return err
}

// look waits for the keyring to be unlocked, and says so.
func (a *asked) look() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.looking || a.life.Err() != nil {
		return
	}
	a.looking = true
	a.work.Go(func() {
		for wait := firstLook; ; wait = min(2*wait, lastLook) {
			select {
			case <-a.life.Done():
				return
			case <-time.After(wait):
			}
			if errors.Is(a.status(), secret.ErrLocked) {
				continue
			}
			a.mu.Lock()
			a.looking = false
			a.mu.Unlock()
			a.recovered()
			return
		}
	})
}

// unlock gives the user until ctx ends; a prompt that is still open then goes
// on, since nothing can take it back, and what it brings is seen by looking.
func (a *asked) unlock(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- a.prompt() }() // ends with the prompt, which is the system's
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", secret.ErrLocked, ctx.Err())
	}
}

func (a *asked) close() error {
	a.mu.Lock()
	a.end()
	a.mu.Unlock()
	a.work.Wait()
	return nil
}

// Results of Apple's Security framework (SecBase.h).
const (
	errSecNotAvailable          = -25291
	errSecAuthFailed            = -25293
	errSecNoDefaultKeychain     = -25307
	errSecInteractionNotAllowed = -25308
	errSecUserCanceled          = -128
)

// keychainError is what a result of the Security framework means to us.
func keychainError(result int32) error {
	switch result {
	case 0:
		return nil
	case errSecUserCanceled:
		return fmt.Errorf("%w: the Keychain returned %d", secret.ErrDismissed, result)
	case errSecAuthFailed, errSecInteractionNotAllowed:
		return fmt.Errorf("%w: the Keychain returned %d", secret.ErrLocked, result)
	case errSecNotAvailable, errSecNoDefaultKeychain:
		return fmt.Errorf("%w: the Keychain returned %d", secret.ErrUnavailable, result)
	}
	return fmt.Errorf("the Keychain failed with %d", result)
}

// exited finds the result of the Security framework behind an error of
// go-keyring, which on macOS runs security(1): its exit status is the
// result's lowest byte.
func exited(err error) (result int32, ok bool) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, false
	}
	for _, r := range []int32{
		errSecNotAvailable, errSecAuthFailed, errSecNoDefaultKeychain, errSecInteractionNotAllowed, errSecUserCanceled,
	} {
		if exit.ExitCode() == int(r&0xff) {
			return r, true
		}
	}
	return 0, false
}
