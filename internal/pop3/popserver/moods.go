package popserver

import (
	"math/rand/v2"
	"strings"
	"time"
)

// Mood sees every command line before it is carried out and may answer in its
// place, if it does not return nil. It is called from the sessions' goroutines.
type Mood func(line string) *Override

// Hostile are the moods of servers that mean harm, by name. Bytes after STLS
// and the downgrade need a server with TLS that is not implicit.
func Hostile() map[string]Mood {
	answer := func(command string, o Override) Mood {
		return func(line string) *Override {
			if keyword, _, _ := strings.Cut(line, " "); keyword == command {
				return &o
			}
			return nil
		}
	}
	return map[string]Mood{
		"endless line":         answer("STAT", Override{Raw: "+OK 2 ", Endless: "320"}),
		"endless list":         answer("UIDL", Override{Raw: "+OK\r\n", Endless: "1 abcdefghijklmnop\r\n"}),
		"endless capabilities": answer("CAPA", Override{Raw: "+OK\r\n", Endless: "X-MORE\r\n"}),
		"endless headers":      answer("TOP", Override{Raw: "+OK\r\n", Endless: "Received: from here\r\n"}),
		"drip":                 answer("UIDL", Override{Raw: "+OK\r\n" + strings.Repeat("1 a\r\n", 1000), Drip: time.Second}),
		"junk":                 answer("STAT", Override{Raw: junk(64 << 10)}),
		"junk in a message":    answer("TOP", Override{Raw: "+OK\r\n", Endless: junk(64 << 10)}),
		"bytes after STLS":     answer("STLS", Override{Raw: "+OK begin\r\n+OK logged in already\r\n"}),
		"downgrade":            answer("STLS", Override{Raw: "-ERR not today\r\n"}),
		"huge count":           answer("STAT", Override{Raw: "+OK 2000000000 1\r\n"}),
		"a count of 30 digits": answer("STAT", Override{Raw: "+OK " + strings.Repeat("9", 30) + " 1\r\n"}),
		"control characters":   answer("STAT", Override{Raw: "-ERR \x1b]0;title\x07\x1b[2J\x00\u202eliam on\u2066 \x9b31m\r\n"}),
	}
}

// junk looks like something compressed, and is the same every time.
func junk(n int) string {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b)
	return "\x1f\x8b\x08\x00" + string(b)
}
