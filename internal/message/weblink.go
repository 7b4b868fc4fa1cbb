package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Linked is the document with links where its text has the address of a page
// or of a mailbox and no link: people click what looks like one. Text that is
// printed needs none.
func (d Document) Linked() Document {
	linked := d
	linked.Blocks = make([]Block, len(d.Blocks))
	room := maxSpans
	for i, b := range d.Blocks {
		b.Spans = linkedSpans(b.Spans, &room)
		if len(b.Cells) > 0 {
			cells := make([][]Span, len(b.Cells))
			for n, cell := range b.Cells {
				cells[n] = linkedSpans(cell, &room)
			}
			b.Cells = cells
		}
		linked.Blocks[i] = b
	}
	return linked
}

func linkedSpans(spans []Span, room *int) []Span {
	if !mayLink(spans) {
		*room -= len(spans)
		return spans
	}
	var linked []Span
	for _, s := range spans {
		if s.Link != "" || *room <= 0 {
			linked = append(linked, s)
			*room--
			continue
		}
		rest := s
		for *room > 0 {
			from, to, link := nextLink(rest.Text)
			if link == "" {
				break
			}
			before, found := rest, rest
			before.Text, found.Text, found.Link = rest.Text[:from], rest.Text[from:to], link
			if before.Text != "" {
				linked = append(linked, before)
			}
			linked = append(linked, found)
			rest.Text = rest.Text[to:]
			*room -= 2
		}
		if rest.Text != "" {
			linked = append(linked, rest)
			*room--
		}
	}
	return linked
}

func mayLink(spans []Span) bool {
	for _, s := range spans {
		if s.Link == "" && strings.ContainsAny(s.Text, "@:.") {
			return true
		}
	}
	return false
}

// nextLink is the first address in a text: one of the web with its scheme or
// www., or one of a mailbox. link is empty if there is none.
func nextLink(text string) (from, to int, link string) {
	for at := 0; at < len(text); {
		i := strings.IndexAny(text[at:], ":@.")
		if i < 0 {
			break
		}
		i += at
		switch text[i] {
		case ':':
			from, to, link = webAt(text, i)
		case '.':
			if from = i - len("www"); from >= 0 && strings.EqualFold(text[from:i], "www") && !wordBefore(text[:from]) {
				if to = webEnd(text, i+1, from); to > i+1 && strings.Contains(text[i+1:to], ".") {
					link = target("http://"+text[from:to], "")
				}
			}
		case '@':
			from, to, link = mailAt(text, i)
		}
		if link != "" {
			return from, to, link
		}
		at = i + 1
	}
	return 0, 0, ""
}

// webAt is an address of the web whose colon is at i.
func webAt(text string, i int) (from, to int, link string) {
	for _, scheme := range []string{"https", "http"} {
		if from = i - len(scheme); from < 0 || !strings.EqualFold(text[from:i], scheme) || !strings.HasPrefix(text[i:], "://") || wordBefore(text[:from]) {
			continue
		}
		begin := i + len("://")
		if to = webEnd(text, begin, from); to > begin {
			return from, to, target(text[from:to], "")
		}
	}
	if from = i - len("mailto"); from >= 0 && strings.EqualFold(text[from:i], "mailto") && !wordBefore(text[:from]) {
		if to = webEnd(text, i+1, from); strings.Contains(text[i+1:to], "@") {
			return from, to, target(text[from:to], "")
		}
	}
	return 0, 0, ""
}

func wordBefore(text string) bool {
	r, size := utf8.DecodeLastRuneInString(text)
	return size > 0 && r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// webEnd is where an address of the web ends whose host begins at an octet.
// What closes a sentence or a bracket that was opened before it belongs to the
// text; so does Chinese that follows without a blank.
func webEnd(text string, host, from int) int {
	end, wide, inHost := host, false, true
	label := true // at the beginning of one
	for i, r := range text[host:] {
		east := false
		switch {
		case r <= ' ' || r == '<' || r == '>' || r == '"' || r == 0x7f:
			return trimmed(text, host, end, from)
		case r >= utf8.RuneSelf:
			east = r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
			if east && (!inHost || !label && !wide) || !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
				return trimmed(text, host, end, from)
			}
		case inHost && (r == '/' || r == '?' || r == '#'):
			inHost = false
		}
		if label {
			wide = east
		}
		label = r == '.'
		end = host + i + utf8.RuneLen(r)
		if end-host > maxFound || inHost && end-host > maxHost {
			return host
		}
	}
	return trimmed(text, host, end, from)
}

// trimmed is an address's end without what closes the text around it.
func trimmed(text string, host, end, from int) int {
	var signs [utf8.RuneSelf]int
	for _, c := range []byte(text[from:end]) {
		if c < utf8.RuneSelf {
			signs[c]++
		}
	}
	for end > host {
		switch c := text[end-1]; c {
		case '.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '|', '\\', '^', '`':
			end--
			continue
		case ')', ']', '}':
			open := map[byte]byte{')': '(', ']': '[', '}': '{'}[c]
			if signs[open] < signs[c] {
				signs[c]--
				end--
				continue
			}
		}
		break
	}
	return end
}

// How long the parts of an address may be.
const (
	maxHost  = 255 // with a port
	maxLocal = 64
	maxFound = 2 << 10
)

const localSigns = "!#$%&'*+-/=?^_`{|}~."

// mailAt is an address of a mailbox whose @ is at i.
func mailAt(text string, i int) (from, to int, link string) {
	from = i
	for from > 0 && i-from < maxLocal && (text[from-1] < utf8.RuneSelf) {
		c := rune(text[from-1])
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune(localSigns, c) {
			break
		}
		from--
	}
	for from < i && strings.IndexByte(".'*/=|`{~", text[from]) >= 0 {
		from++
	}
	to = i + 1
	for to < len(text) && to-i < 255 {
		c := rune(text[to])
		if c >= utf8.RuneSelf || !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '-' && c != '.' {
			break
		}
		to++
	}
	for to > i+1 && (text[to-1] == '.' || text[to-1] == '-') {
		to--
	}
	domain := text[i+1 : to]
	last := strings.LastIndexByte(domain, '.')
	if from == i || last <= 0 || len(domain)-last < 3 || strings.Contains(domain, "..") || to < len(text) && text[to] == '@' {
		return 0, 0, ""
	}
	return from, to, target("mailto:"+text[from:to], "")
}
