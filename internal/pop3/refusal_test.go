package pop3_test

import (
	_ "embed"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

//go:embed testdata/answers.tsv
var answers string

// answering is a session with a server that gives one answer of its own.
func answering(t *testing.T, command, answer string) (*pop3.Client, error) {
	t.Helper()
	server := popserver.New(popserver.Options{
		Users: map[string]string{"me": "hunter2"},
		Mood: func(line string) *popserver.Override {
			if keyword, _, _ := strings.Cut(line, " "); keyword == command {
				return &popserver.Override{Raw: answer + "\r\n"}
			}
			return nil
		},
	})
	server.Maildrop("me").Deliver([]byte("Subject: x\n\nx\n"))
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.ServeConn(there)
	}()
	t.Cleanup(func() { <-done })
	c, err := pop3.New(t.Context(), here, pop3.Config{Host: "localhost", Security: pop3.Cleartext, CommandTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, c.Login(t.Context(), pop3.Credentials{User: "me", Password: "hunter2", Mechanism: "USER"}, nil)
}

// ask gives the command by which a row of the answers was got.
func ask(t *testing.T, c *pop3.Client, command string) error {
	t.Helper()
	var err error
	switch command {
	case "STAT":
		_, err = c.Stat(t.Context())
	case "UIDL":
		_, err = c.UIDL(t.Context(), 1)
	case "LIST":
		_, err = c.List(t.Context(), 1)
	case "TOP":
		var body io.ReadCloser
		if body, err = c.Top(t.Context(), 1, 0); err == nil {
			err = body.Close()
		}
	}
	return err
}

// P21, P22, P23, P30, P31: what servers are known to answer, and more of the
// kind, says whose turn it is; Chinese also in GBK (P8).
func TestAnswers(t *testing.T) {
	kinds := map[pop3.Kind]int{}
	for line := range strings.Lines(answers) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(row) != 4 || row[3] == "" {
			t.Fatalf("malformed row %q", line)
		}
		said := []string{row[1]}
		if gbk, err := simplifiedchinese.GBK.NewEncoder().String(row[1]); err == nil && gbk != row[1] && strings.ContainsFunc(row[1], func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }) {
			said = append(said, gbk)
		}
		want := pop3.Kind(row[2])
		kinds[want]++
		for _, answer := range said {
			c, err := answering(t, row[0], answer)
			if row[0] != "PASS" && err == nil {
				err = ask(t, c, row[0])
			}
			var e *pop3.Error
			if !errors.As(err, &e) || e.Kind != want || e.Command != row[0] || e.Fatal() != (row[0] == "PASS") {
				t.Errorf("%s %s (%s): %v, want %s", row[0], answer, row[3], err, want)
			}
			if pop3.IsUnsupported(err) && want != pop3.KindPermanent {
				t.Errorf("%s %s passes for an unknown command", row[0], answer)
			}
			_ = c.Close()
		}
	}
	if kinds[pop3.KindTemporary] < 150 || kinds[pop3.KindAuth] < 60 || kinds[pop3.KindPermanent] < 30 {
		t.Errorf("too few rows: %v", kinds)
	}
}

// P12: only what means that a command is unknown says that there is none.
func TestUnsupported(t *testing.T) {
	for answer, want := range map[string]bool{
		"-ERR unknown command":                   true,
		"-ERR Unknown command: UIDL":             true,
		"-ERR unimplemented":                     true,
		"-ERR Unknown TRANSACTION state command": true,
		"-ERR [SYS/PERM] UIDL not supported":     true,
		"-ERR Invalid command.":                  true,
		"-ERR Unbekannter Befehl":                true,
		"-ERR commande inconnue":                 true,
		"-ERR 未知命令":                              true,
		"-ERR":                                   false, // CAPA lists it
		"-ERR no such message":                   false,
		"-ERR unknown message":                   false,
		"-ERR UIDL failed":                       false,
		"-ERR command UIDL unknown, server busy": false,
		"-ERR [SYS/TEMP] unknown command":        false,
	} {
		c, err := answering(t, "UIDL", answer)
		if err != nil {
			t.Fatal(err)
		}
		if err := ask(t, c, "UIDL"); err == nil || pop3.IsUnsupported(err) != want {
			t.Errorf("%s: %v", answer, err)
		}
		_ = c.Close()
	}
}
