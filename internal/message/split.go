package message

import (
	"bytes"
	"slices"
	"strings"
)

// Bounds on what a message can make us hold.
const (
	maxKept  = 3 << 20 // octets of all text parts, as they are encoded
	maxParts = 1000    // parts that are remembered; text goes on to five times that
	maxDepth = 20      // multiparts and messages within each other; deeper ones are read side by side
	maxFlat  = 1000    // multiparts deeper than that
	maxHead  = 200     // octets of how a file begins, as they are encoded
)

// part is a node of a message's MIME tree.
type part struct {
	fields fields
	kind   string // type/subtype, in lower case
	params params
	// body is a leaf's, with its transfer encoding and LF for line ends; only
	// of leaves that may hold text. A multipart has none.
	body []byte
	// head is how another leaf begins, as far as that tells what it is.
	head []byte
	// decoded: body and head have no transfer encoding any more.
	decoded bool
	// octets is the size of a leaf without its transfer encoding.
	octets int64
	// cut: the message ended within it.
	cut bool
	// from and to are where the body stands in the message, in octets; to is 0
	// where it stands in something that was decoded.
	from, to int64
	// header says whether even its header was cut.
	header headerEnd
	// preamble: a multipart of which only what stands before the first part was
	// found.
	preamble bool
	// instead is what a part is by its first Content-Type field, if it is not the
	// multipart of its second one.
	instead *part
	// parts are a multipart's, or the one message in a message/rfc822.
	parts []*part
}

// newPart is a part with these fields; kind is what it is where it does not
// say so (RFC 2046, section 5.1.5).
func newPart(list fields, kind string) *part {
	p := &part{fields: list}
	for _, f := range list {
		if f.name != "content-type" || len(bytes.TrimSpace(f.value)) == 0 {
			continue
		}
		other, params := mediaType(f.value)
		switch {
		case p.params == nil && p.kind == "":
			kind, p.params, p.kind = other, params, other
		case strings.HasPrefix(other, "multipart/") && params.get("boundary") != "" && !strings.HasPrefix(kind, "multipart/"):
			p.instead = &part{kind: kind, params: p.params} // if there is no delimiter
			kind, p.params = other, params
		}
	}
	switch {
	case kind != "message/partial":
	case p.params.get("number") == "1":
		kind = "message/rfc822"
	default:
		kind = "text/plain"
	}
	if kind == "text/x-vcalendar" || kind == "text/vcalendar" {
		kind = "text/calendar"
	}
	p.kind = kind
	return p
}

// textual says whether the body of a leaf may be read, and is worth keeping.
func (p *part) textual() bool {
	switch p.kind {
	case "application/xhtml+xml", "message/delivery-status", "message/global-delivery-status", "message/disposition-notification",
		"message/global-disposition-notification", "message/rfc822", "message/global", "message/news":
		return true
	}
	return strings.HasPrefix(p.kind, "text/")
}

// isMessage says whether the body is a message itself.
func (p *part) isMessage() bool {
	return p.kind == "message/rfc822" || p.kind == "message/global" || p.kind == "message/news"
}

func (p *part) multipart() bool { return strings.HasPrefix(p.kind, "multipart/") }

// inner is what the parts of a multipart are if they do not say so.
func (p *part) inner() string {
	if p.kind == "multipart/digest" {
		return "message/rfc822"
	}
	return "text/plain"
}

// splitter reads the MIME tree of a message line by line, in bounded memory,
// and forgives what mail programs forgive. It never fails.
type splitter struct {
	*lines
	open    []*delimiter
	kept    int
	parts   int
	dropped dropped
	// ended is where the part before the last delimiter line ends, in octets;
	// decoded says that the lines are none of the message itself.
	ended   int64
	decoded bool
	// named are boundaries that something within the message has, and lines that
	// tell of some: what looks like these is no damaged delimiter.
	named []string
	near  int // lines that looked like that
}

// dropped says why text was left out.
type dropped struct {
	octets bool // there is too much of it, or a header is without end
	parts  bool // there are too many parts, or too many within each other
	files  int  // attachments among those parts
}

func (d dropped) any() bool { return d.octets || d.parts }

