//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/typeset"
)

// openText shows a document in the mailbox window.
func openText(t *testing.T, d message.Document) (*harness, *mailboxScreen, *reading) {
	t.Helper()
	f := filled()
	f.message.Document = d
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid0"})
	h.until("the text", func() bool { return s.reader.body.text != "" })
	h.window.Resize(fyne.NewSize(1000, 700))
	return h, s, s.reader.body
}

func linked(text, link string) message.Document {
	return message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: []message.Span{{Text: "See "}, {Text: text, Link: link}, {Text: " there."}}}}}
}

// where is the middle of a text on the canvas.
func where(t *testing.T, r *reading, text string) fyne.Position {
	t.Helper()
	for i := range r.page.Units {
		u := &r.page.Units[i]
		at := strings.Index(u.Text, text)
		if at < 0 {
			continue
		}
		x1, y := r.page.Caret(typeset.Place{Unit: i, At: at})
		x2, _ := r.page.Caret(typeset.Place{Unit: i, At: at + len(text)})
		origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(r)
		return origin.Add(fyne.NewPos(readingSide+(x1+x2)/2, readingTop+y+r.page.LineHeight(u)/2))
	}
	t.Fatalf("%q is not shown", text)
	return fyne.Position{}
}

// mouse moves, presses, drags and releases as a pointer does, at points of the
// canvas.
type mouse struct {
	t      *testing.T
	canvas fyne.Canvas
	r      *reading
	time   time.Time
	held   fyne.KeyModifier
}

func newMouse(t *testing.T, h *harness, r *reading) *mouse {
	m := &mouse{t: t, canvas: h.window.Canvas(), r: r, time: pictureTime}
	r.now = func() time.Time { return m.time }
	r.shifted = func() bool { return m.held&fyne.KeyModifierShift != 0 }
	h.window.Canvas().Capture()
	return m
}

func (m *mouse) event(at fyne.Position) *desktop.MouseEvent {
	origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(m.r)
	return &desktop.MouseEvent{
		PointEvent: fyne.PointEvent{AbsolutePosition: at, Position: at.Subtract(origin)},
		Button:     desktop.MouseButtonPrimary, Modifier: m.held,
	}
}

func (m *mouse) down(at fyne.Position) {
	test.MoveMouse(m.canvas, at)
	m.r.MouseDown(m.event(at))
}

func (m *mouse) up(at fyne.Position) { m.r.MouseUp(m.event(at)) }

func (m *mouse) click(at fyne.Position) {
	m.down(at)
	m.up(at)
}

func (m *mouse) drag(to fyne.Position) {
	e := m.event(to)
	m.r.Dragged(&fyne.DragEvent{PointEvent: e.PointEvent})
}

func (m *mouse) later() { m.time = m.time.Add(time.Minute) }

func (m *mouse) key(name fyne.KeyName) { m.canvas.Focused().TypedKey(&fyne.KeyEvent{Name: name}) }

func copied(r *reading) string {
	clipboard := fyne.CurrentApp().Clipboard()
	clipboard.SetContent("from outside")
	r.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clipboard})
	return clipboard.Content()
}

var twoParagraphs = message.Document{Blocks: []message.Block{
	{Kind: message.Paragraph, Spans: []message.Span{{Text: "The first "}, {Text: "bold", Bold: true}, {Text: " words stand here."}}},
	{Kind: message.ListItem, Level: 1, Spans: []message.Span{{Text: "an item of a list"}}},
	{Kind: message.Paragraph, Spans: []message.Span{{Text: "Last words, 中文字符。"}}},
}}

