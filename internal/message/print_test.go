package message

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	text := func(s string) []Span { return []Span{{Text: s}} }
	d := Document{Blocks: []Block{
		{Kind: Notice, Code: Forwarded},
		{Kind: Heading, Level: 1, Spans: text("Title")},
		{Kind: Paragraph, Spans: []Span{{Text: "see "}, {Text: "he", Link: "https://x.example/a"}, {Text: "re ", Bold: true, Link: "https://x.example/a"}, {Text: "now"}}},
		{Kind: ListItem, Level: 1, Mark: "9", Spans: text("nine\nlines")},
		{Kind: ListItem, Level: 2, Spans: text("deep")},
		{Kind: Paragraph, Quote: 1, Spans: text("quoted")},
		{Kind: Paragraph, Quote: 2, Spans: text("deeper\nstill")},
		{Kind: Row, Cells: [][]Span{text("a"), nil, text("b\nc")}},
		{Kind: Row, Cells: [][]Span{text("d"), text("e"), nil}},
		{Kind: Rule},
		{Kind: Notice, Code: ForwardedEnd},
	}}
	body := "Title\n\nsee here <https://x.example/a> now\n\n9. nine\n   lines\n  • deep\n\n> quoted\n>\n> > deeper\n> > still\n\na    b c\nd  e\n\n──────────"
	if got := d.Text(nil); got != body {
		t.Errorf("%q, want %q", got, body)
	}
	if got, want := d.Text(func(b Block) string { return "[" + string(b.Code) + "]" }), "[forwarded]\n\n"+body+"\n\n[forwarded_end]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEmpty(t *testing.T) {
	for _, d := range []Document{
		{},
		{Blocks: []Block{{Kind: Rule}, {Kind: Paragraph, Spans: []Span{{Text: " \u200c\u3000\n"}}}, {Kind: Row, Cells: [][]Span{nil, {{Text: " "}}}}}},
	} {
		if !d.Empty() {
			t.Errorf("%+v is not empty", d)
		}
	}
	for _, d := range []Document{
		{Blocks: []Block{{Kind: Notice, Code: Encrypted}}},
		{Blocks: []Block{{Kind: Row, Cells: [][]Span{nil, {{Text: "a"}}}}}},
		{Blocks: []Block{{Kind: ListItem, Spans: []Span{{Text: "👍"}}}}},
	} {
		if d.Empty() {
			t.Errorf("%+v is empty", d)
		}
	}
}

// What is printed is bounded, whatever it is that makes it long.
func TestPrintIsBounded(t *testing.T) {
	const most = 1000
	text := func(s string) []Span { return []Span{{Text: s}} }
	for name, block := range map[string]Block{
		"words":          {Kind: Paragraph, Spans: text("会议 ")},
		"quotations":     {Kind: Paragraph, Quote: maxQuote, Spans: text("x")},
		"lines in one":   {Kind: Preformatted, Quote: maxQuote, Spans: text(strings.Repeat("x\n", 900))},
		"a long one":     {Kind: Preformatted, Spans: text(strings.Repeat("会", 900))},
		"items":          {Kind: ListItem, Level: 12, Mark: "1073741824", Spans: text("x\ny")},
		"rules":          {Kind: Rule},
		"rows":           {Kind: Row, Cells: [][]Span{text("x"), text("y\nz"), nil}},
		"a long row":     {Kind: Row, Cells: [][]Span{text(strings.Repeat("x", 2000))}},
		"targets":        {Kind: Paragraph, Spans: []Span{{Text: "x", Link: "https://x.example/"}, {Text: "y", Link: "https://y.example/"}}},
		"a long target":  {Kind: Paragraph, Spans: []Span{{Text: "x", Link: "https://x.example/" + strings.Repeat("x", 2000)}}},
		"many in itself": {Kind: Paragraph, Spans: slices.Repeat(text("x\n"), 900)},
	} {
		d := Document{Blocks: slices.Repeat([]Block{block}, 900)}
		if !d.bound(most) {
			t.Errorf("%s: not bounded", name)
		}
		got := d.Text(nil)
		if len(got) > most || len(got) < most-200 && !strings.Contains(name, "a long ro") && !strings.Contains(name, "target") || !utf8.ValidString(got) {
			t.Errorf("%s: %d octets", name, len(got))
		}
		if d.bound(most) {
			t.Errorf("%s: bounded twice", name)
		}
	}
	// A target that is not repeated takes no room.
	d := Document{Blocks: []Block{{Kind: Paragraph, Spans: slices.Repeat([]Span{{Text: "x", Link: "https://x.example/"}}, 60)}}}
	if d.bound(most) {
		t.Error("what is not printed was counted")
	}
}
