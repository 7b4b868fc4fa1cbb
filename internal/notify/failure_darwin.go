package notify

import (
	"context"
	"fmt"

	"github.com/ebitengine/purego"
	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/internal/platform/cocoa"
)

// Failure tells the user of a desktop why the program ends, with no Notifier
// and no tray: in an alert that the system shows for a process without an
// application, and which outlives it. It does not wait for an answer.
func Failure(_ context.Context, title, text string) (err error) {
	title, text = clean(title, text)
	foundation, err := cocoa.Load("CoreFoundation")
	if err != nil {
		return err
	}
	if _, err := cocoa.Load("Foundation"); err != nil {
		return err
	}
	address, err := purego.Dlsym(foundation, "CFUserNotificationDisplayNotice")
	if err != nil {
		return fmt.Errorf("preparing an alert: %w", err)
	}
	// An NSString is a CFString.
	var display func(timeout float64, flags uint, icon, sound, localization uintptr, header, message, button objc.ID) int32
	purego.RegisterFunc(&display, address)
	cocoa.Pooled(func() {
		const forEver, stop = 0, 0 // kCFUserNotificationStopAlertLevel
		if code := display(forEver, stop, 0, 0, 0, cocoa.String(title), cocoa.String(text), 0); code != 0 {
			err = fmt.Errorf("%w: the alert failed with %d", ErrUnavailable, code)
		}
	})
	return err
}
