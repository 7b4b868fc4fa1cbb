package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// roundTrip is how far away the server is from which mail is received.
const roundTrip = 50 * time.Millisecond

// receive prints how long receiving all of a mailbox takes on such a link,
// where each message is a file that is synced.
func receive(ctx context.Context, program string, messages int) error {
	d, err := desktoptest.Start(ctx, desktoptest.Options{Keyring: "bench"})
	if err != nil {
		return err
	}
	defer d.Close()
	server, err := d.StartDovecot(ctx, map[string]string{user: password})
	if err != nil {
		return err
	}
	for n := range messages {
		text := fmt.Appendf(nil, "From: Sender <s@example.org>\r\nSubject: Message number %[1]d\r\nMessage-ID: <%[1]d@example.org>\r\n\r\n%[2]s", n, strings.Repeat("A line of the text.\r\n", 480))
		if err := server.Deliver(user, text); err != nil {
			return err
		}
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(out, "\nReceiving %d messages of 10 kB from Dovecot, %v away, into a maildir; fetchmail hands them to \"cat\".\n", messages, roundTrip)
	_, _ = fmt.Fprintf(out, "\"One by one\" is traymail where the server does not say that it pipelines.\n\n")
	_, _ = fmt.Fprintln(out, "program\tseconds\tmessages a second\t× one by one\t")
	var alone time.Duration
	for _, r := range []struct {
		name string
		// bare: the server does not say that it pipelines. files: the program writes
		// a maildir.
		bare, files bool
		run         func(ctx context.Context, a account) error
	}{
		{"one by one", true, true, traymailReceives(program)},
		{"traymail", false, true, traymailReceives(program)},
		{"mpop", false, true, func(ctx context.Context, a account) error { return mpop(ctx, a, "", 0) }},
		{"fetchmail", false, false, func(ctx context.Context, a account) error { return fetchmail(ctx, a, "", 0) }},
	} {
		a := account{d: d, user: user, home: filepath.Join(d.Dir, "receive", strings.ReplaceAll(r.name, " ", "-"))}
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(a.maildir(), sub), 0o700); err != nil {
				return err
			}
		}
		l, err := far(server.POP3, roundTrip, r.bare)
		if err != nil {
			return err
		}
		a.port = l.Addr().(*net.TCPAddr).Port
		began := time.Now()
		err = r.run(ctx, a)
		took := time.Since(began)
		_ = l.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		if got, err := os.ReadDir(filepath.Join(a.maildir(), "new")); r.files && (err != nil || len(got) != messages) {
			return fmt.Errorf("%s: %d messages of %d came, %w", r.name, len(got), messages, err)
		}
		if alone == 0 {
			alone = took
		}
		_, _ = fmt.Fprintf(out, "%s\t%.1f\t%.0f\t%.1f\t\n", r.name, took.Seconds(), float64(messages)/took.Seconds(), alone.Seconds()/took.Seconds())
	}
	return out.Flush()
}

func (a account) maildir() string { return filepath.Join(a.home, "mail") }

// traymailReceives has what it takes to know the account done before, as it is
// for the others.
func traymailReceives(program string) func(context.Context, account) error {
	return func(ctx context.Context, a account) error {
		if err := a.prepare(ctx, program, first); err != nil {
			return err
		}
		list, err := a.d.Output(ctx, program, "account", "list", "--home", a.home)
		if err != nil {
			return err
		}
		id, _, _ := strings.Cut(list, "\t")
		_, err = a.d.Output(ctx, program, "fetch", id, "--maildir", a.maildir(), "--home", a.home)
		return err
	}
}

// far listens for a server that is so far away. bare: it does not say that it
// pipelines.
func far(port int, roundTrip time.Duration, bare bool) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				_ = client.Close()
				continue
			}
			go later(server, client, roundTrip/2, nil)
			var edit func([]byte) []byte
			if bare {
				edit = func(b []byte) []byte { return bytes.Replace(b, []byte("\r\nPIPELINING"), []byte("\r\nX-NONE"), 1) }
			}
			go later(client, server, roundTrip/2, edit)
		}
	}()
	return l, nil
}

// later passes on what comes after a while, and no slower.
func later(to, from net.Conn, after time.Duration, edit func([]byte) []byte) {
	type parcel struct {
		octets []byte
		at     time.Time
	}
	const inFlight = 1024
	way := make(chan parcel, inFlight)
	var there sync.WaitGroup
	there.Go(func() {
		for p := range way {
			time.Sleep(time.Until(p.at))
			if _, err := to.Write(p.octets); err != nil {
				_ = from.Close()
			}
		}
		_ = to.Close()
	})
	for {
		buffer := make([]byte, 64<<10)
		n, err := from.Read(buffer)
		if octets := buffer[:n]; n > 0 {
			if edit != nil {
				octets = edit(octets)
			}
			way <- parcel{octets, time.Now().Add(after)}
		}
		if err != nil {
			close(way)
			there.Wait()
			return
		}
	}
}
