//go:build cgo && !nowindow

package window

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// form shows one draft and writes what is typed into it.
type form struct {
	keys  *keys
	loc   *locale.Catalogue
	draft *draft
	// changed is called after every change of the draft.
	changed func()
	// submit is called for Enter in a field.
	submit func()

	fields    map[string]*field
	captions  map[string]*line
	visited   map[string]bool // fields that the focus has left
	security  *choice
	interval  *choice
	custom    *fyne.Container
	cleartext *check
	clearRow  *fyne.Container
	unseen    *check
	status    *check
	more      *disclosure
	content   *fyne.Container
	loading   bool
}

var securities = []settings.Security{settings.TLS, settings.STLS, settings.None}

func newForm(k *keys, loc *locale.Catalogue, changed, submit func()) *form {
	f := &form{
		keys: k, loc: loc, changed: changed, submit: submit,
		fields: map[string]*field{}, captions: map[string]*line{}, visited: map[string]bool{},
	}
	for _, name := range fieldOrder {
		f.captions[name] = newLine(theme.SizeNameCaptionText, theme.ColorNameError)
		f.captions[name].Hide()
		if name != fieldSecurity {
			f.fields[name] = f.newField(name)
		}
	}
	f.fields[fieldPassword].Password = true

	f.security = newChoice(k, f.securityNames(), func(string) {
		f.edit(func() { f.draft.setSecurity(securities[f.security.SelectedIndex()]) })
	})
	f.interval = newChoice(k, f.intervalNames(), func(string) {
		f.edit(func() {
			if i := f.interval.SelectedIndex(); i < len(intervals) {
				f.draft.setInterval(intervals[i])
			} else {
				f.draft.setInterval(0)
			}
		})
	})
	f.cleartext = newCheck(k, loc.T("window.cleartext"), func(on bool) { f.edit(func() { f.draft.allowCleartext = on }) })
	f.unseen = newCheck(k, loc.T("window.unseen_existing"), func(on bool) { f.edit(func() { f.draft.unseenExisting = on }) })
	f.status = newCheck(k, loc.T("window.status_header"), func(on bool) { f.edit(func() { f.draft.statusHeader = on }) })
	f.build()
	return f
}

func (f *form) newField(name string) *field {
	e := newField(f.keys)
	e.OnChanged = func(text string) { f.edit(func() { f.draft.set(name, text) }) }
	e.OnSubmitted = func(string) { f.submit() }
	e.left = func() {
		if f.draft != nil {
			f.visited[name] = f.visited[name] || f.draft.touched[name]
			f.validate()
		}
	}
	return e
}

func (f *form) securityNames() []string {
	return []string{f.loc.T("window.security_tls"), f.loc.T("window.security_stls"), f.loc.T("window.security_none")}
}

func (f *form) intervalNames() []string {
	names := make([]string, 0, len(intervals)+1)
	for _, i := range intervals {
		if i < time.Hour {
			names = append(names, f.loc.N("window.minutes", int(i/time.Minute)))
		} else {
			names = append(names, f.loc.N("window.hours", int(i/time.Hour)))
		}
	}
	return append(names, f.loc.T("window.interval_custom"))
}

// build puts the parts together. Tab follows this order.
func (f *form) build() {
	loc := f.loc
	labelled := func(name string, content fyne.CanvasObject) []fyne.CanvasObject {
		return []fyne.CanvasObject{widget.NewLabel(loc.T("window.field." + name)), content}
	}
	row := func(name string) []fyne.CanvasObject { return labelled(name, f.withCaptions(f.fields[name], name)) }

	port := container.NewBorder(nil, nil, widget.NewLabel(loc.T("window.field.port")), nil,
		container.New(fixedWidth(74), f.fields[fieldPort]))
	server := f.withCaptions(container.NewBorder(nil, nil, nil, port, f.fields[fieldServer]), fieldServer, fieldPort)
	f.clearRow = stackOf(0, f.cleartext)
	security := f.withCaptions(stackOf(0, newFrame(f.security), f.clearRow), fieldSecurity)
	f.custom = container.NewHBox(container.New(fixedWidth(64), f.fields[fieldInterval]), widget.NewLabel(loc.T("window.minutes_unit")))
	interval := f.withCaptions(container.NewBorder(nil, nil, nil, f.custom, newFrame(f.interval)), fieldInterval)

	columns := pairs{gap: 6, drop: 1}
	for _, name := range fieldOrder {
		columns.least = max(columns.least, widget.NewLabel(loc.T("window.field."+name)).MinSize().Width)
	}
	main := container.New(columns)
	for _, r := range [][]fyne.CanvasObject{
		row(fieldName), row(fieldAddress), labelled(fieldServer, server), labelled(fieldSecurity, security),
		row(fieldUser), row(fieldPassword), labelled(fieldInterval, interval),
	} {
		main.Objects = append(main.Objects, r...)
	}
	f.fields[fieldAddress].SetPlaceHolder(loc.T("window.hint.address"))
	f.fields[fieldCAFile].SetPlaceHolder(loc.T("window.hint.ca_file"))
	f.fields[fieldSecretCommand].SetPlaceHolder(loc.T("window.hint.secret_command"))
	f.fields[fieldPopState].SetPlaceHolder(loc.T("window.hint.popstate"))

	extra := container.New(columns)
	for _, r := range [][]fyne.CanvasObject{
		row(fieldCAFile), row(fieldSecretCommand), row(fieldPopState), {widget.NewLabel(""), f.unseen}, {widget.NewLabel(""), f.status},
	} {
		extra.Objects = append(extra.Objects, r...)
	}
	f.content = stackOf(4, main)
	f.more = newDisclosure(f.keys, loc.T("window.more"), extra, func() { f.content.Refresh() })
	f.content.Add(container.NewHBox(f.more))
	f.content.Add(extra)
}

