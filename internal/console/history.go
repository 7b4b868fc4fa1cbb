package console

import (
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/wholefile"
)

const (
	maxHistory     = 500     // lines
	maxHistoryFile = 1 << 20 // octets
	maxRemembered  = 512     // octets of a line
)

// history are the commands of this session and of earlier ones, never one with
// a secret in it, nor what is none: it may be a password that was typed too
// early. What cannot be written is forgotten.
type history struct {
	path string
	// lines are oldest first.
	lines []string
	// off: what is typed is no command.
	off bool
}

// readHistory reads those of earlier sessions; path may be empty.
func readHistory(path string) *history {
	h := &history{path: path}
	if path == "" {
		return h
	}
	raw, err := wholefile.Read(path, maxHistoryFile)
	if err != nil {
		return h
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\r\n"); !private(line) && !plaintext.Hides(line) {
			h.lines = append(h.lines, line)
		}
	}
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
	return h
}

// Add implements term.History.
func (h *history) Add(line string) {
	line = strings.TrimSpace(line)
	if h.off || len(line) > maxRemembered || private(line) || plaintext.Hides(line) || strings.ContainsRune(line, '\n') ||
		len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
	if h.path != "" {
		_ = wholefile.Replace(h.path, []byte(strings.Join(h.lines, "\n")+"\n"))
	}
}

// Len implements term.History.
func (h *history) Len() int { return len(h.lines) }

// At implements term.History.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
