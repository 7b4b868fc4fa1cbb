package cocoa

import "testing"

// What is passed to macOS as a number, against the values in the headers of
// its SDK. The headers are not ours to keep: the numbers are written out here,
// each with its name and where it stands.
func TestConstants(t *testing.T) {
	for _, c := range []struct {
		header, name string
		ours, apples uint64
	}{
		{"UserNotifications/UNNotificationSettings.h", "UNAuthorizationStatusNotDetermined", uint64(NotDetermined), 0},
		{"UserNotifications/UNNotificationSettings.h", "UNAuthorizationStatusDenied", uint64(Denied), 1},
		{"UserNotifications/UNNotificationSettings.h", "UNAuthorizationStatusAuthorized", uint64(Authorized), 2},
		{"UserNotifications/UNNotificationSettings.h", "UNAuthorizationStatusProvisional", uint64(Provisional), 3},
		{"Foundation/NSProcessInfo.h", "NSActivityUserInitiatedAllowingIdleSystemSleep", ActivityAllowingSleep, 0x00EFFFFF},
	} {
		if c.ours != c.apples {
			t.Errorf("%s in %s is %#x, not %#x", c.name, c.header, c.apples, c.ours)
		}
	}
}
