package pop3

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"path"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// dialogs are whole sessions as servers of the world hold them, written from
// what is documented of them and, for those that make servers starts, from
// what they said there. Each file has two: that of a client that knows
// nothing, and the next one of the same client. Lines that begin with "C: "
// are exactly what it sends, in order.
//
//go:embed testdata/dialogs/*.txt
var dialogs embed.FS

// vendorDialog is one file.
type vendorDialog struct {
	name, who, sees string
	scripts         []string
}

func readDialogs(t testing.TB) []vendorDialog {
	t.Helper()
	files, err := dialogs.ReadDir("testdata/dialogs")
	if err != nil {
		t.Fatal(err)
	}
	var all []vendorDialog
	for _, file := range files {
		raw, err := dialogs.ReadFile(path.Join("testdata/dialogs", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok := strings.Cut(string(raw), "\n\n")
		if !ok {
			t.Fatalf("%s has no session", file.Name())
		}
		d := vendorDialog{name: strings.TrimSuffix(file.Name(), ".txt")}
		for line := range strings.Lines(head) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "who":
				d.who = value
			case "sees":
				d.sees = value
			default:
				if !strings.HasPrefix(line, "#") {
					t.Fatalf("%s: %q", file.Name(), line)
				}
			}
		}
		for script := range strings.SplitSeq(rest, "\n== next\n") {
			d.scripts = append(d.scripts, script)
		}
		all = append(all, d)
	}
	return all
}

func (d vendorDialog) credentials() Credentials {
	if d.who == "token" {
		return Credentials{User: "me", Token: strings.Repeat("t", 300)}
	}
	return me
}

// TestVendors runs every session four ways: lines end in CRLF or LF, and come
// whole or in single octets.
func TestVendors(t *testing.T) {
	all := readDialogs(t)
	if len(all) < 13 {
		t.Fatalf("%d vendors", len(all))
	}
	for _, d := range all {
		for _, end := range []string{"\r\n", "\n"} {
			for _, drip := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%q,drip=%v", d.name, end, drip), func(t *testing.T) {
					var hints Hints
					d.session(t, 0, end, drip, hints, func(c *Client) {
						if got := d.first(t, c); got != d.sees {
							t.Errorf("it sees\n%s, want\n%s", got, d.sees)
						}
						hints = c.Hints()
					})
					d.session(t, 1, end, drip, hints, func(c *Client) {
						if got := d.next(t, c); !strings.Contains(d.sees, got) {
							t.Errorf("then it sees %s, want some of %s", got, d.sees)
						}
						if c.Hints().Mechanism != hints.Mechanism {
							t.Errorf("it logs in by %s", c.Hints().Mechanism)
						}
					})
				})
			}
		}
	}
}

func (d vendorDialog) session(t *testing.T, n int, end string, drip bool, hints Hints, run func(*Client)) {
	t.Helper()
	client, server := pipe()
	done := make(chan error, 1)
	go func() { done <- play(server, d.scripts[n], end) }()
	conn := net.Conn(client)
	if drip {
		conn = dripping{client, iotest.OneByteReader(client)}
	}
	c, err := New(t.Context(), conn, Config{Host: "localhost", Security: Cleartext, CommandTimeout: 20 * time.Second, Hints: hints})
	if err != nil {
		t.Fatal(err)
	}
	run(c)
	_ = client.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// first does everything, and says what it saw.
func (d vendorDialog) first(t *testing.T, c *Client) string {
	t.Helper()
	ctx := t.Context()
	b := c.NewBatch()
	stat := b.Stat()
	if err := c.Login(ctx, d.credentials(), b); err != nil {
		t.Fatal(err)
	}
	s, err := stat.Value()
	if err != nil {
		t.Fatal(err)
	}
	var uids []string
	for row, err := range c.UIDLs(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		uids = append(uids, row.UID)
	}
	b = c.NewBatch()
	size := b.List(s.Messages)
	var subject string
	top := b.Top(s.Messages, 0, func(r io.Reader) error {
		m, err := mail.ReadMessage(r)
		if err != nil {
			return err
		}
		words := mime.WordDecoder{CharsetReader: func(_ string, r io.Reader) (io.Reader, error) {
			return simplifiedchinese.GBK.NewDecoder().Reader(r), nil
		}}
		subject, err = words.DecodeHeader(m.Header.Get("Subject"))
		return err
	})
	if err := b.Do(ctx); err != nil || top.Err() != nil {
		t.Fatal(err, top.Err())
	}
	octets, err := size.Value()
	if err != nil {
		t.Fatal(err)
	}
	body, err := c.Retr(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(body)
	if text := strings.ReplaceAll(string(raw), "\r", ""); err != nil || !strings.Contains(text, "\n\n.a line with a dot\nlast\n") {
		t.Errorf("the message is %q, %v", text, err)
	}
	if err := errors.Join(body.Close(), c.Dele(ctx, 1), c.Rset(ctx), c.Quit(ctx)); err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("login %s; %d messages, %d octets; %s; last %d octets; %s", c.Hints().Mechanism, s.Messages, s.Octets, strings.Join(uids, " "), octets, subject)
}

// next is the poll that follows, with nothing new.
func (d vendorDialog) next(t *testing.T, c *Client) string {
	t.Helper()
	b := c.NewBatch()
	stat, last := b.Stat(), b.UIDL(2)
	if err := c.Login(t.Context(), d.credentials(), b); err != nil {
		t.Fatal(err)
	}
	s, err := stat.Value()
	if err != nil {
		t.Fatal(err)
	}
	uid, err := last.Value()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(d.sees, uid) {
		t.Errorf("the last UID is %q", uid)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("%d messages, %d octets", s.Messages, s.Octets)
}
