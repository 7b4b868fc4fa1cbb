package locale

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var getLocaleInfoEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetLocaleInfoEx")

// systemConventions are those of the user's regional format, with what the user
// has changed about it.
func systemConventions() (conventions, bool) {
	const (
		shortDate = 0x1f // LOCALE_SSHORTDATE
		shortTime = 0x79 // LOCALE_SSHORTTIME
	)
	return patterns(localeInfo(shortDate), localeInfo(shortTime))
}

// localeInfo is a property of the user's locale; empty if there is none.
func localeInfo(kind uintptr) string {
	var text [80]uint16   // what the documentation has for the longest
	const userDefault = 0 // LOCALE_NAME_USER_DEFAULT
	n, _, _ := getLocaleInfoEx.Call(userDefault, kind, uintptr(unsafe.Pointer(&text[0])), uintptr(len(text)))
	if n == 0 {
		return ""
	}
	return windows.UTF16ToString(text[:])
}
