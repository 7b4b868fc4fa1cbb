package notify

import (
	"strconv"
	"testing"

	"github.com/traymail/traymail/internal/api"
)

func TestBalloons(t *testing.T) {
	// Steps: +ACCOUNT/UID is announced, -ACCOUNT/UID withdrawn, . is over, and
	// ? is clicked; what follows it is the key that the click is to mean.
	for name, steps := range map[string][]string{
		"one":                               {"+a/1", "?a/1"},
		"none":                              {"?"},
		"the newer, once the older is over": {"+a/1", "+a/2", ".", "?a/2"},
		"one of an account's":               {"+a/1", "+a/2", "?a/", "?a/2"},
		"one of several accounts'":          {"+a/1", "+b/1", "?", "?b/1"},
		"late, in the system's list":        {"+a/1", ".", "?a/1"},
		"late, one of several":              {"+a/1", "+a/2", ".", ".", "?a/"},
		"late, while another is shown":      {"+a/1", ".", "+a/2", "?a/2", "?a/1"},
		"the one left after a withdrawal":   {"+a/1", "+b/1", "-a/1", "?b/1"},
		"a withdrawn one":                   {"+a/1", "-a/1", "?"},
		"announced again":                   {"+a/1", "+b/1", "+a/1", ".", "?a/1"},
		"more over than were shown":         {".", "+a/1", ".", ".", "?a/1"},
		"a summary":                         {"+a/", "?a/"},
	} {
		t.Run(name, func(t *testing.T) {
			var b balloons
			for i, step := range steps {
				key := step[1:]
				switch step[0] {
				case '+':
					b.add(api.Announcement{Key: key, Account: key[:1]})
				case '-':
					b.remove(key)
				case '.':
					b.over()
				case '?':
					if got := b.clicked(); got != key {
						t.Errorf("step %d: clicked %q, want %q", i, got, key)
					}
				}
			}
		})
	}
}

// One may be taken off the screen when it is alone there.
func TestBalloonAlone(t *testing.T) {
	var b balloons
	for i, a := range []string{"1", "2", "3"} {
		b.add(api.Announcement{Key: "a/" + a, Account: "a"})
		if i == 0 {
			b.over()
		}
	}
	for key, want := range map[string]bool{"a/x": false, "a/1": false, "a/2": false} {
		if got := b.remove(key); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
	if !b.remove("a/3") {
		t.Error("the last was not alone")
	}
	for i := range 2 * maxBalloons {
		b.add(api.Announcement{Key: "a/" + strconv.Itoa(i), Account: "a"})
	}
	if len(b.shown) != maxBalloons || b.shown[0].key != "a/"+strconv.Itoa(maxBalloons) {
		t.Errorf("%d are remembered, from %v on", len(b.shown), b.shown[0])
	}
}

func TestFill(t *testing.T) {
	for _, test := range [][4]string{
		{"Ann", "Lunch", "Ann", "Lunch"},
		{"Ann", " ", "", "Ann"},
		{"", "Lunch", "", "Lunch"},
	} {
		if title, text := fill(test[0], test[1]); title != test[2] || text != test[3] {
			t.Errorf("%q, %q became %q, %q", test[0], test[1], title, text)
		}
	}
}
