package message

import (
	"bytes"
	"errors"
	"strings"
)

const (
	maxHeader = 1 << 20  // octets of a message's header
	maxRaw    = 16 << 10 // octets of one field that are kept
	maxField  = 1000     // characters of a decoded field
	maxHeld   = 64 << 10 // octets that may turn out to be text and no header
	maxFroms  = 5        // fields From of one header
)

// ErrHeaderTooLong: a header goes on after a megabyte. What stood before that
// is known; nobody wants the rest, which the server would go on sending.
var ErrHeaderTooLong = errors.New("the header of the message is longer than 1 MB")

// field is one header field as it came, unfolded.
type field struct {
	name    string // in lower case
	spelled string // as it came, where all fields are listed
	value   []byte
}

type fields []field

// get returns the first field of a name.
func (f fields) get(name string) []byte {
	for _, field := range f {
		if field.name == name {
			return field.value
		}
	}
	return nil
}

// full says whether no further field of a name is kept: of each the first
// counts, but that there is a second author has to be told, and of two
// types or transfer encodings the body tells which it has.
func (f fields) full(name string) bool {
	n := 0
	for _, field := range f {
		if field.name == name {
			n++
		}
	}
	switch name {
	case "from":
		return n >= maxFroms
	case "content-transfer-encoding", "content-type":
		return n >= 2
	}
	return n > 0
}

// wanted are the fields that are kept; the rest of a header can be of any
// size. The topmost Received is the last server's.
var wanted = map[string]bool{
	"from": true, "sender": true, "to": true, "subject": true, "date": true, "message-id": true, "reply-to": true, "status": true, "received": true,
	"content-type": true, "content-transfer-encoding": true, "content-disposition": true, "content-id": true, "content-language": true,
}

// known are fields that show that something is a header and no text.
func known(name string) bool {
	if wanted[name] || strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "list-") || strings.HasPrefix(name, "resent-") {
		return true
	}
	switch name {
	case "cc", "bcc", "reply-to", "return-path", "delivered-to", "mime-version", "references", "in-reply-to", "dkim-signature", "authentication-results", "received-spf", "user-agent":
		return true
	}
	return false
}

// readFields reads a header up to the blank line after it, or up to a line
// for which stop says so, which stays unread. Lines that are no fields are
// skipped, but where no field that mail knows stands after them they are the
// beginning of the text, and are put back: somebody forgot the blank line, or
// the header.
func readFields(l *lines, stop func(line []byte, list fields) bool) (list fields, err error) {
	return header{lines: l, stop: stop}.read()
}

// header is one that is being read.
type header struct {
	*lines
	stop func(line []byte, list fields) bool
	// all: every field is kept, and not only what is wanted.
	all bool
	// end is told how the header ends, if it is not nil.
	end *headerEnd
}

// headerEnd says how a header ends.
type headerEnd struct {
	cut    bool // no line showed that there is no further field
	within bool // nor that the last field goes no further
}

func (l header) read() (list fields, err error) {
	var held []byte // what may be text
	junk, any := false, false
	current := -1 // the field that continuations belong to
	first, continued := true, false
	begin := l.octets
	for {
		line, whole, more := l.next()
		if !more {
			if l.end != nil {
				*l.end = headerEnd{cut: true, within: current >= 0}
			}
			break
		}
		if l.octets-begin > maxHeader {
			return list, ErrHeaderTooLong
		}
		if first {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		rest := continued // of a line whose beginning is known
		continued = !whole
		switch {
		case len(line) == 0 && !rest:
			if junk {
				l.back(append(held, '\n'))
			}
			return list, l.err
		case rest, line[0] == ' ' || line[0] == '\t':
			if current >= 0 {
				list[current].add(line, rest)
			}
			held = hold(held, line, rest, junk || !any)
			continue
		case l.stop != nil && l.stop(line, list):
			l.undo()
			if junk {
				l.back(held)
			}
			return list, l.err
		case first && bytes.HasPrefix(line, []byte("From ")): // of an mbox file
			first = false
			continue
		}
		first, current = false, -1
		name, value, ok := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !ok || !isFieldName(name) {
			if !whole && l.atEnd && isPrefix(line) {
				break // cut within its name
			}
			if line[0] != ':' {
				junk = true
				held = hold(held, line, false, true)
			}
			continue
		}
		key := strings.ToLower(string(name))
		if known(key) {
			held, junk, any = nil, false, true
		} else {
			held = hold(held, line, false, junk || !any)
		}
		f := field{name: key, value: []byte{}}
		switch {
		case l.all && len(list) < maxListed:
			f.spelled = string(name)
		case l.all || !wanted[key] || list.full(key):
			continue
		}
		list = append(list, f)
		current = len(list) - 1
		list[current].add(value, true)
	}
	if junk || !any && len(list) == 0 {
		l.back(held)
	}
	return list, l.err
}

// isPrefix says whether a name that mail knows begins so.
func isPrefix(line []byte) bool {
	for name := range wanted {
		if len(line) > 1 && len(line) < len(name) && strings.EqualFold(name[:len(line)], string(line)) {
			return true
		}
	}
	return false
}

// hold keeps a line that may turn out to be text.
func hold(held, line []byte, rest, keep bool) []byte {
	if !keep || len(held)+len(line) > maxHeld {
		return held
	}
	if rest {
		held = bytes.TrimSuffix(held, []byte("\n"))
	}
	return append(append(held, line...), '\n')
}

// add appends a line to the value, unfolded, as far as there is room.
func (f *field) add(line []byte, glued bool) {
	if len(f.value) == 0 {
		line = bytes.TrimLeft(line, " \t")
	} else if !glued {
		line = bytes.TrimLeft(line, " \t")
		f.value = append(bytes.TrimRight(f.value, " \t"), ' ')
	}
	line = line[:max(0, min(len(line), maxRaw-len(f.value)))]
	f.value = append(f.value, line...)
	if glued {
		return
	}
	f.value = bytes.TrimRight(f.value, " \t")
}

// isFieldName says whether a field can have this name (RFC 5322, section 2.2).
func isFieldName(name []byte) bool {
	if len(name) == 0 || len(name) > 200 {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
