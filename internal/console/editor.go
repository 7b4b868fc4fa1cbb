package console

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// Editor is a person at a terminal, who edits lines, has those of before again
// and has them completed. Only while it reads is the terminal a raw one, so that
// a Ctrl+C at any other time is a signal as usual.
type Editor struct {
	in       *os.File
	out      io.Writer
	keys     *keys
	terminal *term.Terminal
	history  *history
	complete func(line string) []string
	// typed: something stands in the line.
	typed bool
}

// NewEditor edits on the terminal that in and out are. The history is in a file,
// if path is not empty.
func NewEditor(in, out *os.File, path string) *Editor {
	e := &Editor{in: in, out: out, history: readHistory(path), keys: &keys{in: in}}
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.keys, out}, "")
	e.terminal.History = e.history
	e.terminal.AutoCompleteCallback = e.key
	return e
}

// Complete sets what offers how a line may go on.
func (e *Editor) Complete(offer func(line string) []string) { e.complete = offer }

// key is called for each key but those that move and delete.
func (e *Editor) key(line string, pos int, key rune) (string, int, bool) {
	e.typed = true
	if key != '\t' {
		return "", 0, false
	}
	if e.complete == nil || pos != len(line) || e.history.off {
		return line, pos, true
	}
	all := e.complete(line)
	switch len(all) {
	case 0:
		return line, pos, true
	case 1:
		return all[0] + " ", len(all[0]) + 1, true
	}
	common := all[0]
	for _, one := range all[1:] {
		for !strings.HasPrefix(one, common) {
			common = common[:len(common)-1]
		}
	}
	if common == line {
		words := make([]string, len(all))
		for i, one := range all {
			words[i] = one[strings.LastIndexAny(one, " |!")+1:]
		}
		_, _ = io.WriteString(e.terminal, strings.Join(words, "  ")+"\n")
	}
	return common, len(common), true
}

// Line implements Person.
func (e *Editor) Line(ctx context.Context, prompt string) (string, error) {
	for {
		e.typed, e.history.off = false, strings.HasPrefix(prompt, "AUTH>") // what answers a challenge is a secret
		read := e.terminal.ReadLine
		if e.history.off {
			read = func() (string, error) { return e.terminal.ReadPassword(prompt) }
		}
		e.terminal.SetPrompt(prompt)
		line, err := e.read(ctx, read)
		if !errors.Is(err, ErrInterrupted) || !e.typed || ctx.Err() != nil {
			return line, err
		}
	}
}

// Answer implements Person.
func (e *Editor) Answer(ctx context.Context, question string) (string, error) {
	e.history.off = true
	e.terminal.SetPrompt(question)
	return e.read(ctx, e.terminal.ReadLine)
}

// Secret implements Person.
func (e *Editor) Secret(ctx context.Context, question string) (string, error) {
	e.history.off = true
	return e.read(ctx, func() (string, error) { return e.terminal.ReadPassword(question) })
}

// read has the terminal raw for the time of a read. One that goes on after ctx
// has ended ends with the process.
func (e *Editor) read(ctx context.Context, line func() (string, error)) (string, error) {
	state, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", err
	}
	if columns, rows, err := term.GetSize(int(e.in.Fd())); err == nil && columns > 0 {
		_ = e.terminal.SetSize(columns, rows)
	}
	e.keys.interrupted()
	type outcome struct {
		line string
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		line, err := line()
		done <- outcome{line, err}
	}()
	var o outcome
	select {
	case o = <-done:
	case <-ctx.Done():
		o.err = ErrInterrupted
	}
	_ = term.Restore(int(e.in.Fd()), state)
	if errors.Is(o.err, term.ErrPasteIndicator) {
		o.err = nil
	}
	if errors.Is(o.err, io.EOF) {
		_, _ = io.WriteString(e.out, "\r\n")
		if e.keys.interrupted() {
			o.err = ErrInterrupted
		}
		e.fresh()
	}
	return o.line, o.err
}

// fresh is a terminal with an empty line: that of before stands where it was
// left.
func (e *Editor) fresh() {
	old := e.terminal
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.keys, e.out}, "")
	e.terminal.History, e.terminal.AutoCompleteCallback = old.History, old.AutoCompleteCallback
}

// keys is the terminal's keyboard, and knows of a Ctrl+C, which term takes for
// an end.
type keys struct {
	in io.Reader

	mu    sync.Mutex
	ctrlC bool
}

func (k *keys) Read(p []byte) (int, error) {
	n, err := k.in.Read(p)
	if bytes.IndexByte(p[:n], 3) >= 0 {
		k.mu.Lock()
		k.ctrlC = true
		k.mu.Unlock()
	}
	return n, err
}

// interrupted says whether there was a Ctrl+C since it was last asked.
func (k *keys) interrupted() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.ctrlC
	k.ctrlC = false
	return was
}
