package notify

import (
	"errors"
	"testing"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform/cocoa"
)

// A test is no application. That is said, where the system would end the
// process.
func TestWithoutABundle(t *testing.T) {
	if n, err := New(t.Context(), Options{Locale: locale.New("en")}); !errors.Is(err, cocoa.ErrNoBundle) || n != nil {
		t.Errorf("%v, %v", n, err)
	}
}

func TestDelegateClass(t *testing.T) {
	class, err := delegateClass()
	if err != nil || class == 0 {
		t.Fatalf("%v, %v", class, err)
	}
}
