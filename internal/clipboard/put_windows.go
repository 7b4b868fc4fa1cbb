package clipboard

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32         = windows.NewLazySystemDLL("user32.dll")
	kernel32       = windows.NewLazySystemDLL("kernel32.dll")
	openClipboard  = user32.NewProc("OpenClipboard")
	closeClipboard = user32.NewProc("CloseClipboard")
	emptyClipboard = user32.NewProc("EmptyClipboard")
	setData        = user32.NewProc("SetClipboardData")
	sequence       = user32.NewProc("GetClipboardSequenceNumber")
	register       = user32.NewProc("RegisterClipboardFormatW")
	globalAlloc    = kernel32.NewProc("GlobalAlloc")
	globalFree     = kernel32.NewProc("GlobalFree")
	globalLock     = kernel32.NewProc("GlobalLock")
	globalUnlock   = kernel32.NewProc("GlobalUnlock")
)

const (
	unicodeText = 13 // CF_UNICODETEXT
	moveable    = 2  // GMEM_MOVEABLE
)

// unkept are formats by which Windows keeps what is offered out of its history
// and out of the clipboards of other computers.
var unkept = []string{"ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"}

// put gives the text to the system, which keeps it without us.
func put(ctx context.Context, text string) (serve func(), err error) {
	units, err := windows.UTF16FromString(text)
	if err != nil {
		return nil, err
	}
	octets := make([]byte, 0, 2*len(units))
	for _, u := range units {
		octets = append(octets, byte(u), byte(u>>8)) // #nosec G115 -- its two octets
	}
	if err := opened(ctx, func() error {
		if err := store(unicodeText, octets); err != nil {
			return err
		}
		for _, name := range unkept {
			p, err := windows.UTF16PtrFromString(name)
			if err != nil {
				return err
			}
			if format, _, _ := register.Call(uintptr(unsafe.Pointer(p))); format != 0 {
				_ = store(format, make([]byte, 4)) // without it, it is kept
			}
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("putting text on the clipboard: %w", err)
	}
	mine, _, _ := sequence.Call()
	return func() {
		<-ctx.Done()
		if now, _, _ := sequence.Call(); now == mine {
			_ = opened(context.Background(), func() error { return nil })
		}
	}, nil
}

// opened empties the clipboard and has f fill it. Another program may have it
// open for a moment.
func opened(ctx context.Context, f func() error) error {
	runtime.LockOSThread() // which has it open
	defer runtime.UnlockOSThread()
	const tries = 20
	for n := 1; ; n++ {
		ok, _, err := openClipboard.Call(0)
		if ok != 0 {
			break
		}
		if n == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	defer func() { _, _, _ = closeClipboard.Call() }()
	if ok, _, err := emptyClipboard.Call(); ok == 0 {
		return err
	}
	return f()
}

// store gives octets to the clipboard in a format. They are the system's then.
func store(format uintptr, octets []byte) error {
	handle, _, err := globalAlloc.Call(moveable, uintptr(len(octets)))
	if handle == 0 {
		return err
	}
	at, _, err := globalLock.Call(handle)
	if at == 0 {
		_, _, _ = globalFree.Call(handle)
		return errors.Join(errors.New("no memory for the clipboard"), err)
	}
	copy(unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&at))), len(octets)), octets)
	_, _, _ = globalUnlock.Call(handle)
	if ok, _, err := setData.Call(format, handle); ok == 0 {
		_, _, _ = globalFree.Call(handle)
		return err
	}
	return nil
}
