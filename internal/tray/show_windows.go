package tray

import (
	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/platform/shellicon"
	"github.com/traymail/traymail/internal/trayview"
)

// maxTip is how many UTF-16 units Windows shows of a tooltip; more would lose
// the terminating zero.
const maxTip = 127

// labelMark comes before the letter of a shortcut key.
const labelMark = "&"

// prepare shows nothing: there is no window yet that could hold an icon.
func prepare(trayview.View) { platform.FollowDarkMode() }

// hear has t told of clicks on the icon.
func hear(t *tray) {
	if t.OnTapped != nil {
		systray.SetOnTapped(t.singly(t.OnTapped))
	}
}

// setIcon does without systray, which would have the picture of a window
// shrunk to that of the taskbar, and leaves files behind.
func setIcon(icon trayview.Icon) {
	ico := assets.TrayIcon(string(icon.Shape), icon.Badge)
	if shellicon.SetPicture(ico) != nil {
		systray.SetIcon(ico)
	}
}

// setHidden: before there is an icon, it cannot be hidden; present says it again.
func setHidden(hidden bool) { _ = shellicon.SetHidden(hidden) }

func setText(v trayview.View) { systray.SetTooltip(plaintext.TruncateUTF16(v.Tooltip, maxTip)) }
