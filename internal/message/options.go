package message

import "strings"

// options are those of a list of which a browser shows one.
type options struct {
	begin, end int // in the source
	chosen     int // where the option begins that is shown, or -1 for all
}

// shows says whether an option that begins at a place in the source is seen.
func (c *options) shows(at int) bool {
	return at < c.begin || at >= c.end || c.chosen < 0 || at == c.chosen
}

// choose looks for what is seen of a select that begins at a place in the source,
// and whose content comes next: the last option that is selected, or the first
// that can be. Where several can be seen at once, all are.
func (m *markup) choose(begin int) options {
	const tag = "<option"
	c := options{begin: begin, end: m.closing("select"), chosen: -1}
	own := m.source[begin:m.at]
	size, _ := attributeOf(own, "size")
	if _, multiple := attributeOf(own, "multiple"); multiple || c.end == len(m.source) || size != "" && size != "0" && size != "1" {
		return c
	}
	first, usable := -1, -1
	for at := m.at; at < c.end; {
		next := strings.Index(m.lower[at:c.end], tag)
		if next < 0 {
			break
		}
		begin := at + next
		at = begin + len(tag)
		end := strings.IndexByte(m.source[at:c.end], '>')
		if end < 0 {
			break
		}
		option := m.source[begin : at+end]
		at += end
		if first < 0 {
			first = begin
		}
		if _, disabled := attributeOf(option, "disabled"); !disabled && usable < 0 {
			usable = begin
		}
		if _, selected := attributeOf(option, "selected"); selected {
			c.chosen = begin
		}
	}
	if c.chosen < 0 {
		if c.chosen = usable; usable < 0 {
			c.chosen = first
		}
	}
	return c
}
