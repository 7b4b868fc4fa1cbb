package shellicon

import (
	"bytes"
	"image/png"
	"os"
	"testing"
)

func TestPicture(t *testing.T) {
	ico, err := os.ReadFile("../../../assets/tray/unseen-3.ico")
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]int{1: 16, 16: 16, 17: 20, 20: 20, 24: 24, 28: 32, 32: 32, 40: 40, 64: 64, 200: 64} {
		raw, err := picture(ico, size)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.DecodeConfig(bytes.NewReader(raw))
		if err != nil || img.Width != want {
			t.Errorf("for %d: %d pixels, %v, want %d", size, img.Width, err, want)
		}
	}
	for _, bad := range [][]byte{nil, ico[:3], ico[:20], ico[:len(ico)-1], {0, 0, 1, 0, 0, 0}} {
		if _, err := picture(bad, 16); err == nil {
			t.Errorf("%d octets were taken for an icon", len(bad))
		}
	}
}
