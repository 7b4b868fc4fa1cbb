package message

import (
	"fmt"
	"strings"
	"testing"
)

// group is what a delivery report says of a recipient.
func group(recipient, action string) string {
	return "\nFinal-Recipient: rfc822; " + recipient + "\nAction: " + action + "\n"
}

func groups(n int, action string) (all string) {
	for i := range n {
		all += group(fmt.Sprint(action, i, "@x.example"), action)
	}
	return all
}

// Failures come first, and who is not named is counted.
func TestDeliveryReport(t *testing.T) {
	for _, test := range []struct{ name, groups, want string }{
		{"a failure after many", groups(5, "delivered") + group("u@x.example", "failed"), "delivery failed u@x.example; delivery delivered delivered0@x.example; delivery delivered delivered1@x.example; delivery delivered delivered2@x.example; delivery delivered delivered3@x.example; more_recipients 1"},
		{"delayed ones in between", group("a@x.example", "delivered") + group("b@x.example", "delayed") + group("c@x.example", "failed"), "delivery failed c@x.example; delivery delayed b@x.example; delivery delivered a@x.example"},
		{"many failures", groups(2, "relayed") + groups(6, "failed"), "delivery failed failed0@x.example; delivery failed failed1@x.example; delivery failed failed2@x.example; delivery failed failed3@x.example; delivery failed failed4@x.example; more_recipients 1 3"},
		{"a folded recipient", "\nFinal-Recipient: rfc822;\n eve@x.example\nAction:\n failed\n", "delivery failed eve@x.example"},
		{"one folded before its type", "\nFinal-Recipient:\n\trfc822; eve@x.example\nAction: failed\n", "delivery failed eve@x.example"},
		{"a long line", "\nX: " + strings.Repeat("x", 10_000) + "\nFinal-Recipient: rfc822; eve@x.example\nAction: failed\n", "delivery failed eve@x.example"},
	} {
		m, err := Read(strings.NewReader("Content-Type: message/delivery-status\n\nReporting-MTA: dns; m\n"+test.groups), Hints{})
		var got []string
		for _, b := range m.Document.Blocks {
			got = append(got, allArgs(b))
		}
		if said := strings.Join(got, "; "); err != nil || said != test.want {
			t.Errorf("%s: %v\n%s, want\n%s", test.name, err, said, test.want)
		}
	}
}
