//go:build !windows

package assets

import "embed"

//go:embed tray/*.png
var trayIcons embed.FS

// TrayIcon is the tray icon for a shape (app.Shape) and a badge: 0 for none,
// 1 to 9, 10 for "9+", -1 for a dot. It is a PNG of the TraySizes side by side,
// at TrayPicture; on Windows it is an ICO of seven sizes instead. There are 60
// of them in all.
func TrayIcon(shape string, badge int) []byte { return trayFile(trayIcons, shape, badge, ".png") }

// TrayTemplate is the icon for the macOS menu bar, black with transparency, a
// PNG of 32 pixels. The count stands beside it as text.
func TrayTemplate(shape string) []byte {
	b, err := trayIcons.ReadFile("tray/" + shape + "-template.png")
	if err != nil && shape != "none" {
		return TrayTemplate("none")
	}
	return b
}
