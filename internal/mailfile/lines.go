package mailfile

import "io"

// plain writes lines that end in LF where CRLF came. A CR elsewhere stays.
type plain struct {
	w  io.Writer
	cr bool // one came, and is not written yet
}

func (u *plain) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+1)
	for _, c := range p {
		if u.cr && c != '\n' {
			out = append(out, '\r')
		}
		if u.cr = c == '\r'; !u.cr {
			out = append(out, c)
		}
	}
	if _, err := u.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (u *plain) finish() error {
	if !u.cr {
		return nil
	}
	u.cr = false
	_, err := u.w.Write([]byte{'\r'})
	return err
}

// quoted is plain with another ">" before each line of ">"s and "From " (mboxrd),
// and an empty line at the end.
type quoted struct {
	plain
	q quoting
}

func newQuoted(w io.Writer) io.Writer {
	q := &quoted{}
	q.q = quoting{w: w, start: true}
	q.w = &q.q
	return q
}

func (q *quoted) finish() error {
	if err := q.plain.finish(); err != nil {
		return err
	}
	return q.q.finish()
}

// quoting is the part of quoted behind plain.
type quoting struct {
	w     io.Writer
	start bool // of a line, or within the ">"s that it begins with
	from  int  // how much of "From " has come, and is not written yet
	last  byte
}

const from = "From "

func (q *quoting) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+len(from)+1)
	for _, c := range p {
		switch {
		case q.start && c == from[q.from]:
			if q.from++; q.from < len(from) {
				continue
			}
			out = append(append(out, '>'), from...)
			q.from, q.start = 0, false
		case q.start && q.from == 0 && c == '>':
			out = append(out, c)
		default:
			out = append(append(out, from[:q.from]...), c)
			q.from, q.start = 0, c == '\n'
		}
		q.last = c
	}
	if _, err := q.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (q *quoting) finish() error {
	end := from[:q.from]
	if q.last != '\n' {
		end += "\n"
	}
	q.from = 0
	_, err := io.WriteString(q.w, end+"\n")
	return err
}
