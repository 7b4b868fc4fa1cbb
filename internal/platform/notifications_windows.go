package platform

import (
	"fmt"

	"github.com/traymail/traymail/internal/platform/toasts"
)

// RegisterNotifications tells Windows of the program whose notifications are
// those of toasts.AppID: its name, its picture, a PNG, and that exe is to be
// started for a click when it does not run. It writes only what has changed.
func RegisterNotifications(exe, picture string) error {
	return registerNotifications(`Software\Classes`, exe, picture)
}

func registerNotifications(classes, exe, picture string) error {
	app := classes + `\AppUserModelId\` + toasts.AppID
	for _, v := range []struct{ key, name, value string }{
		{app, "DisplayName", name},
		{app, "IconUri", picture},
		{app, "CustomActivator", toasts.ActivatorID},
		// COM adds -Embedding, which becomes the last flag's value.
		{classes + `\CLSID\` + toasts.ActivatorID + `\LocalServer32`, "", `"` + exe + `" --background --activation`},
	} {
		if err := setValue(v.key, v.name, v.value); err != nil {
			return fmt.Errorf("registering for notifications: %w", err)
		}
	}
	return nil
}
