//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
)

// pageBytes is how much of a long text is laid out at once: Fyne lays out all
// of a text, not only what is in view.
const pageBytes = 48 << 10

// reader is the pane that shows one message.
type reader struct {
	bridge *bridge
	client api.Engine
	loc    *locale.Catalogue
	// opened is called once a message was fetched, and so is seen, or was not.
	opened func(mailKey, error)

	key    mailKey
	text   string // of the message, whole
	shown  int    // bytes of text that are laid out
	cancel context.CancelFunc

	subject     *paragraph
	facts       *fyne.Container
	values      map[string]*line
	part        *fyne.Container
	whole       *button
	attachments *attachBar
	actions     *actionBar
	failure     *banner
	loading     *fyne.Container
	body        *reading
	more        *button
	message     *fyne.Container
	empty       *fyne.Container
	emptyText   *widget.Label
	content     *fyne.Container
}

// The facts in the header block, in order, by their translation keys.
var factNames = []string{"from", "to", "date", "account"}

func newReader(b *bridge, client api.Engine, loc *locale.Catalogue, k *keys, d *dialogs, o Options, opened func(mailKey, error), remove func()) *reader {
	r := &reader{bridge: b, client: client, loc: loc, opened: opened, values: map[string]*line{}}
	r.subject = newText("")
	r.subject.SizeName, r.subject.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	r.facts = container.New(pairs{gap: 2})
	for _, name := range factNames {
		label := newLine(theme.SizeNameText, theme.ColorNamePlaceHolder)
		label.text, label.fixed = loc.T("window.fact."+name)+"  ", true
		r.values[name] = newLine(theme.SizeNameText, theme.ColorNameForeground)
		r.facts.Objects = append(r.facts.Objects, label, r.values[name])
	}
	r.whole = newButton(k, loc.T("window.load_whole"), theme.DownloadIcon(), func() { r.attachments.with(func(*spooled) {}) })
	hint := newCaption()
	hint.text = loc.T("window.load_whole_hint")
	partial := newCaption()
	partial.text = loc.T("window.partial")
	partial.color = theme.ColorNameForeground
	r.part = stackOf(0, widget.NewSeparator(),
		inset(19, 8, container.NewBorder(nil, nil, nil, r.whole, container.New(middle{}, stackOf(2, partial, hint)))))
	r.attachments = newAttachBar(b, loc, k, d, client, o.Spool)
	r.attachments.open = o.OpenFile
	r.attachments.spool.came = func(m api.FullMessage) {
		if r.part.Visible() {
			r.fetched(m)
		}
	}
	r.actions = newActionBar(b, client, loc, k, d, outside{o.OpenURL, o.OpenMessage}, r.attachments, remove)
	r.actions.say = func(text string) { r.failure.say(toneError, text) }
	r.failure = newBanner(0, 0, container.NewCenter(newButton(k, loc.T("window.retry"), nil, func() { r.fetch() })),
		func() { r.message.Refresh() })
	r.loading = inset(0, 4, widget.NewLabel(loc.T("window.loading"))).(*fyne.Container)
	r.body = newReading(k)
	r.more = newButton(k, loc.T("window.show_more"), nil, r.showMore)

	del := newButton(k, loc.T("window.delete"), theme.DeleteIcon(), remove)
	del.Importance = widget.LowImportance
	head := stackOf(6, container.NewBorder(nil, nil, nil, container.NewVBox(del), r.subject), inset(7, 0, r.facts), r.actions.content,
		widget.NewSeparator(), r.failure, r.loading)
	foot := stackOf(0, container.NewCenter(r.more), r.attachments.content, r.part)
	r.message = container.NewBorder(inset(12, 8, head), foot, nil, nil, inset(12+overhangs, 0, borderless(r.body)))
	r.attachments.relayout = r.message.Refresh
	r.emptyText = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{})
	r.emptyText.Importance = widget.LowImportance
	r.empty = container.NewCenter(r.emptyText)
	r.content = container.NewStack(newPlate(theme.ColorNameInputBackground, 0), r.empty, r.message)
	r.clear()
	return r
}

// clear shows that no message is chosen.
func (r *reader) clear() {
	r.stop()
	r.key = mailKey{}
	r.attachments.about(api.Mail{})
	r.actions.about(api.Mail{})
	r.emptyText.SetText(r.loc.T("window.nothing_chosen"))
	r.message.Hide()
	r.empty.Show()
}

func (r *reader) stop() {
	if r.cancel != nil {
		r.cancel()
	}
}

// open shows a message: what the list knows of it at once, the text as soon
// as it is there.
func (r *reader) open(m api.Mail) {
	r.key = keyOf(m)
	r.header(m, "")
	r.part.Hide()
	r.attachments.about(m)
	r.actions.about(m)
	r.setText("")
	show(r.empty, false)
	show(r.message, true)
	r.fetch()
	r.content.Refresh()
}

func (r *reader) header(m api.Mail, to string) {
	from, subject := explain.Listed(m, r.loc)
	r.subject.SetText(subject)
	now := r.bridge.now()
	for name, value := range map[string]string{
		"from": from, "to": to, "date": r.loc.FullTime(m.Date.Time, now), "account": m.AccountName,
	} {
		r.values[name].set(value)
		show(r.values[name], value != "")
	}
	r.facts.Refresh()
}

// fetch asks for the message that is shown, as far as its beginning.
func (r *reader) fetch() {
	r.stop()
	key := r.key
	r.failure.say(toneError, "")
	r.loading.Show()
	r.whole.setEnabled(false)
	r.cancel = goRun(r.bridge,
		func(ctx context.Context) (api.FullMessage, error) {
			return api.Fetch.Ask(ctx, r.client, api.FetchRequest{Account: key.account, UID: key.uid, MarkSeen: true})
		},
		func(m api.FullMessage, err error) {
			if r.key != key || errors.Is(err, context.Canceled) {
				return
			}
			r.loading.Hide()
			r.whole.setEnabled(true)
			if err != nil {
				r.failure.say(toneError, sentence(err, r.loc))
				r.opened(key, err)
				return
			}
			r.fetched(m)
		})
}

// busy says whether a message is being fetched.
func (r *reader) busy() bool { return r.loading.Visible() }

func (r *reader) fetched(m api.FullMessage) {
	known := m.Mail
	known.From = explain.Author(m.From, m.Address, r.loc)
	r.header(known, m.To)
	show(r.part, !m.Complete)
	r.attachments.show(known, m.Files)
	r.actions.full(m)
	text := explain.Document(m.Document, r.bridge.now(), r.loc)
	if strings.TrimSpace(text) == "" {
		text = explain.NoText(m.Complete, r.loc)
	}
	r.setText(text)
	r.message.Refresh()
	r.opened(r.key, nil)
}

func (r *reader) setText(text string) {
	r.text, r.shown = text, 0
	r.body.CursorRow, r.body.CursorColumn = 0, 0
	r.showMore()
}

// showMore lays out another page of a long text.
func (r *reader) showMore() {
	r.shown = min(len(r.text), r.shown+pageBytes)
	for r.shown < len(r.text) && !utf8.RuneStart(r.text[r.shown]) {
		r.shown++
	}
	r.body.SetText(r.text[:r.shown])
	show(r.more, r.shown < len(r.text))
}
