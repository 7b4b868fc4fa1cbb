package platform

import "fmt"

// Who we are to the notifications of Windows: an AppUserModelID, and the COM
// class that it asks for when the user clicks on one.
const (
	AppID       = "io.github.traymail.traymail"
	ActivatorID = "{685D6E6F-437E-48B5-9F05-2C3A1B4F4822}"
)

// RegisterNotifications tells Windows of the program whose notifications are
// AppID's: its name, its picture, a PNG, and that exe is to be started for a
// click when it does not run. It writes only what has changed.
func RegisterNotifications(exe, picture string) error {
	return registerNotifications(`Software\Classes`, exe, picture)
}

func registerNotifications(classes, exe, picture string) error {
	app := classes + `\AppUserModelId\` + AppID
	for _, v := range []struct{ key, name, value string }{
		{app, "DisplayName", name},
		{app, "IconUri", picture},
		{app, "CustomActivator", ActivatorID},
		// COM adds -Embedding, which becomes the last flag's value.
		{classes + `\CLSID\` + ActivatorID + `\LocalServer32`, "", `"` + exe + `" --background --activation`},
	} {
		if err := setValue(v.key, v.name, v.value); err != nil {
			return fmt.Errorf("registering for notifications: %w", err)
		}
	}
	return nil
}
