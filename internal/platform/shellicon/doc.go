// Package shellicon does with the tray icon of this process what systray does
// not: on Windows, balloons and the clicks on them, and pictures in the size
// that the taskbar shows. The icon is systray's; a second one would be a
// second place to look at.
package shellicon
