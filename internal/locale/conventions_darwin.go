package locale

import (
	"bytes"

	"github.com/ebitengine/purego"
)

// systemConventions are those of the system's settings, the choice of 12 or 24
// hours included (CFDateFormatterCreateDateFormatFromTemplate, whose "j" is the
// hour as the user wants it).
func systemConventions() (conventions, bool) {
	lib, err := purego.Dlopen("/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation", purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return conventions{}, false
	}
	var (
		current func() uintptr
		create  func(allocator uintptr, text *byte, encoding uint32) uintptr
		format  func(allocator, template, options, locale uintptr) uintptr
		cString func(s uintptr, buffer *byte, size int, encoding uint32) bool
		release func(object uintptr)
	)
	purego.RegisterLibFunc(&current, lib, "CFLocaleCopyCurrent")
	purego.RegisterLibFunc(&create, lib, "CFStringCreateWithCString")
	purego.RegisterLibFunc(&format, lib, "CFDateFormatterCreateDateFormatFromTemplate")
	purego.RegisterLibFunc(&cString, lib, "CFStringGetCString")
	purego.RegisterLibFunc(&release, lib, "CFRelease")
	locale := current()
	if locale == 0 {
		return conventions{}, false
	}
	defer release(locale)
	pattern := func(template string) string {
		wanted := create(0, &append([]byte(template), 0)[0], utf8Encoding)
		if wanted == 0 {
			return ""
		}
		defer release(wanted)
		found := format(0, wanted, 0, locale)
		if found == 0 {
			return ""
		}
		defer release(found)
		var buffer [80]byte
		if !cString(found, &buffer[0], len(buffer), utf8Encoding) {
			return ""
		}
		text, _, _ := bytes.Cut(buffer[:], []byte{0})
		return string(text)
	}
	return patterns(pattern("yMd"), pattern("jmm"))
}
