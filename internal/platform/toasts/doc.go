// Package toasts has the calls of Windows.UI.Notifications that traymail needs:
// show a notification described in XML, take one back, ask whether the user
// wants any. Callers are on a thread for which winrt.Enter was called.
package toasts
