package notify

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"fyne.io/systray"
	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform/shellicon"
)

var user32 = windows.NewLazySystemDLL("user32.dll")

// post sends the icon's window a message as Explorer does.
func post(t *testing.T, event uintptr) {
	t.Helper()
	class, err := windows.UTF16PtrFromString("SystrayClass")
	if err != nil {
		t.Fatal(err)
	}
	window, _, _ := user32.NewProc("FindWindowW").Call(uintptr(unsafe.Pointer(class)), 0)
	if ok, _, err := user32.NewProc("PostMessageW").Call(window, 0x401, 100, event); ok == 0 {
		t.Fatal(err)
	}
}

func TestNotifier(t *testing.T) {
	n, err := New(t.Context(), Options{Locale: locale.New("en")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Close() }()
	one := api.Announcement{Key: "a/1", Account: "a", Messages: says("Ann \u202eLee", "$(calc) `calc` "+strings.Repeat("会议😀", 500))}
	two := api.Announcement{Key: "b/2", Account: "b", Messages: says("Bob", "")}
	if err := n.Announce(t.Context(), one); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("without an icon: %v", err)
	}

	ready, ended := make(chan struct{}), make(chan struct{})
	tapped := make(chan struct{}, 1)
	go func() {
		runtime.LockOSThread() // its messages come to this thread
		systray.SetOnTapped(func() { tapped <- struct{}{} })
		systray.Run(func() { close(ready) }, nil)
		close(ended)
	}()
	await(t, "the icon", ready)

	for _, a := range []api.Announcement{one, two} {
		if err := n.Announce(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(key string) {
		t.Helper()
		select {
		case e := <-n.Events():
			if e != (Event{key, ActionOpen}) {
				t.Errorf("%+v, want %q", e, key)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the click did not arrive")
		}
	}
	post(t, shellicon.BalloonOver)
	post(t, shellicon.BalloonClicked)
	expect("b/2")
	// What is systray's still arrives there.
	post(t, 0x202) // WM_LBUTTONUP
	await(t, "the click on the icon", tapped)

	if err := n.Announce(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	n.(*desktop).busy = func() bool { return true }
	if err := n.Announce(t.Context(), one); !errors.Is(err, ErrUnavailable) {
		t.Errorf("while the user is busy: %v", err)
	}
	n.(*desktop).busy = busy
	if err := n.Withdraw(t.Context(), two.Key); err != nil {
		t.Error(err)
	}
	if err := n.Withdraw(t.Context(), "unknown/1"); err != nil {
		t.Error(err)
	}
	post(t, shellicon.BalloonClicked)
	expect("a/1") // in the system's list
	systray.Quit()
	await(t, "the icon's end", ended)
	if err := n.Announce(t.Context(), one); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after the icon's end: %v", err)
	}
}

func await[T any](t *testing.T, what string, c <-chan T) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("waited in vain for %s", what)
	}
}
