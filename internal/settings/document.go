package settings

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/traymail/traymail/internal/plaintext"
)

// Bounds of a file, which may come from anybody: what settings need is two
// levels, a thousand accounts and thirty keys for each. They are checked on
// what the parser tells, before anything is built of it: a dotted key makes a
// table of each of its parts, and the library compares each key of a table with
// all others.
const (
	maxDepth  = 16
	maxTables = 4000 // with a heading, or inline
	maxKeys   = 1000 // below one heading
	maxValues = 100_000
	// maxListed bounds the accounts, and the rules.
	maxListed = 1000
)

// byteOrderMark is what some editors of Windows put before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// document is the text of a file: what it says, and where.
type document struct {
	text     []byte
	newlines []int // their offsets
	values   map[string]any
	items    []item
	// lines has the line of each key that settings can have.
	lines map[place]int
}

// item is one expression of the text: a heading, a key with its value, or a
// comment on a line of its own.
type item struct {
	kind unstable.Kind
	// path is that of the heading, or of the key within its table.
	path []string
	// from and to are offsets in the text; a comment behind it is not in it.
	from, to int
	// value is where the value of a key stands, if it is no array or table.
	value unstable.Range
}

// place is a key of the n-th [[table]] or of the only [table]; of the top
// where table is empty. Without a key it is the table itself.
type place struct {
	table string
	n     int
	key   string
}

// parse reads a file. Errors are *FileError without File.
func parse(raw []byte) (*document, error) {
	d := &document{text: bytes.TrimPrefix(raw, []byte(byteOrderMark)), lines: map[place]int{}}
	d.newlines = make([]int, 0, bytes.Count(d.text, []byte("\n")))
	for i, c := range d.text {
		if c == '\n' {
			d.newlines = append(d.newlines, i)
		}
	}
	if err := d.scan(); err != nil {
		return nil, err
	}
	if err := toml.Unmarshal(d.text, &d.values); err != nil {
		problem := &FileError{Err: errors.New(strings.TrimPrefix(err.Error(), "toml: "))}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			problem.Line, _ = at.Position()
			problem.Key = d.keyOn(problem.Line)
		}
		return nil, problem
	}
	return d, nil
}

// scan finds the items and their places, and keeps the bounds.
func (d *document) scan() error {
	p := unstable.Parser{KeepComments: true}
	p.Reset(d.text)
	s := scanner{document: d}
	tables := map[string]int{} // how many of each list there were
	for p.NextExpression() {
		node := p.Expression()
		it := item{kind: node.Kind, from: int(node.Raw.Offset), to: int(node.Raw.Offset + node.Raw.Length)}
		if it.kind == unstable.Comment {
			s.line = d.lineOf(it.from)
			if !s.count(0) {
				return &FileError{Line: s.line, Err: *s.problem}
			}
			d.items = append(d.items, it)
			continue
		}
		it.path = s.path(node)
		if it.kind == unstable.KeyValue {
			full := append(slices.Clip(s.heading), it.path...)
			s.line = d.lineOf(it.from)
			s.keys += len(it.path)
			s.place(full)
			var inner *place
			if len(full) == 1 {
				inner = &place{table: full[0]}
			}
			value := node.Value()
			if value.Kind != unstable.Array && value.Kind != unstable.InlineTable {
				it.value = value.Raw
			}
			s.value(value, len(full), inner)
		} else {
			it.from = int(node.Child().Raw.Offset) // on the line of the brackets
			it.to = it.from
			s.heading, s.line = it.path, d.lineOf(it.from)
			name := it.path[0]
			if it.kind == unstable.ArrayTable && len(it.path) == 1 {
				tables[name]++
			}
			s.n = max(0, tables[name]-1)
			s.tables, s.keys = s.tables+1, 0
			s.place(s.heading)
			s.count(len(s.heading))
		}
		if s.problem != nil {
			return &FileError{Line: s.line, Key: d.keyOn(s.line), Err: *s.problem}
		}
		d.items = append(d.items, it)
	}
	var syntax *unstable.ParserError
	if err := p.Error(); errors.As(err, &syntax) {
		line := d.lineOf(int(p.Range(syntax.Highlight).Offset))
		return &FileError{Line: line, Key: d.keyOn(line), Err: errors.New(syntax.Message)}
	} else if err != nil {
		return &FileError{Err: err}
	}
	return nil
}

// scanner is where a scan is.
type scanner struct {
	*document
	heading []string
	n       int // which of the tables with this heading
	line    int
	values  int
	problem *FieldError // the bound that was broken
	// tables are counted in all, keys since the last heading.
	tables, keys int
}

