package pop3

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
)

// Transcript records a session for diagnosis: "C: " and "S: " lines with
// times, and notes in between. Secrets of ours never reach it, and a line of
// the server that repeats one is withheld, once the secret is known (S8). It keeps the newest lines in bounded memory and is safe for
// concurrent use. The zero value is ready; nil records nothing.
type Transcript struct {
	mu      sync.Mutex
	start   time.Time
	lines   []transcriptLine
	next    int
	dropped int
	private redactor
}

type transcriptLine struct {
	at   time.Duration // since the first
	kind TraceKind
	text string
}

// keep has more withheld, also of what was recorded before.
func (t *Transcript) keep(tell func(*redactor)) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	tell(&t.private)
}

func (t *Transcript) add(kind TraceKind, text string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.start.IsZero() {
		t.start = now
	}
	text = plaintext.Truncate(t.private.line(kind, text), transcriptWidth)
	line := transcriptLine{now.Sub(t.start), kind, text}
	if len(t.lines) < transcriptLines {
		t.lines = append(t.lines, line)
		return
	}
	t.lines[t.next] = line
	t.next = (t.next + 1) % transcriptLines
	t.dropped++
}

// Lines returns a copy of what was recorded, oldest first.
func (t *Transcript) Lines() []string {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := make([]string, 0, len(t.lines)+1)
	if t.dropped > 0 {
		lines = append(lines, fmt.Sprintf("(%d earlier lines omitted)", t.dropped))
	}
	for _, line := range slices.Concat(t.lines[t.next:], t.lines[:t.next]) {
		lines = append(lines, fmt.Sprintf("%8.3f %s%s", line.at.Seconds(), line.kind, t.private.line(line.kind, line.text)))
	}
	return lines
}
