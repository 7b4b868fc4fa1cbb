package message

import (
	"bytes"
	"iter"
	"strings"

	"github.com/traymail/traymail/internal/charset"
)

// contentLines are the lines of a calendar, unfolded. Values that vCalendar
// 1.0 writes in quoted-printable, as older phones and programs still do, are
// decoded: lines of these go on behind a soft line break, without a blank.
func contentLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var open []byte // a line in quoted-printable that goes on
		for line := range strings.FieldsFuncSeq(unfold(text), func(r rune) bool { return r == '\n' || r == '\r' }) {
			switch {
			case open != nil && !isBorder(line):
				open = append(bytes.TrimSuffix(open, []byte("=")), line...)
			case open != nil && !yield(unquoted(open)):
				return
			case !inQuotedPrintable(line):
				open = nil
				if !yield(line) {
					return
				}
				continue
			default:
				open = []byte(line)
			}
			if bytes.HasSuffix(open, []byte("=")) {
				continue
			}
			if !yield(unquoted(open)) {
				return
			}
			open = nil
		}
		if open != nil {
			yield(unquoted(open))
		}
	}
}

// isBorder says whether a line begins or ends a component, and goes on in none.
func isBorder(line string) bool {
	name, _, ok := strings.Cut(line, ":")
	return ok && (strings.EqualFold(name, "BEGIN") || strings.EqualFold(name, "END"))
}

// inQuotedPrintable says so of a line's value; the name ENCODING may be missing.
func inQuotedPrintable(line string) bool {
	head, _, ok := cutUnquoted(line, ':')
	if _, parameters, some := strings.Cut(head, ";"); ok && some {
		for p := range strings.SplitSeq(strings.ToUpper(parameters), ";") {
			if p == "ENCODING=QUOTED-PRINTABLE" || p == "QUOTED-PRINTABLE" {
				return true
			}
		}
	}
	return false
}

// unquoted decodes a line's value.
func unquoted(line []byte) string {
	head, value, _ := cutUnquoted(string(line), ':')
	value = strings.ReplaceAll(value, "==", "=") // a soft line break that was folded, too
	text, _ := charset.Decode(decodeQuotedPrintable([]byte(value)), parameter(string(line), "CHARSET"), charset.Hints{})
	return head + ":" + strings.ReplaceAll(text, "\r\n", "\n")
}
