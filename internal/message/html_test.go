package message

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

func TestHTML(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		// Documents that are not quite documents.
		{"no end of head", "<html><head><meta charset=utf-8><body>Hello body</body></html>", "Hello body"},
		{"head left open", "<head><title>T</title><p>text", "text"},
		{"unclosed title", "<html><head><title>Offer</head><body><p>text", "text"},
		{"unclosed title and a picture's", "<title>Offer<body><p>text<svg><title>t</title></svg>", "text"},
		{"empty title of XHTML", "<title/><p>text", "text"},
		{"unclosed comment", "<p>one<!-- two <p>three", "one\n\nthree"},
		{"comments", "a<!-->b<!--->c<!-- > -->d<!-- x --!>e", "abcde"},
		{"end in a tag", "text <a href=\"http", "text"},
		{"unclosed value", "one <a href=\"https://x.example>two</a> three", "one two <https://x.example> three"},
		{"unclosed script", "text<script>if (a", "text"},
		{"unclosed style", "text<style>p{color:red}<p>more", "text\n\nmore"},
		{"for Outlook", "a<!--[if mso]><p>outlook</p><![endif]-->b<![if !mso]>c<![endif]><!--[if !mso]><!-->d<!--<![endif]-->", "abcd"},
		{"CDATA", "<![CDATA[a <b> c]]> d", "a <b> c d"},
		{"unclosed CDATA", "a <![CDATA[b> c", "a c"},
		{"XHTML", `<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html xmlns="http://www.w3.org/1999/xhtml"><body>a<br/>b</body></html>`, "a\nb"},
		{"Word", "<P CLASS=MsoNormal>One<O:P></O:P></P><p class=MsoNormal><o:p>&nbsp;</o:p></p>", "One"},
		{"an island of XML", "<xml><o:PixelsPerInch>96</o:PixelsPerInch></xml>text", "text"},
		{"less than", "if x < 3 and y <3 or 5>4 a<", "if x < 3 and y <3 or 5>4 a<"},
		{"references", "&lt;b&gt; &copy 2026 AT&T &amp;lt; &#8364; &#x20ac &bogus; &#0;", "<b> © 2026 AT&T &lt; € € &bogus; \uFFFD"},
		{"control characters", "a\x00b\x07c\u202ed&#x202e;e&#27;[31mf\u200b", "abcdef"},

		// Elements that begin lines of their own.
		{"sections", "a<main>b</main>c<aside>d</aside>e<nav>f</nav>g<figure>h<figcaption>i</figcaption></figure>j<form>k</form>l<article>m</article><section>n</section><header>o</header><footer>p</footer>q", "a\nb\nc\nd\ne\nf\ng\n\nh\ni\n\nj\nk\nl\nm\nn\no\np\nq"},

		// Elements that browsers treat in their own ways.
		{"nothing to read", "a<script>1</script><style>2</style><iframe>3</iframe><template>4</template><svg>4<title>5</title><desc>6</desc><defs><text>6</text></defs></svg><datalist><option>7</datalist>b", "ab"},
		{"text of a picture", `a <svg>x<rect/><a xlink:href="https://x.example/"><text>Login</text></a><text>b<tspan>c</tspan></text></svg> d<desc>e</desc>`, "a\nLogin <https://x.example/>\nbc\nde"},
		{"values of fields", `<input value="CODE 1234" type=text><input type=password value=secret><input type=email value=a@x.example><input>`, "CODE 1234 a@x.example"},
		{"unfinished picture", "a<svg><circle><p>b", "a\n\nb"},
		{"for those without scripts", "a<noscript>b</noscript>c", "a\nb\nc"},
		{"objects and films", "<object>a</object> <video>b</video>", "a b"},
		{"fields", "<textarea>one\n two &amp; <b></textarea><select><option>red<option>green</select><button>x</button><button>y</button><input type=submit value=Send><input type=hidden value=secret><input type=checkbox checked>on", "one\n two & <b>\n\nred\nx y Send [x] on"},
		{"a choice", "<select><option>red<option selected>green<option>blue</select> <select><option value='' disabled>Choose<option>one<option>two</select>", "green\none"},
		{"several choices", "<select multiple><option>red<option>green</select><select size=3><option>a<option>b</select>", "red\ngreen\na\nb"},
		{"a choice without end", "<select><option>red<option>green", "red\ngreen"},
		{"raw text", "<xmp><b>a</b></xmp>b<plaintext><i>c", "<b>a</b>\n\nb\n\nc"},

		// Lists.
		{"numbered", "<ol><li>wash</li><li>dry</li></ol>", "1. wash\n2. dry"},
		{"numbered from", "<ol start=3><li>a<li value=7>b<li>c</ol><ol type=x><li>d</ol>", "3. a\n7. b\n8. c\n1. d"},
		{"backwards", "<ol reversed><li>a<li>b<li>c</ol><ol reversed start=9><li>d<li>e</ol>", "3. a\n2. b\n1. c\n9. d\n8. e"},
		{"lettered", "<ol type=a><li>apple<li>pear<li value=26>z<li>aa<li value=703>aaa<li value=0>no</ol><ol type=A start=2><li>b</ol>", "a. apple\nb. pear\nz. z\naa. aa\naaa. aaa\n0. no\nB. b"},
		{"Roman", "<ol type=i start=3><li>a<li>b<li value=49>c<li type=I value=1994>d<li value=4000>e</ol>", "iii. a\niv. b\nxlix. c\nMCMXCIV. d\n4000. e"},
		{"lettered by a style", "<style>ol ol{list-style-type:lower-alpha}</style><ol><li>a<ol><li>b<li style='list-style:upper-roman inside'>c</ol></ol>", "1. a\n  a. b\n  II. c"},
		{"from nought and below", "<ol start=0><li>zero<li>one</ol><ol start=-2><li>a<li>b</ol><ol reversed start=1><li>c<li>d<li>e</ol>", "0. zero\n1. one\n-2. a\n-1. b\n1. c\n0. d\n-1. e"},
		{"backwards by letters", "<ol reversed type=a><li>a<li>b<li>c</ol>", "c. a\nb. b\na. c"},
		{"nested", "<ul><li>a<ol><li>b<li>c</ol></li><li>d</ul>e", "• a\n  1. b\n  2. c\n• d\n\ne"},
		{"paragraphs in items", "<ul><li><p>a</p><p>b</p></li><li></li><li><div>c</div><div>d</div></ul>", "• a\n\nb\n\n• c\n  d"},
		{"items without a list", "<li>a<li>b", "• a\n• b"},
		{"old lists", "<menu><li>a</menu><dir><li>b</dir>", "• a\n• b"},
		{"item around a list", "<ul><li><ul><li>a</ul></ul>", "  • a"},
		{"definitions", "<dl><dt>a<dd>b<dd>c<dt>d<dd>e</dl>", "a\nb\nc\n\nd\ne"},
		{
			"list of Word", "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span><![endif]>a<o:p></o:p></p>" +
				"<p style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>2.<span>&nbsp; </span></span>b</p><p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>c)</span>d</p>",
			"• a\n  2. b\n\nc) d",
		},

		// Blocks.
		{"centred", "<center>one</center><center>two</center>", "one\ntwo"},
		{"cells without a table", "<td>a</td><td>b</td>", "a\nb"},
		{"lines", "<div>a</div><div><br></div><div>b<br></div><div>c</div>", "a\n\nb\nc"},
		{"breaks", "a<br>b<br><br>c<br><br><br><br>d</br>e", "a\nb\n\nc\n\nd\ne"},
		{"empty lines", "<p>a</p><p>&nbsp;</p><p></p><p>b</p><div>&nbsp;</div>c", "a\n\nb\n\nc"},
		{"lines of Word", "<style>p.MsoNormal{margin:0cm;margin-bottom:.0001pt}</style><p class=MsoNormal>a</p><p class=MsoNormal>b</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>c</p>", "a\nb\n\nc"},
		{"headings", "<h1>a</h1>b<h2>c</h2><h3>d", "a\n\nb\n\nc\n\nd"},
		{"rules", "<hr>a<hr><hr>b<hr>", "──────────\n\na\n\n──────────\n\nb\n\n──────────"},
		{"preformatted", "<pre>\n  a  b\n\n    c  \n</pre>d  e", "  a  b\n\n    c\n\nd e"},
		{"white space that stays", "<div style='white-space:pre-wrap'>a\n  b\n\nc</div>", "a\n  b\n\nc"},

		// Quotations.
		{"quotation", "<p>No.</p><blockquote>Shall we?</blockquote>", "No.\n\n> Shall we?"},
		{"nested quotations", "<blockquote>a<blockquote>b<br>c</blockquote>d</blockquote>e", "> a\n>\n> > b\n> > c\n>\n> d\n\ne"},
		{"Gmail", `<div class="gmail_quote"><div class="gmail_attr">Ann wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid"><div>a</div><div><br></div><div>b</div></blockquote></div>`, "Ann wrote:\n\n> a\n>\n> b"},
		{"indented by Gmail", `<blockquote style="margin:0 0 0 40px;border:none;padding:0px">a</blockquote>`, "a"},
		{"list in a quotation", "<blockquote><ul><li>a<li>b</ul></blockquote>", "> • a\n> • b"},

		// Tables.
		{"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td><p>d</p></td></tr></table>", "a  b\nc  d"},
		{"table with headings", "<table><thead><tr><th>Item<th>Price<tbody><tr><td>Tea<td>3<tr><td><td>5</table>tail", "Item  Price\nTea  3\n  5\n\ntail"},
		{"layout", "<table><tr><td>&nbsp;</td><td><table><tr><td><p>Dear Ann,</p><p>bye</p></td></tr></table></td><td></td></tr><tr><td>a</td></tr></table>", "Dear Ann,\n\nbye\n\na"},
		{"columns", "<table><tr><td>" + strings.Repeat("one ", 50) + "<td>" + strings.Repeat("two ", 50) + "</table>", strings.TrimSpace(strings.Repeat("one ", 50)) + "\n\n" + strings.TrimSpace(strings.Repeat("two ", 50))},
		{"hidden table that comes back", "<table><tr><td>a<td><b style='display:none'><table></b></table><tr><td>c<td>d</table>", "a\n\nc  d"},
		{"unclosed table", "<table><tr><td>a<td>b<tr><td>c<td>d", "a  b\nc  d"},
		{"list in a cell", "<table><tr><td>a<td><ul><li>b<li>c</ul></table>", "a\n\n• b\n• c"},

		// Text.
		{"white space", " a \n\t b <b> c</b>, d<i>e</i> <u> f </u> g ", "a b c, de f g"},
		{"blanks that stay", "a&nbsp;&nbsp;b<br>&nbsp;&nbsp;&nbsp;c<br>&nbsp;d", "a b\n   c\nd"},
		{"full width", "<p>　　你好</p>", "　　你好"},
		{"small digits", "E = mc<sup>2</sup>, H<sub>2</sub>O, 1<sup>st</sup>, $19<sup>99</sup>", "E = mc², H₂O, 1st, $19⁹⁹"},
		{"deleted", "<s>3pm</s> <del>4pm</del> 5pm", "~~3pm~~ ~~4pm~~ 5pm"},
		{"what CSS writes", `<style>.a::before{content:"Not "} .b:after{content:' (' attr(data-n) ')\2713'} .c:before{content:"\e900"} .d:after{content:".";height:0;visibility:hidden}</style><p><b class=a>Guilty</b> <i class=b data-n=2>new</i> <i class=c>c</i> <i class=d>d</i>`, "Not Guilty new (2)✓ c d"},
		{"links beside each other", `<a href="https://x.example/a">Yes</a><a href="https://x.example/b">No</a>.`, "Yes <https://x.example/a> No <https://x.example/b>."},
		{"struck out blocks", `<del><p>a<p>b <a href="https://x.example">x.example</a></p></del><ins><p>c</ins>`, "~~a~~\n\n~~b x.example~~\n\nc"},
		{"blocks by CSS", `<span style="display:block">a</span><span style="display:block">b</span><div style="display:inline">c</div> <div style="display:inline">d</div>`, "a\nb\nc d"},
		{"cells by CSS", `<span style="display:table-row"><b style="display:table-cell">a</b><b style="display:table-cell">b</b></span>`, "a b"},
		{"a flex container", `<div style="display:flex"><span>one</span><span>two</span><b>three</b>four</div>five <span style="display:inline-flex"><i>a</i><i>b</i></span>`, "one two three four\nfive a b"},
		{"a column and a grid", `<div style="display:flex;flex-direction:column"><span>one</span><span>two</span></div><style>.g{display:grid}</style><div class=g><b>a</b><i>b</i></div>`, "one\ntwo\na\nb"},
		{"fractions", "take 2<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>, 2&frac12; <math><mi>x</mi><mo>=</mo><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac></math>", "take 2 1/2, 2½ x=(a+b)/c"},
		{"roots and indices", "<math><msqrt><mi>y</mi></msqrt><mo>+</mo><mroot><mi>y</mi><mn>3</mn></mroot><mo>+</mo><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>", "√(y)+y^(1/3)+x₁²"},
		{"a formula", "<math><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><msub><mi>a</mi><mn>1</mn></msub></math>", "x²+a₁"},
		{"struck out by CSS", `Price <span style="text-decoration: line-through">100</span> 50, <s><del>a <i style="text-decoration:line-through red">b</i></del></s> <s style="text-decoration:none">c</s>`, "Price ~~100~~ 50, ~~a b~~ c"},
		{"struck out in a table", `<style>.old td{text-decoration-line:line-through}</style><table><tr class=old><td>100<td>200</table>`, "~~100~~  ~~200~~"},
		{"quoted words", "<q>a</q>", "“a”"},
		{"readings", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢(kan)"},
		{"a word", "long<wbr>wo&shy;rd", "longword"},
		{"joiners", "می\u200cخواهم 👨\u200d👩 &zwnj;a", "می\u200cخواهم 👨\u200d👩 a"},
		{"right to left", "<p dir=rtl>שלום (1)</p>", "שלום (1)"},

		// Pictures.
		{"pictures", "<img alt=Logo> <img alt=' '> <img alt=image001.png> <img alt=pixel width=1 height=1> <img alt='😀'>", "Logo 😀"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := htmlDocument(test.in, false).Text(nil); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestHTMLHidden(t *testing.T) {
	filler := strings.Repeat("&zwnj;&nbsp;&#847;&#8199;&shy;", 40)
	for _, hidden := range []string{
		`<div style="display:none">HIDDEN ` + filler + `</div>`,
		`<div style='DISPLAY : None !important;'>HIDDEN</div>`,
		`<div style="display:none!important;display:block">HIDDEN</div>`,
		`<div style="background:url(a;b);/* c */display:none">HIDDEN</div>`,
		`<span style="visibility:hidden">HIDDEN</span>`,
		`<p class=late>HIDDEN</p><style>.late{display:none}</style>`,
		`<dialog>HIDDEN</dialog>`,
		`<div popover>HIDDEN</div>`,
		`<div style="content-visibility:hidden">HIDDEN</div>`,
		`<div style="font-size:0">HIDDEN</div>`,
		`<div style="font-size:1px;color:#ffffff;line-height:1px">HIDDEN</div>`,
		`<div style="font:0/0 a">HIDDEN</div>`,
		`<div style="max-height:0px;overflow:hidden">HIDDEN</div>`,
		`<div style="max-height:0;position:relative;overflow:clip">HIDDEN</div>`,
		`<div hidden style="color:red">HIDDEN</div>`,
		`<div style="height:0;overflow:hidden">HIDDEN</div>`,
		`<div style="width:0px; overflow : hidden">HIDDEN</div>`,
		`<div style="opacity:0;display:block">HIDDEN</div>`,
		`<div style="height:0;width:10px;overflow:hidden">HIDDEN</div>`,
		`<div style="text-indent:-9999px">HIDDEN</div>`,
		`<div style="position:absolute;left:-9999px">HIDDEN</div>`,
		`<div style="color:transparent">HIDDEN</div>`,
		`<div hidden>HIDDEN</div>`,
		`<p style="display:none">HIDDEN`,
		`<ul><li style="display:none">HIDDEN<li>shown</ul>`,
		`<table><tr><td style="display:none">HIDDEN<td>shown</table>`,
		`<div style="display:none"><div>HIDDEN<b></div>HIDDEN</div>`,
		`<div style="display:none"><img alt="HIDDEN"><input type=submit value=HIDDEN></div>`,
		`<img style="display:none" alt="HIDDEN">`,
		`<style>.preheader{display:none !important;}</style><span class="x preheader">HIDDEN</span>`,
		`<style>div.a.b, #c { display : none }</style><div class="b a">HIDDEN</div><p id=c>HIDDEN`,
		`<style>@media screen{.a{display:none}}</style><div class=a>HIDDEN</div>`,
		filler + `<!-- HIDDEN -->`,
		// Selectors of more than one element.
		`<style>.a span{display:none}</style><div class=a><b><span>HIDDEN</span></b></div>`,
		`<style>.a>.b{display:none}</style><div class=a><div class=b>HIDDEN</div></div>`,
		`<style>.a > .b c d, td#e{display:none}</style><p class=a><b class=b><c><i><c><d>HIDDEN</d></c></i></c></b>`,
		`<style>body .a{display:none}</style><p class=a>HIDDEN`,
		`<style>html > body > .a{display:none}</style><p class=a>HIDDEN`,
		`<style>.a *{display:none}</style><div class=a><p>HIDDEN</div>`,
		`<style>p#a.b{display:none}</style><p id=A class=b>HIDDEN`,
		// The stronger selector wins, wherever it stands, and the later of two.
		`<style>#a .b{display:none} .b{display:block}</style><div id=a><p class=b>HIDDEN</div>`,
		`<style>.a.b{display:none} .a{display:block} div{display:inline}</style><div class="b a">HIDDEN</div>`,
		`<style>.b{display:block} .a{display:none}</style><div class="a b">HIDDEN</div>`,
		`<style>p.b{display:none!important} #a{display:block}</style><p id=a class=b style="display:block">HIDDEN`,
		// Colours.
		`<div style="background:#fff;color:#fff">HIDDEN</div>`,
		`<div style="background:#FFF url(none"><p style="color:white">x</p></div><div style="background-color:rgb(255, 255, 255)"><p><font color="FFFFFE">HIDDEN</font></p></div>`,
		`<body bgcolor=white><p style="color:rgba(100%,100%,100%,1)">HIDDEN</p></body>`,
		`<table bgcolor="#000000"><tr><td style="color:#000">HIDDEN</table>`,
		`<style>.a{background:white none} .a i{color:#ffffffff}</style><p class=a><i>HIDDEN</i>`,
		`<div style="color:rgba(0,0,0,0)">HIDDEN</div>`,
		`<div style="color:rgb(0 0 0 / 0%)">HIDDEN</div>`,
		`<div style="color:#fff0">HIDDEN</div>`,
		`<div style="color:#00000000">HIDDEN</div>`,
		`<div style="color:hsla(0,0%,0%,0.0)">HIDDEN</div>`,
		// Places where nothing is seen.
		`<div style="clip-path:inset(50%)">HIDDEN</div>`,
		`<div style="clip-path:circle(0 at 50% 50%)">HIDDEN</div>`,
		`<div style="clip-path: polygon(0 0, 0 0, 0 0)">HIDDEN</div>`,
		`<div style="position:fixed;clip:rect(0,0,0,0)">HIDDEN</div>`,
		`<div style="margin-left:-9999px">HIDDEN</div>`,
		`<div style="margin:0 0 0 -999em">HIDDEN</div>`,
		`<div style="opacity:0.001">HIDDEN</div>`,
		`<p style="transform:scale(0)">HIDDEN</p>`,
		`<p style="transform:rotate(9deg) scale(1,0)">HIDDEN</p>`,
		`<p style="transform:translateX(-9999px)">HIDDEN</p>`,
		`<p style="scale:0">HIDDEN</p>`,
		`<p style="filter:blur(2px) opacity(0%)">HIDDEN</p>`,
		`<div style="max-width:0;overflow:hidden;white-space:nowrap">HIDDEN</div>`,
		`<p style="d\69splay:none">HIDDEN</p>`,
		`<p style="display:n\00006f ne">HIDDEN</p>`,
		// White, or what the body is painted with.
		`<p style="color:hsl(0 0% 100%)">HIDDEN</p>`,
		`<p style="color:#fefefe">HIDDEN</p>`,
		`<style>body{background:#123456}.a{color:#123456}</style><p class=a>HIDDEN</p>`,
		// Selectors.
		`<style>[data-x="1"]{display:none}</style><p data-x=1>HIDDEN</p>`,
		`<style>p[data-x]:not(.b){display:none}</style><p class=a DATA-X>HIDDEN</p>`,
		`<style>[class*=hid i], [lang|=en], [title^='a'], [title$="z"]{display:none}</style><p class=ahidx>HIDDEN</p><p lang=en-GB>HIDDEN</p><p title=ab>HIDDEN</p><p title="x z">HIDDEN</p>`,
		`<style>h1+p{display:none}</style><h1>a</h1><p>HIDDEN</p>`,
		`<style>h1 ~ p.a{display:none}</style><h1>a</h1><div>b</div><p class=a>HIDDEN</p>`,
		`<style>div > h1 + p b{display:none}</style><div><h1>a</h1><p><b>HIDDEN</b></p></div>`,
		`<style>p:nth-child(2){display:none}</style><p>a</p><p>HIDDEN</p>`,
		`<style>li:nth-child(2n+1){display:none}</style><ul><li>HIDDEN<li>a<li>HIDDEN</ul>`,
		`<style>li:first-child{display:none}</style><ul><li>HIDDEN<li>a</ul>`,
		`<style>:is(.a,.b){display:none}</style><p class=b>HIDDEN</p>`,
		`<style>:where(p.a, div) i{display:none}</style><p class=a><i>HIDDEN</i></p>`,
		`<style>.w{ .a{display:none} }</style><div class=w><p class=a>HIDDEN</p></div>`,
		`<style>.w{color:red; &.a, > .b{display:none} color:blue}</style><div class="w a">HIDDEN</div><div class=w><p class=b>HIDDEN</p></div>`,
		`<style>@layer x, y; @layer x{.a{display:none}}</style><p class=a>HIDDEN</p>`,
		`<style>:root{--d:none}</style><p style="display:var(--d)">HIDDEN</p>`,
		`<style>.a{display:var(--unknown, none)}</style><p class=a>HIDDEN</p>`,
	} {
		got := htmlDocument(hidden+"<p>shown</p>", false).Text(nil)
		if strings.Contains(got, "HIDDEN") || !strings.Contains(got, "shown") || strings.HasPrefix(got, " ") || strings.HasPrefix(got, "\n") {
			t.Errorf("%s: %q", hidden, got)
		}
	}
}

func TestHTMLShown(t *testing.T) {
	for _, shown := range []string{
		`<div aria-hidden=true>SHOWN</div>`,
		`<td style="font-size:0px"><div style="font-size:13px">SHOWN</div></td>`,
		`<td style="font-size:0"><p style="font:14px/1.5 Arial">SHOWN</p></td>`,
		`<div style="visibility:hidden"><span style="visibility:visible">SHOWN</span></div>`,
		`<div style="display:none">x</div>SHOWN`,
		`<dialog open>SHOWN</dialog>`,
		`<dialog style="display:block">SHOWN</dialog>`,
		`<p class=a>SHOWN</p><!-- <style>.a{display:none}</style> --><textarea><style>.a{display:none}</style></textarea>`,
		`<p style="display:none">x<p>SHOWN`,
		`<span style="display:none">x<b></span>SHOWN`,
		`<table style="display:none"><tr><td>x</table>SHOWN`,
		`<div style="display:none"/>SHOWN`,
		`<div style="max-height:0;position:relative">SHOWN</div>`,
		`<a href="https://x.example" style="mso-hide:all">SHOWN</a>`,
		`<div style="mso-hide:all">SHOWN</div>`,
		`<table style="mso-hide:all"><tr><td>SHOWN</table>`,
		`<div style="max-height:0">SHOWN</div>`,
		`<div style="height:0;max-width:0">SHOWN</div>`,
		`<p hidden style="display:block">SHOWN</p>`,
		`<div style="width:0">SHOWN</div>`,
		`<td style="max-width:0;overflow:hidden;text-overflow:ellipsis">SHOWN</td>`,
		`<div style="opacity:0;opacity:1">SHOWN</div>`,
		`<b style="display:none">x<table><tr><td></b>SHOWN</table>`,
		`<div style="height:100%;overflow:hidden;opacity:0.99">SHOWN</div>`,
		`<style>.a{display:none}</style><div class=a style="display:block">SHOWN</div>`,
		`<style>.a p, .b:hover, p > .a {display:none}</style><p class=a>SHOWN`,
		`<style>@media (max-width:600px){.wide{display:none}} @media (min-width:601px){.narrow{display:none}}</style><div class=wide>SHOWN</div>`,
		`<style>.narrow{display:none} @media (max-width:600px){.wide{display:none!important} .narrow{display:block!important}}</style><div class=wide>SHOWN</div><div class=narrow>x</div>`,
		// Selectors that do not fit.
		`<style>.a span{display:none}</style><span class=a>SHOWN</span>`,
		`<style>.a>span{display:none}</style><p class=a><b><span>SHOWN</span></b>`,
		`<style>p b i{display:none}</style><b><i>SHOWN</i></b>`,
		`<style>p.a{display:none}</style><p class="ab">SHOWN`,
		`<style>p + p, p ~ p, p[id], p:nth-child(2), p::before, > p, p >, p > > b, .{display:none}</style><p class=a>SHOWN<i></i>`,
		`<style>p + p{display:none}</style><p>SHOWN</p><div></div><p>SHOWN</p>`,
		`<style>p:not(.a){display:none}</style><p class=a>SHOWN</p><p>OTHER</p>`,
		`<style>li:nth-child(even){display:none}</style><ul><li>SHOWN<li>OTHER</ul>`,
		`<style>[data-ogsc] .a{display:none} u + #body .a{display:none}</style><div id=body><p class=a>SHOWN</p>a</div>`,
		`<style>.w{ .a{display:none} }</style><p class=a>SHOWN</p>a`,
		`<style>@media print{.a{display:none}} @layer x{.b{display:none}}</style><p class=a>SHOWN</p><p class=b>OTHER</p>`,
		`<div style="transform:scale(0.5);filter:opacity(50%)">SHOWN</div>a`,
		`<style>body{background:#000}</style><p style="color:#fff">SHOWN</p>a`,
		`<style>.a p{display:block} p{display:none}</style><div class=a><p>SHOWN</p></div>`,
		`<style>td .a{display:none} body#x .a{display:none}</style><p class=a>SHOWN`,
		// Colours that differ, or on something that may have another.
		`<div style="background:#fff;color:#fffcfc">SHOWN</div>`,
		`<div style="background:#fff"><a href="https://x.example" style="background:#07c;color:#fff">SHOWN</a></div>`,
		`<div style="background:#fff;color:#fff"><a href="https://x.example">SHOWN</a></div>`,
		`<div style="background:#fff;color:#fff"><table><tr><td>SHOWN</table></div>`,
		`<div style="background:#fff"><p style="background:url(a.png);color:#fff">SHOWN</div>`,
		`<div style="background:#fff"><p style="background:linear-gradient(#000,#111);color:#fff">SHOWN</div>`,
		`<div style="background:#fff;background-image:url(a.png);color:#fff">SHOWN</div>`,
		`<table bgcolor=white><tr><td background="a.png"><font color=white>SHOWN</table>`,
		`<div style="background:#fff"><div style="position:absolute;top:0"><b style="color:#fff">SHOWN</b></div></div>`,
		`<div style="background:#fff"><div style="margin-top:-80px"><b style="color:#fff">SHOWN</b></div></div>`,
		`<div style="color:#fff">SHOWN</div>`,
		`<div style="background:#fff;color:var(--x)">SHOWN</div>`,
		`<div style="background:rgba(255,255,255,0.2);color:#fff">SHOWN</div>`,
		`<div style="color:#fff"><p style="background:#fff;color:#000">SHOWN</div>`,
		`<style>[class~=a]{background:#000}</style><div style="background:#fff"><p class=a><font color=white>SHOWN</font></div>`,
		`<table bgcolor=white><col style="background:#000"><tr><td style="color:#fff">SHOWN</table>`,
		`<div style="color:transparent;text-shadow:0 0 0 #000">SHOWN</div>`,
		`<div style="color:transparent"><b style="color:inherit">x</b><b style="color:red">SHOWN</b></div>`,
		`<div style="clip-path:inset(10%)">SHOWN</div>`,
		`<div style="clip-path:inset(60% 0 0 0)">SHOWN</div>`,
		`<div style="clip-path:circle(50%)">SHOWN</div>`,
		`<div style="margin-left:-20px;margin:0 0 0 -20px">SHOWN</div>`,
		// If nothing else is there, what is hidden has to do.
		`<body style="display:none"><p>SHOWN`,
		`<div style="font-size:0">SHOWN`,
	} {
		if got := htmlDocument(shown, false).Text(nil); !strings.Contains(got, "SHOWN") || strings.Contains(got, "OTHER") {
			t.Errorf("%s: %q", shown, got)
		}
	}
}

// Of what is cut, the rest may be anything: what is hidden stays hidden.
func TestHTMLCut(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"in a hidden element", `<style>.a{}</style><div style="display:none">HIDDEN &zwnj;`, ""},
		{"in a hidden element, after a picture", `<a href="https://x.example/"><img src=a></a><div style="display:none">HIDDEN`, "https://x.example/"},
		{"in a hidden element, after text", `a<p hidden>HIDDEN`, "a"},
		{"in a comment", "a<!--[if gte mso 9]><xml>HIDDEN", "a"},
		{"in a style", "a<style>p{color:red} HIDDEN", "a"},
		{"in a title", "<title>HIDDEN", ""},
		{"in a picture", "a<svg><desc>HIDDEN", "a"},
		{"in CDATA", "<![CDATA[a <b", "a <b"},
		{"in a value", `a<img alt="x > HIDDEN`, "a"},
		{"in a tag", "a<b cla", "a"},
		{"after <", "a<", "a"},
		{"in an end tag", "<p>a</", "a"},
		{"in a declaration", "<p>a<!", "a"},
		{"in a reference", "a &zwn", "a"},
		{"in a number", "a &#82", "a"},
		{"after an ampersand", "AT&amp;T &", "AT&T"},
		{"in words", "AT&T are", "AT&T are"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := htmlDocument(test.in, true).Text(nil); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestHTMLLinks(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"what is no link", `<a href="data:text/html,x">a</a> <a href="javascript://evil.example/%0ax()">b</a> <a href="VBScript:x('//evil.example/')">c</a> <a href="file:///C:/x.exe">d</a> <a href="data:text/html;base64,PHA+">https://bank.example/</a>`, "a b c d https://bank.example/"},
		{"a file elsewhere", `<a href="file://evil.example/share">bank.example</a>`, "bank.example <file://evil.example/share>"},
		{"another host", `<a href="https://bank.example.evil.example/">bank.example</a>`, "bank.example <https://bank.example.evil.example/>"},
		{"the same", `<a href="https://www.example.org/">example.org</a> <a href="https://Example.org/a/">http://example.org/a</a>`, "example.org http://example.org/a"},
		{"https that is not", `<a href="http://example.org/">https://example.org</a>`, "https://example.org <http://example.org/>"},
		{"calls", `<a href="tel:+1900666">Call +1 800 555 0000</a> <a href="tel:+1-800-555-0000">+1 (800) 555 0000</a> <a href="tel:+4930123456789">030 / 123 456 789</a> <a href="sms:+1900666">Write</a>`, "Call +1 800 555 0000 <tel:+1900666> +1 (800) 555 0000 030 / 123 456 789 Write <sms:+1900666>"},
		{"another path", `<a href="https://example.org/b">example.org/a</a>`, "example.org/a <https://example.org/b>"},
		{"a user's name", `<a href="https://bank.example@evil.example/">https://bank.example</a>`, "https://bank.example <https://evil.example/>"},
		{"letters of another script", `<a href="https://аpple.example/">аpple.example</a>`, "аpple.example <https://xn--pple-43d.example/>"},
		{"umlauts and Chinese", `<a href="https://bücher.example/">bücher.example</a> <a href="https://例子.example">例子.example</a>`, "bücher.example 例子.example"},
		{"Punycode", `<a href="https://xn--bcher-kva.example/">bücher.example</a>`, "bücher.example <https://xn--bcher-kva.example/>"},
		{"backslashes", `<a href="HTTP:\\evil.example\a">x</a>`, `x <http://evil.example/a>`},
		{"line breaks", "<a href=\" ht\ntps://e\tvil.example/a b \">x</a>", "x <https://evil.example/a%20b>"},
		{"slashes", `<a href="https:evil.example">x</a> <a href="https:////evil.example/a">y</a> <a href="//evil.example/b">z</a>`, "x <https://evil.example> y <https://evil.example/a> z <https://evil.example/b>"},
		{"encoded host", `<a href="https://%65vil.example/">x</a>`, "x <https://evil.example/>"},
		{"references", `<a href="https://x.example/?a=1&copy=2&amp;b=3">x</a>`, "x <https://x.example/?a=1&copy=2&b=3>"},
		{"invisible", "<a href=\"https://x.example/\u202egpj.exe\u200b>\">x</a>", "x <https://x.example/%E2%80%AEgpj.exe%E2%80%8B%3E>"},
		{"no links", `<a href="javascript:alert(1)">a</a> <a href="data:text/html,x">b</a> <a href="/c">c</a> <a href="#d">d</a> <a name=e>e</a> <a href="file:///f">f</a> <a href="cid:g">g</a> <a href="https://">h</a>`, "a b c d e f g h"},
		{"base", `<base href="https://x.example/a/b"><a href="../c?d#e">x</a> <a href="//y.example">y</a> <a href="#z">z</a>`, "x <https://x.example/c?d#e> y <https://y.example> z"},
		{"relative to a base", `<base href="https://x.example/a/b"><a href="https:login">x</a> <a href="https:/y">y</a> <a href="http:z">zz</a>`, "x <https://x.example/a/login> y <https://x.example/y> zz <http://z>"},
		{"files", `<a href="file://evil.example/a.exe">https://bank.example</a> <a href="file:///c">c</a> <a href="file:\\evil.example\b">b</a>`, `https://bank.example <file://evil.example/a.exe> c b <file://evil.example/b>`},
		{"other schemes", `<a href="ms-word:ofe|u|https://evil.example/x.doc">doc</a> <a href="search-ms:query=x&crumb=location:\\evil.example">s</a> <a href="ws://evil.example">bank.example</a> <a href="javascript:a//b">j</a> <a href="tel:+1">t</a>`, "doc <https://evil.example/x.doc> s <file://evil.example> bank.example <ws://evil.example> j t <tel:+1>"},
		{"forms", `<form action="https://evil.example/a">bank.example <input name=p><input type=submit value="Log in"> <button>Send</button> <button type=reset>Clear</button> <button formaction="https://y.example">Other</button></form> <input type=submit value=None>`, "bank.example Log in Send <https://evil.example/a> Clear Other <https://y.example>\nNone"},
		{"mailto", `<a href="mailto:ann@example.org?subject=Hi">write</a> <a href="MAILTO:bob@example.org">bob@example.org</a> <a href="mailto:eve@example.org">bob@example.org</a> <a href="mailto:?to=c%40example.org">c</a> <a href="mailto:d@аpple.example">d</a>`, "write <ann@example.org?subject=Hi> bob@example.org bob@example.org <eve@example.org> c <c@example.org> d <d@xn--pple-43d.example>"},
		{"mailto with more", `<a href="mailto:boss@corp.example?cc=evil@x.example">boss@corp.example</a> <a href="mailto:l@x.example?Subject=unsubscribe%20me&amp;amp;body=a%0D%0Ab&bcc=a%40аpple.example,b@x.example&x=y">leave</a> <a href="mailto:a@x.example?to=b@x.example">c</a>`, "boss@corp.example <boss@corp.example?cc=evil@x.example> leave <l@x.example?subject=unsubscribe me&body=a b&bcc=a@xn--pple-43d.example,b@x.example> c <a@x.example,b@x.example>"},
		{"ftp", `<a href="FTP://x@evil.example:21/x y">bank.example</a> <a href="ftp://x.example/a">ftp://x.example/a</a>`, "bank.example <ftp://evil.example/x%20y> ftp://x.example/a"},
		{"picture", `<a href="https://x.example"><img alt="Logo"></a><a href="https://y.example"><img></a>`, "Logo <https://x.example>"},
		{"picture alone", `<a href="https://x.example/"><img src=a></a>`, "https://x.example/"},
		{"nested and unclosed", `<a href="https://x.example">a <a href="https://y.example">b`, "a <https://x.example> b <https://y.example>"},
		{"across blocks", `<a href="https://x.example"><div>a</div><p>b</a>c`, "a <https://x.example>\n\nbc"},
		{"style inside", `<a href="https://x.example">a <b>b</b></a>.`, "a b <https://x.example>."},
		{"blanks", `see <a href="https://x.example"> here </a> now`, "see here <https://x.example> now"},
		{"again", `<a href="https://x.example/1">a</a> <a href="https://x.example/1">b</a> <a href="https://x.example/1">bank.example</a>`, "a <https://x.example/1> b bank.example <https://x.example/1>"},
		{"long and again", `<a href="https://x.example/` + strings.Repeat("1", 120) + `">a</a> <a href="https://y.example">b</a> <a href="https://x.example/` + strings.Repeat("1", 120) + `">Read. c.</a>`, "a <https://x.example/" + strings.Repeat("1", 120) + "> b <https://y.example> Read. c. <https://x.example/…>"},
		{"area", `<map><area href="https://x.example" alt="Shop"><area href="https://y.example" alt="Help"></map>`, "Shop <https://x.example>\nHelp <https://y.example>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := htmlDocument(test.in, false).Text(nil); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestHTMLSpans(t *testing.T) {
	got := htmlDocument(`<h2>a <i>b</i></h2><p><strong>c<em>d</em></strong> <span style="font-weight:700">e</span><b style="font-weight:normal">f</b> <tt>g</tt> <a href="https://x.example/">h</a>`, false)
	want := []Block{
		{Kind: Heading, Level: 2, Spans: []Span{{Text: "a "}, {Text: "b", Italic: true}}},
		{Kind: Paragraph, Spans: []Span{
			{Text: "c", Bold: true},
			{Text: "d ", Bold: true, Italic: true},
			{Text: "e", Bold: true},
			{Text: "f "},
			{Text: "g", Code: true},
			{Text: " "},
			{Text: "h", Link: "https://x.example/"},
		}},
	}
	if fmt.Sprint(got.Blocks) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", got.Blocks, want)
	}
}

// hostile is text of some size that is costly to read if anything is not linear.
func hostile(size int) map[string]string {
	texts := map[string]string{}
	for _, s := range []string{
		"<b>", "<li>", "<div>", "<a href>", "<a href=https://x.example>a", "\n", "a\n\n", ">", "<", "&", "<!--", "<!-- -", "<![CDATA[", "</b>", "<td>a",
		"<table><tr><td>a<td>b", "<table><td>", "<ul><li>a", "<p>a", "<div style=display:none>a", "<b>a</b>b", "<style>.a{", "<title>", "<title><p>", "<a b", "<svg>", "<blockquote>a",
		"&zwnj;&nbsp;", "<br>", "a<br>", "\x1b[", "<pre>\n", "<i style='a:b;", "<a href='", "\u200d", "<sup>1", "<p style='mso-list:l0 level1'>a", "<!--[if ", "<textarea>", "<!-- --!>",
		"> a\n", "a \n", "> > ", "<bold>", "<<",
	} {
		texts[s] = strings.Repeat(s, size/len(s))
	}
	var many strings.Builder
	for i := range size / 10 {
		fmt.Fprintf(&many, " x%d", i)
	}
	link := "<a href=https://x.example/" + strings.Repeat("a", maxLink-100) + ">"
	for name, s := range map[string]string{
		"a tag of many attributes":  "<a" + many.String() + ">" + strings.Repeat("<a b>", size/13),
		"ends of what is not open":  strings.Repeat("<div>", 500) + strings.Repeat("</b>", size/5),
		"ends behind a fence":       "<div><table><td>" + strings.Repeat("<span>", 500) + strings.Repeat("</div>", size/6),
		"paragraphs behind a fence": "<p><table><td>" + strings.Repeat("<span>", 500) + strings.Repeat("<div></div>", size/11),
		"links within links":        "<a>" + strings.Repeat("<i>", 299) + strings.Repeat("<a></a>", size/7),
		"items":                     "<ul>" + strings.Repeat("<i>", 290) + strings.Repeat("<li>", size/5),
		"many rules":                "<style>" + strings.Repeat(".a{display:block}", size/50) + "</style>" + strings.Repeat("<i class=a>", size/17),
		"rules of many elements":    "<style>" + strings.Repeat(".a .a .b .a .a{display:block}", size/60) + "</style>" + strings.Repeat("<i class='a b'>", 290) + strings.Repeat("<i class=a></i>", size/32),
		"rules of many classes":     "<style>" + strings.Repeat(".a.a.a.a.a.a.a.a{display:block;display:block;display:block}", size/120) + "</style>" + strings.Repeat("<i class='b c d e f g h i a'></i>", size/66),
		"rules that fit nothing":    "<style>" + strings.Repeat("b c>*{color:red}", size/32) + "</style>" + strings.Repeat("<i>", size/6),
		"a long link in blocks":     link + strings.Repeat("<p>q.r", size/6),
		"a mail with much in it":    "<a href='mailto:?" + strings.Repeat("to=ä@ä.x&", 800) + "'>" + strings.Repeat("<p>q.r", size/6),
		"a long link in spans":      link + strings.Repeat("q<b>r</b>", size/9),
	} {
		texts[name] = s
	}
	return texts
}

func TestHostileText(t *testing.T) {
	for name, in := range hostile(1 << 18) {
		for _, d := range []Document{htmlDocument(in, false), htmlDocument(in, true), plainDocument(in, true, false), htmlDocument(enrichedHTML(in, false), false)} {
			if len(d.Blocks) > maxBlocks {
				t.Errorf("%q: %d blocks", name, len(d.Blocks))
			}
			if n := len(d.Text(nil)); n > 12<<20 {
				t.Errorf("%q: %d octets", name, n)
			}
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	for name, in := range hostile(1 << 20) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				htmlDocument(in, false)
			}
		})
	}
}

// checkDocument says what holds for every document of whatever source.
func checkDocument(t *testing.T, d Document) {
	t.Helper()
	if len(d.Blocks) > maxBlocks {
		t.Fatalf("%d blocks", len(d.Blocks))
	}
	for _, b := range d.Blocks {
		if b.Quote < 0 || b.Quote > maxQuote || b.Level < 0 || b.Level > maxListDepth {
			t.Fatalf("%+v", b)
		}
		switch b.Kind {
		case Paragraph, Heading, ListItem, Preformatted:
			if !anySeen(b.Spans) {
				t.Fatalf("empty %+v", b)
			}
		case Row:
			if len(b.Cells) < 2 {
				t.Fatalf("%+v", b)
			}
		case Rule:
		default:
			t.Fatalf("%+v", b)
		}
		for _, spans := range append([][]Span{b.Spans}, b.Cells...) {
			for _, s := range spans {
				if s.Text == "" || s.Text != plaintext.CleanText(s.Text) || s.Link != plaintext.Clean(s.Link) {
					t.Fatalf("%+v", s)
				}
				if s.Link != "" && !strings.HasPrefix(s.Link, "http://") && !strings.HasPrefix(s.Link, "https://") && !strings.HasPrefix(s.Link, "ftp://") && !strings.HasPrefix(s.Link, "mailto:") {
					t.Fatalf("%+v", s)
				}
			}
		}
	}
	text := d.Text(nil)
	if !utf8.ValidString(text) || strings.Contains(text, "\n\n\n\n") || strings.HasPrefix(text, "\n") {
		t.Fatalf("%q", text)
	}
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			t.Fatalf("%q in %q", r, text)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add(`<table><tr><td style="display:none">a<td><ul><li>b</table><a href="https://x.example/">c<b>d</a>e<pre> f`)
	f.Add("<style>.a{display:none}@media x{.b{}}</style><p class=a>b<blockquote>c<title>d<!-- e --><![CDATA[f]]>&nbsp;&zwnj;g")
	f.Add("<ol reversed><li>a<p style='mso-list:l0 level1'><span style='mso-list:Ignore'>1.</span>b<textarea>c</textarea><svg>d<sup>2")
	f.Fuzz(func(t *testing.T, source string) {
		checkDocument(t, htmlDocument(source, false))
		checkDocument(t, htmlDocument(source, true))
	})
}