// Text is selected with the pointer: across blocks, by words and paragraphs, and
// further with Shift; and what is selected is copied.
func TestPointerSelects(t *testing.T) {
	h, _, r := openText(t, twoParagraphs)
	m := newMouse(t, h, r)
	m.down(where(t, r, "bold").SubtractXY(where(t, r, "bold").X-where(t, r, "first ").X, 0))
	m.drag(where(t, r, "Last"))
	m.up(where(t, r, "Last"))
	if got := copied(r); !strings.HasPrefix(got, "st ") && !strings.HasPrefix(got, "rst ") || !strings.Contains(got, "bold words stand here.\n\n• an item of a list\n\nLa") {
		t.Errorf("dragged: %q", got)
	}
	if h.window.Canvas().Focused() != fyne.Focusable(r) {
		t.Error("a click does not bring the focus")
	}
	m.later()
	m.click(where(t, r, "words stand").SubtractXY(where(t, r, "words stand").X-where(t, r, "words").X, 0))
	if got := copied(r); got != "from outside" {
		t.Errorf("a click selects %q", got)
	}
	m.click(where(t, r, "words"))
	if got := copied(r); got != "words" {
		t.Errorf("a double click selects %q", got)
	}
	m.click(where(t, r, "words"))
	if got := copied(r); got != "The first bold words stand here." {
		t.Errorf("three clicks select %q", got)
	}
	m.later()
	m.click(where(t, r, "The"))
	m.time = m.time.Add(100 * time.Millisecond)
	m.down(where(t, r, "The"))
	m.drag(where(t, r, "stand"))
	m.up(where(t, r, "stand"))
	if got := copied(r); got != "The first bold words stand" {
		t.Errorf("a double click and a drag select %q", got)
	}
	m.later()
	m.click(where(t, r, "item"))
	m.held = fyne.KeyModifierShift
	m.later()
	m.click(where(t, r, "list"))
	if got := copied(r); !strings.HasSuffix("an item of a list", got+"st") && !strings.HasPrefix(got, "em of a l") {
		t.Errorf("Shift and a click select %q", got)
	}
}

// Text is selected with the keyboard, and cannot be changed.
func TestKeysSelect(t *testing.T) {
	h, _, r := openText(t, twoParagraphs)
	m := newMouse(t, h, r)
	h.window.Canvas().Focus(r)
	typeText(h.window.Canvas(), "x")
	for _, name := range []fyne.KeyName{fyne.KeyDelete, fyne.KeyBackspace, fyne.KeyReturn} {
		m.key(name)
	}
	clipboard := fyne.CurrentApp().Clipboard()
	r.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	r.TypedShortcut(&fyne.ShortcutSelectAll{})
	if got := copied(r); got != "The first bold words stand here.\n\n• an item of a list\n\nLast words, 中文字符。" || got != r.text {
		t.Errorf("all: %q", got)
	}
	m.click(where(t, r, "The first").SubtractXY(200, 0))
	m.held = fyne.KeyModifierShift
	m.key(fyne.KeyRight)
	m.key(fyne.KeyRight)
	if got := copied(r); got != "Th" {
		t.Errorf("Shift+Right: %q", got)
	}
	r.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyRight, Modifier: fyne.KeyModifierShift | fyne.KeyModifierShortcutDefault})
	if got := copied(r); got != "The" {
		t.Errorf("by words: %q", got)
	}
	m.key(fyne.KeyEnd)
	if got := copied(r); got != "The first bold words stand here." {
		t.Errorf("Shift+End: %q", got)
	}
	m.key(fyne.KeyDown)
	m.key(fyne.KeyDown)
	if got := copied(r); !strings.HasPrefix(got, "The first bold words stand here.\n\n• an item of a list\n\nLast") {
		t.Errorf("Shift+Down: %q", got)
	}
	m.key(fyne.KeyUp)
	m.key(fyne.KeyLeft)
	r.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyHome, Modifier: fyne.KeyModifierShift | fyne.KeyModifierShortcutDefault})
	if got := copied(r); got != "from outside" {
		t.Errorf("back to where it began: %q", got)
	}
}

