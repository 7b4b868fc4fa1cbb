//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/typeset"
)

// reader is the pane that shows one message.
type reader struct {
	bridge *bridge
	client api.Engine
	loc    *locale.Catalogue
	// opened is called once a message was fetched, and so is seen, or was not.
	opened func(mailKey, error)
	// ask asks a question over the window.
	ask func(question, func())
	// browse has the desktop open a link.
	browse func(context.Context, string) error

	key    mailKey
	text   string // of the message, as commands print it
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
	pictures    *line
	pictureRow  *fyne.Container
	body        *reading
	target      *linkTarget
	message     *fyne.Container
	empty       *fyne.Container
	emptyText   *widget.Label
	content     *fyne.Container
}

// The facts in the header block, in order, by their translation keys.
var factNames = []string{"from", "to", "date", "account"}

func newReader(b *bridge, client api.Engine, loc *locale.Catalogue, k *keys, d *dialogs, o Options, opened func(mailKey, error), remove func()) *reader {
	r := &reader{bridge: b, client: client, loc: loc, opened: opened, values: map[string]*line{}, browse: platform.OpenURL}
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
	r.pictures = newCaption()
	r.pictureRow = inset(7, 0, r.pictures).(*fyne.Container)
	r.target = newLinkTarget(func() { r.message.Refresh() })
	r.body = newReading(k)
	r.body.pointed, r.body.follow = r.pointed, r.follow
	r.body.openLink, r.body.copyLink = loc.T("window.link_open"), loc.T("window.link_copy")

	del := newButton(k, loc.T("window.delete"), theme.DeleteIcon(), remove)
	del.Importance = widget.LowImportance
	head := stackOf(6, container.NewBorder(nil, nil, nil, container.NewVBox(del), r.subject), inset(7, 0, r.facts), r.actions.content,
		widget.NewSeparator(), r.failure, r.loading, r.pictureRow)
	foot := stackOf(0, r.target, r.attachments.content, r.part)
	r.message = container.NewBorder(inset(12, 8, head), foot, nil, nil, r.body.view())
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
	r.show(message.Document{}, "")
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
	nothing := ""
	if m.Document.Empty() {
		nothing = explain.NoText(m.Complete, r.loc)
	}
	r.show(m.Document, nothing)
	r.message.Refresh()
	r.opened(r.key, nil)
}

// show shows a document, or the sentence that there is none.
func (r *reader) show(d message.Document, nothing string) {
	now := r.bridge.now()
	if r.text = nothing; nothing == "" {
		r.text = explain.Document(d, now, r.loc)
	} else {
		d.Blocks = []message.Block{{Kind: message.Notice}}
	}
	r.pictures.set(explain.Pictures(d, r.loc))
	show(r.pictureRow, d.Pictures > 0)
	r.bridge.bold.see(r.bridge, boldTexts(d)...)
	r.body.show(d, typeset.Words{
		Notice: func(b message.Block) string {
			if nothing != "" {
				return nothing
			}
			return explain.Notice(b, now, r.loc)
		},
		Folded: func(lines int) string { return r.loc.N("window.quoted", lines, r.loc.Count(lines)) },
	})
	r.target.reset()
	show(r.target, r.body.links())
}

// boldTexts are those that are shown in bold.
func boldTexts(d message.Document) []string {
	var texts []string
	for i := range d.Blocks {
		b := &d.Blocks[i]
		for _, spans := range append([][]message.Span{b.Spans}, b.Cells...) {
			for _, s := range spans {
				if s.Bold || b.Kind == message.Heading {
					texts = append(texts, s.Text)
				}
			}
		}
	}
	return texts
}

// pointed says where a link leads.
func (r *reader) pointed(link string) {
	note := ""
	if link != "" && !openable(link) {
		note = r.loc.T("window.link_kind")
	}
	r.target.show(link, note)
}

// follow opens a link that reads so, after a question if it names another host
// than it leads to.
func (r *reader) follow(link, text string) {
	if !openable(link) {
		r.pointed(link)
		return
	}
	open := func() {
		goDo(r.bridge, func(ctx context.Context) error { return r.browse(ctx, asciiLink(link)) }, func(err error) {
			if err != nil {
				r.target.show(link, sentence(err, r.loc))
			}
		})
	}
	named, is := misleads(text, link)
	if !is {
		open()
		return
	}
	_, host, _ := parts(link)
	where := newLinkTarget(func() {})
	where.link, where.side = link, themedSize(theme.SizeNameInnerPadding)
	r.ask(question{
		title: r.loc.T("window.link_title"), text: r.loc.T("window.link_differs", named, shownHost(host)),
		yes: r.loc.T("window.link_open"), no: r.loc.T("window.link_no"), more: where,
	}, open)
}
