package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/traymail/traymail/internal/platform"
)

// prompter asks the person in front of a terminal.
type prompter interface {
	// Line returns the line that is typed, without its end.
	Line(ctx context.Context, prompt string) (string, error)
	// Secret is Line, and what is typed is not shown.
	Secret(ctx context.Context, prompt string) (string, error)
}

// terminal is the one that a command was typed into. Questions go to stderr,
// for stdout may be a program's.
type terminal struct {
	in  *os.File
	out io.Writer
}

// terminalOf returns nil where nobody could see a question or answer it.
func terminalOf(stdin io.Reader, stderr io.Writer) prompter {
	in, ok := stdin.(*os.File)
	out, seen := stderr.(*os.File)
	if !ok || !seen || !platform.HoldsTerminal() || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	return terminal{in, out}
}

// columnsOf is the width of the terminal that stdout is; 0 where it is none.
func columnsOf(stdout io.Writer) int {
	const usual = 80
	out, ok := stdout.(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(out.Fd())); err == nil && width > 0 {
		return width
	}
	return usual
}

func (t terminal) Line(ctx context.Context, prompt string) (string, error) {
	_, _ = fmt.Fprint(t.out, prompt)
	return interruptible(ctx, func() (string, error) { return firstLine(t.in) })
}

func (t terminal) Secret(ctx context.Context, prompt string) (string, error) {
	state, err := term.GetState(int(t.in.Fd()))
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprint(t.out, prompt)
	typed, err := interruptible(ctx, func() ([]byte, error) { return term.ReadPassword(int(t.in.Fd())) })
	_, _ = fmt.Fprintln(t.out) // the Enter was not shown either
	if ctx.Err() != nil {
		_ = term.Restore(int(t.in.Fd()), state) // or the shell would show nothing that is typed
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return string(typed), err
}

// interruptible reads until ctx ends; a read that goes on ends with the
// process.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type outcome struct {
		got T
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		got, err := read()
		done <- outcome{got, err}
	}()
	select {
	case o := <-done:
		return o.got, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// firstLine reads the first line, without its end. Of one longer than 64 KiB
// it is the beginning.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 1<<16)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// agreed says whether an answer is a yes, in the user's language or in English.
func (e *env) agreed(answer string) bool {
	yes := append(strings.Split(e.loc.T("cli.answers_yes"), ","), "y", "yes")
	return slices.Contains(yes, strings.ToLower(strings.TrimSpace(answer)))
}