// A link is followed by a click and by Enter, at most one at a time, and where
// it leads is shown while the pointer or the focus is on it.
func TestLinksAreFollowed(t *testing.T) {
	h, s, r := openText(t, message.Document{Blocks: []message.Block{
		{Kind: message.Paragraph, Spans: []message.Span{{Text: "A "}, {Text: "link", Link: "https://www.example.org/a?b=c"}, {Text: " and https://例子.中国/x too."}}},
		{Kind: message.Paragraph, Spans: []message.Span{{Text: "File", Link: "ftp://files.example.org/"}}},
	}})
	m := newMouse(t, h, r)
	opened := make(chan string, 10)
	s.reader.browse = func(_ context.Context, link string) error {
		opened <- link
		return nil
	}
	follows := func(want string) {
		t.Helper()
		h.until("the browser", func() bool { return len(opened) > 0 })
		if got := <-opened; got != want {
			t.Errorf("opened %q, want %q", got, want)
		}
	}
	test.MoveMouse(h.window.Canvas(), where(t, r, "link"))
	if s.reader.target.link != "https://www.example.org/a?b=c" || r.Cursor() != desktop.PointerCursor {
		t.Errorf("the pointer is on a link, and it says %q", s.reader.target.link)
	}
	test.MoveMouse(h.window.Canvas(), where(t, r, "and"))
	if s.reader.target.link != "" || r.Cursor() != desktop.TextCursor {
		t.Errorf("the pointer is on no link, and it says %q", s.reader.target.link)
	}
	m.up(where(t, r, "link")) // what was pressed elsewhere is released here
	m.click(where(t, r, "link"))
	follows("https://www.example.org/a?b=c")
	m.later()
	m.down(where(t, r, "link"))
	m.drag(where(t, r, "and"))
	m.up(where(t, r, "and"))

	h.window.Canvas().Focus(r)
	m.click(where(t, r, "A "))
	if !r.AcceptsTab() {
		t.Fatal("Tab leads to no link")
	}
	m.key(fyne.KeyTab)
	m.key(fyne.KeyTab)
	if s.reader.target.link != "https://例子.中国/x" {
		t.Errorf("the focus is on the second link, and it says %q", s.reader.target.link)
	}
	m.key(fyne.KeyReturn)
	follows("https://xn--fsqu00a.xn--fiqs8s/x")
	m.key(fyne.KeyTab)
	m.key(fyne.KeyReturn) // of a kind that is not opened
	if s.reader.target.note == "" {
		t.Error("nothing says why it is not opened")
	}
	if r.AcceptsTab() {
		t.Error("Tab does not leave the last link")
	}
	m.held = fyne.KeyModifierShift
	m.key(fyne.KeyTab)
	m.key(fyne.KeyTab)
	if s.reader.target.link != "https://www.example.org/a?b=c" {
		t.Errorf("the focus is on the first link, and it says %q", s.reader.target.link)
	}
	s.reader.browse = func(context.Context, string) error { return errors.New("no browser") }
	m.held = 0
	m.key(fyne.KeyReturn)
	h.until("the sentence", func() bool { return strings.Contains(s.reader.target.note, "no browser") })
	if len(opened) != 0 {
		t.Errorf("opened %q as well", <-opened)
	}
}

// A link whose text names another host asks first, and says both.
func TestMisleadingLinkAsks(t *testing.T) {
	h, s, r := openText(t, linked("www.bank.example.com", "https://evil.example.net/login"))
	m := newMouse(t, h, r)
	var opened []string
	done := make(chan struct{}, 1)
	s.reader.browse = func(_ context.Context, link string) error {
		opened = append(opened, link)
		done <- struct{}{}
		return nil
	}
	m.click(where(t, r, "bank"))
	if s.dialogs.open == nil {
		t.Fatal("there is no question")
	}
	m.key(fyne.KeyReturn) // which is no
	if s.dialogs.open != nil || len(opened) != 0 {
		t.Fatalf("after a no: %q", opened)
	}
	m.later()
	m.click(where(t, r, "bank"))
	h.window.Canvas().FocusNext()
	m.key(fyne.KeyReturn)
	h.until("the browser", func() bool { return len(done) > 0 })
	if want := []string{"https://evil.example.net/login"}; !slices.Equal(opened, want) {
		t.Errorf("opened %q", opened)
	}
}

// An address of which only a part is the link names a host, too.
func TestPartOfAnAddressMisleads(t *testing.T) {
	h, s, r := openText(t, message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: []message.Span{
		{Text: "见"}, {Text: "www", Link: "https://evil.example.net/"}, {Text: ".bank.example.com 和 "}, {Text: "这里", Link: "https://example.org/"}, {Text: "www.example.com"},
	}}}})
	m := newMouse(t, h, r)
	opened := make(chan string, 1)
	s.reader.browse = func(_ context.Context, link string) error {
		opened <- link
		return nil
	}
	m.click(where(t, r, "www"))
	if s.dialogs.open == nil {
		t.Error("there is no question")
	}
	s.dialogs.dismiss()
	m.later()
	m.click(where(t, r, "这里"))
	h.until("the browser", func() bool { return len(opened) > 0 })
}

