//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/attach"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/message"
)

// shownFiles is how many attachments are seen at once; more are scrolled to.
const shownFiles = 3

// attachBar is below the text of a message: its attachments, and what can be
// done with them. Whatever that is needs all of the message, which is fetched
// then and not before.
type attachBar struct {
	bridge  *bridge
	loc     *locale.Catalogue
	keys    *keys
	dialogs *dialogs
	spool   *spool
	// open starts the user's program for a file; tests have their own. choose
	// and chooseFolder ask where to write.
	open         func(path string) error
	choose       func(name string, then func(io.WriteCloser, string))
	chooseFolder func(then func(path string))
	// relayout gives everything its room after the bar has changed.
	relayout func()

	files  []message.File
	octets int64 // of the whole message; 0 is unknown

	rows    *fyne.Container
	scroll  *container.Scroll
	all     *button
	outcome *banner
	loading *fyne.Container
	loaded  *line
	bar     *widget.ProgressBar
	stop    *button
	content *fyne.Container
}

func newAttachBar(b *bridge, loc *locale.Catalogue, k *keys, d *dialogs, client api.Engine, folder string) *attachBar {
	a := &attachBar{bridge: b, loc: loc, keys: k, dialogs: d, relayout: func() {}}
	a.spool = &spool{bridge: b, client: client, folder: folder, progress: a.progress, came: func(api.FullMessage) {}}
	a.choose, a.chooseFolder = a.askFile, a.askFolder
	a.rows = stackOf(0)
	a.scroll = container.NewVScroll(a.rows)
	a.all = newButton(k, loc.T("window.files.save_all"), theme.DocumentSaveIcon(), a.saveAll)
	a.all.Importance = widget.LowImportance
	a.outcome = newBanner(8, 4, nil, func() { a.relayout() })
	a.loaded = newLine(theme.SizeNameText, theme.ColorNameForeground)
	a.bar = widget.NewProgressBar()
	a.bar.TextFormatter = func() string { return "" }
	a.stop = newButton(k, loc.T("window.cancel"), nil, a.spool.stop)
	a.loading = inset(12, 4, container.NewBorder(nil, nil, nil, a.stop, container.New(middle{}, stackOf(4, a.loaded, container.New(fixedHeight(6), a.bar))))).(*fyne.Container)
	a.content = stackOf(0, widget.NewSeparator(), a.outcome, a.loading, container.NewBorder(nil, inset(8, 0, container.NewHBox(a.all)), nil, nil, a.scroll))
	a.show(api.Mail{}, nil)
	return a
}

// about is about another message, whose files are not known yet.
func (a *attachBar) about(m api.Mail) {
	a.outcome.say(toneInfo, "")
	a.spool.about(keyOf(m))
	a.show(m, nil)
}

// show shows the files of a message.
func (a *attachBar) show(m api.Mail, files []message.File) {
	a.files, a.octets = files, m.Octets
	a.rows.Objects = nil
	for i, f := range files {
		a.rows.Add(a.row(i, f))
	}
	height := float32(0)
	for _, row := range a.rows.Objects[:min(shownFiles, len(files))] {
		height += row.MinSize().Height
	}
	a.scroll.SetMinSize(fyne.NewSize(0, height))
	show(a.scroll, len(files) > 0)
	show(a.all, len(files) > 1)
	a.scroll.Offset = fyne.Position{}
	a.sync()
}

// sync hides the bar where it has nothing to say.
func (a *attachBar) sync() {
	show(a.content, len(a.files) > 0 || a.loading.Visible() || a.outcome.Visible())
	a.content.Refresh()
	a.relayout()
}

// row is an attachment: an icon for its kind, name, type and size, and buttons.
func (a *attachBar) row(i int, f message.File) fyne.CanvasObject {
	name := newLine(theme.SizeNameText, theme.ColorNameForeground)
	name.text = f.Name
	facts := newCaption()
	facts.text = f.Type
	if f.Octets >= 0 {
		facts.text = a.loc.T("window.files.facts", f.Type, a.loc.Size(f.Octets))
	}
	low := func(label string, icon fyne.Resource, do func()) *button {
		b := newButton(a.keys, label, icon, do)
		b.Importance = widget.LowImportance
		return b
	}
	buttons := container.NewHBox()
	if isPicture(f) {
		buttons.Add(low(a.loc.T("window.files.show"), theme.VisibilityIcon(), func() { a.showPicture(i) }))
	}
	buttons.Add(low(a.loc.T("window.files.open"), theme.FileIcon(), func() { a.openFile(i) }))
	buttons.Add(low(a.loc.T("window.files.save"), theme.DocumentSaveIcon(), func() { a.save(i) }))
	icon := container.New(middle{}, inset(0, 0, widget.NewIcon(fileIcon(f))))
	return inset(12, 1, container.NewBorder(nil, nil, icon, buttons, inset(8, 0, container.New(middle{}, stackOf(0, name, facts)))))
}

// fileIcon is a picture of what kind of file it is.
func fileIcon(f message.File) fyne.Resource {
	kind, _, _ := strings.Cut(f.Type, "/")
	switch {
	case attach.Runs(f.Name, f.Type, nil):
		return theme.FileApplicationIcon()
	case kind == "image":
		return theme.FileImageIcon()
	case kind == "audio":
		return theme.FileAudioIcon()
	case kind == "video":
		return theme.FileVideoIcon()
	case kind == "message":
		return theme.MailAttachmentIcon()
	case kind == "text":
		return theme.FileTextIcon()
	}
	return theme.DocumentIcon()
}

