package message

import (
	"bytes"
	"errors"
	"io"
)

// Attachment is a file of a message, and where it stands there.
type Attachment struct {
	File
	place *spot
}

// spot is where a file's octets are: in the message, with a transfer encoding,
// or here, where they stand within a text.
type spot struct {
	from, to int64
	encoding transfer
	// broken: the line end before to belongs to the delimiter behind it.
	broken bool
	data   []byte
}

// ErrNotApart: a file stands in what has to be decoded as a whole first, or in a
// form that is too rare.
var ErrNotApart = errors.New("this attachment cannot be taken out of its message")

// Attachments are the files of a message that is there whole: those that Read
// names, in the same order but where go-message and we read a message in
// different ways. No octet of theirs is kept.
func Attachments(r io.Reader, h Hints) ([]Attachment, error) {
	m, err := split(newLines(r), h, true)
	list := make([]Attachment, len(m.Files))
	for i, f := range m.Files {
		list[i].File, list[i].place = f, f.place
		list[i].File.place = nil
	}
	return list, err
}

// at notes where a file stands: p's body, or data.
func (r *reader) at(f File, p *part, data []byte) File {
	switch {
	case !r.placed:
	case data != nil:
		f.place = &spot{data: data}
	case p != nil && p.to > 0:
		f.place = &spot{from: p.from, to: p.to, encoding: p.encoding(), broken: !p.cut}
	}
	return f
}

// Write writes the octets of the file to w, some kilobytes at a time. message
// is the one that Attachments has read.
func (a Attachment) Write(w io.Writer, message io.ReaderAt) error {
	switch {
	case a.place == nil:
		return ErrNotApart
	case a.place.data != nil:
		_, err := w.Write(a.place.data)
		return err
	}
	body := io.NewSectionReader(message, a.place.from, a.place.to-a.place.from)
	switch a.place.encoding {
	case base64Encoding:
		return copyBase64(w, body)
	case quotedPrintable:
		return copyQuotedPrintable(w, body, a.place.broken)
	case uuencode:
		raw, err := io.ReadAll(io.LimitReader(body, maxUU+1))
		if err != nil {
			return err
		}
		if len(raw) > maxUU {
			return ErrNotApart
		}
		_, err = w.Write(uuencode.undo(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))))
		return err
	}
	size := body.Size()
	if a.place.broken {
		size -= lastBreak(body)
	}
	_, err := io.Copy(w, io.LimitReader(body, size))
	return err
}

// maxUU bounds a file in the one encoding that is not undone bit by bit.
const maxUU = 32 << 20

// lastBreak is how many octets the line end at the end of a body has.
func lastBreak(body *io.SectionReader) int64 {
	end := make([]byte, min(2, body.Size()))
	if _, err := body.ReadAt(end, body.Size()-int64(len(end))); err != nil && err != io.EOF {
		return 0
	}
	switch {
	case bytes.HasSuffix(end, []byte("\r\n")):
		return 2
	case bytes.HasSuffix(end, []byte("\n")), bytes.HasSuffix(end, []byte("\r")):
		return 1
	}
	return 0
}

// copyBase64 forgives what decodeBase64 does, but for text among the digits.
func copyBase64(w io.Writer, r io.Reader) error {
	buf := make([]byte, 32<<10)
	out := make([]byte, 0, len(buf))
	var bits uint32
	digits := 0
	for {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			d := base64Digit(c)
			switch {
			case d >= 0:
				bits = bits<<6 | uint32(d) // #nosec G115 -- below 64
				if digits++; digits == 4 {
					out = append(out, byte(bits>>16), byte(bits>>8), byte(bits)) // #nosec G115 -- three octets
					bits, digits = 0, 0
				}
			case c == '=':
				out = appendRest(out, bits, digits)
				bits, digits = 0, 0
			}
		}
		if err != nil {
			out = appendRest(out, bits, digits)
		}
		if _, failed := w.Write(out); failed != nil {
			return failed
		}
		out = out[:0]
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// appendRest appends what of a group of base64 is there.
func appendRest(out []byte, bits uint32, digits int) []byte {
	switch digits {
	case 2:
		return append(out, byte(bits>>4)) // #nosec G115 -- an octet
	case 3:
		return append(out, byte(bits>>10), byte(bits>>2)) // #nosec G115 -- two octets
	}
	return out
}

// copyQuotedPrintable decodes line by line, and keeps the line ends of files.
// broken: that of the last line belongs to what follows.
func copyQuotedPrintable(w io.Writer, r io.Reader, broken bool) error {
	l := newLines(r)
	ended := false
	for {
		line, whole, more := l.next()
		if !more {
			if ended && !broken {
				_, err := io.WriteString(w, "\r\n")
				return errors.Join(err, l.err)
			}
			return l.err
		}
		if ended {
			if _, err := io.WriteString(w, "\r\n"); err != nil {
				return err
			}
		}
		// A piece of a long line may end within an escape: nobody writes such.
		soft := bytes.HasSuffix(bytes.TrimRight(line, " \t"), []byte("="))
		if _, err := w.Write(decodeQuotedPrintable(line)); err != nil {
			return err
		}
		ended = whole && !soft
	}
}
