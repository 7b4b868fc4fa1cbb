package notify

import (
	"context"

	"golang.org/x/sys/windows"
)

// Failure tells the user of a desktop why the program ends, with no Notifier
// and no tray: in a message box, since a toast needs a program that runs. It
// returns when the box was closed.
func Failure(_ context.Context, title, text string) error {
	title, text = clean(title, text)
	caption, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return err
	}
	words, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return err
	}
	_, err = windows.MessageBox(0, words, caption, windows.MB_OK|windows.MB_ICONERROR|windows.MB_SETFOREGROUND)
	return err
}
