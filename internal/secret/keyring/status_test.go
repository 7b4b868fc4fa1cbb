package keyring

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/traymail/traymail/internal/secret"
)

// While the keyring is locked it is looked at ever more rarely, by one
// goroutine however many ask; when it is unlocked, that is news once, and
// nothing runs any more.
func TestAskedLooksWhileLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		looks := 0
		told := make(chan struct{}, 8)
		unlockedAt := start.Add(time.Hour)
		a := newAsked(func() error {
			mu.Lock()
			defer mu.Unlock()
			looks++
			if time.Now().Before(unlockedAt) {
				return secret.ErrLocked
			}
			return nil
		}, nil, func() { told <- struct{}{} })
		for range 3 {
			if err := a.usable(t.Context()); !errors.Is(err, secret.ErrLocked) {
				t.Error(err)
			}
		}
		<-told
		if late := time.Since(unlockedAt); late < 0 || late > lastLook {
			t.Errorf("told %v after it was unlocked", late)
		}
		if looks > 3+3600/int(lastLook/time.Second)+10 {
			t.Errorf("looked %d times in an hour", looks)
		}
		synctest.Wait()
		if err := a.usable(t.Context()); err != nil || len(told) != 0 {
			t.Errorf("%v, told %d times more", err, len(told))
		}
		// Locked again, and closed while it looks.
		mu.Lock()
		unlockedAt = time.Now().Add(time.Hour)
		mu.Unlock()
		_ = a.usable(t.Context())
		if err := a.close(); err != nil {
			t.Error(err)
		}
		_ = a.usable(t.Context())
	})
}

func TestAskedUnlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan error)
		a := newAsked(func() error { return nil }, func() error { return <-answer }, func() {})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := a.unlock(ctx); !errors.Is(err, secret.ErrLocked) {
			t.Errorf("nobody answered: %v", err)
		}
		answer <- nil // to the prompt that is still open
		go func() { answer <- nil }()
		if err := a.unlock(t.Context()); err != nil {
			t.Error(err)
		}
		_ = a.close()
	})
}

// go-keyring passes on only the exit status of security(1).
func TestExplainExitStatus(t *testing.T) {
	for code, want := range map[int]error{
		36:  secret.ErrLocked, // as over ssh, where nobody can be asked
		51:  secret.ErrLocked,
		128: secret.ErrLocked,
		37:  secret.ErrUnavailable,
		53:  secret.ErrUnavailable,
		1:   nil,
		44:  nil,
	} {
		failing := exec.Command(os.Args[0]) // #nosec G204 G702 -- this test again
		failing.Env = append(os.Environ(), exitVariable+"="+strconv.Itoa(code))
		err := explain(failing.Run())
		for _, kind := range []error{secret.ErrLocked, secret.ErrUnavailable, secret.ErrNotFound} {
			if errors.Is(err, kind) != errors.Is(want, kind) {
				t.Errorf("exit status %d became %v", code, err)
			}
		}
	}
}

func TestKeychainError(t *testing.T) {
	if err := keychainError(0); err != nil {
		t.Error(err)
	}
	for result, want := range map[int32]error{-128: secret.ErrLocked, -25308: secret.ErrLocked, -25307: secret.ErrUnavailable} {
		if err := keychainError(result); !errors.Is(err, want) {
			t.Errorf("%d became %v", result, err)
		}
	}
	if err := keychainError(-50); err == nil || errors.Is(err, secret.ErrLocked) {
		t.Error(err)
	}
}
