//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/clipboard"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/mailto"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/typeset"
)

// outside opens what is not traymail's own.
type outside struct {
	url     func(ctx context.Context, link string) error
	message func(ctx context.Context, link string) error
}

// actionBar has what can be done with the message that is read: a row of buttons
// in its header, a menu with all of it, and keys.
type actionBar struct {
	bridge  *bridge
	client  api.Engine
	loc     *locale.Catalogue
	keys    *keys
	dialogs *dialogs
	outside outside
	attach  *attachBar
	remove  func()
	// say shows why something failed.
	say func(string)

	mail    api.FullMessage
	key     mailKey
	fetched bool // mail has more than the list knows
	// wanted: the code is to have the focus once it is known.
	wanted bool

	code    *button
	reply   *button
	more    *button
	content *fyne.Container
}

func newActionBar(b *bridge, client api.Engine, loc *locale.Catalogue, k *keys, d *dialogs, o outside, files *attachBar, remove func()) *actionBar {
	a := &actionBar{bridge: b, client: client, loc: loc, keys: k, dialogs: d, outside: o, attach: files, remove: remove, say: func(string) {}}
	a.code = newButton(k, "", theme.ContentCopyIcon(), a.copyCode)
	a.code.Importance = widget.HighImportance
	a.reply = newButton(k, loc.T("window.act.reply"), theme.MailReplyIcon(), a.answer)
	a.more = newButton(k, loc.T("window.act.more"), theme.MoreHorizontalIcon(), a.showMenu)
	for _, b := range []*button{a.reply, a.more} {
		b.Importance = widget.LowImportance
	}
	a.content = container.NewHBox(a.code, a.reply, a.more)
	a.bind()
	a.sync()
	return a
}

// about is about another message, of which as much is known as the list has.
func (a *actionBar) about(m api.Mail) {
	if a.key != keyOf(m) {
		a.wanted = false
	}
	a.key, a.mail, a.fetched = keyOf(m), api.FullMessage{Mail: m}, false
	a.sync()
}

// full has the message that was fetched.
func (a *actionBar) full(m api.FullMessage) {
	a.mail, a.fetched = m, true
	a.sync()
	if a.wanted && m.Code != "" {
		a.wanted = false
		a.dialogs.window.Canvas().Focus(a.code)
	}
}

// wantCode has the code focused, now or once it is known.
func (a *actionBar) wantCode() {
	a.wanted = true
	if a.fetched {
		a.full(a.mail)
	}
}

func (a *actionBar) sync() {
	show(a.code, a.mail.Code != "")
	a.code.SetText(a.loc.T("window.act.copy_code", a.mail.Code))
	a.reply.setEnabled(a.answerable())
	a.content.Refresh()
}

// there says whether there is a message to do something with.
func (a *actionBar) there() bool { return a.key.uid != "" }

// copyCode puts the code on the clipboard: by the tray role, so that it stays
// when the window closes, or else by this window.
func (a *actionBar) copyCode() {
	code, key := a.mail.Code, a.key
	if code == "" {
		return
	}
	goDo(a.bridge, func(ctx context.Context) error {
		_, err := clipboard.Copy.Ask(ctx, a.client, clipboard.Request{Text: code})
		return err
	}, func(err error) {
		if err != nil {
			fyne.CurrentApp().Clipboard().SetContent(code)
		}
		if a.key == key {
			a.code.SetText(a.loc.T("window.act.copied", code))
		}
	})
}

// answerable says whether there is somebody to answer.
func (a *actionBar) answerable() bool {
	_, ok := a.answerLink()
	return ok
}

func (a *actionBar) answerLink() (string, bool) {
	to := a.mail.ReplyTo
	if to == "" {
		to = a.mail.Address
	}
	return mailto.Reply(to, a.mail.Subject, a.mail.MessageID)
}

func (a *actionBar) answer() {
	if link, ok := a.answerLink(); ok {
		a.elsewhere(func(ctx context.Context) error { return a.outside.url(ctx, link) })
	}
}

// inProgram shows the message in the mail program, which knows it by its ID.
func (a *actionBar) inProgram() {
	link := mailto.Message(a.mail.MessageID)
	if link == "" {
		return
	}
	a.elsewhere(func(ctx context.Context) error { return a.outside.message(ctx, link) })
}

