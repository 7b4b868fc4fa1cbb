package shellicon

import (
	"encoding/binary"
	"errors"
)

var errNoPicture = errors.New("no picture in the icon")

// picture returns the picture of an ICO file that suits a size in pixels: the
// smallest that is no smaller, else the largest.
func picture(ico []byte, size int) ([]byte, error) {
	const header, entry = 6, 16
	if len(ico) < header {
		return nil, errNoPicture
	}
	var best []byte
	bestWidth := 0
	for i := range int(binary.LittleEndian.Uint16(ico[4:])) {
		at := header + i*entry
		if len(ico) < at+entry {
			return nil, errNoPicture
		}
		width := int(ico[at])
		if width == 0 {
			width = 256
		}
		length, offset := int64(binary.LittleEndian.Uint32(ico[at+8:])), int64(binary.LittleEndian.Uint32(ico[at+12:]))
		if offset+length > int64(len(ico)) {
			return nil, errNoPicture
		}
		if bestWidth < size && width > bestWidth || width >= size && width < bestWidth {
			best, bestWidth = ico[offset:offset+length], width
		}
	}
	if len(best) == 0 {
		return nil, errNoPicture
	}
	return best, nil
}
