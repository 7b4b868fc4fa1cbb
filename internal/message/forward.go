package message

import (
	"bytes"
	"slices"
)

// message reads a message within the message (RFC 2046, section 5.2.1).
func (r *reader) message(p *part, attached bool) (t text) {
	switch encoding := p.encoding(); {
	case encoding == identity || len(p.parts) > 0 || len(p.body) == 0:
	case r.encoded == maxEncoded:
		r.dropped.parts = true
	default: // with a transfer encoding, which it must not have
		r.encoded++
		s := splitter{lines: newLines(bytes.NewReader(p.raw())), kept: len(p.body), open: make([]*delimiter, maxDepth/2), decoded: true}
		for i := range s.open {
			s.open[i] = &delimiter{}
		}
		child, _ := s.message()
		p.parts = []*part{child}
		p.body = nil
		r.dropped.add(s.dropped)
	}
	if attached || fileName(r.decoder(p), p.fields.get("content-disposition"), p.fields.get("content-type")) != "" {
		if p.octets == 0 {
			p.octets = -1 // only its parts were measured
		}
		r.file(&t, p, "message.eml")
	}
	for _, child := range p.parts {
		cut, list := child.header.cut && !r.complete, child.fields
		if cut && child.header.within {
			list = list[:len(list)-1]
		}
		r.forwarded(&t, list, cut)
		t.add(r.entity(child))
		if !child.cut {
			t.notice(ForwardedEnd, nil)
		}
	}
	return t
}

// forwarded says whose message follows. Where its header was cut off, what is
// missing may still come.
func (r *reader) forwarded(t *text, list fields, cut bool) {
	if cut { // what stands in for a field that may follow
		list = slices.DeleteFunc(slices.Clone(list), func(f field) bool { return f.name == "sender" || f.name == "received" })
	}
	hints := Hints{Languages: r.languages}
	h := decodeHeader(list, hints, first(r.charsets))
	from, _ := headerDecoder(list, hints, first(r.charsets)).authors(senders(list)...)
	args := map[string]string{"from": from, "subject": h.Subject}
	if !h.Date.IsZero() {
		args["date"] = h.Date.Format("2006-01-02T15:04:05Z07:00")
	}
	if cut {
		args["cut"] = "header"
	}
	if !cut || args["from"] != "" || args["subject"] != "" {
		t.notice(Forwarded, args)
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
