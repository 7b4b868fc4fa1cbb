package thunderbird

import (
	"fmt"
	"strings"
	"testing"
)

const popStateFile = `# POP3 State File
# This is a generated file!  Do not edit.

*pop.example.org ann
k u1 1700000000
d u2 1700000001
b u3 1700000002

*mail.example.net bob
k u4 1700000003
`

func TestFetched(t *testing.T) {
	wanted := map[string]bool{"u1": true, "u2": true, "u4": true, "u9": true}
	first, _, _ := strings.Cut(popStateFile, "\n*mail")
	for _, test := range []struct{ file, host, user, want string }{
		{popStateFile, "POP.example.org", "Ann", "[u1 u2]"},
		{popStateFile, "mail.example.net", "bob", "[u4]"},
		{popStateFile, "elsewhere.example", "ann", "[]"},
		{first, "alias.example.org", "ann@example.org", "[u1 u2]"},
		{"", "pop.example.org", "ann", "[]"},
		{"*\n*\nk\nk u1\nkk u2 1\n\x00\n", "pop.example.org", "ann", "[]"},
	} {
		got, err := Fetched(strings.NewReader(test.file), test.host, test.user, wanted)
		if err != nil || fmt.Sprint(got) != test.want {
			t.Errorf("%s %s: %v, %v; want %s", test.host, test.user, got, err, test.want)
		}
	}
}
