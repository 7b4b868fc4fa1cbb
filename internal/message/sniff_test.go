package message

import (
	"strings"
	"testing"
)

// HTML that declares text/plain is read as HTML, if it is a whole.
func TestHTMLThatDeclaresPlain(t *testing.T) {
	for _, source := range []string{
		"<!DOCTYPE html>\n<html><head><title>T</title></head><body><p>Seen</p></body></html>\n",
		"<!doctype HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">\n<HTML><BODY>Seen</BODY></HTML>",
		"<html>Seen<br>and more</html>",
		"\ufeff<html lang=\"zh\"><body><div>Seen 会议</div></body></html>",
		"\n\n  <html><body><table><tr><td>Seen<td>too</table></body></html>",
		"<html><head><style>p{color:red}</style></head><body><p>Seen<p>twice</body>",
		"<html><body><div>Seen</div></span></div></body></html>",
		"<html><body><p>Hi {{name}}, Seen</p></body></html>",
		"<html><body><script type=\"application/ld+json\">{\"a\":1}</script><p>Seen</p></body></html>",
		"<!DOCTYPE html><div>Seen</div>",
		"<html><body><p>Seen</p></body></html>\n_______________________________________________\nlist mailing list\nhttps://lists.example/",
		"<html><body><p>Seen</p></body></html>\n-- \nSent by a gateway",
		"<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\">\n<html><head><title>T</title></head><body><p>Seen</p></body></html>",
		"<!-- made by a program -->\n<!-- again --><div>Seen</div>",
		"<div dir=\"ltr\">Seen<br></div>",
		"<div>one</div><div>Seen</div>\n<div><br></div>\n",
		"<p>Seen &lt;b&gt;</p>\n<p>two</p>",
		"<table border=0><tr><td>Seen</td></tr></table>",
		"<body><p>Seen</p></body>",
		"<style>.a{color:red}</style>\n<div class=a>Seen</div>",
		"<meta charset=\"utf-8\"><div>Seen</div>",
		"<p>Seen <img src=\"https://a.example/x.png\" alt=\"x\"/> and <a href=\"https://a.example\">a link</a>.</p>",
	} {
		m, _ := Read(strings.NewReader("Content-Type: text/plain; charset=utf-8\n\n"+source), Hints{})
		if text := words(m); !strings.Contains(text, "Seen") || strings.Contains(text, "</") || strings.Contains(text, "red") {
			t.Errorf("%q became %q", source, text)
		}
		if strings.Contains(source, "Sent by") && !strings.Contains(words(m), "Sent by a gateway") {
			t.Errorf("%q lost its footer", source)
		}
	}
}

// A text about HTML keeps its tags.
func TestTextAboutHTML(t *testing.T) {
	for _, test := range []struct{ fields, source string }{
		{"", "<html> is the root element of a page."},
		{"", "<!DOCTYPE html> is what a page of HTML5 begins with."},
		{"", "<!DOCTYPE html>\n\nis all that you need; then <html lang=en>."},
		{"", "<html> and </html> enclose a page."},
		{"", "<html>\n<body>\n</body>\n</html>\n\nThis is the smallest page. Is that right?"},
		{"", "<html><body><p>Hi</p></body></html>\nshows nothing in my browser, why?"},
		{"", "<div> or <p>: which is better here?"},
		{"", "<div>\n<p>Hello</p>\n</div>\ndoes not show up"},
		{"", "<p>Hello</p> is a paragraph."},
		{"", "<p> begins a paragraph, and <br> a line."},
		{"", "<p>An unclosed paragraph"},
		{"", "<table>\n<tr>\n<td>a</td>\n</tr>\n"},
		{"", "<table of contents>\n1. One\n2. Two"},
		{"", "<div>Hello</p>"},
		{"", "<div class=\"a\">{{ user.name }}</div>"},
		{"", "<div className={x}><b>one</b></div>"},
		{"", "<p><?php echo $x; ?></p>"},
		{"", "<html><head><script src=\"app.js\"></script></head><body><div id=root>Wait</div></body></html>"},
		{"; format=flowed", "<html><body><p>I typed this.</p></body></html>"},
		{"; name=\"index.html\"", "<html><body><p>One</p></body></html>"},
		{"\nContent-Disposition: inline; filename=\"a.txt\"", "<html><body><p>One</p></body></html>"},
		{"", "Try this:\n\n<html><body><p>One</p></body></html>"},
		{"", "> <html><body><p>One</p></body></html>"},
	} {
		m, _ := Read(strings.NewReader("Content-Type: text/plain; charset=utf-8"+test.fields+"\n\n"+test.source), Hints{})
		if got := words(m); !strings.Contains(strings.Join(strings.Fields(got), ""), strings.Join(strings.Fields(strings.TrimPrefix(test.source, "> ")), "")) {
			t.Errorf("%q became %q", test.source, got)
		}
	}
}
