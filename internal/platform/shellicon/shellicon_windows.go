package shellicon

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32                = windows.NewLazySystemDLL("user32.dll")
	findWindowEx          = user32.NewProc("FindWindowExW")
	setWindowLongPtr      = user32.NewProc("SetWindowLongPtrW")
	callWindowProc        = user32.NewProc("CallWindowProcW")
	getSystemMetrics      = user32.NewProc("GetSystemMetrics")
	getMetricsForDPI      = user32.NewProc("GetSystemMetricsForDpi") // since Windows 10 1607, as the next
	getDPIForWindow       = user32.NewProc("GetDpiForWindow")
	createIcon            = user32.NewProc("CreateIconFromResourceEx")
	destroyIcon           = user32.NewProc("DestroyIcon")
	registerWindowMessage = user32.NewProc("RegisterWindowMessageW")
	shellNotifyIcon       = windows.NewLazySystemDLL("shell32.dll").NewProc("Shell_NotifyIconW")
)

// What systray gives its window and its icon.
const (
	class    = "SystrayClass"
	iconID   = 100
	callback = 0x401 // WM_USER + 1
)

// From shellapi.h and winuser.h.
const (
	nimAdd    = 0
	nimModify = 1

	nifMessage = 0x1
	nifIcon    = 0x2
	nifState   = 0x8
	nifInfo    = 0x10

	nisHidden = 0x1

	niifUser             = 0x4
	niifNoSound          = 0x10
	niifLargeIcon        = 0x20
	niifRespectQuietTime = 0x80

	gwlpWndProc = -4
	smIcon      = 11 // SM_CXICON
	smSmallIcon = 49 // SM_CXSMICON
	iconVersion = 0x30000

	wmEndSession    = 0x16
	wmDisplayChange = 0x7e
	wmDPIChanged    = 0x2e0
)

// Events of balloons, from shellapi.h.
const (
	BalloonHidden  = 0x403 // NIN_BALLOONHIDE: taken off the screen
	BalloonOver    = 0x404 // NIN_BALLOONTIMEOUT: nobody clicked it
	BalloonClicked = 0x405 // NIN_BALLOONUSERCLICK
)

// The most that a balloon holds, in UTF-16 units.
const (
	MaxTitle = 63
	MaxText  = 255
)

// ErrNoIcon: systray has not made its icon yet, or no longer has one.
var ErrNoIcon = errors.New("there is no tray icon")

// notifyIconData is a NOTIFYICONDATAW.
type notifyIconData struct {
	size                uint32
	window              windows.HWND
	id, flags, callback uint32
	icon                windows.Handle
	tip                 [128]uint16
	state, stateMask    uint32
	info                [MaxText + 1]uint16
	version             uint32
	infoTitle           [MaxTitle + 1]uint16
	infoFlags           uint32
	guid                windows.GUID
	balloonIcon         windows.Handle
}

// icon is the process's one icon.
var icon struct {
	sync.Mutex
	window   windows.HWND // the one that listens to us; 0 before
	procs    map[windows.HWND]uintptr
	ico      []byte         // what picture was made from
	picture  windows.Handle // shown now
	balloon  windows.Handle // shown in balloons
	listener func(event uint32)
	hidden   bool
}

// Listen has f told of the events of balloons, on the thread of the icon's
// window: f must not wait. nil ends it.
func Listen(f func(event uint32)) {
	icon.Lock()
	defer icon.Unlock()
	icon.listener = f
}

// SetPicture shows the picture of an ICO file that fits the taskbar best. An
// icon that the taskbar has lost, or never taken because it was too busy, is
// added again, without its tooltip.
func SetPicture(ico []byte) error {
	icon.Lock()
	defer icon.Unlock()
	return setPicture(ico)
}

// setPicture is SetPicture, with icon's lock held.
func setPicture(ico []byte) error {
	if err := attach(); err != nil {
		return err
	}
	picture, err := load(ico, smSmallIcon)
	if err != nil {
		return err
	}
	if modify(&notifyIconData{flags: nifIcon, icon: picture}) != nil {
		data := hiding()
		data.flags |= nifMessage | nifIcon
		data.callback, data.icon = callback, picture
		err = notify(nimAdd, data)
	}
	if err != nil {
		_, _, _ = destroyIcon.Call(uintptr(picture))
		return err
	}
	if icon.picture != 0 {
		_, _, _ = destroyIcon.Call(uintptr(icon.picture)) // the shell has a copy
	}
	icon.ico, icon.picture = ico, picture
	return nil
}

// SetHidden takes the icon out of the taskbar, or back. It keeps its place, its
// tooltip and its picture.
func SetHidden(hidden bool) error {
	icon.Lock()
	defer icon.Unlock()
	icon.hidden = hidden
	return modify(hiding())
}

// hiding is what says whether the icon is hidden, with icon's lock held.
func hiding() *notifyIconData {
	data := &notifyIconData{flags: nifState, stateMask: nisHidden}
	if icon.hidden {
		data.state = nisHidden
	}
	return data
}

