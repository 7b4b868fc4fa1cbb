package assets

import (
	"embed"
	"strconv"
)

// The icons are drawn by internal/assetgen; a test there keeps them current.

//go:generate go run ../internal/assetgen -root ..

//go:embed icon.png
var appIcon []byte

// AppIcon is the application's icon, a PNG of 512 pixels. The caller must not
// change it.
func AppIcon() []byte { return appIcon }

// maxBadge stands for "9+".
const maxBadge = 10

// trayFile reads one of the embedded tray icons. Shape is one of none, unseen,
// checking, paused, offline and error (app.Shape); badge is 0 for no number,
// 1 to 9, and from 10 on "9+". A pair that is not drawn gets the nearest that
// is, so that there is always an icon.
func trayFile(fsys embed.FS, shape string, badge int, suffix string) []byte {
	badge = max(0, min(badge, maxBadge))
	switch {
	case shape == "none" && badge > 0:
		shape = "unseen"
	case shape == "unseen" && badge == 0:
		shape = "none"
	}
	b, err := fsys.ReadFile("tray/" + shape + "-" + strconv.Itoa(badge) + suffix)
	if err != nil && shape != "none" {
		return trayFile(fsys, "none", badge, suffix)
	}
	return b
}
