//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pemfile"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// form shows one draft and writes what is typed into it.
type form struct {
	bridge *bridge
	keys   *keys
	loc    *locale.Catalogue
	draft  *draft
	// changed is called after every change of the draft.
	changed func()
	// submit is called for Enter in a field.
	submit func()
	// choose asks for a file and calls then with its path.
	choose func(then func(path string))
	// signIn has somebody sign in with the browser, toPassword turns back to a
	// password.
	signIn, toPassword *button
	signInRow          *fyne.Container

	fields   map[string]*field
	captions map[string]*line
	names    map[string]*line  // what stands before the fields
	visited  map[string]bool   // fields that the focus has left
	looked   map[string]glance // what was seen of the files that fields name
	unstored bool              // the keyring was found to have no password
	// columnWidths is the layout of all groups of rows.
	columnWidths *pairs

	security  *choice
	interval  *choice
	custom    *fyne.Container
	cleartext *check
	legacy    *check
	clearRow  *fyne.Container
	legacyRow *fyne.Container
	opens     *choice
	webmail   *fyne.Container
	mechanism *choice
	pin       *line
	unpin     *button
	pinRow    *fyne.Container
	silent    *check
	sound     *soundChoice
	quiet     *choice
	days      *dayBoxes
	hours     *fyne.Container
	unseen    *check
	status    *check
	more      *disclosure
	content   *fyne.Container
	loading   bool
}

var securities = []settings.Security{settings.TLS, settings.STLS, settings.None}

// fileFields hold the path of a file, which can be chosen.
var fileFields = []string{fieldCAFile, fieldClientCert, fieldClientKey, fieldPopState}

func newForm(e pageEnv, changed, submit, signIn, toPassword func()) *form {
	k, loc := e.keys, e.loc
	f := &form{
		bridge: e.bridge, keys: k, loc: loc, changed: changed, submit: submit, choose: e.chooseFile,
		fields: map[string]*field{}, captions: map[string]*line{}, names: map[string]*line{},
		visited: map[string]bool{}, looked: map[string]glance{},
	}
	for _, name := range fieldOrder {
		f.captions[name] = newLine(theme.SizeNameCaptionText, theme.ColorNameError)
		f.captions[name].Hide()
		f.names[name] = newLine(theme.SizeNameText, theme.ColorNameForeground)
		f.names[name].text, f.names[name].fixed = loc.T("window.field."+name), true
		if !slices.Contains([]string{fieldSecurity, fieldMechanism, fieldPin, fieldSound}, name) {
			f.fields[name] = f.newField(name)
		}
	}
	f.fields[fieldPassword].Password = true
	f.signIn = newButton(k, "", nil, signIn)
	f.toPassword = newButton(k, loc.T("window.signin.password"), nil, toPassword)
	f.toPassword.Importance = widget.LowImportance
	f.signInRow = container.NewHBox(f.signIn, f.toPassword)

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
	f.opens = newChoice(k, []string{loc.T("window.open_mailbox"), loc.T("window.open_program"), loc.T("window.open_webmail")}, func(string) {
		f.edit(func() { f.draft.opens = opens[f.opens.SelectedIndex()] })
	})
	f.sound = newSoundChoice(e, loc.T("window.as_preferences"), func(v string) {
		f.edit(func() { f.draft.text[fieldSound] = v })
	})
	f.quiet = newChoice(k, []string{loc.T("window.as_preferences"), loc.T("window.quiet_never"), loc.T("window.quiet_own")}, func(string) {
		f.edit(func() { f.draft.setQuiet(quiets[f.quiet.SelectedIndex()]) })
	})
	f.days = newDayBoxes(k, loc, true, func(days string) { f.edit(func() { f.draft.quietDays = days }) })
	f.mechanism = newChoice(k, append([]string{loc.T("window.mechanism_automatic")}, settings.Mechanisms...), func(string) {
		f.edit(func() {
			f.draft.mechanism = ""
			if i := f.mechanism.SelectedIndex(); i > 0 {
				f.draft.mechanism = settings.Mechanisms[i-1]
			}
		})
	})
	f.cleartext = f.newCheck("cleartext", func(on bool) { f.draft.allowCleartext = on })
	f.legacy = f.newCheck("legacy_tls", func(on bool) { f.draft.legacyTLS = on })
	f.silent = f.newCheck("silent", func(on bool) { f.draft.silent = on })
	f.unseen = f.newCheck("unseen_existing", func(on bool) { f.draft.unseenExisting = on })
	f.status = f.newCheck("status_header", func(on bool) { f.draft.statusHeader = on })
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
			f.lookAt(name)
		}
	}
	return e
}

