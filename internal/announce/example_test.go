package announce_test

import (
	"fmt"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/settings"
)

// At night one message is important and gets through; the other waits.
func ExamplePolicy_Sift() {
	policy := announce.Policy{
		Preferences: settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00", QuietExceptImportant: true},
		Rules:       announce.Compile([]settings.Rule{{Field: settings.FieldSender, Text: "boss", Effect: settings.EffectImportant}}),
		Now:         time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC),
	}
	home := settings.Account{ID: "home", Name: "Home"}
	sifted := policy.Sift(home, 2, []announce.Message{
		{Account: "home", UID: "2", From: "The Boss", Subject: "Now"},
		{Account: "home", UID: "1", From: "A shop", Subject: "Offers"},
	})
	for _, p := range policy.Plan(false, sifted) {
		fmt.Println(p.Key, p.Messages[0].Subject)
	}
	fmt.Println(sifted.Later, "later")
	// Output:
	// home/2 Now
	// 1 later
}
