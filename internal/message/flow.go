package message

import (
	"bytes"
	"html"
	"strings"
	"unicode"

	"github.com/traymail/traymail/internal/plaintext"
)

// plainDocument reads plain text: quotations, and paragraphs between blank
// lines. Lines stay as they are broken, unless the text is flowed, in which a
// line that ends in a blank goes on in the next (RFC 3676, section 4); delSp
// says that this blank is no part of the text.
func plainDocument(text string, flowed, delSp bool) Document {
	var p paragraphs
	open := false // the last line goes on
	for line := range strings.SplitSeq(plaintext.CleanText(text), "\n") {
		quote, content := cutQuote(line)
		if flowed && quote == 0 {
			content = strings.TrimPrefix(content, " ") // space-stuffing; cutQuote took it from the others
		}
		signature := content == "-- "
		goesOn := flowed && !signature && strings.HasSuffix(content, " ") && strings.TrimFunc(content, notSeen) != ""
		if goesOn && delSp {
			content = content[:len(content)-1]
		}
		p.line(content, quote, open && quote == p.quote && !signature && strings.TrimFunc(content, notSeen) != "")
		open = goesOn
	}
	return p.document()
}

// cutQuote is a line without its marks of quotation, and their number.
func cutQuote(line string) (int, string) {
	quote := 0
	for quote < maxQuote {
		rest := line
		if quote > 0 {
			rest = strings.TrimPrefix(rest, " ")
		}
		if !strings.HasPrefix(rest, ">") {
			break
		}
		line = rest[1:]
		quote++
	}
	if quote > 0 {
		line = strings.TrimPrefix(line, " ")
	}
	return quote, line
}

// paragraphs makes blocks of lines.
type paragraphs struct {
	blocks []Block
	text   []byte
	quote  int  // of the block being written
	ended  bool // by a blank line
	last   int  // where the last line begins in text
}

// line adds one, or goes on in the last.
func (p *paragraphs) line(s string, quote int, goesOn bool) {
	if !goesOn {
		p.trim()
	}
	if strings.TrimFunc(s, notSeen) == "" {
		p.ended = true
		return
	}
	full := len(p.blocks)+1 >= maxBlocks
	switch {
	case len(p.text) == 0:
		p.quote = quote
	case goesOn:
	case !full && (p.ended || quote != p.quote):
		p.end()
		p.quote = quote
	default:
		if p.ended {
			p.text = append(p.text, '\n')
		}
		p.text = append(p.text, '\n')
	}
	if !goesOn {
		p.last = len(p.text)
		if quote != p.quote {
			p.text = append(p.text, strings.Repeat("> ", quote)...)
		}
	}
	p.ended = false
	p.text = append(p.text, s...)
}

// trim takes the blanks from the end of the last line, unless they belong to
// the mark of a signature.
func (p *paragraphs) trim() {
	if line := p.text[p.last:]; string(line) != "-- " {
		p.text = p.text[:p.last+len(bytes.TrimRightFunc(line, unicode.IsSpace))]
	}
}

func (p *paragraphs) end() {
	if p.trim(); len(p.text) > 0 {
		p.blocks = append(p.blocks, Block{Kind: Paragraph, Quote: p.quote, Spans: []Span{{Text: string(p.text)}}})
	}
	p.text, p.last, p.ended = p.text[:0], 0, false
}

func (p *paragraphs) document() Document {
	p.end()
	return Document{Blocks: p.blocks}
}

// richDocument reads the types of text beside text/plain and text/html. It is
// not ok for what is not written for people: that is an attachment, or another
// form of a text that is there. An unknown kind of text reads as plain (RFC
// 2046, section 4.1.4).
func richDocument(kind, text string) (Document, bool) {
	switch kind {
	case "text/html", "application/xhtml+xml":
		return htmlDocument(text, false), true
	case "text/enriched", "text/richtext":
		return htmlDocument(enrichedHTML(plaintext.CleanText(text), kind == "text/richtext"), false), true
	case "text/css", "text/javascript", "text/ecmascript", "text/x-javascript", "text/jscript", "text/xml", "text/xml-external-parsed-entity", "text/xsl",
		"text/sgml", "text/vcard", "text/x-vcard", "text/directory", "text/calendar", "text/x-vcalendar", "text/rtf", "text/x-rtf",
		"text/x-amp-html", "text/watch-html", "text/x-watch-html", "text/rfc822-headers", "text/cache-manifest", "text/x-moz-deleted":
		return Document{}, false
	}
	if !strings.HasPrefix(kind, "text/") {
		return Document{}, false
	}
	return plainDocument(text, false, false), true
}

// enrichedTags are the commands of text/enriched (RFC 1896) and text/richtext
// (RFC 1341) that HTML has another name for, or none.
var enrichedTags = map[string]string{
	"bold": "b", "italic": "i", "underline": "u", "fixed": "code", "excerpt": "blockquote", "quotation": "blockquote",
	"subscript": "sub", "superscript": "sup", "center": "div", "flushleft": "div", "flushright": "div", "flushboth": "div",
	"indent": "div", "indentright": "div", "outdent": "div", "paraindent": "div", "paragraph": "p", "heading": "div", "footing": "div", "signature": "div",
	"nofill": "pre", "verbatim": "pre",
	"param": "template", "comment": "template",
}

// enrichedHTML writes text/enriched, or text/richtext, as HTML. In the first
// a line break is a blank, and further ones are line breaks; in the second
// all are blanks.
func enrichedHTML(text string, rich bool) string {
	var out strings.Builder
	unfilled := 0
	for len(text) > 0 {
		i := strings.IndexAny(text, "<\n")
		if i < 0 {
			i = len(text)
		}
		out.WriteString(html.EscapeString(text[:i]))
		text = text[i:]
		switch {
		case text == "":
		case text[0] == '\n':
			lines := len(text) - len(strings.TrimLeft(text, "\n"))
			text = text[lines:]
			switch {
			case unfilled > 0:
				out.WriteString(strings.Repeat("\n", min(lines, 3)))
			case rich || lines == 1:
				out.WriteByte(' ')
			default:
				out.WriteString(strings.Repeat("<br>", min(lines-1, 3)))
			}
		case strings.HasPrefix(text, "<<"):
			out.WriteString("&lt;")
			text = text[2:]
		default:
			end := strings.IndexAny(text[1:], "<> \n") + 1
			if end == 0 || text[end] != '>' || end > 60 {
				out.WriteString("&lt;")
				text = text[1:]
				continue
			}
			command, closing := strings.CutPrefix(strings.ToLower(text[1:end]), "/")
			text = text[end+1:]
			switch tag := enrichedTags[command]; {
			case command == "lt":
				out.WriteString("&lt;")
			case command == "nl":
				out.WriteString("<br>")
			case command == "np":
				out.WriteString("<hr>")
			case tag == "":
			case closing:
				if tag == "pre" {
					unfilled = max(0, unfilled-1)
				}
				out.WriteString("</" + tag + ">")
			default:
				if tag == "pre" {
					unfilled++
				}
				out.WriteString("<" + tag + ">")
			}
		}
	}
	return out.String()
}
