// Command polls prints what a look at one mailbox costs on the wire: traymail
// beside curl, mpop, fetchmail and mailnag, on the same Dovecot in the same run;
// and how long it takes to receive all of it, beside fetchmail and mpop.
// `make bench` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/traymail/traymail/internal/desktoptest"
)

func main() {
	program := flag.String("traymail", "bin/traymail", "the program to measure")
	messages := flag.Int("messages", 1000, "how many messages are in the mailbox of the first table; 0 leaves it out")
	largest := flag.Int("largest", 100_000, "how many messages are in the largest mailbox of the second table; 0 leaves it out")
	received := flag.Int("received", 500, "how many messages are received for the third table; 0 leaves it out")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	path, err := filepath.Abs(*program)
	if err == nil && *messages > 0 {
		err = compare(ctx, path, *messages)
	}
	if err == nil && *largest > 0 {
		err = scale(ctx, path, *largest)
	}
	if err == nil && *received > 0 {
		err = receive(ctx, path, *received)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "polls:", err)
		os.Exit(1)
	}
}

const (
	user     = "bench"
	password = "bench-password"
)

// situations are what a poll finds.
var situations = []string{first, unchanged, oneNew}

const (
	first     = "first"
	unchanged = "unchanged"
	oneNew    = "one new"
	// oneGone makes traymail ask for all UIDs, which others do every time, and
	// look whether a search finds the same; anotherGone it searches for.
	oneGone     = "one gone"
	anotherGone = "another gone"
)

func compare(ctx context.Context, program string, messages int) error {
	d, err := desktoptest.Start(ctx, desktoptest.Options{Keyring: "bench"})
	if err != nil {
		return err
	}
	defer d.Close()
	// Each has a maildrop of its own, so that all find the same in it.
	programs := []client{{"traymail", traymail(program)}, {"curl", curl}, {"mpop", mpop}, {"fetchmail", fetchmail}, {"mailnag", mailnag}}
	users := map[string]string{}
	for _, c := range programs {
		users[c.name] = password
		users[c.name+"-tls"] = password
	}
	server, err := d.StartDovecot(ctx, users)
	if err != nil {
		return err
	}
	n := 0
	deliver := func(user string) error {
		n++
		return server.Deliver(user, fmt.Appendf(nil, "From: Sender %[1]d <s%[1]d@example.org>\r\nSubject: Message number %[1]d\r\nMessage-ID: <%[1]d@example.org>\r\n\r\n%[2]s", n, strings.Repeat("A line of the text.\r\n", 480)))
	}
	for user := range users {
		for range messages {
			if err := deliver(user); err != nil {
				return err
			}
		}
	}

	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(out, "\nA mailbox of %d messages on Dovecot. Round trips are those after the greeting, without QUIT;\n", messages)
	_, _ = fmt.Fprintf(out, "octets are those of POP3, and with TLS those of the whole connection. The messages have 10 kB;\n")
	_, _ = fmt.Fprintf(out, "mpop and fetchmail fetch the new ones whole, traymail and curl their headers, mailnag those of all.\n\n")
	_, _ = fmt.Fprintln(out, "poll\tprogram\tround trips\toctets\ttraymail's ×\twith TLS\ttraymail's ×\t")
	costs := map[string][2]cost{}
	for _, situation := range situations {
		for _, c := range programs {
			var both [2]cost
			for i, encrypted := range []bool{false, true} {
				a := account{d: d, user: c.name, ca: server.CAFile, tls: encrypted, home: filepath.Join(d.Dir, "polls", c.name+strconv.Itoa(i))}
				port := server.POP3
				if encrypted {
					a.user += "-tls"
					port = server.POP3S
				}
				if situation == oneNew {
					if err := deliver(a.user); err != nil {
						return err
					}
				}
				if err := os.MkdirAll(a.home, 0o700); err != nil {
					return err
				}
				m, err := listen(port)
				if err != nil {
					return err
				}
				a.port = m.port()
				err = c.poll(ctx, a, situation, messages)
				both[i] = m.close()
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, situation, err)
				}
			}
			costs[c.name+situation] = both
			ours := costs["traymail"+situation]
			_, _ = fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%.1f\t%d\t%.1f\t\n", situation, c.name, both[0].roundTrips, both[0].octets(),
				ratio(both[0], ours[0]), both[1].octets(), ratio(both[1], ours[1]))
		}
	}
	return out.Flush()
}

func ratio(a, b cost) float64 { return float64(a.octets()) / float64(b.octets()) }
