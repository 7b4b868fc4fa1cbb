//go:build cgo && !nowindow

package window

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// option is one of several values, and what the user reads.
type option[T comparable] struct {
	value T
	text  string
}

// options is a drop-down list of values.
type options[T comparable] struct {
	list *choice
	all  []option[T]
	// other names a value that a person wrote into the file.
	other func(T) string
}

func newOptions[T comparable](k *keys, all []option[T], other func(T) string, chosen func(T)) *options[T] {
	o := &options[T]{all: all, other: other}
	o.list = newChoice(k, nil, func(string) {
		if i := o.list.SelectedIndex(); i >= 0 {
			chosen(o.all[i].value)
		}
	})
	o.name()
	return o
}

func (o *options[T]) view() fyne.CanvasObject { return newFrame(o.list) }

func (o *options[T]) name() {
	o.list.Options = o.list.Options[:0]
	for _, each := range o.all {
		o.list.Options = append(o.list.Options, each.text)
	}
}

// show selects a value without telling anybody.
func (o *options[T]) show(value T) {
	i := slices.IndexFunc(o.all, func(each option[T]) bool { return each.value == value })
	if i < 0 {
		i = len(o.all)
		o.all = append(o.all, option[T]{value, o.other(value)})
		o.name()
	}
	if o.list.SelectedIndex() == i {
		return
	}
	told := o.list.OnChanged
	o.list.OnChanged = nil
	o.list.SetSelectedIndex(i)
	o.list.OnChanged = told
}

// preferencesForm shows preferences and tells what the user chooses.
type preferencesForm struct {
	pageEnv
	change  func(func(*chosen))
	shown   settings.Preferences
	quiet   bool // being filled, not chosen
	labels  float32
	content *fyne.Container

	autostart, keep, codes, except, ask, quietHours *check
	only                                            *check
	language, theme, badge, click, tells            *options[string]
	sound                                           *soundChoice
	limit                                           *options[int]
	proxy, from, until                              *field
	days                                            *dayBoxes
	captions                                        map[string]*line
	hours                                           *fyne.Container
}

// What quiet hours are when they are switched on.
const (
	quietFrom  = "22:00"
	quietUntil = "07:00"
)

func newPreferencesForm(e pageEnv, change func(func(*chosen))) *preferencesForm {
	f := &preferencesForm{pageEnv: e, change: change, captions: map[string]*line{}}
	f.make()
	f.build()
	return f
}

func (f *preferencesForm) t(key string) string { return f.loc.T("prefs." + key) }

// tick is a box for one preference.
func (f *preferencesForm) tick(key string, set func(*settings.Preferences, bool)) *check {
	return newCheck(f.keys, f.t(key), func(on bool) {
		if !f.quiet {
			f.choose(func(p *settings.Preferences) { set(p, on) })
		}
	})
}

// pick is a list for one preference; the first entry's key ends in "default"
// and stands for the empty value.
func (f *preferencesForm) pick(key string, set func(*settings.Preferences, string), values ...string) *options[string] {
	all := []option[string]{{"", f.t(key + ".default")}}
	for _, v := range values {
		all = append(all, option[string]{v, f.t(key + "." + v)})
	}
	return newOptions(f.keys, all, func(v string) string { return v }, func(v string) {
		f.choose(func(p *settings.Preferences) { set(p, v) })
	})
}

// entry is a field for one preference, which counts once it is left or Enter
// is pressed; Esc brings back what was there.
func (f *preferencesForm) entry(name string, get func(settings.Preferences) string, set func(*settings.Preferences, string)) *field {
	f.captions[name] = newLine(theme.SizeNameCaptionText, theme.ColorNameError)
	f.captions[name].Hide()
	e := newField(f.keys)
	take := func() {
		if e.Text == get(f.shown) {
			f.complain(name, nil)
			return
		}
		next := f.shown
		set(&next, e.Text)
		next.Normalize()
		f.complain(name, nil)
		if problems := next.Validate(); len(problems) > 0 {
			f.complain(problems[0].Field, &problems[0]) // of two hours perhaps the other
			return
		}
		e.SetText(get(next))
		f.choose(func(p *settings.Preferences) { *p = next })
	}
	e.left = take
	e.OnSubmitted = func(string) { take() }
	e.revert = func() bool {
		if e.Text == get(f.shown) {
			return false
		}
		e.SetText(get(f.shown))
		f.complain(name, nil)
		return true
	}
	return e
}

