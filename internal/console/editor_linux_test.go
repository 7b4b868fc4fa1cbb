package console

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// person is somebody at a real terminal.
type person struct {
	*testing.T
	keyboard *os.File
	mu       sync.Mutex
	changed  chan struct{}
	screen   strings.Builder
	read     int
}

// sit returns a terminal of a size, and the person at it.
func sit(t *testing.T, columns, rows uint16) (*person, *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(keyboard.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{T: t, keyboard: keyboard, changed: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for b := make([]byte, 4096); ; {
			n, err := keyboard.Read(b)
			p.mu.Lock()
			p.screen.Write(b[:n])
			p.mu.Unlock()
			select {
			case p.changed <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = program.Close()
		<-ended // the last program has left
		_ = keyboard.Close()
	})
	return p, program
}

// sees waits until the screen shows a text after what was seen before.
func (p *person) sees(text string) {
	p.Helper()
	deadline := time.After(20 * time.Second)
	for {
		p.mu.Lock()
		all := p.screen.String()
		p.mu.Unlock()
		if at := strings.Index(all[p.read:], text); at >= 0 {
			p.read += at + len(text)
			return
		}
		select {
		case <-p.changed:
		case <-deadline:
			p.Fatalf("waited in vain for %q on:\n%q", text, all[p.read:])
		}
	}
}

func (p *person) types(text string) { _, _ = p.keyboard.WriteString(text) }

func (p *person) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

// at has a person type to a desk's server, and returns what Run does.
func (d *desk) at(program *os.File, history string, rows int) chan error {
	o := d.options
	editor := NewEditor(program, program, history)
	o.Person, o.Out, o.Colour = editor, program, true
	o.Size = func() (int, int) { return 80, rows }
	o.Say = func(sentence string) { _, _ = fmt.Fprintln(program, sentence) }
	ended := make(chan error, 1)
	go func() { ended <- Run(d.Context(), o) }()
	return ended
}

// A whole session at a terminal: the state in the prompt, a password that is
// not seen, completion, questions before anything is deleted, and no secret on
// the screen or in the history.
func TestTerminalSession(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	p, program := sit(t, 80, 24)
	history := filepath.Join(t.TempDir(), "history")
	ended := d.at(program, history, 24)
	p.sees("\x1b[32mS: +OK traymail test server ready\x1b[0m")
	p.sees("AUTHORIZATION> ")
	p.types("stat\r")
	p.sees("\x1b[31mS: -ERR log in first\x1b[0m")
	p.sees("STAT has no meaning in the state AUTHORIZATION")
	p.types("us\tme\r")
	p.sees("\x1b[34mC: USER me\x1b[0m")
	p.sees("AUTHORIZATION> ")
	p.types("pass\r")
	p.sees("Password (me), not shown: ")
	p.types("wrong-and-secret\r")
	p.sees("C: PASS ***")
	p.sees("-ERR [AUTH]")
	p.sees("AUTHORIZATION> ")
	p.types("auth plain\r")
	p.sees("Password (me), not shown: ")
	p.types(password + "\r")
	p.sees("C: AUTH PLAIN ***")
	p.sees("TRANSACTION> ")
	p.types("help dele\r")
	p.sees("RFC 1939, section 5")
	p.types("stat\r")
	p.sees("+OK 3 387")
	p.sees("TRANSACTION> ")
	p.types("dele 2\r")
	p.sees("Mark message 2 as deleted?")
	p.types("n\r")
	p.sees("TRANSACTION> ")
	p.types("dele 2\r")
	p.sees("Mark message 2 as deleted?")
	p.types("y\r")
	p.sees("TRANSACTION (DELE 1)> ")
	p.types("rset\r")
	p.sees("no longer marked: 2")
	p.sees("TRANSACTION> ")
	p.types("dele 1\ry\r")
	p.sees("TRANSACTION (DELE 1)> ")
	p.types("quit\r")
	p.sees("QUIT will delete 1 message (1)")
	p.types("n\r")
	p.sees("TRANSACTION (DELE 1)> ")
	p.types("retr 3 | decode\r")
	p.sees("Subject: 午餐")
	p.sees("TRANSACTION (DELE 1)> ")
	p.types("quit\ry\r")
	p.sees("the server has deleted these: 1")
	if err := <-ended; err != nil || d.left() != 2 {
		t.Errorf("%v, %d are left", err, d.left())
	}
	kept, err := os.ReadFile(history)
	for _, secret := range []string{password, "wrong-and-secret"} {
		if strings.Contains(p.all(), secret) || strings.Contains(string(kept), secret) {
			t.Errorf("%q is on the screen or in the history", secret)
		}
	}
	if err != nil || !strings.HasPrefix(string(kept), "stat\nuser me\n") && !strings.HasPrefix(string(kept), "stat\nuser  me\n") || strings.Contains(string(kept), "\ny\n") {
		t.Errorf("%v, %q", err, kept)
	}
	// What was typed comes back.
	ended = d.at(program, history, 24)
	p.sees("AUTHORIZATION> ")
	p.types("\x1b[A")
	p.sees("quit")
	p.types("\r")
	p.sees("nothing was deleted")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// What is sent as it is asks before it deletes as well.
func TestTerminalRawDeletes(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	p, program := sit(t, 80, 24)
	ended := d.at(program, "", 24)
	p.sees("AUTHORIZATION> ")
	p.types("auth plain me\r")
	p.sees("Password (me), not shown: ")
	p.types(password + "\r")
	p.sees("TRANSACTION> ")
	p.types("!dele 1\r")
	p.sees("Mark message 1 as deleted?")
	p.types("n\r")
	p.sees("TRANSACTION> ")
	p.types("!  Dele 2\r")
	p.sees("Mark message 2 as deleted?")
	p.types("y\r")
	p.sees("TRANSACTION> ") // the server takes no blank before a command
	p.types("!dele 2\ry\r")
	p.sees("TRANSACTION (DELE 1)> ")
	p.types("!quit\r")
	p.sees("QUIT will delete 1 message (2)")
	p.types("\r")
	p.sees("TRANSACTION (DELE 1)> ")
	p.types("!quit\ry\r")
	p.sees("the server has deleted these: 2")
	if err := <-ended; err != nil || d.left() != 2 {
		t.Errorf("%v, %d are left", err, d.left())
	}
}

// A long answer is paged, and what is skipped of it leaves the session usable.
func TestTerminalPages(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	d.server.Maildrop("me").Deliver([]byte("Subject: long\r\n\r\n" + strings.Repeat("a line\r\n", 500)))
	p, program := sit(t, 80, 10)
	ended := d.at(program, "", 10)
	p.sees("AUTHORIZATION> ")
	p.types("user me\r")
	p.sees("+OK")
	p.types("pass\r")
	p.sees("not shown: ")
	p.types(password + "\r")
	p.sees("TRANSACTION> ")
	p.types("retr 4\r")
	p.sees("-- more")
	p.types("\r")
	p.sees("-- more")
	p.types("q\r")
	p.sees("TRANSACTION> ")
	if n := strings.Count(p.all(), "a line"); n < 10 || n > 20 {
		t.Errorf("%d lines", n)
	}
	p.types("noop\r")
	p.sees("C: NOOP\x1b[0m\r\n\x1b[32mS: +OK")
	p.types("quit\r")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Ctrl+C drops what is typed, or else ends the session; neither that nor Ctrl+D
// deletes what is marked. The terminal is left as it was.
func TestTerminalInterrupted(t *testing.T) {
	for _, c := range []struct{ name, key, says string }{
		{"Ctrl+C", "\x03", "Interrupted: the connection was closed without QUIT."},
		{"Ctrl+D", "\x04", "The input has ended before QUIT."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, popserver.Options{})
			p, program := sit(t, 80, 24)
			before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			ended := d.at(program, "", 24)
			p.sees("AUTHORIZATION> ")
			p.types("half a line\x03")
			p.sees("AUTHORIZATION> ")
			p.types("user me\r")
			p.sees("+OK")
			p.types("pass\r")
			p.sees("not shown: ")
			p.types(password + "\r")
			p.sees("TRANSACTION> ")
			p.types("dele 3\ry\r")
			p.sees("TRANSACTION (DELE 1)> ")
			p.types(c.key)
			p.sees(c.says)
			p.sees("Nothing was deleted")
			if err := <-ended; !errors.Is(err, ErrFailed) || d.left() != 3 {
				t.Errorf("%v, %d are left", err, d.left())
			}
			after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil || after.Lflag != before.Lflag || after.Iflag != before.Iflag {
				t.Errorf("the terminal is another: %+v, %+v, %v", before, after, err)
			}
		})
	}
	// Without a mark Ctrl+D is a QUIT.
	d := newDesk(t, popserver.Options{})
	p, program := sit(t, 80, 24)
	ended := d.at(program, "", 24)
	p.sees("AUTHORIZATION> ")
	p.types("\x04")
	p.sees("C: QUIT")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A server that has closed meanwhile is said to have, and for how long nothing
// was said.
func TestTerminalClosed(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	d.options.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	p, program := sit(t, 80, 24)
	ended := d.at(program, "", 24)
	p.sees("AUTHORIZATION> ")
	_ = d.server.Close()
	mu.Lock()
	now = now.Add(11 * time.Minute)
	mu.Unlock()
	p.types("capa\r")
	p.sees("for 11 min nothing was said")
	if err := <-ended; !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
}
