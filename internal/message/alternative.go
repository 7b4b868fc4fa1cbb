package message

import (
	"slices"
	"strings"
	"unicode"
)

// alternative picks one of several forms of the same text (RFC 2046, section
// 5.1.4): plain text, unless that says less than the HTML. Attachments and
// invitations count whichever form they stand in.
func (r *reader) alternative(p *part) (t text) {
	var plain, rich, description Document
	var further []Document
	var havePlain, haveRich bool
	var notices []Block
	room := r.room
	last, lastRead := r.lastHTML(p)
	for i, child := range p.parts {
		r.room = room
		if i == last {
			rich, haveRich, t.html = lastRead.doc, true, true
			t.files = append(t.files, lastRead.files...)
			continue
		}
		if i < last && child.isHTML() && !child.attached() && len(child.fields.get("content-disposition")) == 0 {
			continue // the last is the best (RFC 2046, section 5.1.4)
		}
		if _, ok := richDocument(child.kind, ""); !ok && strings.HasPrefix(child.kind, "text/") && child.kind != "text/calendar" && !child.isHTML() && !child.attached() {
			continue // a form of the text for other programs
		}
		one := r.entity(child)
		t.files = append(t.files, one.files...)
		if child.kind == "text/calendar" {
			for _, b := range one.doc.Blocks {
				if b.Kind == Notice {
					notices = append(notices, b)
				} else {
					description.Blocks = append(description.Blocks, b)
				}
			}
			continue
		}
		switch {
		case one.doc.Empty():
		case one.html:
			rich, haveRich, t.html = one.doc, true, true
		case !havePlain || child.kind == "text/plain" && plain.letters() == 0:
			plain, havePlain = one.doc, true
		case child.kind == "text/plain" && len(further) < maxFurther:
			further = append(further, one.doc)
		case child.kind == "text/plain":
			r.dropped.parts = true
		}
	}
	switch {
	case havePlain && (!haveRich || !saysLess(plain, rich)):
		t.doc, t.html = plain, false
	case haveRich:
		t.doc = rich
	default: // else it is another form of the text
		t.doc = description
	}
	t.doc.addNew(further)
	r.room = max(0, room-t.doc.size())
	// When and where come first: what invites to meetings on the web adds pages
	// on how to dial in.
	t.doc.Blocks = append(notices, t.doc.Blocks...)
	return t
}

// maxFurther is how many further plain texts are looked at.
const maxFurther = 5

// lastHTML reads the last alternative in HTML that has something to read, and
// says which it is, or -1.
func (r *reader) lastHTML(p *part) (int, text) {
	room, dropped, found := r.room, r.dropped, r.found
	for i := len(p.parts) - 1; i >= 0; i-- {
		child := p.parts[i]
		if !child.isHTML() || child.attached() {
			continue
		}
		if one := r.entity(child); !one.doc.Empty() {
			return i, one
		}
		r.room, r.dropped, r.found = room, dropped, found
	}
	return -1, text{}
}

// addNew adds texts that say what the document does not: programs that append
// to a message write a second text/plain, which is no other form of the first.
func (d *Document) addNew(texts []Document) {
	if len(texts) == 0 {
		return
	}
	said := d.said()
	for _, text := range texts {
		if new := text.said(); !strings.Contains(said, new) {
			d.Blocks = append(d.Blocks, text.Blocks...)
			said += " " + new
		}
	}
}

// saysLess says whether a plain text is not worth reading beside the HTML: it
// is far shorter, or short and only tells to use a reader of HTML, or it is
// the source of HTML.
func saysLess(plain, rich Document) bool {
	p, h := plain.letters(), rich.letters()
	switch {
	case h == 0:
		return false
	case p*3 < h && h-p > 20:
		return true
	case p < maxStub && plain.mentions("html") && !rich.mentions("html"):
		return true
	case plain.isSource() && !rich.isSource():
		return true
	}
	if p >= maxStub {
		return false
	}
	rest, stub := plain.besidesStub()
	if !stub {
		return false
	}
	richRest, _ := rich.besidesStub()
	return richRest > rest
}

