package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openTerminal returns a terminal, and the end where the person is.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	number := 0
	control, err := person.SyscallConn()
	if err == nil {
		err = control.Control(func(fd uintptr) {
			if number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); err == nil {
				err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return person, program // which a read that was left behind may still use
}

// A real terminal shows the question and what is typed, but no secret.
func TestTerminal(t *testing.T) {
	person, program := openTerminal(t)
	if terminalOf(strings.NewReader(""), program) != nil || terminalOf(program, io.Discard) != nil {
		t.Error("it takes for a terminal what is none")
	}
	asks := terminalOf(program, program)
	if asks == nil {
		t.Fatal("it does not take a terminal for one")
	}
	screen := bufio.NewReader(person)
	shows := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(screen, got); err != nil || string(got) != want {
			t.Fatalf("it shows %q, want %q: %v", got, want, err)
		}
	}
	answer := make(chan string)
	ask := func(how func(context.Context, string) (string, error)) {
		go func() {
			typed, err := how(t.Context(), "Well? ")
			answer <- fmt.Sprint(typed, " ", err)
		}()
	}

	ask(asks.Line)
	shows("Well? ")
	_, _ = person.WriteString("yes\n")
	shows("yes\r\n")
	if got := <-answer; got != "yes <nil>" {
		t.Errorf("read: %s", got)
	}

	ask(asks.Secret)
	shows("Well? ")
	await(t, func() bool { return !echoes(t, program) })
	_, _ = person.WriteString(password + "\n")
	shows("\r\n")
	if got := <-answer; got != password+" <nil>" {
		t.Errorf("read: %s", got)
	}
	if !echoes(t, program) {
		t.Error("what is typed stays hidden")
	}
}

// Who interrupts the question for a secret gets the terminal back as it was.
func TestTerminalInterrupted(t *testing.T) {
	person, program := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := terminalOf(program, program).Secret(ctx, "Password: ")
		ended <- err
	}()
	await(t, func() bool { return !echoes(t, program) })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !echoes(t, program) {
		t.Error("what is typed stays hidden")
	}
	_, _ = person.WriteString("\n") // ends the read, which is left behind
}

func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0 && term.IsTerminal(int(terminal.Fd()))
}

// await waits for a state that nobody tells of.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}
