package main

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/png" // decodes what is compared
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const folder = "../../assets"

func generated(t *testing.T) map[string][]image.Image {
	t.Helper()
	svg, err := os.ReadFile(filepath.Join(folder, "icon.svg"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(svg)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The checked-in files are what the program makes, and nothing else lies
// beside them. Pictures are compared, not bytes: compression differs between
// Go versions, and rounding, by a hair, between processors.
func TestCheckedInFilesAreCurrent(t *testing.T) {
	files := generated(t)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(folder, name)) // #nosec G304 -- names of ours
		if err != nil {
			t.Errorf("%v; run: go run ./internal/assetgen", err)
			continue
		}
		gotPictures := pictures(t, name, got)
		if len(want) != len(gotPictures) {
			t.Errorf("%s has %d sizes, want %d", name, len(gotPictures), len(want))
			continue
		}
		for i := range want {
			if !same(want[i], gotPictures[i]) {
				t.Errorf("%s is not what its drawing gives; run: go run ./internal/assetgen", name)
				break
			}
		}
	}
	err := filepath.WalkDir(filepath.Join(folder, "tray"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if _, ok := files[filepath.ToSlash(name)]; !ok {
			t.Errorf("%s is nobody's: remove it", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The same drawing is the same file each time.
func TestDeterministic(t *testing.T) {
	g, err := newGlyphs()
	if err != nil {
		t.Fatal(err)
	}
	var files [2][]byte
	for i := range files {
		var sizes []image.Image
		for _, size := range icoSizes {
			img, err := drawTray(g, "error", maxBadge, size)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, img)
		}
		if files[i], err = encode("x.ico", sizes); err != nil {
			t.Fatal(err)
		}
		if n := len(pictures(t, "x.ico", files[i])); n != len(icoSizes) {
			t.Errorf("%d sizes", n)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two runs differ")
	}
}

// Shapes must be told apart without colour: any two differ in their
// brightness over a good part of the picture, at the size of a panel.
func TestShapesDifferWithoutColour(t *testing.T) {
	g, err := newGlyphs()
	if err != nil {
		t.Fatal(err)
	}
	for _, badge := range []int{0, 3, maxBadge} {
		pictures := map[string]*image.NRGBA{}
		for _, shape := range shapes {
			if badge > 0 && shape == "none" {
				continue
			}
			if pictures[shape], err = drawTray(g, shape, badge, 22); err != nil {
				t.Fatal(err)
			}
		}
		for a, pa := range pictures {
			for b, pb := range pictures {
				// Without its badge "unseen" is "none"; it is never drawn so.
				if a >= b || badge == 0 && (a == "unseen" || b == "unseen") {
					continue
				}
				if n := differing(pa, pb); n < 22*22/20 {
					t.Errorf("badge %d: %s and %s differ in %d of %d pixels only", badge, a, b, n, 22*22)
				}
			}
		}
	}
}

// differing counts the pixels whose brightness or opacity is clearly not the same.
func differing(a, b *image.NRGBA) (n int) {
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			p, q := a.NRGBAAt(x, y), b.NRGBAAt(x, y)
			grey := func(r, g, b, a uint8) float64 {
				return (0.3*float64(r) + 0.59*float64(g) + 0.11*float64(b)) * float64(a) / 255
			}
			if diff(grey(p.R, p.G, p.B, p.A), grey(q.R, q.G, q.B, q.A)) > 60 || diff(float64(p.A), float64(q.A)) > 60 {
				n++
			}
		}
	}
	return n
}

func diff(a, b float64) float64 { return max(a-b, b-a) }

// pictures decodes a PNG, or every PNG of an ICO whose directory is sound.
func pictures(t *testing.T, name string, b []byte) []image.Image {
	t.Helper()
	var all []image.Image
	decode := func(b []byte) {
		img, format, err := image.Decode(bytes.NewReader(b))
		if err != nil || format != "png" {
			t.Fatalf("%s: %v (%q)", name, err, format)
		}
		all = append(all, img)
	}
	switch {
	case strings.HasSuffix(name, ".icns"):
		be := binary.BigEndian
		if string(b[:4]) != "icns" || int(be.Uint32(b[4:])) != len(b) {
			t.Fatalf("%s is not an icon", name)
		}
		for rest := b[8:]; len(rest) > 0; {
			i, length := len(all), int(be.Uint32(rest[4:]))
			if i == len(icnsPictures) || string(rest[:4]) != icnsPictures[i].kind {
				t.Fatalf("%s: picture %d is a %q", name, i, rest[:4])
			}
			decode(rest[8:length])
			if side := all[i].Bounds(); side.Dx() != icnsPictures[i].size || side.Dy() != icnsPictures[i].size {
				t.Errorf("%s: picture %d is %v", name, i, side)
			}
			rest = rest[length:]
		}
		return all
	case !strings.HasSuffix(name, ".ico"):
		decode(b)
		return all
	}
	le := binary.LittleEndian
	if le.Uint16(b[2:]) != 1 {
		t.Fatalf("%s is not an icon", name)
	}
	end := 6 + 16*int(le.Uint16(b[4:]))
	for i := range int(le.Uint16(b[4:])) {
		e := b[6+16*i:]
		size, offset := int(le.Uint32(e[8:])), int(le.Uint32(e[12:]))
		if offset != end {
			t.Fatalf("%s: picture %d is at %d, want %d", name, i, offset, end)
		}
		end = offset + size
		decode(b[offset:end])
		if side := all[i].Bounds().Dx(); side%256 != int(e[0]) || side != all[i].Bounds().Dy() {
			t.Errorf("%s: picture %d is of another size than its entry says", name, i)
		}
	}
	if end != len(b) {
		t.Errorf("%s: %d bytes follow the last picture", name, len(b)-end)
	}
	return all
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	const hair = 3 * 0x101
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, a1 := a.At(x, y).RGBA()
			r2, g2, b2, a2 := b.At(x, y).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2), int(a1) - int(a2)} {
				if max(d, -d) > hair {
					return false
				}
			}
		}
	}
	return true
}
