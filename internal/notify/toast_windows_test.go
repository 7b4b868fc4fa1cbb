package notify

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/platform/toasts"
)

// standIn is toasts.dll, which plays the notifications of the Windows Runtime
// where there are none (internal/desktoptest/testdata/toasts.c).
type standIn struct {
	*testing.T
	library *windows.LazyDLL
}

// play registers the stand-in for its classes. On a real Windows, where they
// have an owner, there is nothing to play.
func play(t *testing.T) (s standIn, ok bool) {
	t.Helper()
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() != nil {
		return s, false
	}
	s = standIn{t, windows.NewLazySystemDLL("toasts.dll")}
	if err := s.library.Load(); err != nil {
		t.Fatal(err)
	}
	for _, class := range toasts.Classes {
		path := toasts.Registry + `\` + class
		key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(key.SetStringValue("DllPath", `C:\windows\system32\toasts.dll`), key.Close()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = registry.DeleteKey(registry.LOCAL_MACHINE, path) })
	}
	return s, true
}

// told is what the stand-in was asked for since the last time.
func (s standIn) told(seen *string) string {
	address, _, _ := s.library.NewProc("Told").Call()
	all := windows.UTF16PtrToString(*(**uint16)(unsafe.Pointer(&address)))
	news := strings.TrimPrefix(all, *seen)
	*seen = all
	return news
}

// behave has the stand-in say who has switched notifications off, and how it
// goes when one is shown.
func (s standIn) behave(setting int32, show uint32) {
	_, _, _ = s.library.NewProc("Behave").Call(uintptr(setting), uintptr(show)) //nolint:gosec // G115: none is negative
}

func (s standIn) click(arguments string) {
	s.Helper()
	id, _ := windows.UTF16PtrFromString(toasts.AppID)
	text, _ := windows.UTF16PtrFromString(arguments)
	if result, _, _ := s.library.NewProc("Click").Call(uintptr(unsafe.Pointer(id)), uintptr(unsafe.Pointer(text))); uint32(result) != 0 { //nolint:gosec // G115: an HRESULT
		s.Errorf("a click: 0x%x", uint32(result)) //nolint:gosec // G115: an HRESULT
	}
}

func TestToasts(t *testing.T) {
	s, ok := play(t)
	if !ok {
		return
	}
	folder, err := os.MkdirTemp("", "toasts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(os.Remove(filepath.Join(folder, "icon.png")), os.Remove(folder)) }()
	var log bytes.Buffer
	loc := locale.New("zh-Hans")
	n, err := New(t.Context(), Options{Locale: loc, Log: slog.New(slog.NewTextHandler(&log, nil)), Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	d := n.(*desktop)
	d.busy = func() bool { return true } // which is Windows' affair
	for deadline := time.Now().Add(time.Minute); ; {
		// Wine takes its time to register a class the first time.
		if err := d.toasts.do(t.Context(), func() error { return nil }); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	mail := api.Announcement{Key: `a/uid<&"%`, Account: "a", Messages: says("Ann </text>", "会议 $(calc) &amp;\nBob")}
	text, err := toastXML(mail, loc)
	if err != nil {
		t.Fatal(err)
	}
	var seen string
	expect := func(what, want string) {
		t.Helper()
		if got := s.told(&seen); got != want {
			t.Errorf("%s: Windows was asked for\n%s, want\n%s", what, got, want)
		}
	}
	shows := "show|" + toastTag(mail.Key) + "|" + toasts.Group + "|" + text + "\nas|" + toasts.AppID + "||\n"
	for range 2 * maxToasts {
		if err := n.Announce(t.Context(), mail); err != nil {
			t.Fatal(err)
		}
		expect("a message", shows)
	}

	for _, arguments := range []string{"", "action=run&key=x", strings.Repeat("a", 100000), toastArguments(ActionSeen, mail.Key), toastArguments(ActionOpen, "b/")} {
		s.click(arguments)
	}
	for _, want := range []Event{{mail.Key, ActionSeen}, {"b/", ActionOpen}} {
		select {
		case got := <-n.Events():
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the click did not arrive")
		}
	}
	if err := n.Withdraw(t.Context(), mail.Key); err != nil {
		t.Error(err)
	}
	expect("a withdrawal", "remove|"+toastTag(mail.Key)+"|"+toasts.Group+"|"+toasts.AppID+"\n")

	// What the user has switched off comes by no other way.
	for _, setting := range []int32{toasts.OffForApplication, toasts.OffForUser, toasts.OffByPolicy} {
		s.behave(setting, 0)
		if err := n.Announce(t.Context(), mail); err != nil {
			t.Errorf("switched off (%d): %v", setting, err)
		}
		expect("switched off", "")
		if n, err := (platform.Probes{}).Notifications(t.Context()); err != nil || !n.Off {
			t.Errorf("switched off (%d), the doctor finds %+v, %v", setting, n, err)
		}
	}
	// What fails comes as a balloon, for which there is no icon in this test.
	s.behave(0, 0x80004005)
	if err := n.Announce(t.Context(), mail); !errors.Is(err, ErrUnavailable) {
		t.Errorf("neither toast nor balloon: %v", err)
	}
	expect("a failure", "")
	s.behave(0, 0)
	if n, err := (platform.Probes{}).Notifications(t.Context()); err != nil || n.Off || !n.Running {
		t.Errorf("the doctor finds %+v, %v", n, err)
	}
	if err := n.Announce(t.Context(), mail); err != nil {
		t.Errorf("after a failure: %v", err)
	}
	expect("after a failure", shows)
	// A call that hangs holds up nothing for long, and not for ever.
	hanging, resume, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- d.toasts.do(t.Context(), func() error { close(hanging); <-resume; return nil })
	}()
	await(t, "a call", hanging)
	if err := n.Announce(t.Context(), mail); !errors.Is(err, ErrUnavailable) {
		t.Errorf("while a call hangs: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := n.Announce(cancelled, mail); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	close(resume)
	if err := errors.Join(<-done, n.Announce(t.Context(), mail)); err != nil {
		t.Errorf("after it: %v", err)
	}
	expect("after a call that hung", shows)
	_, _, _ = s.library.NewProc("Fail").Call(0x803e0105)
	for waiting := 1; waiting > 0; { // until it is no longer waiting, and what follows it has run
		if err := d.toasts.do(t.Context(), func() error { waiting = len(d.toasts.refusals); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	if text := log.String(); strings.Count(text, "without buttons") != 1 || strings.Count(text, "0x803E0105") != 1 || strings.Count(text, "was lost") != 1 {
		t.Errorf("the log:\n%s", text)
	}
	if objects, _, _ := s.library.NewProc("Objects").Call(); objects != 1 { // the stand-in's own, the last
		t.Errorf("%d objects are left", objects)
	}
}
