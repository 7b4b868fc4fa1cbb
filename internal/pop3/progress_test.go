package pop3

import (
	"bufio"
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server that drips loses the session after a minute or so, whatever it drips;
// a line that is only slow does not, nor does a server that thinks for long (P36).
func TestDrippingServer(t *testing.T) {
	rows := strings.Repeat("1 0123456789\r\n", 3000) // 42,000 octets
	long := strings.Repeat("x", 120)
	for name, test := range map[string]struct {
		greeting, uidl string
		// pause comes before each piece of so many octets.
		pause time.Duration
		piece int
		// thinks is how long the server is silent before it answers UIDL.
		thinks time.Duration
		code   Code // empty: the session lives
		within time.Duration
	}{
		"an octet a second":           {"+OK", "+OK\r\n" + rows + ".", time.Second, 1, 0, CodeStalled, 80 * time.Second},
		"in the greeting":             {"+OK " + long, "", time.Second, 1, 0, CodeStalled, 80 * time.Second},
		"an octet in 20 seconds":      {"+OK", "+OK " + long, 20 * time.Second, 1, 0, CodeStalled, 90 * time.Second},
		"a row in ten seconds":        {"+OK", "+OK\r\n" + rows + ".", 10 * time.Second, 14, 0, CodeStalled, 100 * time.Second},
		"100 octets a second":         {"+OK", "+OK\r\n" + rows + ".", time.Second, 100, 0, "", 8 * time.Minute},
		"9,600 baud":                  {"+OK", "+OK\r\n" + rows + ".", 100 * time.Millisecond, 96, 0, "", time.Minute},
		"blocks with pauses":          {"+OK", "+OK\r\n" + rows + ".", 50 * time.Second, 4096, 0, "", 10 * time.Minute},
		"one that reads the maildrop": {"+OK", "+OK\r\n" + rows + ".", time.Millisecond, 1400, 200 * time.Second, "", 4 * time.Minute},
		"one that says nothing":       {"+OK", "+OK", time.Hour, 12, 0, CodeTimeout, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					defer func() { _ = theirs.Close() }()
					say := func(text string) {
						for text != "" {
							n := min(test.piece, len(text))
							time.Sleep(test.pause)
							if _, err := theirs.Write([]byte(text[:n])); err != nil {
								return
							}
							text = text[n:]
						}
					}
					say(test.greeting + "\r\n")
					if _, err := bufio.NewReader(theirs).ReadString('\n'); err != nil {
						return
					}
					time.Sleep(test.thinks)
					say(test.uidl + "\r\n")
				}()
				begun := time.Now()
				err := list(t.Context(), ours)
				if took := time.Since(begun); took > test.within {
					t.Errorf("it took %v", took)
				}
				if CodeOf(err) != test.code {
					t.Errorf("got %v, want %q", err, test.code)
				}
				if test.code != "" && !IsFatal(err) {
					t.Error("the session lives")
				}
				_ = ours.Close()
				<-ended
			})
		})
	}
}

// list reads a server's greeting and its list.
func list(ctx context.Context, conn net.Conn) error {
	c, err := New(ctx, conn, Config{Host: "localhost", Security: Cleartext, DialTimeout: 5 * time.Minute})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for _, err := range c.UIDLs(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}
