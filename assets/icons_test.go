//go:build !windows

package assets

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/png"
	"testing"
)

var shapes = []string{"none", "unseen", "checking", "paused", "offline", "error"}

func TestTrayIcon(t *testing.T) {
	different := map[[sha256.Size]byte]bool{}
	for _, shape := range shapes {
		for badge := -1; badge <= 12; badge++ {
			b := TrayIcon(shape, badge)
			img, err := png.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatalf("%s %d: %v", shape, badge, err)
			}
			if img.Bounds() != image.Rect(0, 0, 206, 64) {
				t.Errorf("%s %d is %v", shape, badge, img.Bounds())
			}
			different[sha256.Sum256(b)] = true
		}
	}
	if len(different) != 60 {
		t.Errorf("%d different icons, want 60", len(different))
	}
	for _, same := range []struct {
		shape string
		badge int
		as    string
		is    int
	}{
		{"error", 120, "error", 10},
		{"none", 3, "unseen", 3},
		{"none", -1, "unseen", -1},
		{"unseen", 0, "none", 0},
		{"nonsense", 4, "unseen", 4},
		{"", 0, "none", 0},
	} {
		if !bytes.Equal(TrayIcon(same.shape, same.badge), TrayIcon(same.as, same.is)) {
			t.Errorf("%s with %d is not %s with %d", same.shape, same.badge, same.as, same.is)
		}
	}
}

// A template is used for its alpha only: black throughout.
func TestTrayTemplate(t *testing.T) {
	different := map[[sha256.Size]byte]bool{}
	for _, shape := range append(shapes, "nonsense") {
		b := TrayTemplate(shape)
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", shape, err)
		}
		different[sha256.Sum256(b)] = true
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if r, g, b, _ := img.At(x, y).RGBA(); r|g|b != 0 {
					t.Fatalf("%s has colour at %d, %d", shape, x, y)
				}
			}
		}
	}
	if len(different) != len(shapes) {
		t.Errorf("%d different templates, want %d", len(different), len(shapes))
	}
}

func TestAppIcon(t *testing.T) {
	config, err := png.DecodeConfig(bytes.NewReader(AppIcon()))
	if err != nil || config.Width != 512 || config.Height != 512 {
		t.Errorf("%d x %d, %v", config.Width, config.Height, err)
	}
}