// complain shows what is wrong with a field, or that nothing is.
func (f *preferencesForm) complain(name string, problem *settings.FieldError) {
	caption, was := f.captions[name], f.captions[name].Visible()
	if problem != nil {
		caption.set(explain.Field(*problem, f.loc))
	}
	show(caption, problem != nil)
	if was != caption.Visible() {
		f.content.Refresh()
		f.relayout()
	}
}

// choose tells of a choice.
func (f *preferencesForm) choose(set func(*settings.Preferences)) {
	set(&f.shown)
	f.sync()
	shown := f.shown
	f.change(func(c *chosen) { c.Preferences = shown })
}

func (f *preferencesForm) make() {
	type prefs = settings.Preferences
	f.autostart = f.tick("autostart", func(p *prefs, on bool) { p.Autostart = on })
	f.keep = f.tick("keep", func(p *prefs, on bool) { p.Keep = on })
	f.codes = f.tick("codes", func(p *prefs, on bool) { p.IgnoreCodes = !on })
	f.except = f.tick("except", func(p *prefs, on bool) { p.QuietExceptImportant = on })
	f.only = f.tick("icon_only_unseen", func(p *prefs, on bool) { p.IconOnlyUnseen = on })
	f.ask = f.tick("ask_delete", func(p *prefs, on bool) { p.DeleteUnasked = !on })
	f.quietHours = f.tick("quiet", func(p *prefs, on bool) {
		if p.QuietFrom, p.QuietUntil, p.QuietDays = "", "", ""; on {
			p.QuietFrom, p.QuietUntil = quietFrom, quietUntil
		}
	})

	languages := []option[string]{{"", f.t("language.default")}}
	for _, l := range locale.Languages() {
		languages = append(languages, option[string]{l.Tag, l.Name})
	}
	f.language = newOptions(f.keys, languages, func(tag string) string { return tag }, func(tag string) {
		f.choose(func(p *prefs) { p.Language = tag })
	})
	f.theme = f.pick("theme", func(p *prefs, v string) { p.Theme = v }, settings.ThemeLight, settings.ThemeDark)
	f.badge = f.pick("badge", func(p *prefs, v string) { p.Badge = v }, settings.BadgeDot, settings.BadgeNone)
	f.click = f.pick("click", func(p *prefs, v string) { p.LeftClick = v }, settings.ClickCheck, settings.ClickSettings)
	f.tells = f.pick("tells", func(p *prefs, v string) { p.Show = v }, settings.ShowSender, settings.ShowCount)
	f.sound = newSoundChoice(f.pageEnv, "", func(v string) {
		f.choose(func(p *prefs) { p.Sound = v; p.Normalize() })
	})
	var limits []option[int]
	for _, n := range []int{settings.SummaryAlways, 1, 2, settings.DefaultSummaryAbove, 5, 10, settings.MaxSummaryAbove} {
		limits = append(limits, option[int]{n, f.limitName(n)})
	}
	f.limit = newOptions(f.keys, limits, f.limitName, func(n int) {
		f.choose(func(p *prefs) { p.SummaryAbove = n; p.Normalize() })
	})

	f.proxy = f.entry("proxy", func(p prefs) string { return p.Proxy }, func(p *prefs, v string) { p.Proxy = v })
	f.proxy.SetPlaceHolder(f.t("proxy_hint"))
	f.from = f.entry("quiet_from", func(p prefs) string { return p.QuietFrom }, func(p *prefs, v string) { p.QuietFrom = v })
	f.until = f.entry("quiet_until", func(p prefs) string { return p.QuietUntil }, func(p *prefs, v string) { p.QuietUntil = v })
	f.days = newDayBoxes(f.keys, f.loc, false, func(days string) { f.choose(func(p *prefs) { p.QuietDays = days }) })
}

// limitName says up to how many messages are announced one by one.
func (f *preferencesForm) limitName(n int) string {
	if n == settings.SummaryAlways {
		return f.t("limit_always")
	}
	return f.loc.N("prefs.limit", n)
}

