package platform

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// firstWithAppMode is the build of Windows 10, version 1903.
const firstWithAppMode = 18362

// FollowDarkMode has the menus of this process be dark where the user has the
// taskbar's programs dark. Windows has no documented way. These two functions
// without a name (SetPreferredAppMode with AllowDark, FlushMenuThemes) are what
// its own programs and many others call; where they are not there, menus stay
// light.
func FollowDarkMode() {
	if windows.RtlGetVersion().BuildNumber < firstWithAppMode {
		return
	}
	uxtheme, err := windows.LoadLibraryEx("uxtheme.dll", 0, windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
	if err != nil {
		return
	}
	call := func(ordinal uintptr, args ...uintptr) {
		if f, err := windows.GetProcAddressByOrdinal(uxtheme, ordinal); err == nil {
			_, _, _ = syscall.SyscallN(f, args...)
		}
	}
	call(135, 1)
	call(136)
}