func (a *actionBar) elsewhere(open func(context.Context) error) {
	goDo(a.bridge, open, func(err error) {
		if err != nil {
			a.say(a.loc.T("window.failed", err.Error()))
		}
	})
}

// mark marks the message as unseen, or as seen again.
func (a *actionBar) mark() {
	key, unseen := a.key, a.mail.Seen
	goDo(a.bridge, func(ctx context.Context) error {
		_, err := api.MarkSeen.Ask(ctx, a.client, api.SeenRequest{Account: key.account, UIDs: []string{key.uid}, Unseen: unseen})
		return err
	}, func(err error) {
		switch {
		case err != nil:
			a.say(sentence(err, a.loc))
		case a.key == key:
			a.mail.Seen = !unseen
		}
	})
}

// saveMessage saves the message under its subject.
func (a *actionBar) saveMessage() {
	if a.there() {
		a.attach.saveMessage(a.mail.Subject)
	}
}

// maxSeen is how many octets of a source are shown; all of it can be saved.
const maxSeen = 64 << 10

// showSource shows the beginning of a message as it is, or its header.
func (a *actionBar) showSource(header bool) {
	if !a.there() {
		return
	}
	key := a.key
	goRun(a.bridge, func(ctx context.Context) (api.MessageSource, error) {
		return api.Source.Ask(ctx, a.client, api.SourceRequest{Account: key.account, UID: key.uid, Header: header})
	}, func(source api.MessageSource, err error) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				a.say(sentence(err, a.loc))
			}
			return
		}
		octets := source.Octets[:min(maxSeen, len(source.Octets))]
		text := plaintext.Escape([]byte(strings.ReplaceAll(string(octets), "\r\n", "\n")))
		if !source.Complete || len(octets) < len(source.Octets) {
			text += "\n\n" + a.loc.T("window.act.source_cut")
		}
		title := a.loc.T("window.act.source")
		if header {
			title = a.loc.T("window.act.headers")
		}
		a.showText(title, text)
	})
}

// showText shows a long text over the window.
func (a *actionBar) showText(title, text string) {
	body := newReading(a.keys)
	body.show(message.Document{Blocks: []message.Block{{Kind: message.Preformatted, Spans: []message.Span{{Text: text}}}}}, typeset.Words{})
	box := dialog.NewCustomWithoutButtons(title, body.view(), a.dialogs.window)
	closing := newButton(a.keys, a.loc.T("window.close"), nil, box.Hide)
	box.SetButtons([]fyne.CanvasObject{closing})
	room := a.dialogs.window.Canvas().Size()
	a.dialogs.show(box)
	box.Resize(fyne.NewSize(room.Width*0.9, room.Height*0.9))
	a.dialogs.window.Canvas().Focus(closing)
}

// binding is a key of the mailbox window, its name for the help, and what it does.
type binding struct {
	key      fyne.KeyName
	modifier fyne.KeyModifier
	label    string // a translation key
	do       func()
}

const shifted = fyne.KeyModifierShortcutDefault | fyne.KeyModifierShift

// bindings are the keys of what is here. Each has Ctrl, or ⌘: letters alone would
// be an input method's.
func (a *actionBar) bindings() []binding {
	const plain = fyne.KeyModifierShortcutDefault
	return []binding{
		{fyne.KeyR, shifted, "window.act.reply", a.answer},
		{fyne.KeyO, plain, "window.act.in_program", a.inProgram},
		{fyne.KeyC, shifted, "window.act.copy_code_key", a.copyCode},
		{fyne.KeyU, shifted, "window.act.mark", a.markIfThere},
		{fyne.KeyS, plain, "window.act.save_message", a.saveMessage},
		{fyne.KeyS, shifted, "window.act.save_files", a.saveFiles},
		{fyne.KeyU, plain, "window.act.source", func() { a.showSource(false) }},
		{fyne.KeyH, shifted, "window.act.headers", func() { a.showSource(true) }},
	}
}

func (a *actionBar) markIfThere() {
	if a.there() {
		a.mark()
	}
}

func (a *actionBar) saveFiles() {
	if len(a.attach.files) > 0 {
		a.attach.saveAll()
	}
}