// ShowBalloon shows a balloon at the icon, which newer versions of Windows
// show as any other notification. What is beyond MaxTitle and MaxText is not
// shown; a balloon without text is not shown. ico is its picture.
func ShowBalloon(title, text string, ico []byte, silent bool) error {
	icon.Lock()
	defer icon.Unlock()
	if icon.balloon == 0 {
		var err error
		if icon.balloon, err = load(ico, smIcon); err != nil {
			return err
		}
	}
	data := notifyIconData{flags: nifInfo, infoFlags: niifUser | niifLargeIcon | niifRespectQuietTime, balloonIcon: icon.balloon}
	if silent {
		data.infoFlags |= niifNoSound
	}
	if icon.hidden { // a balloon needs an icon in sight, which hides again after it
		data.flags |= nifState
		data.stateMask = nisHidden
	}
	for _, field := range []struct {
		into []uint16
		text string
	}{{data.infoTitle[:], title}, {data.info[:], text}} {
		units, err := windows.UTF16FromString(field.text)
		if err != nil {
			return fmt.Errorf("a balloon's text: %w", err)
		}
		copy(field.into[:len(field.into)-1], units)
	}
	return modify(&data)
}

// HideBalloon takes away the balloon that is shown.
func HideBalloon() error {
	icon.Lock()
	defer icon.Unlock()
	return modify(&notifyIconData{flags: nifInfo})
}

// modify changes the icon, which icon's lock is held for.
func modify(data *notifyIconData) error {
	if err := attach(); err != nil {
		return err
	}
	return notify(nimModify, data)
}

// notify tells the taskbar something about the icon, once attached.
func notify(what uintptr, data *notifyIconData) error {
	data.size, data.window, data.id = uint32(unsafe.Sizeof(*data)), icon.window, iconID
	if ok, _, err := shellNotifyIcon.Call(what, uintptr(unsafe.Pointer(data))); ok == 0 {
		return fmt.Errorf("%w: %w", ErrNoIcon, err)
	}
	return nil
}

// attach sees to it that the icon's window asks us first.
func attach() error {
	window := ownWindow()
	switch window {
	case 0:
		return ErrNoIcon
	case icon.window:
		return nil
	}
	if icon.procs == nil {
		icon.procs = map[windows.HWND]uintptr{}
	}
	index := gwlpWndProc
	old, _, err := setWindowLongPtr.Call(uintptr(window), uintptr(index), procedure())
	if old == 0 {
		return fmt.Errorf("listening to the tray icon: %w", err)
	}
	icon.procs[window], icon.window = old, window
	return nil
}

// ownWindow is systray's window in this process.
func ownWindow() windows.HWND {
	name, err := windows.UTF16PtrFromString(class)
	if err != nil {
		return 0
	}
	for window := uintptr(0); ; {
		if window, _, _ = findWindowEx.Call(0, window, uintptr(unsafe.Pointer(name)), 0); window == 0 {
			return 0
		}
		var process uint32
		if _, err := windows.GetWindowThreadProcessId(windows.HWND(window), &process); err == nil && process == windows.GetCurrentProcessId() {
			return windows.HWND(window)
		}
	}
}

// procedure is made once: the runtime never frees a callback.
var procedure func() uintptr

func init() {
	procedure = sync.OnceValue(func() uintptr { return windows.NewCallback(onMessage) })
}

// taskbarCreated is what windows are told when Explorer has started again.
var taskbarCreated = sync.OnceValue(func() uint32 {
	name, err := windows.UTF16PtrFromString("TaskbarCreated")
	if err != nil {
		return 0
	}
	message, _, _ := registerWindowMessage.Call(uintptr(unsafe.Pointer(name)))
	return uint32(message)
})

// onMessage is the window's procedure, before systray's own.
func onMessage(window windows.HWND, message uint32, wParam, lParam uintptr) uintptr {
	icon.Lock()
	old, listener := icon.procs[window], icon.listener
	icon.Unlock()
	if message == callback && lParam >= BalloonHidden && lParam <= BalloonClicked {
		if listener != nil {
			listener(uint32(lParam))
		}
		icon.Lock()
		defer icon.Unlock()
		if icon.hidden {
			_ = modify(hiding())
		}
		return 0
	}
	if message == wmEndSession && wParam == 0 {
		return 0 // the session goes on; systray would take its icon away for good
	}
	result, _, _ := callWindowProc.Call(old, uintptr(window), uintptr(message), wParam, lParam)
	switch message {
	// systray has added its icon again, and knows nothing of our picture; or
	// the taskbar's scale is another, and with it the picture that fits.
	case taskbarCreated(), wmDPIChanged, wmDisplayChange:
		icon.Lock()
		defer icon.Unlock()
		if icon.picture != 0 {
			_ = setPicture(icon.ico)
		}
		if icon.hidden {
			_ = modify(hiding())
		}
	}
	return result
}

// metric is one of the system's, in pixels at the scale of the icon's window.
// GetSystemMetrics goes on answering for the scale at the start of the process.
func metric(which uintptr) int {
	if icon.window != 0 && getMetricsForDPI.Find() == nil && getDPIForWindow.Find() == nil {
		if dpi, _, _ := getDPIForWindow.Call(uintptr(icon.window)); dpi != 0 {
			if size, _, _ := getMetricsForDPI.Call(which, dpi); size != 0 {
				return int(size)
			}
		}
	}
	size, _, _ := getSystemMetrics.Call(which)
	return int(size)
}

// load makes an icon of the size that the system has for one of its metrics.
func load(ico []byte, which uintptr) (windows.Handle, error) {
	size := metric(which)
	raw, err := picture(ico, size)
	if err != nil {
		return 0, err
	}
	handle, _, err := createIcon.Call(uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)), 1, iconVersion, uintptr(size), uintptr(size), 0)
	if handle == 0 {
		return 0, fmt.Errorf("creating an icon: %w", err)
	}
	return windows.Handle(handle), nil
}
