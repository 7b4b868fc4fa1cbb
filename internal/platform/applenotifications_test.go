package platform

import (
	"testing"

	"github.com/traymail/traymail/internal/platform/cocoa"
)

func TestAppleNotifications(t *testing.T) {
	for answered, want := range map[cocoa.Authorization]struct{ off, notAllowed bool }{
		cocoa.NotDetermined: {false, true},
		cocoa.Denied:        {true, false},
		cocoa.Authorized:    {false, false},
		cocoa.Provisional:   {false, false},
		cocoa.Unknown:       {false, true},
		99:                  {false, true}, // something newer
	} {
		if n := appleNotifications(answered); n.Off != want.off || n.NotAllowed != want.notAllowed {
			t.Errorf("%d: %+v", answered, n)
		}
	}
}
