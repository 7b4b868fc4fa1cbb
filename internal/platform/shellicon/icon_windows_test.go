package shellicon

import (
	"runtime"
	"testing"
	"time"

	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
)

var sendMessage = user32.NewProc("SendMessageW")

// The icon stays when the end of a session is called off, comes back when it
// was lost, and is drawn again for another scale.
func TestIconStays(t *testing.T) {
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // the window's
		systray.Run(func() { close(ready) }, nil)
	}()
	select {
	case <-ready:
	case <-time.After(time.Minute):
		t.Fatal("systray does not start")
	}
	defer func() {
		systray.Quit()
		<-ended
	}()
	show := func(what string) {
		t.Helper()
		if err := SetPicture(assets.TrayIcon("none", 0)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	there := func() bool {
		icon.Lock()
		defer icon.Unlock()
		return notify(nimModify, &notifyIconData{}) == nil
	}
	show("at first")
	for _, hidden := range []bool{true, false} {
		if err := SetHidden(hidden); err != nil || !there() {
			t.Fatalf("hidden %v: %v", hidden, err)
		}
	}
	send := func(message uint32, wParam uintptr) {
		icon.Lock()
		window := icon.window
		icon.Unlock()
		_, _, _ = sendMessage.Call(uintptr(window), uintptr(message), wParam, 0)
	}
	send(wmEndSession, 0)
	if !there() {
		t.Error("a shutdown that was called off takes the icon away")
	}
	const nimDelete = 2
	icon.Lock()
	err := notify(nimDelete, &notifyIconData{})
	before := icon.picture
	icon.Unlock()
	if err != nil || there() {
		t.Fatal("the icon cannot be lost", err)
	}
	send(wmDisplayChange, 32)
	icon.Lock()
	after := icon.picture
	icon.Unlock()
	if !there() || after == before {
		t.Error("the icon is not drawn again")
	}
}
