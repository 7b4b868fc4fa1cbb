package assets

import (
	"embed"
	"image"
	"strconv"
)

// The icons are drawn by internal/assetgen; a test there keeps them current.

//go:generate go run ../internal/assetgen -root ..

//go:embed icon.png
var appIcon []byte

// AppIcon is the application's icon, a PNG of 512 pixels. The caller must not
// change it.
func AppIcon() []byte { return appIcon }

// TraySizes are the sizes in pixels in which TrayIcon has a picture.
var TraySizes = []int{16, 22, 24, 32, 48, 64}

// TrayPicture is where in TrayIcon the picture of the size TraySizes[i] is.
func TrayPicture(i int) image.Rectangle {
	left := 0
	for _, size := range TraySizes[:i] {
		left += size
	}
	return image.Rect(left, 0, left+TraySizes[i], TraySizes[i])
}

// maxBadge stands for "9+".
const maxBadge = 10

// trayFile reads one of the embedded tray icons. Shape is one of none, unseen,
// checking, paused, offline and error (app.Shape); badge is 0 for none, 1 to 9,
// from 10 on "9+", and below 0 a dot. A pair that is not drawn gets the nearest that
// is, so that there is always an icon.
func trayFile(fsys embed.FS, shape string, badge int, suffix string) []byte {
	badge = max(-1, min(badge, maxBadge))
	switch {
	case shape == "none" && badge != 0:
		shape = "unseen"
	case shape == "unseen" && badge == 0:
		shape = "none"
	}
	name := strconv.Itoa(badge)
	if badge < 0 {
		name = "dot"
	}
	b, err := fsys.ReadFile("tray/" + shape + "-" + name + suffix)
	if err != nil && shape != "none" {
		return trayFile(fsys, "none", badge, suffix)
	}
	return b
}
