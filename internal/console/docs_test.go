package console

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// The dialogues of the page on POP3 by hand are what the console prints, in
// every language of it.
func TestPage(t *testing.T) {
	dialogue := regexp.MustCompile("(?s)```dialogue\n(.*?)```")
	typed := regexp.MustCompile(`(?m)^C: (.*)$`)
	var first [][]string
	for _, page := range []string{"../../docs/pop3-by-hand.md", "../../docs/pop3-by-hand.zh-CN.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		all := dialogue.FindAllStringSubmatch(string(text), -1)
		if first == nil {
			first = all
		}
		if len(all) < 4 || len(all) != len(first) {
			t.Fatalf("%s has %d dialogues", page, len(all))
		}
		for i, m := range all {
			if m[1] != first[i][1] {
				t.Errorf("%s has another dialogue %d", page, i)
			}
		}
	}
	for _, m := range first {
		d := newDesk(t, popserver.Options{})
		d.options.KeepGoing = true
		d.server.SetGreeting("+OK POP3 server ready")
		drop := d.server.Maildrop("me")
		for _, old := range drop.Messages() {
			drop.Remove(old.UID)
		}
		drop.DeliverUID("uid00000001", []byte("From: Ann <ann@example.org>\nSubject: Lunch\nDate: Sun, 29 Nov 2026 09:30:00 +0000\n\nWhen do we meet for lunch tomorrow?\n"))
		drop.DeliverUID("uid00000002", []byte("From: Bo <bo@example.org>\nSubject: =?UTF-8?B?5Y2I6aSQ?=\nContent-Type: text/plain; charset=UTF-8\n\nAt noon, then.\n"))
		var lines []string
		for _, line := range typed.FindAllStringSubmatch(m[1], -1) {
			lines = append(lines, strings.NewReplacer("PASS ***", "PASS "+password, "USER you", "USER me").Replace(line[1]))
		}
		got, err := d.script(lines...)
		want := strings.ReplaceAll(m[1], " | decode", "") // what goes to the server has no filter
		if got = strings.ReplaceAll(got, "USER me", "USER you"); err != nil || got != want {
			t.Errorf("%v\n%s\nwant:\n%s", err, got, want)
		}
	}
}