func (f *form) newCheck(key string, set func(on bool)) *check {
	return newCheck(f.keys, f.loc.T("window."+key), func(on bool) { f.edit(func() { set(on) }) })
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

// load shows d.
func (f *form) load(d *draft) {
	f.draft = d
	clear(f.visited)
	clear(f.looked)
	f.sync()
	f.more.open(slices.ContainsFunc(moreFields, func(name string) bool { return d.value(name) != "" }) ||
		d.opens+d.mechanism+d.pin+d.quiet != "" || d.silent || d.statusHeader || d.legacyTLS)
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
	f.security.SetSelectedIndex(max(0, slices.Index(securities, d.security)))
	f.opens.SetSelectedIndex(max(0, slices.Index(opens, d.opens)))
	f.sound.show(d.text[fieldSound])
	f.quiet.SetSelectedIndex(max(0, slices.Index(quiets, d.quiet)))
	f.days.show(d.quietDays)
	f.reveal(f.hours, d.quiet == quietOwn)
	f.mechanism.SetSelectedIndex(slices.Index(settings.Mechanisms, d.mechanism) + 1)
	selected := slices.Index(intervals, d.interval)
	if d.custom || selected < 0 {
		selected = len(intervals)
	}
	f.interval.SetSelectedIndex(selected)
	f.cleartext.SetChecked(d.allowCleartext)
	f.legacy.SetChecked(d.legacyTLS)
	f.silent.SetChecked(d.silent)
	f.unseen.SetChecked(d.unseenExisting)
	f.status.SetChecked(d.statusHeader)
	f.pin.set(fingerprint(d.pin))
	f.reveal(f.custom, d.custom)
	f.reveal(f.clearRow, d.cleartext())
	f.reveal(f.legacyRow, d.legacyTLS || d.base.LegacyTLS)
	f.reveal(f.webmail, d.opens == openWebmail)
	f.reveal(f.pinRow, d.pin != "")
	f.hint(fieldName, d.fallbackName())
	switch {
	case d.value(fieldSecretCommand) != "":
		f.hint(fieldPassword, f.loc.T("window.hint.password_command"))
	case f.unstored:
		f.hint(fieldPassword, f.loc.T("window.hint.password_missing"))
	case !d.needsPassword():
		f.hint(fieldPassword, f.loc.T("window.hint.password_stored"))
	default:
		f.hint(fieldPassword, "")
	}
	f.offerSignIn()
	if word := secretWord(d.account(), f.loc); word != f.names[fieldPassword].text {
		f.names[fieldPassword].set(word)
		f.widen()
		f.content.Refresh()
	}
	f.validate()
}

// offerSignIn shows how to sign in with the browser, where there is a way, and
// the field for a password where the account has one.
func (f *form) offerSignIn() {
	d := f.draft
	p := provider.ByServer(d.value(fieldServer), d.value(fieldAddress))
	row := signInRow(p)
	if d.signsIn() {
		row = provider.SignIn(d.oauth.Provider, d.oauth.Tenant)
	}
	if label := signInLabel(row, f.loc); label != f.signIn.Text {
		f.signIn.SetText(label)
	}
	show(f.toPassword, d.signsIn() && hasPasswords(p))
	f.reveal(f.signInRow, d.signsIn() || row != nil)
	if f.fields[fieldPassword].Visible() == d.signsIn() {
		show(f.fields[fieldPassword], !d.signsIn())
		f.content.Refresh()
	}
}

// reveal shows or hides a part of the form.
func (f *form) reveal(part *fyne.Container, on bool) {
	if part.Visible() != on {
		show(part, on)
		f.content.Refresh()
	}
}

func (f *form) hint(name, text string) {
	if f.fields[name].PlaceHolder != text {
		f.fields[name].SetPlaceHolder(text)
	}
}

// validate shows what is wrong beside each field: at once where the user was
// before, and on leaving it where the user is typing for the first time.
func (f *form) validate() {
	found := map[string]string{}
	for _, p := range f.draft.problems() {
		focused := fyne.CurrentApp().Driver().CanvasForObject(f.content)
		typing := focused != nil && f.fields[p.Field] != nil && focused.Focused() == fyne.Focusable(f.fields[p.Field])
		if !p.Missing && (f.visited[p.Field] || !typing) {
			found[p.Field] = explain.Field(p.FieldError, f.loc)
			if p.Field == fieldSecurity {
				found[p.Field] = f.loc.T("window.cleartext_risk") // the file's rule speaks of keys
			}
		}
	}
	for name, seen := range f.looked {
		if seen.problem != "" && found[name] == "" && f.draft.value(name) == seen.path {
			found[name] = f.loc.T(seen.problem)
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

// glance is what was seen of a file.
type glance struct {
	path string
	// problem is the translation key of what is wrong; empty for nothing.
	problem string
}

// lookAt reads the PEM file that a field names, now that its path is whole. It
// is done in the background, for the disk may take its time, and what is wrong
// keeps nobody from saving: the file may be there when it is needed.
func (f *form) lookAt(name string) {
	path := f.draft.value(name)
	if name == fieldPopState || !slices.Contains(fileFields, name) || !f.draft.touched[name] || !filepath.IsAbs(path) {
		return
	}
	goRun(f.bridge,
		func(context.Context) (glance, error) { return glance{path, pemProblem(name, path)}, nil },
		func(seen glance, _ error) {
			f.looked[name] = seen
			f.validate()
		})
}

// pemProblem is the translation key of what is wrong with the PEM file of a
// field; empty for nothing.
func pemProblem(name, path string) string {
	var err error
	if name == fieldCAFile {
		_, err = pemfile.Roots(path)
	} else {
		_, err = pemfile.Read(path)
	}
	switch {
	case errors.Is(err, pemfile.ErrNoCertificate):
		return "window.file_no_certificate"
	case err != nil:
		return "window.file_unreadable"
	}
	return ""
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

// showAll shows what is wrong wherever it is, visited or not.
func (f *form) showAll() {
	for _, p := range f.draft.problems() {
		f.visited[p.Field] = true
	}
	f.validate()
}

// firstWrong is the first field that keeps the draft from being saved, in
// sight; nil where there is none.
func (f *form) firstWrong() fyne.Focusable {
	found := f.draft.problems()
	if len(found) == 0 {
		return nil
	}
	name := found[0].Field
	if slices.Contains(moreFields, name) && !f.extraShown() {
		f.more.OnTapped()
	}
	switch name {
	case fieldPassword:
		if f.draft.signsIn() {
			return f.signIn
		}
	case fieldSecurity:
		return f.security
	case fieldMechanism:
		return f.mechanism
	case fieldPin:
		return f.unpin
	case fieldSound:
		return f.sound.file
	}
	return f.fields[name]
}

func (f *form) extraShown() bool { return f.more.target.Visible() }

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
