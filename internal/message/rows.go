package message

import (
	"strings"
	"unicode/utf8"
)

// Cells whose texts are short stand beside each other in a row; long ones are
// columns of a layout, and read one after the other.
const (
	maxCells     = 200
	maxCellRunes = 80
	maxRowRunes  = 240
)

// table is a table that is open.
type table struct {
	data  bool // it has headings or a border
	rowed bool
	row   int // its first block
	cells []cell
}

type cell struct{ start, end int }

func (r *renderer) startRow() {
	if len(r.tables) == 0 {
		return
	}
	r.endRow()
	r.breakLine(2)
	r.finish()
	t := r.tables[len(r.tables)-1]
	t.rowed, t.row, t.cells = true, len(r.blocks), nil
}

func (r *renderer) startCell(heading bool) {
	if len(r.tables) == 0 {
		return
	}
	t := r.tables[len(r.tables)-1]
	if !t.rowed {
		r.startRow()
	}
	t.data = t.data || heading
	r.breakLine(2)
	r.finish()
	if len(t.cells) <= maxCells {
		t.cells = append(t.cells, cell{len(r.blocks), -1})
	}
}

func (r *renderer) endCell() {
	if len(r.tables) == 0 {
		return
	}
	t := r.tables[len(r.tables)-1]
	r.breakLine(2)
	r.finish()
	if n := len(t.cells); n > 0 && t.cells[n-1].end < 0 {
		t.cells[n-1].end = len(r.blocks)
	}
}

// endRow makes a row of its cells, if it reads as one.
func (r *renderer) endRow() {
	if len(r.tables) == 0 {
		return
	}
	t := r.tables[len(r.tables)-1]
	if !t.rowed {
		return
	}
	r.endCell()
	t.rowed = false
	cells := t.cells
	t.cells = nil
	if r.full() || len(cells) < 2 || len(cells) > maxCells || t.row > len(r.blocks) {
		return
	}
	row := Block{Kind: Row}
	filled, total := 0, 0
	for _, c := range cells {
		if c.end < c.start || c.end > len(r.blocks) || c.end-c.start > 1 {
			return
		}
		if c.end == c.start {
			if t.data {
				row.Cells = append(row.Cells, nil)
			}
			continue
		}
		block := &r.blocks[c.start]
		runes, lines := 0, false
		for _, s := range block.Spans {
			runes += utf8.RuneCountInString(s.Text)
			lines = lines || strings.Contains(s.Text, "\n")
		}
		simple := block.Kind == Paragraph || block.Kind == Heading
		if !simple || !t.data && (runes > maxCellRunes || lines) {
			return
		}
		filled++
		total += runes
		row.Quote = block.Quote
		row.Cells = append(row.Cells, block.Spans)
	}
	if filled == 0 || filled < 2 && !t.data || filled != len(r.blocks)-t.row || !t.data && total > maxRowRunes {
		return
	}
	r.blocks = append(r.blocks[:t.row], row)
}
