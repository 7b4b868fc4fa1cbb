package platform

import "os/exec"

// openURL leaves it to open(1), which gives the link to the program that the
// user has chosen for its kind.
func openURL(link string) error {
	return startForUser(exec.Command("/usr/bin/open", link)) // #nosec G204 -- the scheme was checked
}

func openFile(path string) error {
	return startForUser(exec.Command("/usr/bin/open", path)) // #nosec G204 -- a file of ours
}

// notificationSettings is the page of System Settings about notifications,
// under its name of before macOS 13, which later ones still understand.
const notificationSettings = "x-apple.systempreferences:com.apple.preference.notifications"

// OpenNotificationSettings shows where the user allows notifications.
func OpenNotificationSettings() error { return openURL(notificationSettings) }
