//go:build cgo

package tray

import (
	"fyne.io/systray"
	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/platform/cocoa"
	"github.com/traymail/traymail/internal/trayview"
)

// labelMark: a label has no shortcut key.
const labelMark = ""

// prepare does nothing: there is no status item yet.
func prepare(trayview.View) {}

// hear has t told when the application is opened while it runs, in the Finder
// say, or by a link: macOS starts no other process then, but asks this one. Of
// clicks nothing is asked: with a handler of them, a click on the item would
// no longer open the menu.
//
// systray's class of delegate does not know these methods. It is taught them
// before an instance of it becomes the application's delegate.
func hear(t *tray) {
	class := objc.GetClass("SystrayAppDelegate")
	if class == 0 {
		t.Log.Warn("tray: systray has no delegate by that name; opening the application again will do nothing")
		return
	}
	reopened := t.singly(t.OnReopened)
	class.AddMethod(objc.RegisterName("applicationShouldHandleReopen:hasVisibleWindows:"),
		objc.NewIMP(func(_ objc.ID, _ objc.SEL, _ objc.ID, _ bool) bool {
			reopened()
			return false // there is nothing that AppKit should do
		}), "B@:@B")
	class.AddMethod(objc.RegisterName("application:openURLs:"),
		objc.NewIMP(func(_ objc.ID, _ objc.SEL, _, urls objc.ID) {
			for i := range objc.Send[uint](urls, objc.RegisterName("count")) {
				link := cocoa.GoString(cocoa.Call(cocoa.Call(urls, "objectAtIndex:", i), "absoluteString"))
				if t.OnLink != nil {
					t.post(func() { t.OnLink(link) })
				}
			}
		}), "v@:@@")
}

func setIcon(icon trayview.Icon) {
	systray.SetTemplateIcon(assets.TrayTemplate(string(icon.Shape)), nil)
}

// setHidden asks systray's status item, which systray has no word for. It is
// asked on the main thread, after what systray has had done there before. The
// user may have taken the item out of the menu bar: it comes back with mail.
func setHidden(hidden bool) {
	cocoa.Pooled(func() {
		delegate := cocoa.Call(cocoa.Call(cocoa.Class("NSApplication"), "sharedApplication"), "delegate")
		ivar := objc.GetClass("SystrayAppDelegate").InstanceVariable("statusItem")
		if delegate == 0 || ivar == 0 {
			return
		}
		item := delegate.GetIvar(ivar)
		if item == 0 {
			return
		}
		visible := cocoa.Call(cocoa.Class("NSNumber"), "numberWithBool:", !hidden)
		values := cocoa.Call(cocoa.Class("NSDictionary"), "dictionaryWithObject:forKey:", visible, cocoa.String("visible"))
		cocoa.Call(item, "performSelectorOnMainThread:withObject:waitUntilDone:",
			objc.RegisterName("setValuesForKeysWithDictionary:"), values, false)
	})
}

func setText(v trayview.View) {
	systray.SetTitle(v.Title)
	systray.SetTooltip(v.Tooltip)
}
