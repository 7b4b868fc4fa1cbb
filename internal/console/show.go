package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/pop3"
)

// Colours of a dialogue, as of ECMA-48.
const (
	blue, green, red = "\x1b[34m", "\x1b[32m", "\x1b[31m"
	plain            = "\x1b[0m"
)

// trace shows a line as it is sent or has come. Where it is without TLS or
// what is resumed there is a sentence for, not a note.
func (s *session) trace(kind pop3.TraceKind, line string) {
	colour := blue
	switch {
	case kind == pop3.TraceNote:
		return
	case kind == pop3.TraceSent && s.exact != "" && line == plaintext.Clean(s.exact):
		line = plaintext.Escape([]byte(s.exact)) // of an experiment, each blank counts
	case kind == pop3.TraceReceived && strings.HasPrefix(line, "-"):
		colour = red
	case kind == pop3.TraceReceived:
		colour = green
	}
	s.print(colour, kind.String()+line)
}

// print writes a line of the dialogue, which has been cleaned.
func (s *session) print(colour, line string) {
	line = plaintext.Reveal(line)
	if s.Colour && colour != "" {
		line = colour + line + plain
	}
	s.put(line + "\n")
}

// write is print for text of our own.
func (s *session) write(text string) { s.put(plaintext.Reveal(text)) }

func (s *session) put(text string) {
	if _, err := io.WriteString(s.Out, text); err != nil && s.unwritten == nil {
		s.unwritten = err
	}
}

// body shows the lines of an answer, page by page, or a message decoded. Its
// error is the session's.
func (s *session) body(ctx context.Context, from io.ReadCloser, keyword string, decode bool) error {
	if s.Person == nil { // nobody waits for single lines
		out := s.Out
		buffered := bufio.NewWriterSize(out, 64<<10)
		s.Out = buffered
		defer func() {
			if err := buffered.Flush(); err != nil && s.unwritten == nil {
				s.unwritten = err
			}
			s.Out = out
		}()
	}
	kept := &faults{r: from}
	lines := s.listed(kept, keyword)
	if decode {
		lines = s.decoded(kept, keyword)
	}
	s.page(ctx, lines)
	_, _ = io.Copy(io.Discard, kept) // what was skipped: the session goes on behind it
	if kept.err != nil {
		return kept.err
	}
	return from.Close()
}

// faults keeps the error of a reader that is not its end.
type faults struct {
	r   io.Reader
	err error
}

func (f *faults) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || pop3.IsFatal(err) {
		f.err = err
	}
	return n, err
}

// listed are the lines of an answer, safe to show.
func (s *session) listed(from io.Reader, keyword string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		r := bufio.NewReaderSize(from, 16<<10)
		for {
			line, err := r.ReadSlice('\n')
			if len(line) > 0 {
				if keyword == "LIST" || keyword == "UIDL" {
					s.saw(string(line))
				}
				if !yield(s.c.Show(line)) {
					return
				}
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return
			}
		}
	}
}

// saw notes the number that a row begins with.
func (s *session) saw(row string) {
	n := 0
	for _, c := range row {
		if c < '0' || c > '9' || n > maxNumber {
			break
		}
		n = n*10 + int(c-'0')
	}
	s.most = max(s.most, min(n, maxNumber))
}

// decoded are the lines of a message as the mailbox shows it.
func (s *session) decoded(from io.Reader, keyword string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		hints := message.Hints{Languages: s.Languages}
		if keyword == "TOP" {
			hints.Cut = func() bool { return true }
		}
		m, _ := message.Read(from, hints) // from keeps its error
		var text strings.Builder
		for _, fact := range []struct{ name, value string }{
			{"window.fact.from", explain.Author(m.From, m.FromAddress, s.Loc)},
			{"window.fact.to", m.To},
			{"window.fact.date", s.Loc.FullTime(m.Date, s.Now())},
			{"cli.show.subject", explain.Subject(m.Subject, s.Loc)},
			{"cli.show.files", explain.Attachments(m.Files, s.Loc)},
		} {
			if fact.value != "" {
				text.WriteString(s.Loc.T("cli.account_line", s.Loc.T(fact.name), fact.value) + "\n")
			}
		}
		words := explain.Document(m.Document, s.Now(), s.Loc)
		if strings.TrimSpace(words) == "" {
			words = explain.NoText(keyword == "RETR", s.Loc)
		}
		text.WriteString("\n" + words)
		for line := range strings.Lines(text.String()) {
			line = strings.TrimRight(line, "\n")
			if s.c.Repeats(line) {
				line = s.c.Show([]byte(line))
			}
			if !yield(line) {
				return
			}
		}
	}
}

// page prints lines, and pauses where the terminal is full.
func (s *session) page(ctx context.Context, lines func(func(string) bool)) {
	columns, rows := 0, 0
	if s.Person != nil && s.Size != nil {
		columns, rows = s.Size()
	}
	shown, paged := 0, columns > 0 && rows > 3
	for line := range lines {
		need := 1
		if paged {
			need += max(0, runewidth.StringWidth(line)-1) / columns
			if shown > 0 && shown+need > rows-1 {
				answer, err := s.Person.Answer(ctx, s.Loc.T("console.more"))
				switch answer = strings.ToLower(strings.TrimSpace(answer)); {
				case err != nil || answer == "q":
					return
				case answer == "a":
					paged = false
				}
				shown = 0
			}
		}
		s.print("", line)
		shown += need
		if s.unwritten != nil {
			return
		}
	}
}
