package cocoa

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ebitengine/purego/objc"
)

// ErrNoBundle: macOS shows notifications of applications only, not of a
// program that lies somewhere by itself.
var ErrNoBundle = errors.New("macOS shows notifications only for traymail.app, not for the bare program: start the application")

// NotificationCenter returns the UNUserNotificationCenter. Outside of an
// application's bundle it returns ErrNoBundle: there the system would raise an
// exception, which ends the process. It needs a pool, see Pooled.
func NotificationCenter() (objc.ID, error) {
	for _, framework := range []string{"Foundation", "UserNotifications"} {
		if _, err := Load(framework); err != nil {
			return 0, err
		}
	}
	bundle := Call(Class("NSBundle"), "mainBundle")
	identifier := GoString(Call(bundle, "bundleIdentifier"))
	if identifier == "" || !strings.HasSuffix(GoString(Call(bundle, "bundlePath")), ".app") {
		return 0, ErrNoBundle
	}
	return Call(Class("UNUserNotificationCenter"), "currentNotificationCenter"), nil
}

// NotificationAuthorization asks the system what the user has answered. The
// user is asked nothing.
func NotificationAuthorization(ctx context.Context) (Authorization, error) {
	answers := make(chan Authorization, 1)
	done := objc.NewBlock(func(_ objc.Block, settings objc.ID) {
		if settings == 0 {
			answers <- Unknown
			return
		}
		answers <- Authorization(objc.Send[int](settings, objc.RegisterName("authorizationStatus")))
	})
	defer done.Release() // the center has its own reference
	var err error
	Pooled(func() {
		var center objc.ID
		if center, err = NotificationCenter(); err == nil {
			Call(center, "getNotificationSettingsWithCompletionHandler:", done)
		}
	})
	if err != nil {
		return Unknown, fmt.Errorf("asking whether notifications are allowed: %w", err)
	}
	select {
	case a := <-answers:
		return a, nil
	case <-ctx.Done():
		return Unknown, fmt.Errorf("asking whether notifications are allowed: %w", ctx.Err())
	}
}
