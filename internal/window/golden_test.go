//go:build cgo && !nowindow

package window

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// golden are the main screens. Each has a golden picture in English and light,
// and one in Chinese and dark.
var golden = map[string]bool{
	"add": true, "health": true, "mailbox-empty": true, "mailbox-normal": true, "mailbox-document": true, "mailbox-document-below": true, "mailbox-misleading": true, "preferences": true,
	"settings-empty": true, "settings-failed": true, "settings-health": true, "settings-normal": true,
	"settings-untrusted": true, "signin-again": true, "signin-client": true, "signin-offer": true,
}

// Processors round differently, and so edges of letters differ a little. A
// pixel is another one if a colour in it is by more than maxShade (of 255), and
// a picture if it has more than maxPixels such. One letter has more.
const (
	maxShade  = 40
	maxPixels = 12
)

// likeGolden compares a picture with the golden one of that name. Where they
// differ, both and the difference are left in the folder keep.
func likeGolden(t *testing.T, picture image.Image, name, keep string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if os.Getenv("UPDATE_GOLDEN") != "" { // for somebody to look at
		keepPicture(t, picture, path)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	others, difference := compare(picture, want)
	if others <= maxPixels {
		return
	}
	if keep == "" {
		t.Errorf("%d pixels differ from %s; with TRAYMAIL_PICTURES=FOLDER both are left there", others, path)
		return
	}
	keepPicture(t, picture, filepath.Join(keep, "golden", "now-"+name))
	keepPicture(t, want, filepath.Join(keep, "golden", "before-"+name))
	keepPicture(t, difference, filepath.Join(keep, "golden", "difference-"+name))
	t.Errorf("%d pixels differ from %s: see %s; if that is meant, run the test with UPDATE_GOLDEN=1", others, path, filepath.Join(keep, "golden"))
}

// compare counts the pixels in which two pictures differ, and draws them in
// black on white.
func compare(a, b image.Image) (others int, difference image.Image) {
	all := a.Bounds().Union(b.Bounds())
	drawn := image.NewGray(all)
	for y := all.Min.Y; y < all.Max.Y; y++ {
		for x := all.Min.X; x < all.Max.X; x++ {
			if alike(a.At(x, y), b.At(x, y)) {
				drawn.SetGray(x, y, color.Gray{Y: 255})
			} else {
				others++
			}
		}
	}
	return others, drawn
}

func alike(a, b color.Color) bool {
	r1, g1, b1, a1 := a.RGBA()
	r2, g2, b2, a2 := b.RGBA()
	for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}, {a1, a2}} {
		if max(pair[0], pair[1])-min(pair[0], pair[1]) > maxShade*257 {
			return false
		}
	}
	return true
}

// A changed word is seen; the rounding of another processor is not.
func TestGoldenComparison(t *testing.T) {
	base := image.NewRGBA(image.Rect(0, 0, 40, 40))
	other := image.NewRGBA(base.Bounds())
	for y := range 40 {
		for x := range 40 {
			base.Set(x, y, color.RGBA{200, 200, 200, 255})
			other.Set(x, y, color.RGBA{200 - maxShade, 200 + maxShade, 200, 255})
		}
	}
	if n, _ := compare(base, other); n != 0 {
		t.Errorf("%d pixels differ by a shade", n)
	}
	for i := range 9 {
		other.Set(i, i, color.RGBA{R: 200 - maxShade - 1, G: 200, B: 200, A: 255})
	}
	if n, _ := compare(base, other); n != 9 {
		t.Errorf("%d pixels differ, want 9", n)
	}
	if n, _ := compare(base, base.SubImage(image.Rect(0, 0, 40, 39))); n != 40 {
		t.Errorf("%d pixels differ where a line is missing", n)
	}
}
