package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// At a terminal somebody types, with colours or without; what was typed is
// kept for the next time, but no password.
func TestConsoleTerminal(t *testing.T) {
	for _, c := range []struct{ name, value string }{{"NO_COLOR", ""}, {"NO_COLOR", "1"}, {"TERM", "dumb"}} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Setenv("TERM", "xterm")
			t.Setenv(c.name, c.value)
			s, server, address := world(t, popserver.Options{})
			server.Maildrop("me").Deliver([]byte("Subject: x\n\nhello\n"))
			person, program := openTerminal(t)
			_ = person.SetReadDeadline(time.Now().Add(time.Minute))
			if err := unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200}); err != nil {
				t.Fatal(err)
			}
			var screen bytes.Buffer
			sees := func(text string) {
				t.Helper()
				for b := make([]byte, 1); !strings.HasSuffix(screen.String(), text); {
					if _, err := person.Read(b); err != nil {
						t.Fatalf("%v, not %q:\n%q", err, text, screen.String())
					}
					screen.Write(b)
				}
			}
			ended := make(chan int)
			go func() {
				e := newEnv(program, program, program)
				ended <- e.run(t.Context(), []string{"--home", s.home, "console", "--server", address, "--security", "none"})
			}()
			for _, step := range [][2]string{
				{"AUTHORIZATION> ", "user me\r"},
				{"+OK", ""},
				{"AUTHORIZATION> ", "pass\r"},
				{"not shown: ", ""},
			} {
				sees(step[0])
				_, _ = person.WriteString(step[1])
			}
			await(t, func() bool { return !echoes(t, program) })
			_, _ = person.WriteString(password + "\r")
			sees("TRANSACTION> ")
			_, _ = person.WriteString("dele 1\r")
			sees("[y/N] ")
			_, _ = person.WriteString("y\r")
			sees("TRANSACTION (DELE 1)> ")
			_, _ = person.WriteString("quit\r")
			sees("[y/N] ")
			_, _ = person.WriteString("y\r")
			sees("has deleted these: 1")
			if code := <-ended; code != exitDone || len(server.Maildrop("me").Messages()) != 0 {
				t.Errorf("exit code %d", code)
			}
			if got := screen.String(); strings.Contains(got, password) || strings.Contains(got, "\x1b[3") != (c.value == "") || c.value == "dumb" && strings.Contains(got, "\x1b") {
				t.Errorf("%q", got)
			}
			file := filepath.Join(s.home, "state", "console.history")
			kept, err := os.ReadFile(file)
			if c.value != "dumb" && (err != nil || string(kept) != "user me\npass\ndele 1\nquit\n") {
				t.Errorf("%v, %q", err, kept)
			}
			if info, err := os.Stat(file); err == nil && info.Mode().Perm() != 0o600 {
				t.Errorf("%v", info.Mode())
			}
		})
	}
}
