package keyring

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/traymail/traymail/internal/secret"
)

// security is the part of the Security framework that go-keyring does not use.
// The functions are deprecated and have no successor; 0 as keychain is the
// default one, which is where go-keyring's security(1) keeps secrets.
type security struct {
	getStatus func(keychain uintptr, status unsafe.Pointer) int32
	unlock    func(keychain uintptr, passwordLength uint32, password uintptr, usePassword bool) int32
}

const unlockState = 1 // kSecUnlockStateStatus

var loadSecurity = sync.OnceValues(func() (*security, error) {
	handle, err := purego.Dlopen("/System/Library/Frameworks/Security.framework/Security", purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	var s security
	for name, function := range map[string]any{"SecKeychainGetStatus": &s.getStatus, "SecKeychainUnlock": &s.unlock} {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
		}
		purego.RegisterFunc(function, address)
	}
	return &s, nil
})

// newGuard asks the Keychain, which is unlocked by logging in and locked again
// only if the user has chosen so.
func newGuard(recovered func()) guard {
	status := func() error {
		s, err := loadSecurity()
		if err != nil {
			return err
		}
		var state uint32
		if err := keychainError(s.getStatus(0, unsafe.Pointer(&state))); err != nil { // #nosec G103 -- an out parameter
			return err
		}
		if state&unlockState == 0 {
			return secret.ErrLocked
		}
		return nil
	}
	prompt := func() error {
		s, err := loadSecurity()
		if err != nil {
			return err
		}
		return keychainError(s.unlock(0, 0, 0, false))
	}
	return newAsked(status, prompt, recovered)
}
