package message

import (
	"bytes"
	"io"
)

// lineBuffer is how much of a line is seen at once; longer ones come in pieces.
const lineBuffer = 4 << 10

// maxRun is how many CR in a row are one line end.
const maxRun = 8

// lines reads a message line by line in constant memory, whatever ends its
// lines: CRLF, LF, CR alone, or several CR before LF, which some gateways make.
type lines struct {
	r          io.Reader
	buf        []byte
	start, end int // what of buf is unread
	lf         int // where the next LF is in buf, or end if there is none
	searched   bool
	before     []byte // lines to be read before what is in buf
	last       []byte // before, as it was before the last line
	taken      int    // octets of buf that the last line took
	octets     int64  // read so far
	atEnd      bool
	err        error // r's, other than io.EOF
}

func newLines(r io.Reader) *lines {
	return &lines{r: r, buf: make([]byte, lineBuffer)}
}

// next returns a line without its end, or a piece of one: whole is false if
// more of the same line follows, or the end of the message. The octets are
// valid until the next call. more is false at the end.
func (l *lines) next() (line []byte, whole, more bool) {
	if all := l.before; len(all) > 0 {
		l.last, l.taken = all, 0
		if i := bytes.IndexByte(l.before, '\n'); i >= 0 {
			line, l.before = l.before[:i], l.before[i+1:]
			return line, true, true
		}
		line, l.before = l.before, nil
		return line, true, true
	}
	for {
		if !l.searched {
			l.lf, l.searched = l.end, true
			if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
				l.lf = l.start + i
			}
		}
		piece := l.buf[l.start:l.lf]
		if i := bytes.IndexByte(piece, '\r'); i >= 0 {
			run := i + 1
			for run < len(piece) && piece[run] == '\r' && run-i < maxRun {
				run++
			}
			switch {
			case run == len(piece) && l.lf < l.end: // CR, CR, LF
				return l.take(i, run+1), true, true
			case run == len(piece) && !l.atEnd && run-i < maxRun:
				// What ends here is known with the next octet only.
			default:
				return l.take(i, i+1), true, true
			}
		} else if l.lf < l.end {
			return l.take(len(piece), len(piece)+1), true, true
		} else if len(piece) == lineBuffer || l.atEnd && len(piece) > 0 {
			return l.take(len(piece), len(piece)), false, true
		}
		if l.atEnd {
			return nil, false, false
		}
		l.fill()
	}
}

// take returns n octets and skips as far as skip.
func (l *lines) take(n, skip int) []byte {
	line := l.buf[l.start : l.start+n]
	l.taken = skip
	l.start += skip
	l.octets += int64(skip)
	if l.start > l.lf {
		l.searched = false
	}
	return line
}

func (l *lines) fill() {
	copy(l.buf, l.buf[l.start:l.end])
	l.end -= l.start
	l.start, l.searched = 0, false
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	if err != nil {
		l.atEnd = true
		if err != io.EOF { // a connection that broke wraps it, and is not the end
			l.err = err
		}
	}
}

// undo makes the line that was just read the next one again.
func (l *lines) undo() {
	if l.taken == 0 {
		l.before = l.last
		return
	}
	l.start -= l.taken
	l.octets -= int64(l.taken)
	l.searched = false
}

// back puts lines back, each with an LF behind it.
func (l *lines) back(text []byte) {
	l.before = append(bytes.Clone(text), l.before...)
}
