//go:build w3m

package message

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fragment is HTML with a # for each word. The words of only are read by one of
// the two alone, for the reason.
type fragment struct {
	html   string
	only   string // traymail or w3m
	words  []int  // which of them
	reason string
}

// Where w3m (0.5.3) and traymail disagree without either being wrong, the
// fragments say so, or avoid it:
//   - w3m reads no styles, and knows no element younger than HTML 4: of those
//     that are blocks the words are apart here, lest it joins them.
//   - It drops blanks between Chinese characters, where traymail keeps one.
var fragments = []fragment{
	{html: "<p>#<b> # </b>#</p>"},
	{html: "#<i>#</i># <br># "},
	{html: "<center>#</center><center>#</center>"},
	{html: "<div>#</div><div><br></div><div>#</div>"},
	{html: " <section>#</section> <article>#</article> <aside>#</aside> <nav>#</nav> <header>#</header> <footer>#</footer> <main>#</main> "},
	{html: "<form>#</form><address>#</address><details><summary>#</summary> #</details> <figure>#<figcaption> #</figcaption></figure> "},
	{html: " <fieldset><legend>#</legend> #</fieldset> <dialog open>#</dialog> <hgroup><h2>#</h2><p>#</p></hgroup>"},
	{html: "<h1>#</h1><h3>#</h3>#<hr>#"},
	{html: "<ol><li>#<li value=7><p>#</p><li></ol>"},
	{html: "<ul><li># #<ul><li>#</ul><li>#</ul>"},
	{html: "<menu><li>#</menu><dir><li>#</dir><dl><dt>#<dd>#</dl>"},
	{html: "<table><tr><td>#</td><td>#</td></tr><tr><td>#</td><td>#</td></tr></table>"},
	{html: "<table border=1><tr><th>#<th>#<tr><td>#<td></table>"},
	{html: "<table><tr><td><table><tr><td><p>#</p><p>#</p></td></tr></table></td></tr></table>"},
	{html: "<blockquote>#<blockquote>#</blockquote>#</blockquote>#"},
	{html: "<pre>\n #  #\n\n#</pre>"},
	{html: "<a href='https://x.example'>#</a> <a name=x>#</a># <a>#</a>"},
	{html: "<span>#</span><span>#</span> <font color=red>#</font>"},
	{html: "#&nbsp;#&amp;#&lt;#&shy;"},
	{html: "<!-- # -->#<!--[if mso]>#<![endif]--><![if !mso]>#<![endif]>#"},
	{html: "<script>#</script><style>#</style>#"},
	{html: "<P CLASS=MsoNormal>#<O:P></O:P></P>#"},
	{html: "<code>#</code> <tt>#</tt><kbd>#</kbd> <u>#</u> <big>#</big><small>#</small>"},
	{html: " <select><option selected>#</select> #"},
	{html: "<noscript>#</noscript> #"},
	{html: "<object>#</object> <video>#</video>"},
	{html: "<img src=x alt=#> <img src=x alt='# #'>"},
	{html: "<p>#<p>#<div>#"},
	{html: "<b>#<i>#</b># </i>#"},
	{html: "<td>#</td> <tr>#</tr>"},
	{html: "<div style='display:none'>#</div>#", only: "w3m", words: []int{0}, reason: "w3m reads no styles"},
	{html: "<p style='font-size:0'>#</p><p hidden>#</p>#", only: "w3m", words: []int{0, 1}, reason: "w3m reads no styles"},
	{html: "<template>#</template> <svg><text>#</text></svg> #", only: "w3m", words: []int{0}, reason: "w3m is older than it"},
}