// withCaptions puts the messages about some fields under them.
func (f *form) withCaptions(content fyne.CanvasObject, names ...string) *fyne.Container {
	stack := stackOf(2, content)
	for _, name := range names {
		stack.Add(f.captions[name])
	}
	return stack
}

// load shows d.
func (f *form) load(d *draft) {
	f.draft = d
	clear(f.visited)
	f.sync()
	f.more.open(d.value(fieldCAFile)+d.value(fieldSecretCommand)+d.value(fieldPopState) != "")
	f.content.Refresh()
}

// edit applies a change of the user's and shows what follows from it.
func (f *form) edit(change func()) {
	if f.loading || f.draft == nil {
		return
	}
	change()
	f.sync()
	f.changed()
}

// sync brings the widgets in line with the draft.
func (f *form) sync() {
	f.loading = true
	defer func() { f.loading = false }()
	d := f.draft
	for name, e := range f.fields {
		if e.Text != d.text[name] {
			e.SetText(d.text[name])
		}
	}
	for i, s := range securities {
		if s == d.security {
			f.security.SetSelectedIndex(i)
		}
	}
	selected := len(intervals)
	for i, preset := range intervals {
		if !d.custom && preset == d.interval {
			selected = i
		}
	}
	f.interval.SetSelectedIndex(selected)
	before := []bool{f.custom.Visible(), f.clearRow.Visible()}
	show(f.custom, d.custom)
	f.cleartext.SetChecked(d.allowCleartext)
	show(f.clearRow, d.cleartext())
	if before[0] != d.custom || before[1] != d.cleartext() {
		f.content.Refresh()
	}
	f.unseen.SetChecked(d.unseenExisting)
	f.status.SetChecked(d.statusHeader)
	if d.fallbackName() != f.fields[fieldName].PlaceHolder {
		f.fields[fieldName].SetPlaceHolder(d.fallbackName())
	}
	hint := ""
	switch {
	case d.value(fieldSecretCommand) != "":
		hint = f.loc.T("window.hint.password_command")
	case !d.needsPassword():
		hint = f.loc.T("window.hint.password_stored")
	}
	if f.fields[fieldPassword].PlaceHolder != hint {
		f.fields[fieldPassword].SetPlaceHolder(hint)
	}
	f.validate()
}

// validate shows what is wrong beside each field: at once where the user was
// before, and on leaving it where the user is typing for the first time.
func (f *form) validate() {
	found := map[string]string{}
	for _, p := range f.draft.problems() {
		focused := fyne.CurrentApp().Driver().CanvasForObject(f.content)
		typing := focused != nil && f.fields[p.Field] != nil && focused.Focused() == fyne.Focusable(f.fields[p.Field])
		if !p.Missing && (f.visited[p.Field] || !typing) {
			found[p.Field] = p.Text(f.loc)
			if p.Field == fieldSecurity {
				found[p.Field] = f.loc.T("window.cleartext_risk") // the file's rule speaks of keys
			}
		}
	}
	for name, caption := range f.captions {
		text := found[name]
		caption.set(text)
		if caption.Visible() != (text != "") {
			show(caption, text != "")
			f.content.Refresh()
		}
	}
}

// reason says in one line why the draft cannot be saved; empty when it can.
func (f *form) reason() string {
	var missing, wrong []string
	for _, p := range f.draft.problems() {
		name := f.loc.T("window.named." + p.Field)
		if p.Missing {
			missing = append(missing, name)
		} else {
			wrong = append(wrong, name)
		}
	}
	separator := f.loc.T("window.list_separator")
	switch {
	case len(wrong) > 0:
		return f.loc.T("window.to_correct", strings.Join(wrong, separator))
	case len(missing) > 0:
		return f.loc.T("window.still_needed", strings.Join(missing, separator))
	}
	return ""
}

// show makes o visible or not.
func show(o fyne.CanvasObject, on bool) {
	if on == o.Visible() {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
