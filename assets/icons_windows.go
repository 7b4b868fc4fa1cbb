package assets

import "embed"

//go:embed tray/*.ico
var trayIcons embed.FS

// TrayIcon is the tray icon for a shape (app.Shape) and a badge: 0 for none,
// 1 to 9, 10 for "9+", -1 for a dot. It is an ICO of seven sizes from 16 to 64 pixels; on
// other systems it is a PNG instead. There are 60 of them in all.
func TrayIcon(shape string, badge int) []byte { return trayFile(trayIcons, shape, badge, ".ico") }
