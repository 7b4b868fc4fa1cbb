package loopback

import "testing"

func TestIs(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost":             true,
		"LOCALHOST":             true,
		"localhost.":            true,
		"127.0.0.1":             true,
		"127.255.0.9":           true,
		"::1":                   true,
		"[::1]":                 true,
		"0:0:0:0:0:0:0:1":       true,
		"::ffff:127.0.0.1":      true,
		"[::FFFF:7f00:1]":       true,
		"":                      false,
		".":                     false,
		"[":                     false,
		"[::1":                  false,
		"::1]":                  false,
		"localhost..":           false,
		"localhost.example.org": false,
		"evil.localhost":        false,
		"127.0.0.1.example.org": false,
		"127.0.0.1.":            false, // a name, which DNS is asked for
		"127.1":                 false,
		"128.0.0.1":             false,
		"0.0.0.0":               false,
		"::":                    false,
		"::2":                   false,
		"::ffff:128.0.0.1":      false,
		"pop.example.org":       false,
	} {
		if got := Is(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