// mails are built as common programs build them. What w3m alone reads stands
// in angle brackets, with the reason.
var mails = []struct {
	name, html string
	w3mOnly    []string
	reason     string
}{
	{
		"newsletter", `<!doctype html><html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-com:vml"><head><title>News</title><!--[if mso]><noscript><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml></noscript><![endif]-->
<style type="text/css">#outlook a { padding:0; } .mj-column-per-100 { width:100% !important; } @media only screen and (max-width:480px) { .hide { display:none } }</style></head>
<body style="word-spacing:normal;background-color:#f4f4f4;"><div style="display:none;font-size:1px;color:#ffffff;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden;">Preheader words</div>
<div style="background-color:#f4f4f4;"><!--[if mso | IE]><table align="center"><tr><td><![endif]--><div style="margin:0px auto;max-width:600px;">
<table align="center" border="0" cellpadding="0" cellspacing="0" role="presentation" style="width:100%;"><tbody><tr><td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center;">
<div class="mj-column-per-100 hide" style="font-size:0px;text-align:left;display:inline-block;"><table border="0" role="presentation" width="100%"><tbody>
<tr><td align="left" style="font-size:0px;padding:10px 25px;"><div style="font-family:Arial;font-size:20px;">Autumn offers</div></td></tr>
<tr><td align="center" style="font-size:0px;"><table border="0"><tbody><tr><td style="width:550px;"><img alt="Leaves" src="https://x.example/a.png" style="font-size:13px;" width="550" /></td></tr></tbody></table></td></tr>
<tr><td align="left" style="font-size:0px;"><div style="font-size:13px;">Dear reader, here is <b>everything</b> new.</div></td></tr>
<tr><td align="center" style="font-size:0px;"><a href="https://x.example/shop" style="font-size:13px;">Visit shop</a></td></tr></tbody></table></div></td></tr></tbody></table></div></div></body></html>`,
		[]string{"Preheader", "words"},
		"w3m reads no styles",
	},
	{
		"Outlook", `<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal, li.MsoNormal {margin:0cm;font-size:11.0pt;} --></style></head><body lang=EN-GB link="#0563C1"><div class=WordSection1>
<p class=MsoNormal>Hi Ann,<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>See the <b>figures</b> below.<o:p></o:p></p>
<table class=MsoTableGrid border=1><tr><td><p class=MsoNormal>Month<o:p></o:p></p></td><td><p class=MsoNormal>Sum<o:p></o:p></p></td></tr><tr><td><p class=MsoNormal>May<o:p></o:p></p></td><td><p class=MsoNormal>12<o:p></o:p></p></td></tr></table>
<div><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>From:</b> Ann Lee &lt;ann@example.org&gt; <br><b>Sent:</b> Monday<br><b>Subject:</b> figures<o:p></o:p></p></div></div><p class=MsoNormal>Please send them.<o:p></o:p></p></div></body></html>`,
		nil, "",
	},
	{
		"Gmail", `<div dir="ltr">Yes, gladly.<div><br></div><div>Bob</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Sat, Ann Lee &lt;<a href="mailto:ann@example.org">ann@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">Will you come?<br><ul><li>cake</li><li>tea</li></ul></div></blockquote></div>`,
		nil, "",
	},
	{
		"Foxmail", `<html><head><meta http-equiv="content-type" content="text/html; charset=GB18030"><style>body { line-height: 1.5; }</style></head><body><div><span></span>您好：</div><div>　　附件是合同，请查收。</div><div><br></div><hr style="width: 210px;" color="#b5c4df" size="1" align="left"><div><span><div style="MARGIN: 10px; FONT-FAMILY: verdana; FONT-SIZE: 10pt"><div>王伟</div></div></span></div></body></html>`,
		nil, "",
	},
}

// TestW3m compares the words that are read, and their order, with what w3m reads.
func TestW3m(t *testing.T) {
	for _, mail := range mails {
		got, want := documentWords(htmlDocument(mail.html, false)), w3mWords(t, mail.html)
		for _, word := range mail.w3mOnly {
			if slices.Contains(got, word) {
				t.Errorf("%s: %q is read, which w3m alone should, since %s", mail.name, word, mail.reason)
			}
			want = slices.DeleteFunc(want, func(w string) bool { return w == word })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q\nw3m: %q", mail.name, got, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 250 {
		source, only := generateHTML(random)
		got, want := documentWords(htmlDocument(source, false)), w3mWords(t, source)
		for word, by := range only {
			if by == "w3m" && slices.Contains(got, word) {
				t.Errorf("%q is read of %s", word, source)
			}
			want = slices.DeleteFunc(want, func(w string) bool { return by == "w3m" && w == word })
			got = slices.DeleteFunc(got, func(w string) bool { return by == "traymail" && w == word })
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n%q\nw3m: %q", source, got, want)
		}
	}
}

// generateHTML puts fragments together, and says which words only one of the two reads.
func generateHTML(random *rand.Rand) (string, map[string]string) {
	var out strings.Builder
	only := map[string]string{}
	n := 0
	for range 1 + random.IntN(5) {
		p := fragments[random.IntN(len(fragments))]
		html := p.html
		for i := 0; strings.Contains(html, "#"); i++ {
			word := fmt.Sprintf("w%c%c", 'a'+n/26%26, 'a'+n%26)
			n++
			html = strings.Replace(html, "#", word, 1)
			if slices.Contains(p.words, i) {
				only[word] = p.only
			}
		}
		box := [][2]string{{"", ""}, {"", ""}, {"<div>", "</div>"}, {"<blockquote>", "</blockquote>"}, {"<table><tr><td>", "</table>"}, {"<ul><li>", "</ul>"}}[random.IntN(6)]
		out.WriteString(box[0] + html + box[1])
		if random.IntN(2) == 0 {
			out.WriteByte('\n')
		}
	}
	return out.String(), only
}

var (
	mark = regexp.MustCompile(`^(?:[^\pL\pN]+|\d+\.|o)$`) // of an item, a table, a line
	edge = "[](){}<>|│┃┌┐└┘├┤┬┴┼─━*“”\"'…_"
)

func wordsOf(text string) []string {
	var list []string
	for word := range strings.FieldsSeq(text) {
		if word = strings.Trim(word, edge); word != "" && !mark.MatchString(word) {
			list = append(list, word)
		}
	}
	return list
}

// documentWords are those of a document, without the targets of its links.
func documentWords(d Document) []string {
	for i := range d.Blocks {
		for _, spans := range append([][]Span{d.Blocks[i].Spans}, d.Blocks[i].Cells...) {
			for j := range spans {
				spans[j].Link = ""
			}
		}
	}
	return wordsOf(d.Text(nil))
}

func w3mWords(t *testing.T, source string) []string {
	t.Helper()
	command := exec.Command("w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "2000", "-o", "display_image=0", "-o", "display_ins_del=1")
	command.Stdin = strings.NewReader(source)
	command.Env = append(command.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8")
	out, err := command.Output()
	if err != nil {
		t.Fatalf("w3m: %v", err)
	}
	return wordsOf(strings.NewReplacer("│", " ", "┃", " ").Replace(string(out)))
}
