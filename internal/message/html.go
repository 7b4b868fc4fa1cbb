package message

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/traymail/traymail/internal/plaintext"
)

var metaTag = regexp.MustCompile(`(?i)<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9_:.-]+)`)

// metaCharset finds what an HTML document says of itself.
func metaCharset(raw []byte) string {
	if m := metaTag.FindSubmatch(raw[:min(len(raw), 4096)]); m != nil {
		return string(m[1])
	}
	return ""
}

// hiddenElements hold nothing to read.
var hiddenElements = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true, atom.Noscript: true,
	atom.Template: true, atom.Svg: true, atom.Object: true, atom.Iframe: true,
}

// breaks says how many line feeds surround an element.
var breaks = map[atom.Atom]int{
	atom.P: 2, atom.H1: 2, atom.H2: 2, atom.H3: 2, atom.H4: 2, atom.H5: 2, atom.H6: 2, atom.Ul: 2, atom.Ol: 2,
	atom.Table: 2, atom.Blockquote: 2, atom.Pre: 2, atom.Hr: 2,
	atom.Div: 1, atom.Tr: 1, atom.Li: 1, atom.Dt: 1, atom.Dd: 1, atom.Section: 1, atom.Article: 1, atom.Header: 1, atom.Footer: 1,
}

// renderer writes HTML tokens as text.
type renderer struct {
	out     strings.Builder
	newline int  // line feeds due before the next text
	space   bool // a blank is due before the next text
	hidden  int  // depth of hidden elements
	pre     int
	links   []link
}

type link struct {
	href  string
	start int
}

// htmlText renders HTML to text: paragraphs, lists and links survive.
// Nothing is fetched, and scripts and styles are dropped.
func htmlText(source string) string {
	r := renderer{}
	z := html.NewTokenizer(strings.NewReader(source))
	z.SetMaxBuf(maxText)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(plaintext.CleanText(r.out.String()))
		case html.TextToken:
			if r.hidden == 0 {
				r.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			r.start(token)
		case html.EndTagToken:
			name, _ := z.TagName()
			r.end(atom.Lookup(bytes.ToLower(name)))
		}
	}
}

func (r *renderer) start(t html.Token) {
	if hiddenElements[t.DataAtom] {
		if t.Type == html.StartTagToken {
			r.hidden++
		}
		return
	}
	r.newline = max(r.newline, breaks[t.DataAtom])
	switch t.DataAtom {
	case atom.Br:
		r.newline = min(r.newline+1, 2)
	case atom.Li:
		r.text("• ")
	case atom.Pre:
		r.pre++
	case atom.Td, atom.Th:
		r.space = true
	case atom.Img:
		if alt := attribute(t, "alt"); r.hidden == 0 {
			r.text(alt)
		}
	case atom.A:
		if t.Type == html.StartTagToken {
			r.links = append(r.links, link{attribute(t, "href"), r.out.Len()})
		}
	}
}

func (r *renderer) end(a atom.Atom) {
	if hiddenElements[a] {
		r.hidden = max(0, r.hidden-1)
		return
	}
	if a == atom.A && len(r.links) > 0 {
		l := r.links[len(r.links)-1]
		r.links = r.links[:len(r.links)-1]
		shown := strings.TrimSpace(r.out.String()[min(l.start, r.out.Len()):])
		target := strings.TrimPrefix(l.href, "mailto:")
		if webOrMail(l.href) && shown != "" && !strings.Contains(shown, target) && !strings.Contains(target, "://"+shown) {
			r.text(" <" + target + ">")
		}
	}
	if a == atom.Pre {
		r.pre = max(0, r.pre-1)
	}
	r.newline = max(r.newline, breaks[a])
}

func webOrMail(href string) bool {
	href = strings.ToLower(href)
	return strings.HasPrefix(href, "https://") || strings.HasPrefix(href, "http://") || strings.HasPrefix(href, "mailto:")
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

func (r *renderer) text(s string) {
	if r.pre == 0 {
		if s == "" {
			return
		}
		leading := strings.TrimLeft(s, " \t\r\n") != s
		trailing := strings.TrimRight(s, " \t\r\n") != s
		s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" \t\r\n", c) }), " ")
		if s == "" {
			r.space = true
			return
		}
		if s == "•" { // the blank after a bullet belongs to it
			s, trailing = "• ", false
		}
		r.separate(leading || r.space)
		r.out.WriteString(s)
		r.space = trailing
		return
	}
	r.separate(false)
	r.out.WriteString(s)
}

// separate writes what is due between the last text and the next.
func (r *renderer) separate(space bool) {
	switch {
	case r.out.Len() == 0:
	case r.newline > 0:
		r.out.WriteString("\n\n"[:r.newline])
	case space && !strings.HasSuffix(r.out.String(), " "):
		r.out.WriteByte(' ')
	}
	r.newline, r.space = 0, false
}
