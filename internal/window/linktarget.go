//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/typeset"
)

// linkTarget shows where a link leads: in full, its host so that it stands out.
// Its height only grows, or the text above would move under the pointer.
type linkTarget struct {
	widget.BaseWidget
	// resized is called when it needs more room than before.
	resized func()

	// side is the margin left and right.
	side float32

	link, note string
	page       typeset.Page
	lines      int // that there is room for
	objects    []fyne.CanvasObject
	width      float32
	size       float32
}

// maxTargetLines is how many lines a target may take; of a longer one its
// middle is left out.
const maxTargetLines = 4

func newLinkTarget(resized func()) *linkTarget {
	t := &linkTarget{resized: resized, side: readingSide, lines: 1}
	t.ExtendBaseWidget(t)
	return t
}

// show shows a link, or none, and a sentence about it.
func (t *linkTarget) show(link, note string) {
	if link == t.link && note == t.note {
		return
	}
	t.link, t.note = link, note
	t.fit()
}

// reset takes the room back that long links needed.
func (t *linkTarget) reset() {
	t.link, t.note, t.lines = "", "", 1
	t.fit()
}

// shownHost is a host as it can be read, and beside that as DNS has it, where
// its letters may look like others.
func shownHost(host string) string {
	if ascii := asciiHost(host); ascii != host {
		return host + " (" + ascii + ")"
	}
	return host
}

const ellipsis = " … "

// fit makes lines of it.
func (t *linkTarget) fit() {
	t.size = themedSize(theme.SizeNameCaptionText)
	fonts := themeFonts{t.size}
	before, host, behind := parts(t.link)
	rest := []rune(behind)
	keep := len(rest)
	for {
		shown := behind
		if keep < len(rest) {
			shown = string(rest[:keep-keep/3]) + ellipsis + string(rest[len(rest)-keep/3:])
		}
		d := message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: []message.Span{
			{Text: before}, {Text: shownHost(host), Bold: true}, {Text: shown},
		}}}}
		if t.note != "" {
			d.Blocks[0].Spans = append(d.Blocks[0].Spans, message.Span{Text: "\n" + t.note, Italic: true})
		}
		t.page = typeset.Page{Units: typeset.Units(d, typeset.Words{}, nil)}
		t.page.Fit(t.Size().Width-2*t.side, fonts)
		if keep == 0 || t.page.Height <= (maxTargetLines+0.5)*fonts.Height(typeset.Face{}) {
			break
		}
		keep = min(keep*9/10, 2000)
	}
	t.width = t.Size().Width
	t.paint(fonts)
	if n := int(t.page.Height/fonts.Height(typeset.Face{}) + 0.5); n > t.lines && t.width > 0 {
		t.lines = n
		t.resized()
	}
}

const targetMargin = 4

func (t *linkTarget) paint(fonts themeFonts) {
	line := fonts.Height(typeset.Face{})
	t.objects = t.objects[:0]
	first, last, _ := t.page.Show(0, t.page.Height)
	for i := first; i < last; i++ {
		u := &t.page.Units[i]
		for _, l := range u.Lines {
			for _, one := range t.page.Pieces(u, l) {
				name := theme.ColorNamePlaceHolder
				if one.Run.Face.Bold {
					name = theme.ColorNameForeground
				}
				text := canvas.NewText(one.Text, themed(name))
				text.TextSize, text.TextStyle = t.size, fyne.TextStyle{Bold: one.Run.Face.Bold}
				text.Move(fyne.NewPos(t.side+one.X, targetMargin+u.Top+l.Y+(line-text.MinSize().Height)/2))
				t.objects = append(t.objects, text)
			}
		}
	}
	canvas.Refresh(t)
}

func (t *linkTarget) MinSize() fyne.Size {
	fonts := themeFonts{themedSize(theme.SizeNameCaptionText)}
	return fyne.NewSize(0, 2*targetMargin+float32(t.lines)*fonts.Height(typeset.Face{}))
}

// Resize breaks the lines for another width.
func (t *linkTarget) Resize(size fyne.Size) {
	t.BaseWidget.Resize(size)
	if size.Width != t.width {
		t.fit()
	}
}

// Refresh takes up a changed theme.
func (t *linkTarget) Refresh() { t.fit() }

func (t *linkTarget) CreateRenderer() fyne.WidgetRenderer { return &targetRenderer{t} }

type targetRenderer struct{ *linkTarget }

func (r *targetRenderer) Layout(fyne.Size)             {}
func (r *targetRenderer) Destroy()                     {}
func (r *targetRenderer) MinSize() fyne.Size           { return r.linkTarget.MinSize() }
func (r *targetRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *targetRenderer) Refresh()                     { canvas.Refresh(r.linkTarget) }
