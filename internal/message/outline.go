package message

import (
	"bytes"
	"unicode/utf8"
)

// What outline gives for octets that are no syntax.
const (
	inText    = 0x80 + iota // a character of several octets
	inWord                  // an encoded word
	inQuotes                // a quoted string
	quoteMark               // the quotes around it, and the backslashes in it
	inComment               // a comment with its parentheses
)

// piece is a part of a field with its outline.
type piece struct {
	value, outline []byte
	start          int
	sep            byte // what ended it
}

func (p piece) cut(from, to int) piece {
	return piece{value: p.value[from:to], outline: p.outline[from:to], start: p.start + from}
}

// to joins pieces of one field that follow each other.
func (p piece) to(last piece) piece {
	n := last.start + len(last.value) - p.start
	return piece{value: p.value[:n], outline: p.outline[:n], start: p.start, sep: last.sep}
}

func (p piece) has(c byte) bool { return bytes.IndexByte(p.outline, c) >= 0 }

func (p piece) ends(c byte) bool {
	return len(p.outline) > 0 && p.outline[len(p.outline)-1] == c
}

func (p piece) trim() piece {
	from, to := 0, len(p.value)
	for from < to && isBlank(p.outline[from]) {
		from++
	}
	for from < to && isBlank(p.outline[to-1]) {
		to--
	}
	trimmed := p.cut(from, to)
	trimmed.sep = p.sep
	return trimmed
}

// isComment says whether there is nothing but comments.
func (p piece) isComment() bool {
	comment := false
	for _, c := range p.outline {
		if c != inComment && !isBlank(c) {
			return false
		}
		comment = comment || c == inComment
	}
	return comment
}

// outline shows where a field's syntax is: octets in quotes, comments, encoded
// words and characters of several octets are replaced. What is opened and
// never closed is text.
func outline(value []byte) []byte {
	out := bytes.Clone(value)
	fill := func(from, to int, with byte) {
		for i := from; i < to; i++ {
			out[i] = with
		}
	}
	foreign := !utf8.Valid(value)
	noQuotes, noWords, unclosed := false, false, 0
	for i := 0; i < len(value); {
		next := i + 1
		switch c := value[i]; {
		case c >= 0x80 || c == 0x1b:
			next = i + characterLength(value[i:], foreign)
			fill(i, next, inText)
		case c == '=':
			if _, _, n := wordHead(value[i:]); n > 0 {
				next = i + n
				if !noWords {
					w, _ := nextWord(value, i)
					if next = w.next; !w.whole {
						noWords = next == len(value)
						next = i + n
					}
				}
				if next == i+n { // without an end
					for next < len(value) && !isBlank(value[next]) && value[next] != '<' && value[next] != '"' {
						next++
					}
				}
				fill(i, next, inWord)
			}
		case c == '"':
			end := -1
			for j := i + 1; !noQuotes && j < len(value); j++ {
				if value[j] == '"' {
					end = j
					break
				}
				if value[j] == '\\' {
					j++
				} else if value[j] >= 0x80 || value[j] == 0x1b {
					j += characterLength(value[j:], foreign) - 1
				}
			}
			if end < 0 {
				noQuotes = true
				out[i] = inText
				break
			}
			next = end + 1
			fill(i, next, inQuotes)
			out[i], out[end] = quoteMark, quoteMark
			for j := i + 1; j < end; j++ {
				if value[j] == '\\' {
					out[j] = quoteMark
					j++
				} else if value[j] >= 0x80 || value[j] == 0x1b {
					j += characterLength(value[j:], foreign) - 1
				}
			}
		case c == '(' && unclosed < maxComments:
			end, depth := -1, 0
			for j := i; j < len(value); j++ {
				switch value[j] {
				case '\\':
					j++
				case '(':
					depth++
				case ')':
					depth--
				}
				if depth == 0 {
					end = min(j+1, len(value))
					break
				}
			}
			if end < 0 {
				unclosed++
				break
			}
			next = end
			fill(i, next, inComment)
		}
		i = next
	}
	return out
}

// characterLength is how many octets a character may have whose first one is
// not ASCII. In GBK, Big5 and Shift JIS the second one may look like syntax;
// in ISO-2022 all may.
func characterLength(s []byte, foreign bool) int {
	if s[0] == 0x1b {
		if len(s) > 1 && s[1] == '$' {
			if end := bytes.Index(s[:min(len(s), 300)], []byte("\x1b(")); end > 0 {
				return min(end+3, len(s))
			}
		}
		return 1
	}
	if foreign && len(s) > 1 && s[1] >= 0x40 {
		return 2
	}
	return 1
}