// Quotations beyond the second are folded, and unfolded by a click or a key.
func TestQuotationsUnfold(t *testing.T) {
	d := message.Document{Blocks: []message.Block{
		{Kind: message.Paragraph, Spans: []message.Span{{Text: "What I say"}}},
		{Kind: message.Paragraph, Quote: 1, Spans: []message.Span{{Text: "what you said"}}},
		{Kind: message.Paragraph, Quote: 3, Spans: []message.Span{{Text: "what she\nhad said"}}},
		{Kind: message.Paragraph, Spans: []message.Span{{Text: "The end"}}},
	}}
	h, _, r := openText(t, d)
	m := newMouse(t, h, r)
	if strings.Contains(r.page.Text(typeset.Place{}, r.page.End()), "had said") {
		t.Error("it is not folded")
	}
	shown := func() bool { return strings.Contains(r.page.Text(typeset.Place{}, r.page.End()), "had said") }
	if m.click(where(t, r, "2 quoted lines")); !shown() {
		t.Error("a click does not unfold")
	}
	m.later()
	if m.click(where(t, r, "2 quoted lines")); shown() {
		t.Error("a click does not fold again")
	}
	m.key(fyne.KeyTab)
	if m.key(fyne.KeyReturn); !shown() || r.stop < 0 {
		t.Error("Enter does not unfold")
	}
	if m.key(fyne.KeyReturn); shown() {
		t.Error("Enter does not fold again")
	}
}

// The menu of a link opens and copies it, and copies what is selected.
func TestMenuCopies(t *testing.T) {
	h, s, r := openText(t, linked("link", "https://example.org/a"))
	m := newMouse(t, h, r)
	opened := make(chan string, 1)
	s.reader.browse = func(_ context.Context, link string) error {
		opened <- link
		return nil
	}
	menu := r.offers(m.event(where(t, r, "link")).Position)
	if len(menu) != 5 || menu[0].Label != "Open link" || menu[1].Label != "Copy link" || !menu[3].Disabled {
		t.Fatalf("the menu of a link: %+v", menu)
	}
	menu[1].Action()
	if got := fyne.CurrentApp().Clipboard().Content(); got != "https://example.org/a" {
		t.Errorf("copied %q", got)
	}
	menu[0].Action()
	h.until("the browser", func() bool { return len(opened) > 0 })
	menu = r.offers(m.event(where(t, r, "there")).Position)
	menu[1].Action()
	menu = r.offers(m.event(where(t, r, "there")).Position)
	if menu[0].Action(); menu[0].Disabled || fyne.CurrentApp().Clipboard().Content() != "See link there." {
		t.Errorf("copied %q", fyne.CurrentApp().Clipboard().Content())
	}
	r.TappedSecondary(&m.event(where(t, r, "link")).PointEvent)
	if h.window.Canvas().Overlays().Top() == nil {
		t.Error("there is no menu")
	}
}

// No line of Chinese begins with a comma, whatever the width, and what is
// copied is the text, without the breaks that the width needs.
func TestChineseIsBrokenIntoLines(t *testing.T) {
	text := "第一，" + strings.Repeat("，请看 https://example.org/ 上，、。", 30) + "\n" + strings.Repeat("Latin words, ", 30) + "\n\n  最后。"
	h, _, r := openText(t, saying(text))
	for _, width := range []float32{0, 7, 13} {
		h.window.Resize(fyne.NewSize(920+width, 600))
		lines := 0
		for i := range r.page.Units {
			u := &r.page.Units[i]
			for _, l := range u.Lines {
				line := u.Text[l.From:l.To]
				lines++
				if strings.HasPrefix(line, "，") || strings.HasPrefix(line, "。") || fyne.MeasureText(strings.TrimRight(line, " "), themedSize(theme.SizeNameText), fyne.TextStyle{}).Width > r.fitted.width+0.5 {
					t.Errorf("the line %q", line)
				}
			}
		}
		if lines < 10 {
			t.Errorf("%d lines", lines)
		}
		r.selectAll()
		if got := copied(r); got != text {
			t.Errorf("copied\n%q, not\n%q", got, text)
		}
	}
}

