package message

import (
	"strings"
	"unicode"

	"github.com/traymail/traymail/internal/plaintext"
)

// Bounds on a document. Text beyond them goes on in the last block, or in
// plain style.
const (
	maxBlocks    = 20_000
	maxQuote     = 25
	maxListDepth = 12
	maxIndent    = 16
)

// mode is the style in which text is written.
type mode struct {
	bold, italic, code, struck bool
	link                       string
}

func (m mode) both(n mode) mode {
	both := mode{bold: m.bold && n.bold, italic: m.italic && n.italic, code: m.code && n.code, struck: m.struck && n.struck}
	if m.link == n.link {
		both.link = m.link
	}
	return both
}

// shape is what the next block shall be.
type shape struct {
	heading      int
	preformatted bool
	quote        int
}

// item is one of a list.
type item struct {
	level int
	mark  string // empty for a bullet
}

// builder makes blocks of text that arrives in pieces. It folds white space
// as browsers do, and starts a block only when there is something to read.
type builder struct {
	blocks []Block
	block  Block // the one being written
	open   bool
	shape  shape
	item   *item  // the next paragraph is this one
	begun  func() // is told that the item has a block

	text   strings.Builder // of the span being written
	mode   mode            // of it
	budget budget

	gap      int    // due before the next text: 1 for a line break, 2 for a new block
	written  bool   // there is text on this line
	blank    bool   // a blank is due
	within   mode   // the style of that blank
	indent   int    // blanks that do not fold, at the beginning of a line
	hard     bool   // there was such a blank on this line
	filled   bool   // it was filler
	joiners  string // due within a word
	lead     string // wide blanks at the beginning of a line
	newlines int    // due in preformatted text
	spaces   string // likewise
}

// breakLine asks for n: a line break (1), or a new block (2).
func (b *builder) breakLine(n int) {
	if n == 0 {
		return
	}
	if b.hard && !b.written && !b.filled { // a line of &nbsp; is an empty line
		n = 2
	}
	b.gap = max(b.gap, n)
	b.newLine()
}

// lineFeed is <br>: on an empty line it begins a new block.
func (b *builder) lineFeed() {
	if b.shape.preformatted {
		b.newlines++
		b.spaces = ""
		return
	}
	if b.written || !b.open && len(b.blocks) == 0 {
		b.breakLine(1)
	} else {
		b.breakLine(2)
	}
}

func (b *builder) newLine() {
	b.written, b.blank, b.indent, b.hard, b.filled, b.joiners, b.lead, b.newlines, b.spaces = false, false, 0, false, false, "", "", 0, ""
}

// write adds a text whose white space folds.
func (b *builder) write(s string, m mode) {
	s = plaintext.CleanText(s)
	start := -1
	for i, r := range s {
		if r > ' ' && r < 0x7f {
			if start < 0 {
				start = i
			}
			continue
		}
		class := classOf(r)
		if class == visible {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			b.put(s[start:i], m)
			start = -1
		}
		switch class {
		case joiner:
			if b.blank || !b.written {
				b.filled = true
			} else if len(b.joiners) < 24 {
				b.joiners += string(r)
			}
			continue
		case wideBlank:
			if !b.written && len(b.lead) < 24 {
				b.lead += string(r)
			} else if b.written && !b.blank && len(b.joiners) < 24 {
				b.joiners += string(r)
			}
			continue
		case hardBlank:
			b.hard = true
			b.indent++
		}
		if !b.blank {
			b.blank, b.within = true, m
		}
		b.joiners = ""
	}
	if start >= 0 {
		b.put(s[start:], m)
	}
}

type runeClass int8

const (
	visible runeClass = iota
	softBlank
	hardBlank
	wideBlank // indents Chinese paragraphs
	joiner    // invisible, needed within words of some scripts, and used as filler
)

func classOf(r rune) runeClass {
	switch r {
	case ' ', '\t', '\n', '\r', '\f', '\v':
		return softBlank
	case 0x3000:
		return wideBlank
	case 0x200C, 0x200D, 0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E:
		return joiner
	}
	if r >= 0x80 && unicode.Is(unicode.Zs, r) {
		return hardBlank
	}
	return visible
}

