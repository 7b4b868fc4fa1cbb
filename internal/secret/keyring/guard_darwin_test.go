package keyring

import (
	"errors"
	"testing"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/traymail/traymail/internal/secret"
)

// The user's own Keychain, which has to be unlocked.
func TestKeychain(t *testing.T) {
	s := New().(*store)
	defer func() { _ = s.Close() }()
	items := func() (n int) {
		t.Helper()
		for _, ref := range []string{"home-k3fa", "work"} {
			all := []string{ref}
			for i := range 20 {
				all = append(all, partRef(ref, "a", i), partRef(ref, "b", i))
			}
			for _, item := range all {
				_, err := gokeyring.Get(service, item)
				switch {
				case err == nil:
					n++
				case !errors.Is(err, gokeyring.ErrNotFound):
					t.Fatal(err)
				}
			}
		}
		return n
	}
	s.expect(t, "home-k3fa", "", secret.ErrNotFound)
	exercise(t, s, items)
}