func (d *dropped) add(more dropped) {
	d.octets, d.parts, d.files = d.octets || more.octets, d.parts || more.parts, d.files+more.files
}

// delimiter is the line that separates the parts of a multipart (RFC 2046,
// section 5.1.1).
type delimiter struct {
	boundary string
	also     string // how the first one was spelt, if otherwise
	seen     bool
	// closed: the last one has come. It may come again, but not before that of
	// a multipart around it with the same boundary.
	closed bool
	// flat are the boundaries of all multiparts that are read side by side.
	flat map[string]bool
}

// matches says whether a line, without the dashes before it, is the delimiter,
// and whether it is the last.
func (d *delimiter) matches(text string) (last, is bool) {
	if d.flat != nil {
		if d.flat[text] {
			return false, true
		}
		text, last = strings.CutSuffix(text, "--")
		return last, last && d.flat[text]
	}
	for _, boundary := range []string{d.boundary, d.also} {
		rest, ok := strings.CutPrefix(text, boundary)
		if ok && boundary != "" && (rest == "" || rest == "--") {
			return rest == "--", true
		}
	}
	return false, false
}

// found is a delimiter line: of which of the open multiparts, or -1 at the
// end of the message.
type found struct {
	level int
	last  bool // it closes the multipart
}

var atEnd = found{level: -1}

// delimits says which delimiter line is, innermost first: an inner boundary
// may extend an outer one.
func (s *splitter) delimits(line []byte) (found, bool) {
	if !bytes.HasPrefix(line, []byte("--")) {
		return atEnd, false
	}
	text := string(bytes.TrimRight(line[2:], " \t"))
	again := atEnd
	for i := len(s.open) - 1; i >= 0; i-- {
		last, is := s.open[i].matches(text)
		switch {
		case !is:
		case s.open[i].closed:
			if again == atEnd {
				again = found{level: i, last: last}
			}
		default:
			s.open[i].seen = s.open[i].seen || !last
			return found{level: i, last: last}, true
		}
	}
	return again, again != atEnd
}

// maxNamed is how many boundaries, and lines that tell of some, are remembered.
const maxNamed = 50

// name remembers a text that tells of a boundary.
func (s *splitter) name(text string) {
	const most = 300
	if len(s.named) < maxNamed {
		s.named = append(s.named, strings.Clone(text[:min(len(text), most)]))
	}
}

// damaged says which delimiter a line was before one octet of it got lost,
// came in or became another.
func (s *splitter) damaged(line []byte) (found, bool) {
	const (
		longest = 80 // RFC 2046, section 5.1.1, and the dashes
		most    = 50 // more than that are no damage
	)
	line = bytes.TrimRight(line, " \t")
	if len(line) == 0 || s.near >= most || len(line) > longest || line[0] != '-' && (len(line) < 2 || line[1] != '-') {
		return atEnd, false
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		last, is := nearDelimiter(string(line), s.open[i].boundary)
		if !is || s.open[i].closed {
			continue
		}
		s.near++
		text := strings.Trim(string(line), "-")
		if slices.ContainsFunc(s.named, func(other string) bool { return strings.Contains(other, text) }) {
			return atEnd, false
		}
		return found{level: i, last: last}, true
	}
	return atEnd, false
}

// nearDelimiter says whether a line is the delimiter of a boundary but for one
// octet, and whether it would be the last. Short boundaries are like others.
func nearDelimiter(line, boundary string) (last, is bool) {
	const fewest = 6 // letters and digits
	whole := "--" + boundary
	if len(line) < len(whole)-1 || len(line) > len(whole)+3 {
		return false, false
	}
	n := 0
	for i := range len(boundary) {
		if c := boundary[i]; isLetter(c) || c >= '0' && c <= '9' {
			n++
		}
	}
	if n < fewest || line == whole || line == whole+"--" {
		return false, false
	}
	if last = oneOff(line, whole+"--"); last && strings.HasSuffix(line, "-") {
		return true, true
	}
	return false, oneOff(line, whole)
}

// oneOff says whether two words are the same but for one octet that one of them
// lacks, or that is another.
func oneOff(a, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1
}