// A megabyte is drawn only where it is looked at, and scrolls to its end.
func TestLongTextIsDrawnWhereSeen(t *testing.T) {
	text := strings.Repeat("Many words, 也有中文，make many lines. https://example.org/\n", 1<<20/66)
	h, s, r := openText(t, saying(text))
	if n := len(r.objects); n == 0 || n > 1000 {
		t.Errorf("%d objects are drawn", n)
	}
	h.window.Canvas().Focus(r)
	for range 3 { // heights are better known then
		press(s, fyne.KeyEnd)
	}
	last := r.page.Units[r.last-1]
	if r.last != len(r.page.Units) || last.Top+last.Height > r.scroll.Offset.Y+r.scroll.Size().Height {
		t.Errorf("after End, %d of %d units", r.last, len(r.page.Units))
	}
	press(s, fyne.KeyPageUp)
	if r.last == 0 || r.drawnTop > r.scroll.Offset.Y-readingTop {
		t.Error("nothing is drawn after Page Up")
	}
	press(s, fyne.KeyHome)
	if r.scroll.Offset.Y != 0 || r.first != 0 {
		t.Error("Home does not lead to the beginning")
	}
	test.Scroll(h.window.Canvas(), where(t, r, "Many"), 0, -5000)
	if r.scroll.Offset.Y < 4000 || r.drawnTop > r.scroll.Offset.Y-readingTop || r.drawnEnd < r.scroll.Offset.Y+r.scroll.Size().Height-readingTop {
		t.Errorf("at %v, drawn from %v to %v", r.scroll.Offset.Y, r.drawnTop, r.drawnEnd)
	}
}

// BenchmarkOpenMegabyte is how long it takes to show a message of 1 MB, and
// BenchmarkScrollMegabyte to scroll a screen further in it.
func BenchmarkOpenMegabyte(b *testing.B) {
	r := megabyte(b)
	d := r.document
	for b.Loop() {
		r.show(d, r.words)
	}
}

func BenchmarkScrollMegabyte(b *testing.B) {
	r := megabyte(b)
	for b.Loop() {
		if r.scroll.Offset.Y+600 > r.Size().Height-700 {
			r.scrollBy(-r.Size().Height)
		}
		r.scrollBy(600)
	}
}

func megabyte(b *testing.B) *reading {
	a := test.NewTempApp(b)
	a.Settings().SetTheme(newLook(""))
	r := newReading(&keys{})
	w := test.NewWindow(r.view())
	b.Cleanup(w.Close)
	w.Resize(fyne.NewSize(600, 700))
	r.show(saying(strings.Repeat("Many words, 也有中文，make many lines. https://example.org/\n", 1<<20/66)), typeset.Words{})
	return r
}

// What was at the top stays there when the window gets another width, and a
// theme that changes is taken up.
func TestPlaceStaysAtAnotherWidth(t *testing.T) {
	var d message.Document
	for i := range 200 {
		d.Blocks = append(d.Blocks, message.Block{Kind: message.Paragraph, Spans: []message.Span{{Text: fmt.Sprint("Paragraph ", i, ". ", strings.Repeat("Words that need some room. ", 10))}}})
	}
	h, _, r := openText(t, d)
	r.scrollBy(3000)
	at := r.page.At(0, r.scroll.Offset.Y-readingTop)
	h.window.Resize(fyne.NewSize(760, 700))
	if now := r.page.At(0, r.scroll.Offset.Y-readingTop); now.Unit != at.Unit {
		t.Errorf("paragraph %d is at the top, was %d", now.Unit, at.Unit)
	}
	before := h.window.Canvas().Capture()
	fyne.CurrentApp().Settings().SetTheme(forcedLook(theme.VariantDark))
	if n, _ := compare(h.window.Canvas().Capture(), before); n < image.Rect(0, 0, 100, 100).Dx() {
		t.Errorf("%d pixels changed with the theme", n)
	}
}

// What was not loaded is said.
func TestPicturesAreCounted(t *testing.T) {
	d := saying("Hello")
	d.Pictures, d.Unseen = 3, 1
	_, s, _ := openText(t, d)
	if got := s.reader.pictures.text; got != "3 pictures were not loaded, 1 of them invisible." || !s.reader.pictureRow.Visible() {
		t.Errorf("%q", got)
	}
}