// maxStub is how many letters a text may have that only stands in for HTML.
const maxStub = 400

// stubs are what such texts say, in lower case. What mail programs append to
// newsletters by themselves is what people read of it where the text was not written.
var stubs = []string{
	"no text version", "no plain text", "no plain-text", "no text part", "text version of this", "plain text version",
	"your browser", "in a browser", "in browser", "your web browser", "in a web browser", "view online", "view it online", "read online", "read it online", "web version", "online version",
	"cannot read this", "can't read this", "can’t read this", "cannot see this", "can't see this", "can’t see this", "cannot view this", "can't view this", "can’t view this", "don't see this", "don’t see this",
	"unable to view", "unable to read", "unable to see", "trouble viewing", "trouble reading", "trouble seeing", "problems viewing", "problems reading",
	"not displayed", "not displaying", "not display", "displayed correctly", "displayed properly", "displays correctly", "displays properly", "best viewed", "view this email", "view this e-mail", "view the message", "view this message",
	"in mime format", "multi-part message", "multipart message", "modern e-mail", "modern email", "modern mail", "html compatible", "html-compatible", "html enabled", "html-enabled", "html capable",
	"support html", "html format", "html mail", "html e-mail", "html message", "html-capable", "html viewer",
	"浏览器", "不支持查看", "不支持html", "不支持 html", "支持html", "支持 html", "无法正常", "无法显示", "无法查看", "无法浏览", "无法阅读", "不能正常", "不能显示", "不能查看", "显示不正常", "没有纯文本", "没有文本版",
	"网页版", "在线查看", "在线阅读", "在线浏览", "html格式", "html 格式", "html邮件", "html 邮件",
	"瀏覽器", "不支援檢視", "不支援html", "不支援 html", "支援html", "支援 html", "無法正常", "無法顯示", "無法檢視", "無法瀏覽", "無法閱讀", "不能正常", "沒有純文字", "網頁版", "線上版", "線上檢視", "線上閱讀", "線上瀏覽", "html郵件", "html 郵件",
	"ブラウザ", "htmlメール", "html形式", "html メール", "html対応", "表示されない場合", "表示できない場合", "正しく表示されない", "うまく表示されない", "ご覧になれない場合", "ウェブ版", "web版", "オンライン版",
	"브라우저", "html을 지원", "html 형식", "html 메일", "보이지 않을 경우", "보이지 않는 경우", "보이지 않으면", "보이지 않으시", "표시되지 않", "웹에서 보기", "웹 버전", "온라인으로 보기",
	"im browser", "ihrem browser", "deinem browser", "webbrowser", "web-browser", "keine textversion", "textversion dieser", "html-format", "html-fähig", "html-darstellung", "html-ansicht", "webversion", "web-version", "webansicht", "online-version", "onlineversion", "online ansehen", "online lesen",
	"nicht richtig angezeigt", "nicht korrekt angezeigt", "nicht richtig dargestellt", "nicht korrekt dargestellt", "nicht korrekt anzeigen", "nicht richtig anzeigen", "problemen mit der darstellung", "probleme mit der darstellung", "problemen bei der darstellung", "probleme mit der anzeige", "probleme bei der anzeige",
	"votre navigateur", "un navigateur", "le navigateur", "version texte", "version en ligne", "version web", "lire en ligne", "consulter en ligne", "voir en ligne", "s'affiche pas", "s’affiche pas", "s'affiche mal", "s’affiche mal", "ne voyez pas", "pas à lire", "pas à visualiser", "pas à afficher", "ne pouvez pas lire", "ne pouvez pas visualiser", "format html",
	"su navegador", "tu navegador", "el navegador", "un navegador", "versión de texto", "versión online", "versión en línea", "versión web", "ver online", "ver en línea", "no puede ver", "no puedes ver", "no ve correctamente", "no ves correctamente", "no visualiza", "no se visualiza", "no se muestra", "no puede visualizar", "formato html", "soporta html", "compatible con html",
	"no navegador", "seu navegador", "versão em texto", "versão online", "versão web", "ver online", "não consegue ver", "não consegue visualizar", "não consegue ler", "não está visualizando", "não estiver visualizando", "não visualiza", "não pode ver", "suporta html",
	"в браузере", "вашем браузере", "поддерживает html", "текстовой версии", "текстовая версия", "веб-верси", "онлайн-верси", "онлайн верси", "не отображается", "отображается неправильно", "отображается некорректно", "неправильно отображается", "некорректно отображается", "неверно отображается", "формате html", "прочитать онлайн",
	"nel browser", "versione online", "versione web", "non visualizzi", "in uw browser", "in je browser", "w przeglądarce",
}