// entity reads a part, header and body, up to the delimiter that ends it.
func (s *splitter) entity(kind string) (*part, found) {
	p := s.header(kind)
	return p, s.body(p)
}

// message reads a message within the message. Blank lines before its header are
// skipped.
func (s *splitter) message() (*part, found) {
	const most = 100
	for n := 0; n < most; n++ {
		line, _, more := s.next()
		if more && len(line) == 0 {
			continue
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		if more {
			s.undo()
		}
		if !ok || !isFieldName(name) || !known(strings.ToLower(string(name))) {
			s.back(bytes.Repeat([]byte("\n"), n))
		}
		break
	}
	return s.entity("text/plain")
}

// header reads the header of a part.
func (s *splitter) header(kind string) *part {
	var end headerEnd
	list, err := header{lines: s.lines, end: &end, stop: func(line []byte, list fields) bool {
		if !bytes.HasPrefix(line, []byte("--")) {
			return false
		}
		if _, is := s.delimits(line); is {
			return true
		}
		// Its own first delimiter, without a blank line before it.
		_, params := mediaType(list.get("content-type"))
		boundary := params.get("boundary")
		return boundary != "" && string(bytes.TrimRight(line[2:], " \t")) == boundary
	}}.read()
	for _, f := range list {
		s.kept += len(f.value)
	}
	if err != nil || s.kept > maxKept {
		s.dropped.octets = true
		return &part{kind: "application/octet-stream"}
	}
	p := newPart(list, kind)
	if boundary := p.params.get("boundary"); boundary != "" {
		s.name(boundary)
	}
	if _, _, more := s.next(); more { // a text without a header
		s.undo()
	} else {
		p.header = end
	}
	return p
}

// body reads a part's body up to the delimiter that ends the part.
func (s *splitter) body(p *part) (d found) {
	begun := s.octets
	defer func() { p.cut = p.cut || d == atEnd && s.octets == begun }() // it may have ended in the header
	encoding := p.encoding()
	switch {
	case len(s.open) > maxDepth: // a leaf of what is flat
		return s.leaf(p, nil)
	case len(s.open) == maxDepth && (p.multipart() || p.isMessage() && encoding == identity):
		return s.flat(p)
	case p.multipart():
		return s.multipart(p)
	case len(s.open) == 0 && len(p.fields.get("content-type")) == 0 && p.kind == "text/plain" && encoding == identity && s.beginsParts():
		p.kind = "multipart/mixed"
		return s.multipart(p)
	case p.isMessage() && encoding == identity:
		s.open = append(s.open, &delimiter{}) // counts as depth
		child, d := s.message()
		s.open = s.open[:len(s.open)-1]
		s.place(p, begun)
		child.cut = child.cut || d == atEnd && s.enclosed()
		p.parts, p.cut = []*part{child}, child.cut
		return d
	}
	return s.leaf(p, nil)
}

// beginsParts says whether what comes next is the first part of a multipart, whose
// type got lost with some of its header.
func (s *splitter) beginsParts() bool {
	var read []byte
	defer func() { s.back(read) }()
	for range 3 {
		line, whole, more := s.next()
		if !more {
			return false
		}
		if !whole || len(line) > 0 && !bytes.HasPrefix(line, []byte("--")) {
			s.undo()
			return false
		}
		read = append(append(read, line...), '\n')
		if len(line) > len("--") {
			next, _, more := s.next()
			if more {
				s.undo()
			}
			return more && isContentField(next)
		}
	}
	return false
}

// flat reads all that is within p as one row of parts, whatever is within what:
// nothing is lost, and nobody has to count how deep it was.
func (s *splitter) flat(p *part) found {
	level := len(s.open)
	all := &delimiter{flat: map[string]bool{}}
	s.open = append(s.open, all)
	defer func() { s.open = s.open[:level] }()
	outer := *p
	*p = part{kind: "multipart/mixed", fields: p.fields}
	for next := &outer; ; {
		var d found
		switch {
		case next.multipart():
			if boundary := strings.TrimRight(next.params.get("boundary"), " \t"); boundary != "" && len(all.flat) < maxFlat {
				all.flat[boundary] = true
			} else {
				s.dropped.parts = true
			}
			d = s.leaf(&part{kind: "application/octet-stream"}, nil)
		case next.isMessage() && next.encoding() == identity:
			inner := s.header("text/plain")
			shown := *next
			// Where it ends is not known.
			shown.parts = []*part{{kind: "multipart/mixed", fields: inner.fields, cut: true, header: inner.header}}
			s.add(p, &shown)
			next = inner
			continue
		default:
			d = s.leaf(next, nil)
			next.cut = d == atEnd
			s.add(p, next)
		}
		for d.level == level && d.last {
			d = s.leaf(&part{kind: "application/octet-stream"}, nil)
		}
		if d.level != level {
			p.cut = d == atEnd && s.enclosed()
			return d
		}
		next = s.header("text/plain")
	}
}

// add remembers a part of a multipart, as far as there is room.
func (s *splitter) add(p, child *part) {
	if s.parts++; s.parts <= maxParts || s.parts <= 5*maxParts && len(child.body)+len(child.parts) > 0 {
		p.parts = append(p.parts, child)
		return
	}
	switch {
	case child.textual():
		s.dropped.parts = true
	case !child.multipart() && !isInlineImage(child):
		s.dropped.files++
	}
}

// enclosed says whether a delimiter is due.
func (s *splitter) enclosed() bool {
	return slices.ContainsFunc(s.open, func(d *delimiter) bool { return d.boundary != "" || len(d.flat) > 0 })
}

// smime says whether a leaf is what S/MIME made of a message, and no file that
// was signed (RFC 8551, section 3.2). Some gateways lose its type.
func (p *part) smime() bool {
	is := strings.HasSuffix(p.kind, "/pkcs7-mime") || strings.HasSuffix(p.kind, "/x-pkcs7-mime")
	if !is && p.kind != "application/octet-stream" {
		return false
	}
	name := fileName(decoder{}, p.fields.get("content-disposition"), p.fields.get("content-type"))
	return is && name == "" || strings.EqualFold(name, "smime.p7m")
}

// signedData is the object identifier of what is signed and not encrypted (RFC
// 5652, section 5.1), in DER.
var signedData = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}

