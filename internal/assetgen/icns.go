package main

import "encoding/binary"

// icnsPictures are the pictures of a macOS icon: the type under which each
// stands, and its side in pixels. Those from ic11 on are for screens of twice
// the resolution. All have been PNG since Mac OS X 10.7.
var icnsPictures = []struct {
	kind string
	size int
}{
	{"icp4", 16},
	{"icp5", 32},
	{"icp6", 64},
	{"ic07", 128},
	{"ic08", 256},
	{"ic09", 512},
	{"ic11", 32},
	{"ic12", 64},
	{"ic13", 256},
	{"ic14", 512},
}

// icns makes a macOS icon of pictures in the order of icnsPictures, each of
// them encoded as PNG: a header of type and length for the whole, and one for
// each picture, the lengths including the headers.
func icns(encoded [][]byte) []byte {
	be := binary.BigEndian
	var body []byte
	for i, b := range encoded {
		body = append(body, icnsPictures[i].kind...)
		body = be.AppendUint32(body, uint32(len(b)+8)) // #nosec G115 -- small
		body = append(body, b...)
	}
	head := be.AppendUint32([]byte("icns"), uint32(len(body)+8)) // #nosec G115 -- small
	return append(head, body...)
}