// path is the key of a node. Of one that is too deep only the beginning is
// read. Keys are shown where they are wrong or not known.
func (s *scanner) path(n *unstable.Node) []string {
	var path []string
	for it := n.Key(); it.Next() && len(path) <= maxDepth; {
		name := string(it.Node().Data)
		if plaintext.Hides(name) {
			s.problem = &FieldError{Key: MistakeHidden}
		}
		path = append(path, name)
	}
	return path
}

// place notes the line of a key, by its full path.
func (s *scanner) place(path []string) {
	s.note(place{key: path[0]}, s.line)
	if len(s.heading) > 0 {
		s.note(place{table: path[0], n: s.n}, s.line)
	}
	if len(path) > 1 {
		s.note(place{path[0], s.n, path[1]}, s.line)
	}
	if len(path) > 2 && path[1] == oauthTable {
		s.note(place{path[0], s.n, oauthPrefix + path[2]}, s.line)
	}
}

func (s *scanner) note(p place, line int) {
	if _, has := s.lines[p]; !has {
		s.lines[p] = line
	}
}

// count keeps the bounds.
func (s *scanner) count(depth int) bool {
	s.values++
	switch {
	case depth > maxDepth:
		s.problem = &FieldError{Key: MistakeDeep, Args: []any{maxDepth}}
	case s.values > maxValues || s.tables > maxTables || s.keys > maxKeys:
		s.problem = &FieldError{Key: MistakeMany}
	}
	return s.problem == nil
}

// value walks through a value; at is where it is, if settings can have a table
// there.
func (s *scanner) value(n *unstable.Node, depth int, at *place) {
	if n.Kind == unstable.InlineTable {
		s.tables++
	}
	if !s.count(depth) {
		return
	}
	element := 0
	for it := n.Children(); it.Next(); {
		child := it.Node()
		switch child.Kind {
		case unstable.Comment:
		case unstable.KeyValue:
			path := s.path(child)
			s.keys += len(path)
			if at != nil {
				s.note(place{at.table, at.n, path[0]}, s.lineOf(int(child.Raw.Offset)))
			}
			s.value(child.Value(), depth+len(path), nil)
		default:
			var inner *place
			if at != nil && child.Kind == unstable.InlineTable {
				inner = &place{table: at.table, n: element}
				s.note(*inner, s.lineOf(int(child.Raw.Offset)))
			}
			element++
			s.value(child, depth+1, inner)
		}
		if s.problem != nil {
			return
		}
	}
}

// lineOf is the line of an offset, from 1.
func (d *document) lineOf(offset int) int {
	i, _ := slices.BinarySearch(d.newlines, offset)
	return i + 1
}

// row is the text of a line without its end.
func (d *document) row(line int) []byte {
	from, to := 0, len(d.text)
	if line > 1 {
		from = d.newlines[line-2] + 1
	}
	if line <= len(d.newlines) {
		to = d.newlines[line-1]
	}
	return d.text[from:to]
}

// maxKey bounds a key in an error, in bytes.
const maxKey = 128

// keyOn is the key on a line that is not TOML, with its table; empty where
// there is none.
func (d *document) keyOn(line int) string {
	key, _, ok := bytes.Cut(d.row(line), []byte("="))
	var p unstable.Parser
	p.Reset(append(slices.Clip(key), "=0"...))
	if !ok || len(key) > maxKey || !p.NextExpression() || p.Expression().Kind != unstable.KeyValue {
		return ""
	}
	var heading []string
	for _, it := range d.items {
		if it.kind != unstable.KeyValue && it.path != nil && d.lineOf(it.from) < line {
			heading = it.path
		}
	}
	var s scanner
	text := dotted(append(slices.Clip(heading), s.path(p.Expression())...))
	if len(text) > maxKey || s.problem != nil {
		return ""
	}
	return text
}

// line is where a key of the n-th table stands, else the table, else 0.
func (d *document) line(table string, n int, key string) int {
	outer, _, _ := strings.Cut(key, ".")
	for _, p := range []place{{table, n, key}, {table, n, outer}, {table: table, n: n}, {key: table}} {
		if line, ok := d.lines[p]; ok {
			return line
		}
	}
	return 0
}

// dotted writes a path as TOML does.
func dotted(path []string) string {
	var parts []string
	for _, part := range path {
		bare := part != "" && strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
		if !bare {
			part = quote(part)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ".")
}