// put writes a piece without blanks that fold, and before it what is due.
func (b *builder) put(s string, m mode) {
	b.begin()
	switch {
	case b.written && b.blank:
		b.raw(" ", b.within.both(m).both(b.mode))
	case b.written:
		b.raw(b.joiners, m)
	case b.lead != "":
		b.raw(b.lead, m)
	case b.indent > 1 && !b.filled:
		b.raw(strings.Repeat(" ", min(b.indent, maxIndent)), m)
	}
	b.raw(s, m)
	b.blank, b.joiners, b.lead, b.indent, b.written, b.hard = false, "", "", 0, true, false
}

// verbatim adds a text whose white space stays.
func (b *builder) verbatim(s string, m mode) {
	first := true
	for line := range strings.SplitSeq(plaintext.CleanText(s), "\n") {
		if !first {
			b.lineFeed()
		}
		first = false
		line = strings.Map(func(r rune) rune {
			if classOf(r) == hardBlank {
				return ' '
			}
			return r
		}, line)
		content := strings.TrimRightFunc(line, notSeen)
		if content == "" {
			if len(b.spaces)+len(line) < 1000 {
				b.spaces += line
			}
			continue
		}
		b.begin()
		if b.block.Kind == Preformatted && b.newlines > 0 && (b.text.Len() > 0 || len(b.block.Spans) > 0) {
			b.raw("\n\n\n"[:min(b.newlines, 3)], m)
		}
		b.raw(b.spaces, m)
		b.raw(content, m)
		b.newlines, b.spaces, b.written, b.blank = 0, line[len(content):], true, false
	}
}

func notSeen(r rune) bool { return unicode.IsSpace(r) || classOf(r) != visible }

// begin makes sure that there is a block for the next text, and on the right line.
func (b *builder) begin() {
	if b.gap >= 2 || b.open && b.block.Quote != b.shape.quote {
		b.finish()
	}
	switch {
	case !b.open:
		b.start()
	case b.gap > 0:
		b.raw("\n", mode{})
	}
	b.gap = 0
}

func (b *builder) start() {
	b.open = true
	b.block = Block{Kind: Paragraph, Quote: b.shape.quote}
	switch {
	case b.shape.preformatted:
		b.block.Kind = Preformatted
	case b.item != nil:
		b.block.Kind, b.block.Level, b.block.Mark = ListItem, b.item.level, b.item.mark
		b.item = nil
		if b.begun != nil {
			b.begun()
		}
	case b.shape.heading > 0:
		b.block.Kind, b.block.Level = Heading, b.shape.heading
	}
}

// raw writes text in a style.
func (b *builder) raw(s string, m mode) {
	if s == "" {
		return
	}
	if b.budget.spans >= maxSpans {
		m = mode{}
	}
	if m != b.mode {
		if strings.TrimSpace(s) == "" { // nobody sees a blank's style
			m.bold, m.italic = b.mode.bold, b.mode.italic
		}
		if m != b.mode {
			b.flush()
			b.mode = m
		}
	}
	b.text.WriteString(s)
}

// flush ends a span.
func (b *builder) flush() {
	if b.text.Len() == 0 {
		return
	}
	span := Span{Text: b.text.String(), Bold: b.mode.bold, Italic: b.mode.italic, Code: b.mode.code, Struck: b.mode.struck, Link: b.mode.link}
	b.text.Reset()
	b.budget.spans++
	span.Link = b.budget.link(span.Link)
	b.block.Spans = append(b.block.Spans, span)
}

// full says that the block being written has to be the last.
func (b *builder) full() bool { return len(b.blocks)+1 >= maxBlocks }

// finish ends a block, unless it has to be the last.
func (b *builder) finish() {
	if !b.open || b.full() {
		return
	}
	b.end()
}

func (b *builder) end() {
	b.flush()
	b.blocks = append(b.blocks, b.block)
	b.block, b.open, b.mode = Block{}, false, mode{}
}

// rule draws a line.
func (b *builder) rule() {
	b.breakLine(2)
	b.finish()
	if n := len(b.blocks); !b.full() && (n == 0 || b.blocks[n-1].Kind != Rule) {
		b.blocks = append(b.blocks, Block{Kind: Rule, Quote: b.shape.quote})
	}
}

// document is what has been built.
func (b *builder) document() Document {
	if b.open {
		b.end()
	}
	return Document{Blocks: b.blocks}
}
