package provider

import "testing"

func TestSent(t *testing.T) {
	for _, test := range []struct{ server, typed, sent string }{
		{"pop.gmail.com", "abcd efgh ijkl mnop", "abcdefghijklmnop"},
		{"pop.gmail.com", "abcd\u00a0efgh\u00a0ijkl\u00a0mnop", "abcdefghijklmnop"},
		{"pop.gmail.com", " abcdefgh ijklmnop\t", "abcdefghijklmnop"},
		{"pop.mail.yahoo.com", "abcd efgh ijkl mnop", "abcdefghijklmnop"},
		{"pop.gmail.com", "abcdefghijklmnop", "abcdefghijklmnop"},
		{"pop.gmail.com", "correct horse battery", "correct horse battery"},
		{"pop.gmail.com", "abcd efgh ijkl mno!", "abcd efgh ijkl mno!"},
		{"pop.163.com", "abcd efgh ijkl mnop", "abcd efgh ijkl mnop"},
		{"pop.free.fr", "abcd efgh ijkl mnop", "abcd efgh ijkl mnop"},
		{"pop.example.org", "abcd efgh ijkl mnop", "abcd efgh ijkl mnop"},
	} {
		if got := ByServer(test.server, "").Sent(test.typed); got != test.sent {
			t.Errorf("%s: %q is sent for %q", test.server, got, test.typed)
		}
	}
}