// progress shows how far the message has come.
func (a *attachBar) progress(octets int64, busy bool) {
	if a.loading == nil {
		return
	}
	show(a.loading, busy)
	if busy {
		text := a.loc.T("window.files.loading", a.loc.Size(octets))
		if a.octets > 0 {
			text = a.loc.T("window.files.loading_of", a.loc.Size(octets), a.loc.Size(a.octets))
			a.bar.SetValue(min(1, float64(octets)/float64(a.octets)))
		}
		show(a.bar, a.octets > 0)
		a.loaded.set(text)
	}
	a.sync()
}

// with calls then with the whole message, or says why there is none.
func (a *attachBar) with(then func(*spooled)) {
	a.outcome.say(toneInfo, "")
	a.spool.need(func(got *spooled, err error) {
		if err != nil {
			a.failed(err)
			return
		}
		then(got)
	})
}

func (a *attachBar) failed(err error) {
	switch {
	case errors.Is(err, context.Canceled):
		return
	case errors.Is(err, message.ErrNotApart):
		a.say(toneError, a.loc.T("window.files.not_apart"))
	default:
		a.say(toneError, sentence(err, a.loc))
	}
}

func (a *attachBar) say(tone fyne.ThemeColorName, text string) {
	a.outcome.say(tone, text)
	a.sync()
}

// withFile is with for the file of a row.
func (a *attachBar) withFile(i int, then func(*spooled, message.Attachment)) {
	if i >= len(a.files) {
		return
	}
	f := a.files[i]
	a.with(func(got *spooled) {
		found, err := got.file(i, f)
		if err != nil {
			a.failed(err)
			return
		}
		then(got, found)
	})
}

func (a *attachBar) save(i int) {
	a.withFile(i, func(got *spooled, f message.Attachment) {
		a.choose(attach.Name(f.Name, "attachment"), func(w io.WriteCloser, path string) { a.write(got, &f, w, path) })
	})
}

// write writes to a file that the user has chosen. What is not whole is removed.
func (a *attachBar) write(got *spooled, f *message.Attachment, w io.WriteCloser, path string) {
	goDo(a.bridge, func(context.Context) error {
		err := errors.Join(got.write(w, f), w.Close())
		if err != nil {
			_ = os.Remove(path)
			return err
		}
		attach.Mark(path)
		return nil
	}, func(err error) {
		if err != nil {
			a.failed(err)
			return
		}
		a.say(toneGood, a.loc.T("window.files.saved", path))
	})
}

func (a *attachBar) saveAll() {
	if len(a.files) == 1 {
		a.save(0)
		return
	}
	a.with(func(got *spooled) {
		a.chooseFolder(func(folder string) {
			goRun(a.bridge, func(ctx context.Context) (n int, err error) {
				for _, f := range got.files {
					if ctx.Err() != nil {
						return n, ctx.Err()
					}
					if _, failed := got.into(folder, f); failed != nil {
						err = errors.Join(err, failed)
					} else {
						n++
					}
				}
				return n, err
			}, func(n int, err error) {
				switch {
				case err != nil && n == 0:
					a.failed(err)
				case err != nil:
					a.say(toneError, a.loc.T("window.files.saved_some", a.loc.Count(n), a.loc.Count(len(got.files)), folder))
				default:
					a.say(toneGood, a.loc.N("window.files.saved_all", n, folder))
				}
			})
		})
	})
}

// saveMessage writes the message itself, as the server has it.
func (a *attachBar) saveMessage(name string) {
	a.with(func(got *spooled) {
		a.choose(attach.Name(name, "message")+".eml", func(w io.WriteCloser, path string) { a.write(got, nil, w, path) })
	})
}

// openFile opens an attachment in the user's program for it; what could run is
// asked about.
func (a *attachBar) openFile(i int) {
	a.withFile(i, func(got *spooled, f message.Attachment) {
		goRun(a.bridge, func(context.Context) (bool, error) { return attach.Runs(f.Name, f.Type, got.head(f)), nil }, func(runs bool, _ error) {
			if !runs {
				a.start(got, f)
				return
			}
			a.dialogs.ask(question{
				title: a.loc.T("window.files.runs_title"), text: a.loc.T("window.files.runs_text", f.Name),
				yes: a.loc.T("window.files.runs_yes"), no: a.loc.T("window.cancel"), danger: true,
			}, func() { a.start(got, f) })
		})
	})
}

func (a *attachBar) start(got *spooled, f message.Attachment) {
	goDo(a.bridge, func(context.Context) error {
		dir, err := os.MkdirTemp(a.spool.folder, "open-")
		if err != nil {
			return err
		}
		path, err := got.into(dir, f)
		if err != nil {
			return err
		}
		return a.open(path)
	}, func(err error) {
		if err != nil {
			a.failed(err)
		}
	})
}

// askFile has the user choose where to write, and asks before a file that is
// there is replaced.
func (a *attachBar) askFile(name string, then func(io.WriteCloser, string)) {
	save := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			a.say(toneError, a.loc.T("window.not_saved", err.Error()))
		case file != nil:
			then(file, file.URI().Path())
		}
	}, a.dialogs.window)
	save.SetFileName(name)
	a.dialogs.show(save)
}

func (a *attachBar) askFolder(then func(string)) {
	a.dialogs.show(dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		switch {
		case err != nil:
			a.say(toneError, a.loc.T("window.not_saved", err.Error()))
		case folder != nil:
			then(filepath.FromSlash(folder.Path()))
		}
	}, a.dialogs.window))
}
