package main

import (
	"os"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/platform"
)

// Widths of columns, in cells of a terminal.
const (
	senderWidth  = 24
	subjectWidth = 16 // at least
)

// cells measures text for a terminal. What East Asian fonts may draw in one
// cell or two, terminals draw in one.
var cells = &runewidth.Condition{StrictEmojiNeutral: true}

// style is how a terminal shows text, as ECMA-48's SGR has it; what is said
// never depends on it.
type style string

// Of colours only one is used that is legible on light and dark ground.
const (
	plain style = ""
	bold  style = "1"
	dim   style = "2"
	green style = "32"
)

// coloured says whether styles may be written to file: to a terminal that has
// them, and where the user has not set NO_COLOR (https://no-color.org).
func coloured(file *os.File, getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && platform.HasStyles(file)
}

// styled is text that a terminal obeys nothing of but the style.
func (e *env) styled(text string, s style) string {
	text = plaintext.Reveal(text)
	if !e.coloured || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[m"
}

// table is one whose last column ends with the terminal. Columns of which
// nothing is known are left out.
type table struct {
	indent  string
	columns []*column
	last    *column
}

// column is one of a table.
type column struct {
	right bool
	// style is that of texts which have none of their own.
	style style
	width int
	cells []cell
}

type cell struct {
	text  string
	style style
}

func (c *column) add(text string, s style) {
	if s == plain {
		s = c.style
	}
	c.cells = append(c.cells, cell{text, s})
	c.width = max(c.width, cells.StringWidth(text))
}

// printRow prints the row i of t.
func (e *env) printRow(t table, i int) {
	var line strings.Builder
	line.WriteString(t.indent)
	room := e.columns - len(t.indent)
	for _, c := range t.columns {
		if c.width == 0 {
			continue
		}
		room -= c.width + 2
		text := c.cells[i].text
		blanks := strings.Repeat(" ", c.width-cells.StringWidth(text))
		text = e.styled(text, c.cells[i].style)
		if c.right {
			line.WriteString(blanks + text + "  ")
		} else {
			line.WriteString(text + blanks + "  ")
		}
	}
	last := t.last.cells[i]
	if e.columns > 0 {
		last.text = cells.Truncate(last.text, max(room, subjectWidth), "…")
	}
	e.write(line.String() + e.styled(last.text, last.style) + "\n")
}
