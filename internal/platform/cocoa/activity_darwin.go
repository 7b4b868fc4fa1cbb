package cocoa

import "github.com/ebitengine/purego/objc"

// BeginActivity keeps App Nap away from this process, until end. Foundation
// has to be loaded.
func BeginActivity(options uint64, reason string) (end func()) {
	var activity objc.ID
	Pooled(func() {
		info := Call(Class("NSProcessInfo"), "processInfo")
		activity = Call(Call(info, "beginActivityWithOptions:reason:", options, String(reason)), "retain")
	})
	return func() {
		Pooled(func() {
			Call(Call(Class("NSProcessInfo"), "processInfo"), "endActivity:", activity)
			Call(activity, "release")
		})
	}
}