// signed says whether S/MIME only signed what this holds.
func (p *part) signed() bool {
	if kind := p.params.get("smime-type"); kind != "" {
		return strings.EqualFold(kind, "signed-data")
	}
	head := p.head
	if !p.decoded {
		head = p.encoding().undo(head)
	}
	return bytes.Contains(head, signedData)
}

// multipart reads the parts of a multipart, and what stands before and after.
func (s *splitter) multipart(p *part) found {
	level := len(s.open)
	own := &delimiter{boundary: strings.TrimRight(p.params.get("boundary"), " \t")}
	s.open = append(s.open, own)
	defer func() { s.open = s.open[:level] }()
	preamble := &part{kind: "text/plain", fields: p.fields}
	d := s.leaf(preamble, own)
	if d.level != level && s.encoded(p, preamble.body) {
		return d
	}
	if d.level != level && len(bytes.TrimSpace(preamble.body)) > 0 {
		// No delimiter at all: what there is may be read, but for what is said
		// to readers without MIME.
		if d == atEnd && own.boundary != "" && len(preamble.body) < 300 && bytes.Contains(preamble.body, []byte("MIME")) {
			p.cut = true
			return d
		}
		p.kind, p.params, p.body, p.octets, p.cut = "text/plain", nil, preamble.body, preamble.octets, false
		if p.instead != nil {
			p.kind, p.params = p.instead.kind, p.instead.params
		}
		p.preamble = d == atEnd
		return d
	}
	s.kept -= len(preamble.body)
	for d.level == level {
		if d.last {
			// What follows is for no one, unless the delimiter comes again.
			own.closed = true
			d = s.leaf(&part{kind: "application/octet-stream"}, nil)
			if d == atEnd {
				return d
			}
			continue
		}
		var child *part
		child, d = s.entity(p.inner())
		s.add(p, child)
	}
	p.cut = d == atEnd
	if n := len(p.parts); n > 0 && p.cut {
		p.parts[n-1].cut = true
	}
	return d
}

