package message

import (
	"strings"
	"testing"
)

func TestLinked(t *testing.T) {
	for text, want := range map[string]string{
		"nothing here, e.g. this. or that":            "",
		"see https://example.org/a?b=c#d.":            "https://example.org/a?b=c#d",
		"(https://example.org/a_(b))":                 "https://example.org/a_(b)",
		"<https://example.org/x>":                     "https://example.org/x",
		"HTTPS://EXAMPLE.ORG/Path":                    "https://example.org/Path",
		"www.example.org, and":                        "http://www.example.org",
		"www. no":                                     "",
		"请看https://example.org/路径":                    "https://example.org/",
		"请看https://example.org/a。谢谢":                  "https://example.org/a",
		"网址：http://例子.中国/a，好":                         "http://例子.中国/a",
		"见https://example.org查看":                      "https://example.org",
		"https://ru.wikipedia.org/wiki/Москва":        "https://ru.wikipedia.org/wiki/Москва",
		"http://раypal.com/login":                     "http://xn--ypal-43d9g.com/login",
		"https://paypal.com@evil.example/":            "https://evil.example/",
		"write to ann.b+c@example.org.":               "mailto:ann.b+c@example.org",
		"mailto:ann@example.org?subject=x":            "mailto:ann@example.org?subject=x",
		"ann@localhost and a@b":                       "",
		"12:30@work.":                                 "",
		"javascript:alert(1) file:///etc/passwd":      "",
		"http://":                                     "",
		"http://[::1]:8080/x":                         "http://[::1]:8080/x",
		"xhttp://example.org":                         "",
		"邮箱：lena@example.org；电话":                      "mailto:lena@example.org",
		"\"https://example.org/a\"":                   "https://example.org/a",
		"https://a.example https://b.example":         "https://a.example https://b.example",
		"https://example.org/a|https://example.org/b": "https://example.org/a|https://example.org/b",
		"ann@example.org, bob@example.org":            "mailto:ann@example.org mailto:bob@example.org",
		"git@example.org:project/x.git":               "mailto:git@example.org",
		"*https://example.org/bold*":                  "https://example.org/bold",
	} {
		d := Document{Blocks: []Block{{Kind: Paragraph, Spans: []Span{{Text: text, Bold: true}}}}}
		linked := d.Linked()
		var links []string
		whole := ""
		for _, s := range linked.Blocks[0].Spans {
			if whole += s.Text; s.Link != "" {
				links = append(links, s.Link)
			}
			if !s.Bold {
				t.Errorf("%q lost its style", s.Text)
			}
		}
		if got := strings.Join(links, " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if whole != text || len(d.Blocks[0].Spans) != 1 {
			t.Errorf("%q became %q", text, whole)
		}
	}
}

// A link that is there stays, and rows and quotations have theirs.
func TestLinkedKeepsLinks(t *testing.T) {
	d := Document{Blocks: []Block{
		{Kind: Paragraph, Spans: []Span{{Text: "https://bank.example", Link: "https://evil.example"}}},
		{Kind: Row, Cells: [][]Span{{{Text: "ann@example.org"}}, {{Text: "x"}}}},
	}}
	linked := d.Linked()
	if got := linked.Blocks[0].Spans; len(got) != 1 || got[0].Link != "https://evil.example" {
		t.Errorf("%+v", got)
	}
	if got := linked.Blocks[1].Cells[0]; len(got) != 1 || got[0].Link != "mailto:ann@example.org" {
		t.Errorf("%+v", got)
	}
	if d.Blocks[1].Cells[0][0].Link != "" {
		t.Error("the document itself was changed")
	}
}

// What is a million of something takes no longer than it is long.
func TestLinkedBounds(t *testing.T) {
	for _, piece := range []string{"a@", ":", ".", "www.", "http://", "a@b.example ", "(", "http://a.example/)", "'@", "@a.b"} {
		d := Document{Blocks: []Block{{Kind: Paragraph, Spans: []Span{{Text: strings.Repeat(piece, 200_000/len(piece))}}}}}
		t.Run(piece, func(t *testing.T) {
			if n := len(d.Linked().Blocks[0].Spans); n > maxSpans+1 {
				t.Errorf("%d spans", n)
			}
		})
	}
}

// Pictures of other computers are counted, and those that nobody sees; what is
// in the message itself is none.
func TestPicturesAreCounted(t *testing.T) {
	const raw = "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" +
		`<p>Hello <img src="https://a.example/logo.png" alt="Logo"><img src=cid:part1 alt=x><img src="data:image/png;base64,aa">` +
		`<div style="font-size:0"><img src="//a.example/b.png"></div>` +
		`<img src="http://t.example/1.gif" width=1 height=1><img src="http://t.example/2.gif" style="display:none"><img src="http://t.example/3" style="width:0;height:0">` +
		`<div style="display:none"><img src="http://t.example/4"></div><input type=image src="https://a.example/go.png"><img alt=none>`
	m, err := Read(strings.NewReader(raw), Hints{})
	if err != nil || m.Document.Pictures != 7 || m.Document.Unseen != 4 {
		t.Errorf("%d pictures, %d unseen: %v", m.Document.Pictures, m.Document.Unseen, err)
	}
}
