package message

import "testing"

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
