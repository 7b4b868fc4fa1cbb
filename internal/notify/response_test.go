package notify

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform/cocoa"
)

func TestRespond(t *testing.T) {
	for _, c := range []struct {
		identifier, action string
		want               Event
		ok                 bool
	}{
		{"a/1", "com.apple.UNNotificationDefaultActionIdentifier", Event{"a/1", ActionOpen}, true},
		{"a/1", "open", Event{"a/1", ActionOpen}, true},
		{"a/uid/with/slashes", "seen", Event{"a/uid/with/slashes", ActionSeen}, true},
		{"a/1", "copy-code", Event{"a/1", ActionCopy}, true},
		{"a/", "com.apple.UNNotificationDismissActionIdentifier", Event{}, false},
		{"a/1", "closed", Event{}, false},
		{"a/1", "", Event{}, false},
		{"a/1", "something newer", Event{}, false},
		{"", "open", Event{}, false},
	} {
		if got, ok := respond(c.identifier, c.action); got != c.want || ok != c.ok {
			t.Errorf("%q with %q: %v, %v", c.identifier, c.action, got, ok)
		}
	}
}

// What is passed to macOS as a number, against the values in the headers of
// its SDK, which are written out here.
func TestAppleConstants(t *testing.T) {
	for _, c := range []struct {
		header, name string
		ours, apples uint
	}{
		{"UNUserNotificationCenter.h", "UNAuthorizationOptionSound", authorizationSound, 1 << 1},
		{"UNUserNotificationCenter.h", "UNAuthorizationOptionAlert", authorizationAlert, 1 << 2},
		{"UNUserNotificationCenter.h", "UNNotificationPresentationOptionSound", presentSound, 1 << 1},
		{"UNUserNotificationCenter.h", "UNNotificationPresentationOptionList", presentList, 1 << 3},
		{"UNUserNotificationCenter.h", "UNNotificationPresentationOptionBanner", presentBanner, 1 << 4},
		{"UNNotificationAction.h", "UNNotificationActionOptionForeground", optionsOf(ActionOpen), 1 << 2},
		{"UNNotificationAction.h", "UNNotificationActionOptionNone", optionsOf(ActionSeen), 0},
		{"UNNotificationContent.h", "UNNotificationInterruptionLevelTimeSensitive", levelTimeSensitive, 2},
	} {
		if c.ours != c.apples {
			t.Errorf("%s in %s is %#x, not %#x", c.name, c.header, c.apples, c.ours)
		}
	}
}

// Only the user's own refusal lets mail count as announced: a copy that the
// system refuses without asking would otherwise swallow all of it.
func TestUnshown(t *testing.T) {
	const user, other = "UNErrorDomain", "NSCocoaErrorDomain"
	for _, c := range []struct {
		domain   string
		code     int
		answered cocoa.Authorization
		want     error
	}{
		{user, 1, cocoa.Denied, nil},
		{user, 1, cocoa.NotDetermined, api.ErrNotAllowed},
		{user, 1, cocoa.Authorized, api.ErrNotAllowed}, // it was taken back a moment ago
		{user, 1, cocoa.Provisional, api.ErrNotAllowed},
		{user, 1, cocoa.Unknown, api.ErrNotAllowed},
		{user, 1, 99, api.ErrNotAllowed}, // something newer
		{user, 100, cocoa.Denied, ErrUnavailable},
		{other, 1, cocoa.Denied, ErrUnavailable},
		{"", 1, cocoa.Denied, ErrUnavailable},
	} {
		if err := unshown(c.domain, c.code, c.answered); !errors.Is(err, c.want) {
			t.Errorf("%s %d with %d: %v", c.domain, c.code, c.answered, err)
		}
	}
}

func TestAppleSound(t *testing.T) {
	for _, c := range []struct {
		sound, name string
		ok          bool
	}{
		{"", "", true},
		{"none", "", false},
		{"/Users/me/Library/Sounds/Mail & more.aiff", "Mail & more.aiff", true},
		{"/Users/me/Library/Sounds/deeper/a.aiff", "", true},
		{"/Users/me/a.aiff", "", true},
	} {
		if name, ok := appleSound(c.sound, "/Users/me"); name != c.name || ok != c.ok {
			t.Errorf("%q: %q, %v", c.sound, name, ok)
		}
	}
}

func TestBounded(t *testing.T) {
	title, body := bounded(api.Announcement{
		Messages: says("a\x00b\u202e\r\nc"+strings.Repeat("é", 1000), "x\x00y\nz"+strings.Repeat("字", 1000)),
	}, locale.New("en"))
	if utf8.RuneCountInString(title) > maxTitle || utf8.RuneCountInString(body) > maxBody {
		t.Errorf("%d and %d characters", utf8.RuneCountInString(title), utf8.RuneCountInString(body))
	}
	if strings.ContainsAny(title, "\x00\n\r\u202e") || strings.Contains(body, "\x00") || !strings.HasPrefix(body, "x") {
		t.Errorf("%q, %q", title, body)
	}
}