// build puts the widgets under headings. Tab follows this order.
func (f *preferencesForm) build() {
	rows := map[string]fyne.CanvasObject{
		"language": f.language.view(), "theme": f.theme.view(), "proxy": f.withCaption(f.proxy, "proxy"),
		"badge": f.badge.view(), "click": f.click.view(),
		"tells": f.tells.view(), "one_by_one": f.limit.view(),
	}
	for name := range rows {
		f.labels = max(f.labels, widget.NewLabel(f.t(name)).MinSize().Width)
	}
	rows["sound"] = f.sound.content
	f.labels = max(f.labels, widget.NewLabel(f.t("sound")).MinSize().Width)

	hour := func(e *field) fyne.CanvasObject { return container.New(fixedWidth(74), e) }
	f.hours = stackOf(2,
		container.NewHBox(widget.NewLabel(f.t("quiet_from")), hour(f.from), widget.NewLabel(f.t("quiet_until")), hour(f.until)),
		f.captions["quiet_from"], f.captions["quiet_until"], f.days.content, f.except)

	f.content = stackOf(18,
		f.section("general", rows, f.autostart, "language", "theme", "proxy"),
		f.section("icon", rows, nil, "badge", "click"),
		f.section("notifications", rows, nil, "tells", "one_by_one", "sound"),
	)
	f.content.Objects[1].(*fyne.Container).Add(f.only)
	notifications := f.content.Objects[2].(*fyne.Container)
	notifications.Add(f.keep)
	notifications.Add(f.codes)
	notifications.Add(f.quietHours)
	notifications.Add(inset(24, 0, f.hours))
	f.content.Add(f.section("mailbox", rows, f.ask))
}

// section is a heading, perhaps a box, and rows of a label and a widget.
func (f *preferencesForm) section(title string, rows map[string]fyne.CanvasObject, first fyne.CanvasObject, names ...string) *fyne.Container {
	s := stackOf(6, heading(f.t("section."+title)))
	if first != nil {
		s.Add(first)
	}
	if len(names) == 0 {
		return s
	}
	table := container.New(pairs{gap: 6, drop: 1, least: f.labels})
	for _, name := range names {
		table.Objects = append(table.Objects, widget.NewLabel(f.t(name)), rows[name])
	}
	s.Add(table)
	return s
}

// heading stands above a section.
func heading(text string) fyne.CanvasObject {
	title := newLine(theme.SizeNameText, theme.ColorNameForeground)
	title.style.Bold = true
	title.text = text
	return inset(7, 2, title)
}

func (f *preferencesForm) withCaption(content fyne.CanvasObject, name string) *fyne.Container {
	return stackOf(2, content, f.captions[name])
}

// show fills the form.
func (f *preferencesForm) show(p settings.Preferences) {
	f.shown = p
	for name := range f.captions {
		f.captions[name].Hide()
	}
	f.quiet = true
	f.proxy.SetText(p.Proxy)
	f.sound.file.SetText("")
	f.from.SetText(p.QuietFrom)
	f.until.SetText(p.QuietUntil)
	f.quiet = false
	f.sync()
	f.content.Refresh()
}

// sync brings the widgets in line with what is shown.
func (f *preferencesForm) sync() {
	f.quiet = true
	defer func() { f.quiet = false }()
	p := f.shown
	f.autostart.SetChecked(p.Autostart)
	f.keep.SetChecked(p.Keep)
	f.codes.SetChecked(!p.IgnoreCodes)
	f.except.SetChecked(p.QuietExceptImportant)
	f.ask.SetChecked(!p.DeleteUnasked)
	f.only.SetChecked(p.IconOnlyUnseen)
	f.language.show(p.Language)
	f.theme.show(p.Theme)
	f.badge.show(p.Badge)
	f.click.show(p.LeftClick)
	f.tells.show(p.Show)
	limit := p.SummaryAbove
	if limit == 0 {
		limit = settings.DefaultSummaryAbove
	}
	f.limit.show(limit)

	f.sound.show(p.Sound)
	f.days.show(p.QuietDays)
	quiet := p.QuietFrom != ""
	f.quietHours.SetChecked(quiet)
	if quiet && f.from.Text == "" {
		f.from.SetText(p.QuietFrom)
		f.until.SetText(p.QuietUntil)
	}
	if !quiet {
		f.from.SetText("")
		f.until.SetText("")
	}
	if quiet != f.hours.Visible() {
		show(f.hours, quiet)
		f.content.Refresh()
		f.relayout()
	}
}
