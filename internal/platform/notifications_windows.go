package platform

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/doctor/facts"
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

var queryUserState = windows.NewLazySystemDLL("shell32.dll").NewProc("SHQueryUserNotificationState")

// held names the states of the user, from shellapi.h, in which Windows shows no
// notification. QUNS_APP (7), an application from the Store, is none of them.
var held = map[uint32]facts.Held{
	2: facts.WholeScreen, // QUNS_BUSY
	3: facts.WholeScreen, // QUNS_RUNNING_D3D_FULL_SCREEN
	4: facts.Presenting,  // QUNS_PRESENTATION_MODE
	6: facts.FirstHours,  // QUNS_QUIET_TIME
}

// Held asks Windows why this is no moment for a notification; empty if it is
// one. What the user has chosen as focus or do-not-disturb is not among its
// answers: that Windows observes by itself.
func Held() facts.Held {
	var state uint32
	if code, _, _ := queryUserState.Call(uintptr(unsafe.Pointer(&state))); code != 0 {
		return ""
	}
	return held[state]
}
