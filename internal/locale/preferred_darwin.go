package locale

import (
	"bytes"

	"github.com/ebitengine/purego"
)

// utf8Encoding is kCFStringEncodingUTF8.
const utf8Encoding = 0x08000100

// preferred lists the languages of the system's settings in their order
// (CFLocaleCopyPreferredLanguages), for this application if the user has set
// it apart.
func preferred() []string {
	lib, err := purego.Dlopen("/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation", purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil
	}
	var (
		languages func() uintptr
		count     func(array uintptr) int
		at        func(array uintptr, index int) uintptr
		cString   func(s uintptr, buffer *byte, size int, encoding uint32) bool
		release   func(object uintptr)
	)
	purego.RegisterLibFunc(&languages, lib, "CFLocaleCopyPreferredLanguages")
	purego.RegisterLibFunc(&count, lib, "CFArrayGetCount")
	purego.RegisterLibFunc(&at, lib, "CFArrayGetValueAtIndex")
	purego.RegisterLibFunc(&cString, lib, "CFStringGetCString")
	purego.RegisterLibFunc(&release, lib, "CFRelease")
	array := languages()
	if array == 0 {
		return nil
	}
	defer release(array)
	var tags []string
	for i := range count(array) {
		var tag [64]byte
		if cString(at(array, i), &tag[0], len(tag), utf8Encoding) {
			text, _, _ := bytes.Cut(tag[:], []byte{0})
			tags = append(tags, string(text))
		}
	}
	return tags
}
