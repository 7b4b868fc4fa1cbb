package main

import (
	"bytes"
	"encoding/binary"
	"image"
)

// ico draws a Windows icon of several sizes. Each is stored as PNG, which
// Windows reads since Vista and which is a tenth of a bitmap's size.
func ico(draw func(size int) (image.Image, error), sizes []int) ([]byte, error) {
	var head, body bytes.Buffer
	put := func(v any) { _ = binary.Write(&head, binary.LittleEndian, v) } // a Buffer takes everything
	put([3]uint16{0, 1, uint16(len(sizes))})                               // ICONDIR: reserved, type icon, count
	offset := 6 + 16*len(sizes)
	for _, size := range sizes {
		img, err := draw(size)
		if err != nil {
			return nil, err
		}
		b, err := encode(img)
		if err != nil {
			return nil, err
		}
		side := uint8(size % 256) // 256 is written as 0
		put([4]uint8{side, side, 0, 0})
		put([2]uint16{1, 32}) // planes, bits per pixel
		put([2]uint32{uint32(len(b)), uint32(offset + body.Len())})
		body.Write(b)
	}
	return append(head.Bytes(), body.Bytes()...), nil
}
