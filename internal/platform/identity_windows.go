package platform

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/platform/toasts"
)

var setAppID = windows.NewLazySystemDLL("shell32.dll").NewProc("SetCurrentProcessExplicitAppUserModelID")

// IdentifyWindows has the taskbar take the windows of this process for those
// of the program that the start menu has and notifications come from. It must
// be called before the first window.
func IdentifyWindows() error {
	id, err := windows.UTF16PtrFromString(toasts.AppID)
	if err != nil {
		return err
	}
	if code, _, _ := setAppID.Call(uintptr(unsafe.Pointer(id))); int32(code) < 0 { // #nosec G115 -- an HRESULT
		return fmt.Errorf("naming the process: 0x%x", code)
	}
	return nil
}