// bind has the keys do what they are for.
func (a *actionBar) bind() {
	a.keys.bound = map[desktop.CustomShortcut]func(){}
	for _, b := range a.bindings() {
		a.keys.bound[desktop.CustomShortcut{KeyName: b.key, Modifier: b.modifier}] = b.do
	}
	a.keys.help = a.showKeys
}

// keyName is how a key is written.
func (a *actionBar) keyName(b binding) string {
	name := a.loc.T("window.key.ctrl")
	if fyne.KeyModifierShortcutDefault == fyne.KeyModifierSuper {
		name = "⌘"
	}
	if b.modifier&fyne.KeyModifierShift != 0 {
		name += "+" + a.loc.T("window.key.shift")
	}
	return name + "+" + string(b.key)
}

// showKeys lists the keys of the window.
func (a *actionBar) showKeys() {
	rows := container.New(pairs{gap: 6})
	add := func(key, does string) {
		k, d := newLine(theme.SizeNameText, theme.ColorNameForeground), newLine(theme.SizeNameText, theme.ColorNameForeground)
		k.text, k.fixed, k.style.Bold = key+"    ", true, true
		d.text, d.fixed = does, true
		rows.Add(k)
		rows.Add(d)
	}
	ctrl := a.keyName(binding{})
	add("F1", a.loc.T("window.act.keys"))
	add(ctrl+"R", a.loc.T("window.check_now"))
	for _, b := range a.bindings() {
		add(a.keyName(b), a.loc.T(b.label))
	}
	add(a.loc.T("window.key.delete"), a.loc.T("window.delete"))
	add(ctrl+"W", a.loc.T("window.close"))
	box := dialog.NewCustomWithoutButtons(a.loc.T("window.act.keys"), rows, a.dialogs.window)
	closing := newButton(a.keys, a.loc.T("window.close"), nil, box.Hide)
	box.SetButtons([]fyne.CanvasObject{closing})
	a.dialogs.show(box)
	a.dialogs.window.Canvas().Focus(closing)
}

// showMenu offers all that can be done, once it is known whether the account has
// a webmail.
func (a *actionBar) showMenu() {
	key := a.key
	goRun(a.bridge, asked(a.client, api.Accounts), func(accounts []settings.Account, _ error) {
		webmail := ""
		for _, account := range accounts {
			if account.ID == key.account && strings.HasPrefix(account.Open, "https://") {
				webmail = account.Open
			}
		}
		if a.key != key {
			return
		}
		menu := widget.NewPopUpMenu(a.menu(webmail), a.dialogs.window.Canvas())
		menu.ShowAtRelativePosition(fyne.NewPos(0, a.more.Size().Height), a.more)
	})
}

func (a *actionBar) menu(webmail string) *fyne.Menu {
	item := func(label string, enabled bool, do func()) *fyne.MenuItem {
		i := fyne.NewMenuItem(label, do)
		i.Disabled = !enabled
		return i
	}
	t := a.loc.T
	there := a.there()
	mark := t("window.act.mark_unseen")
	if !a.mail.Seen {
		mark = t("window.act.mark_seen")
	}
	items := []*fyne.MenuItem{
		item(t("window.act.reply"), a.answerable(), a.answer),
		item(t("window.act.in_program"), mailto.Message(a.mail.MessageID) != "", a.inProgram),
	}
	if webmail != "" {
		items = append(items, item(t("window.act.webmail"), true, func() {
			a.elsewhere(func(ctx context.Context) error { return a.outside.url(ctx, webmail) })
		}))
	}
	items = append(items, item(mark, there, a.mark), fyne.NewMenuItemSeparator())
	if a.mail.Code != "" {
		items = append(items, item(t("window.act.copy_code", a.mail.Code), true, a.copyCode))
	}
	items = append(items,
		item(t("window.act.save_message"), there, a.saveMessage),
		item(t("window.act.save_files"), len(a.attach.files) > 0, a.saveFiles),
		item(t("window.act.headers"), there, func() { a.showSource(true) }),
		item(t("window.act.source"), there, func() { a.showSource(false) }),
		fyne.NewMenuItemSeparator(),
		item(t("window.delete"), there, a.remove),
		item(t("window.act.keys"), true, a.showKeys))
	return fyne.NewMenu("", items...)
}