// besidesStub counts the letters of the sentences that do not stand in for
// HTML; stub says whether some do.
func (d Document) besidesStub() (letters int, stub bool) {
	var text strings.Builder
	for _, b := range d.Blocks {
		if text.Len() > 20*maxStub {
			break // it says enough
		}
		Document{Blocks: []Block{b}}.each(func(s Span) { text.WriteString(s.Text) })
		text.WriteByte('\n')
	}
	ends := strings.NewReplacer(". ", "\n", "! ", "\n", "? ", "\n", "。", "\n", "！", "\n", "？", "\n")
	for sentence := range strings.SplitSeq(ends.Replace(text.String()), "\n") {
		lower := strings.ToLower(sentence)
		if slices.ContainsFunc(stubs, func(s string) bool { return strings.Contains(lower, s) }) {
			stub = true
			continue
		}
		letters += Document{Blocks: []Block{{Spans: []Span{{Text: sentence}}}}}.letters()
	}
	return letters, stub
}

var sourceBegin = lazily(`(?i)^\s*<(?:!doctype html|(?:html|head|body|style|meta|div|p|span|table|center|font|br|h[1-6]|ul|ol|a|b|i|strong|img)(?:[\s/][^<>]*)?>)`)

// isSource says whether a text is the source of HTML.
func (d Document) isSource() bool {
	var begin strings.Builder
	for i := range d.Blocks {
		if begin.Len() > 0 {
			break
		}
		Document{Blocks: d.Blocks[i : i+1]}.each(func(s Span) { begin.WriteString(s.Text) })
	}
	return sourceBegin().MatchString(begin.String())
}

// letters counts what carries meaning. Targets of links do not: plain text has
// them where the HTML hides them.
func (d Document) letters() (n int) {
	d.each(func(s Span) {
		text := s.Text
		for more := true; more; {
			var before string
			before, text, more = strings.Cut(text, "://")
			for _, r := range before {
				if unicode.IsLetter(r) || unicode.IsDigit(r) {
					n++
				}
			}
			text = strings.TrimLeftFunc(text, func(r rune) bool { return r > ' ' && r < 0x7f })
		}
	})
	return n
}

// said are the letters and digits, without what is between them.
func (d Document) said() string {
	var b strings.Builder
	d.each(func(s Span) {
		for _, r := range s.Text {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b.WriteRune(r)
			}
		}
	})
	return b.String()
}

func (d Document) size() (n int) {
	d.each(func(s Span) { n += len(s.Text) })
	return n
}

func (d Document) mentions(word string) (found bool) {
	d.each(func(s Span) { found = found || strings.Contains(strings.ToLower(s.Text), word) })
	return found
}

func (d Document) each(f func(Span)) {
	for _, b := range d.Blocks {
		for _, s := range b.Spans {
			f(s)
		}
		for _, cell := range b.Cells {
			for _, s := range cell {
				f(s)
			}
		}
	}
}
