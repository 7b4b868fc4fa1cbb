package message

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	gomessage "github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"

	"github.com/traymail/traymail/internal/charset"
)

// maxClean is the size up to which go-message reads a message. It has no
// bound for a part's header, and would decode large attachments only for us to
// throw them away.
const maxClean = 256 << 10

// readClean reads the MIME tree of a well-formed message with go-message. ok
// is false where it gives up, or would read the message differently from what
// its author meant.
func readClean(raw []byte) (p *part, ok bool) {
	if !cleanLines(raw) || !endsHeader(raw) {
		return nil, false
	}
	e, err := gomessage.Read(bytes.NewReader(raw))
	if giveUp(err) {
		return nil, false
	}
	p, ok = cleaner(raw).part(e, "text/plain", nil)
	return p, ok && !cleaner(raw).damaged(p)
}

// damaged says whether a line may be a delimiter of p that has a wrong octet, or
// whether there are too many to tell.
func (c cleaner) damaged(p *part) bool {
	const most = 20
	boundaries := p.boundaries(nil)
	if len(boundaries) > most {
		return true
	}
	if len(boundaries) == 0 {
		return false
	}
	for line := range bytes.Lines(c) {
		if line[0] != '-' && (len(line) < 2 || line[1] != '-') {
			continue
		}
		text := string(bytes.TrimRight(line, " \t\r\n"))
		near := false
		for _, boundary := range boundaries {
			if text == "--"+boundary || text == "--"+boundary+"--" {
				near = false
				break
			}
			_, is := nearDelimiter(text, boundary)
			near = near || is
		}
		if near {
			return true
		}
	}
	return false
}

// boundaries are those of all multiparts.
func (p *part) boundaries(all []string) []string {
	if boundary := p.params.get("boundary"); p.multipart() && boundary != "" {
		all = append(all, boundary)
	}
	for _, child := range p.parts {
		all = child.boundaries(all)
	}
	return all
}

// cleaner is the whole message.
type cleaner []byte

// cleanLines says whether all lines end in CRLF, or all in LF, with nothing
// before the header. In a text without parts only the header's matter.
func cleanLines(raw []byte) bool {
	if len(raw) == 0 || raw[0] == '\n' || raw[0] == '\r' || bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
		return false
	}
	head := raw
	for _, blank := range []string{"\n\n", "\n\r\n"} {
		if i := bytes.Index(head, []byte(blank)); i >= 0 {
			head = head[:i+1]
		}
	}
	if lower := bytes.ToLower(head); bytes.Contains(lower, []byte("multipart/")) || bytes.Contains(lower, []byte("message/")) {
		head = raw
	}
	crlf := bytes.Count(head, []byte("\r\n"))
	return bytes.Count(head, []byte("\r")) == crlf && (crlf == 0 || bytes.Count(head, []byte("\n")) == crlf)
}

// endsHeader says whether there is a blank line: go-message reads a header that
// is cut as well.
func endsHeader(raw []byte) bool {
	return bytes.Contains(raw, []byte("\n\n")) || bytes.Contains(raw, []byte("\n\r\n"))
}

// giveUp says whether go-message could not read something. That it does not
// know a charset does not matter: it is not asked for any.
func giveUp(err error) bool {
	return err != nil && !gomessage.IsUnknownCharset(err)
}

func (c cleaner) part(e *gomessage.Entity, kind string, open []string) (*part, bool) {
	p := newPart(cleanFields(e.Header.Header), kind)
	if len(open) > maxDepth {
		return nil, false
	}
	switch {
	case p.multipart():
		return p, c.multipart(p, e, open)
	case p.isMessage() && p.encoding() == identity:
		raw, err := io.ReadAll(e.Body)
		if err != nil || !endsHeader(raw) || bytes.IndexAny(raw[:min(len(raw), 1)], "\r\n") == 0 {
			return nil, false
		}
		inner, err := gomessage.Read(bytes.NewReader(raw))
		if giveUp(err) {
			return nil, false
		}
		child, ok := c.part(inner, "text/plain", append(open, ""))
		p.parts = []*part{child}
		return p, ok
	}
	if len(p.encodings()) > 1 || p.instead != nil || len(open) == 0 && p.kind == "text/plain" && len(p.fields.get("content-type")) == 0 && c.beginsParts() {
		return nil, false
	}
	switch strings.ToLower(string(bytes.TrimSpace(p.fields.get("content-transfer-encoding")))) {
	case "", "7bit", "8bit", "binary", "base64", "quoted-printable":
	default: // an unknown charset would have hidden that it is unknown
		return nil, false
	}
	body, err := io.ReadAll(e.Body)
	if err != nil {
		return nil, false
	}
	encoding := p.encoding()
	if declared := p.params.get("charset"); encoding == base64Encoding && p.textual() &&
		(hasControls(body) && !inUnits(strings.ToLower(declared)) || (declared == "" || charset.Same(declared, "utf-8")) && !utf8.Valid(body)) {
		return nil, false // it may not be base64 throughout, which is not seen any more
	}
	if encoding == quotedPrintable && p.textual() && len(body) >= shortest && base64Encoding.fits(body) {
		return nil, false
	}
	p.decoded = encoding != identity
	p.octets = int64(len(body))
	if p.textual() {
		p.body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	}
	if p.smime() {
		p.head = body[:min(len(body), maxHead)]
	}
	return p, true
}

func (c cleaner) multipart(p *part, e *gomessage.Entity, open []string) bool {
	boundary := p.params.get("boundary")
	_, theirs, err := e.Header.ContentType()
	if err != nil || boundary == "" || theirs["boundary"] != boundary {
		return false
	}
	for _, outer := range open {
		// go-message takes `--outer-1` for the end of outer.
		if outer != "" && (strings.HasPrefix(outer, boundary) || strings.HasPrefix(boundary, outer)) {
			return false
		}
	}
	delimiter := []byte("\n--" + boundary)
	if last := bytes.LastIndex(c, delimiter); last < 0 || last != bytes.Index(c, append(delimiter, "--"...)) {
		return false // cut, or a part follows the last delimiter
	}
	reader := e.MultipartReader()
	if reader == nil {
		return false
	}
	for {
		inner, err := reader.NextPart()
		if err == io.EOF { //nolint:errorlint // a cut message has another error, which wraps this one
			return len(p.parts) > 0
		}
		if giveUp(err) || len(p.parts) >= maxParts {
			return false
		}
		child, ok := c.part(inner, p.inner(), append(open, boundary))
		if !ok {
			return false
		}
		p.parts = append(p.parts, child)
	}
}

// beginsParts says whether the text begins as a multipart does.
func (c cleaner) beginsParts() bool {
	_, body, found := bytes.Cut(c, []byte("\n\n"))
	if _, other, ok := bytes.Cut(c, []byte("\n\r\n")); ok && (!found || len(other) > len(body)) {
		body = other
	}
	return bytes.HasPrefix(bytes.TrimLeft(body[:min(len(body), 10)], "\r\n"), []byte("--"))
}

// cleanFields are the fields that we keep, as readFields would.
func cleanFields(h textproto.Header) fields {
	var list fields
	for f := h.Fields(); f.Next(); {
		key := strings.ToLower(f.Key())
		if wanted[key] && !list.full(key) {
			value := strings.NewReplacer("\r\n", "", "\n", "").Replace(f.Value())
			list = append(list, field{name: key, value: []byte(value[:min(len(value), maxRaw)])})
		}
	}
	return list
}
