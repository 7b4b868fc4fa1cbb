package pop3

import (
	"fmt"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
)

// Transcript records a session for diagnosis: "C: " and "S: " lines with
// times, and notes in between. Secrets are replaced before they reach it
// (S8). It keeps the newest lines in bounded memory and is safe for
// concurrent use. The zero value is ready; nil records nothing.
type Transcript struct {
	mu      sync.Mutex
	start   time.Time
	lines   []string
	next    int
	dropped int
	private redactor
}

// hide replaces the credentials, wherever a server echoes them, from now on.
func (t *Transcript) hide(who Credentials) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.private.hide(who)
}

// hideSecret replaces s from now on.
func (t *Transcript) hideSecret(s string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.private.secret(s)
}

func (t *Transcript) add(kind TraceKind, line string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.start.IsZero() {
		t.start = now
	}
	line = plaintext.Truncate(t.private.text(line), transcriptWidth)
	line = fmt.Sprintf("%8.3f %s%s", now.Sub(t.start).Seconds(), kind, line)
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
	lines = append(lines, t.lines[t.next:]...)
	return append(lines, t.lines[:t.next]...)
}
