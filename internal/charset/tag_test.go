package charset

import (
	"slices"
	"testing"
)

// What a ticket system, a shop or a mail program puts before a subject makes no
// other language likelier.
func TestTaggedSubjects(t *testing.T) {
	all := slices.Concat(subjects(t, "subjects.tsv"), subjects(t, "unseen.tsv"))
	for _, tag := range []string{"Re: [Ticket 55] ", "RE: FW: ", "[JIRA] (ABC-12) ", "Invoice 5: ", "PO 4711 - ", "***SPAM*** ", "Re: Newsletter: "} {
		for _, s := range all {
			alone, _ := Decode(s.octets, "", Hints{})
			if got, used := Decode(append([]byte(tag), s.octets...), "", Hints{}); got != tag+alone {
				t.Errorf("%s in %s is %s, and with a tag in %s: %s", s.text, s.charset, alone, used, got)
			}
		}
	}
}