// encoded reads the parts of a multipart that has a transfer encoding, which
// it must not have (RFC 2045, section 6.4).
func (s *splitter) encoded(p *part, body []byte) bool {
	encoding := p.encoding()
	boundary := p.params.get("boundary")
	if encoding == identity || boundary == "" {
		return false
	}
	raw := encoding.undo(body)
	if !bytes.Contains(raw, []byte("--"+boundary)) {
		return false
	}
	inner := splitter{lines: newLines(bytes.NewReader(raw)), kept: s.kept - len(body), parts: s.parts, decoded: true}
	for range s.open {
		inner.open = append(inner.open, &delimiter{}) // counts as depth
	}
	p.fields = slices.DeleteFunc(p.fields, func(f field) bool { return f.name == "content-transfer-encoding" })
	inner.body(p)
	s.kept, s.parts = inner.kept, inner.parts
	s.dropped.add(inner.dropped)
	return true
}

// leaf reads a body up to the delimiter that ends it. Where it is the preamble
// of a multipart whose delimiter has not come yet, own is that: some other
// line may turn out to be the delimiter.
func (s *splitter) leaf(p *part, own *delimiter) found {
	keep, look := p.textual(), p.smime()
	encoding := p.encoding()
	size := newSizer(encoding)
	var candidate []byte
	var near *nearLine
	started, partial := false, false
	begun := s.octets
	defer func() { s.place(p, begun) }()
	for {
		s.ended = s.octets
		line, whole, more := s.next()
		if near != nil && (isContentField(line) && !near.last || near.last && (!more || len(line) == 0)) {
			d := near.found
			s.ended = near.begun
			if own != nil && d.level == len(s.open)-1 && !own.seen {
				own.also, own.seen = near.text, true
			}
			s.kept -= len(p.body) - near.body
			p.body, p.octets = p.body[:near.body], near.size.octets()
			if more {
				s.undo()
			}
			return d
		}
		near = nil
		if !more {
			p.octets = size.octets()
			return atEnd
		}
		if !partial {
			if d, is := s.delimits(line); is {
				p.octets = size.octets()
				return d
			}
			if d, is := s.damaged(line); is && whole {
				near = &nearLine{found: d, text: strings.TrimPrefix(string(bytes.TrimRight(line, " \t")), "--"), body: len(p.body), size: *size, begun: s.ended}
			} else if bytes.Contains(line, []byte("boundary=")) {
				s.name(string(line))
			}
			if own != nil && !own.seen {
				// With a transfer encoding, it may look like another one.
				if candidate != nil && isContentField(line) && (encoding == identity || string(encoding.undo(candidate)) != own.boundary) {
					own.boundary, own.seen = string(candidate), true
					s.undo()
					return found{level: len(s.open) - 1}
				}
				candidate = nil
				if text := bytes.TrimRight(line, " \t"); whole && len(text) > 2 && len(text) < 200 && bytes.HasPrefix(text, []byte("--")) {
					candidate = bytes.Clone(text[2:])
				}
			}
		}
		size.line(line, started && !partial)
		if look && len(p.head) < maxHead {
			p.head = append(append(p.head, line[:min(len(line), maxHead)]...), '\n')
		}
		if keep {
			if s.kept+len(line)+1 > maxKept {
				s.dropped.octets, keep = true, false
				continue
			}
			if started && !partial {
				p.body = append(p.body, '\n')
				s.kept++
			}
			p.body = append(p.body, line...)
			s.kept += len(line)
		}
		started, partial = true, !whole
	}
}

// place notes where a part's body stands.
func (s *splitter) place(p *part, begun int64) {
	if p.from, p.to = begun, s.ended; s.decoded {
		p.from, p.to = 0, 0
	}
}

// nearLine is a line that may be a damaged delimiter, which the next one tells.
type nearLine struct {
	found
	text string
	body int   // octets of the body before it
	size sizer // of the part before it
	// begun is where it stands in the message, in octets.
	begun int64
}

func isContentField(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte(":"))
	return ok && len(name) > 8 && strings.EqualFold(string(name[:8]), "content-") && isFieldName(name)
}
