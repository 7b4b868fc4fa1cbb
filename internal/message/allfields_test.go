package message

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	for name, test := range map[string]struct {
		raw  string
		want []Field
	}{
		"in order, as spelled, decoded": {
			"Received: from a\r\n\tby b; Tue\r\nsubject: =?utf-8?b?5Lya?=\r\n =?utf-8?b?6K6u?=\r\nX-Empty:\r\nReceived: from c\r\n\r\nBody: none\r\n",
			[]Field{{"Received", "from a by b; Tue"}, {"subject", "会议"}, {"X-Empty", ""}, {"Received", "from c"}},
		},
		"all authors": {
			"From: Ann <ann@example.org>,\r\n Bob <bob@example.org>\r\nSender: Ann <ann@example.org>\r\n\r\n",
			[]Field{{"From", "Ann <ann@example.org>, Bob <bob@example.org>"}, {"Sender", "Ann <ann@example.org>"}},
		},
		"what is no field": {
			"From me Mon\nA : 1\nno field\n folded\n: nothing\nB: 2",
			[]Field{{"A", "1"}, {"B", "2"}},
		},
		"hostile": {
			"X-A: \x1b]0;title\x07red\x1b[0m \u202etxt\nB: \xbb\xe1\xd2\xe9\n\n",
			[]Field{{"X-A", "red txt"}, {"B", "会议"}},
		},
		"empty": {"", []Field{}},
	} {
		got, err := Fields(strings.NewReader(test.raw))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A header of any size gives what its bounds allow.
func TestFieldsAreBounded(t *testing.T) {
	for name, test := range map[string]struct {
		raw     string
		fields  int
		longest int
	}{
		"a long line":     {"A: " + strings.Repeat("x", 40<<20) + "\nB: y\n\n", 1, maxRaw},
		"many lines":      {"A: 1\n" + strings.Repeat(" x\n", 10<<20), 1, maxRaw},
		"many fields":     {strings.Repeat("A: \xff\n", 5<<20), maxListed, 3},
		"many encoded":    {strings.Repeat("A: =?gbk?q?=BB=E1?=\n", 1<<20), maxListed, 3},
		"without a field": {strings.Repeat("nothing\n", 5<<20), 0, 0},
	} {
		got, err := Fields(strings.NewReader(test.raw))
		longest := 0
		for _, f := range got {
			longest = max(longest, len(f.Value))
		}
		if !errors.Is(err, ErrHeaderTooLong) || len(got) != test.fields || longest > test.longest {
			t.Errorf("%s: %d fields, the longest of %d octets, %v", name, len(got), longest, err)
		}
	}
}
