package message

import (
	"cmp"
	"strconv"
	"strings"
)

// list is a list that is open.
type list struct {
	ordered, reversed bool
	next, step        int
	numbering         string
	items             []numbered // of a reversed list, whose numbers come last
}

// numbered is an item's block.
type numbered struct {
	block, number int
	numbering     string
}

func (r *renderer) listItem(a *attributes, numbering string) {
	mark := &item{level: max(1, min(len(r.lists), maxListDepth))}
	r.begun = nil
	if len(r.lists) > 0 {
		l := r.lists[len(r.lists)-1]
		if l.ordered {
			if n, err := strconv.Atoi(strings.TrimSpace(a.value)); err == nil && n > -1e9 && n < 1e9 {
				l.next = n
			}
			n, numbering := l.next, cmp.Or(numbering, a.kind, l.numbering)
			mark.mark = ordinal(n, numbering)
			l.next += l.step
			if l.reversed {
				r.begun = func() { l.items = append(l.items, numbered{len(r.blocks), n, numbering}) }
			}
		}
	}
	r.item = mark
}

// ordinal writes a number by letters or Roman, if numbering is a, A, i or I and
// the number can be written so.
func ordinal(n int, numbering string) string {
	mark := ""
	switch numbering {
	case "a", "A":
		for ; n > 0; n = (n - 1) / 26 {
			mark = string(rune('a'+(n-1)%26)) + mark
		}
	case "i", "I":
		if n > 3999 {
			break
		}
		for i, value := range [...]int{1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1} {
			for ; n >= value; n -= value {
				mark += [...]string{"m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"}[i]
			}
		}
	}
	switch {
	case mark == "":
		return strconv.Itoa(n)
	case numbering == "A" || numbering == "I":
		return strings.ToUpper(mark)
	}
	return mark
}

// wordItem makes of a marker that Word has written out the mark of an item.
func (r *renderer) wordItem() {
	r.inWord = false
	if r.item == nil {
		return
	}
	digits := strings.TrimRight(r.word, ".)")
	if n, err := strconv.Atoi(digits); err == nil && n > 0 && n < 1e9 {
		r.item.mark = digits
		return
	}
	if len([]rune(r.word)) > 1 { // a) or 2.1.
		r.item = nil
		r.write(r.word+" ", mode{})
	}
}
