// Package cocoa is the little of Objective-C that the macOS files of notify,
// platform and tray share, over github.com/ebitengine/purego: no file of
// theirs needs a C compiler or Apple's SDK to be checked. On other systems
// there is only what they judge by.
//
// None of it can be run where it is developed, so each call says what it
// relies on.
package cocoa
