//go:build cgo && !nowindow

package window

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

// preferencesOf opens the page of a tray role that has these preferences.
func preferencesOf(t *testing.T, p settings.Preferences, rules ...settings.Rule) (*harness, *preferencesPage) {
	t.Helper()
	f := newFake()
	f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
	f.settings.Preferences, f.settings.Rules = p, rules
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	return h, h.preferences()
}

// inForce waits until the tray role has what is wanted.
func (h *harness) inForce(what string, want func(settings.Settings) bool) {
	h.t.Helper()
	h.until(what, func() bool {
		all, _ := h.fake.inForce(h.t.Context(), api.None{})
		return want(all)
	})
}

func (h *harness) key(name fyne.KeyName) {
	h.t.Helper()
	focused := h.window.Canvas().Focused()
	if focused == nil {
		h.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name})
		return
	}
	focused.TypedKey(&fyne.KeyEvent{Name: name})
}

func TestPreferencesTakeEffectAtOnceAndCanBeUndone(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{Badge: settings.BadgeDot})
	if !p.back.Disabled() {
		t.Error("there is something to undo already")
	}
	p.form.theme.list.SetSelected("Dark")
	p.form.keep.SetChecked(true)
	p.form.quietHours.SetChecked(true)
	p.form.limit.list.SetSelected("Never; always a summary")
	want := settings.Preferences{
		Badge: settings.BadgeDot, Theme: settings.ThemeDark, Keep: true,
		QuietFrom: "22:00", QuietUntil: "07:00", SummaryAbove: settings.SummaryAlways,
	}
	h.inForce("all choices", func(s settings.Settings) bool { return s.Preferences == want })

	h.key(fyne.KeyEscape)
	h.inForce("what was there before", func(s settings.Settings) bool {
		return s.Preferences == settings.Preferences{Badge: settings.BadgeDot}
	})
	if h.closed || p.form.keep.Checked || p.form.theme.list.Selected != "Same as the system" || p.back.Text != "Redo" {
		t.Errorf("after Esc: closed %v, %+v, %q", h.closed, p.now, p.back.Text)
	}
	p.back.OnTapped()
	h.inForce("the choices again", func(s settings.Settings) bool { return s.Preferences == want })
	h.key(fyne.KeyEscape)
	h.key(fyne.KeyEscape)
	if !h.closed {
		t.Error("the second Esc has not closed the window")
	}
}

func TestPreferencesTypedCountOnceTheyAreRight(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00"})
	h.window.Canvas().Focus(p.form.until)
	p.form.until.SetText("7:3")
	p.form.until.OnSubmitted("")
	if c := p.form.captions["quiet_until"]; !c.Visible() || !strings.Contains(c.text, ":") {
		t.Errorf("the mistake is not shown: %q", c.text)
	}
	h.key(fyne.KeyEscape) // what is typed goes first
	if p.form.until.Text != "07:00" || p.form.captions["quiet_until"].Visible() || h.closed {
		t.Errorf("after Esc: %q", p.form.until.Text)
	}
	p.form.until.SetText("6:30")
	h.window.Canvas().Focus(p.form.from) // leaving counts
	h.inForce("another end", func(s settings.Settings) bool { return s.Preferences.QuietUntil == "06:30" })
	if p.form.until.Text != "06:30" {
		t.Errorf("shown: %q", p.form.until.Text)
	}
	p.form.from.SetText("06:30")
	p.form.from.OnSubmitted("")
	if !p.form.captions["quiet_until"].Visible() {
		t.Error("hours without length were taken")
	}
}

func TestPreferencesThatCannotBeSavedAreNotShown(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{})
	h.fake.mu.Lock()
	h.fake.fail["preferences"] = &api.ProblemError{Problem: api.Problem{Text: "The disk is full."}, Err: errors.New("no")}
	h.fake.mu.Unlock()
	p.form.autostart.SetChecked(true)
	h.until("the problem", func() bool { return p.problem.Visible() })
	if p.form.autostart.Checked || !strings.Contains(p.problem.label.text, "The disk is full.") {
		t.Errorf("shown: %v, %q", p.form.autostart.Checked, p.problem.label.text)
	}
}

func TestPreferencesFollowTheFile(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{})
	h.fake.mu.Lock()
	h.fake.settings.Preferences.Sound = settings.SoundNone
	h.fake.mu.Unlock()
	h.shell.handle(ipc.Event{Snapshot: &api.Snapshot{SettingsRevision: 7}})
	h.until("the sound of the file", func() bool { return p.form.sound.list.list.Selected == "None" })
	if slices.ContainsFunc(h.fake.calls(), func(c string) bool { return strings.HasPrefix(c, "preferences") }) {
		t.Error("what was read was written back")
	}
}

func TestAnotherLanguageAtOnce(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{})
	p.form.language.list.SetSelected("简体中文")
	h.inForce("Chinese", func(s settings.Settings) bool { return s.Preferences.Language == "zh-Hans" })
	h.shell.handle(ipc.Event{Snapshot: &api.Snapshot{SettingsRevision: 2}})
	h.until("a Chinese window", func() bool { return h.window.Title() == "traymail – 设置" })
	s := h.shell.screen.(*settingsScreen)
	if page := settingsPages[s.current].name; page != "preferences" {
		t.Errorf("it shows the page %s", page)
	}
	p = s.pages[s.current].(*preferencesPage)
	h.until("the page", func() bool { return p.loaded })
	h.key(fyne.KeyEscape)
	h.inForce("the language of before", func(s settings.Settings) bool { return s.Preferences.Language == "" })
}

func TestRules(t *testing.T) {
	rule := settings.Rule{Field: settings.FieldSender, Text: "boss", Effect: settings.EffectImportant}
	h, p := preferencesOf(t, settings.Preferences{}, rule)
	h.fake.mu.Lock()
	h.fake.found = pictureMails()[:2]
	h.fake.mu.Unlock()
	p.rules.add.OnTapped()
	e := p.rules.editors[1]
	if h.window.Canvas().Focused() != e.text {
		t.Error("the focus is not where the text goes")
	}
	e.text.SetText("lunch")
	h.until("what it picks", func() bool { return strings.Contains(e.result.text, "Lunch on Thursday?") })
	if all, _ := h.fake.inForce(t.Context(), api.None{}); len(all.Rules) != 1 {
		t.Errorf("half typed and in force: %v", all.Rules)
	}
	e.text.OnSubmitted("")
	second := settings.Rule{Field: settings.FieldSender, Text: "lunch", Effect: settings.EffectImportant}
	h.inForce("the new rule", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{rule, second}) })

	// One that becomes wrong stays in force as it was.
	p.rules.editors[0].text.SetText("")
	p.rules.editors[0].text.left()
	e.edit(func() { e.rule.Effect = settings.EffectMute })
	second.Effect = settings.EffectMute
	h.inForce("both", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{rule, second}) })

	p.rules.remove(p.rules.editors[0])
	h.inForce("one", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{second}) })
	p.undo()
	h.inForce("the first alone", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{rule}) })
	if len(p.rules.editors) != 1 || p.rules.editors[0].text.Text != "boss" {
		t.Errorf("shown: %d", len(p.rules.editors))
	}
}

// Where no file can be played none is offered, and one that another system has
// left in the settings stays there.
func TestNoSoundFromAFile(t *testing.T) {
	const file = "/usr/share/sounds/bell.oga"
	for _, systemSounds := range []bool{true, false} {
		f := newFake()
		f.systemSounds, f.settings.Preferences.Sound = systemSounds, file
		h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
		p := h.preferences()
		offered := len(p.form.sound.list.list.Options) == 3
		if offered == systemSounds || p.form.sound.row.Visible() == systemSounds {
			t.Errorf("system sounds %v: it offers %q, the field is there: %v", systemSounds, p.form.sound.list.list.Options, p.form.sound.row.Visible())
		}
		p.form.keep.SetChecked(true)
		h.until("it to be saved", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return f.settings.Preferences.Keep })
		if got := f.settings.Preferences.Sound; got != file {
			t.Errorf("the sound became %q", got)
		}
	}
}

// Quiet hours begin on the days that are ticked; without any they would be none,
// so the last one stays.
func TestQuietDays(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00", QuietDays: "sat, sun"})
	ticked := func(days *dayBoxes) (all string) {
		for i, b := range days.boxes {
			if b.Checked {
				all += settings.DayNames[i] + " "
			}
		}
		return all
	}
	if got := ticked(p.form.days); got != "sat sun " {
		t.Errorf("ticked: %s", got)
	}
	p.form.days.boxes[4].SetChecked(true)
	h.inForce("three days", func(s settings.Settings) bool { return s.Preferences.QuietDays == "fri-sun" })
	for _, i := range []int{4, 5, 6} {
		p.form.days.boxes[i].SetChecked(false)
	}
	h.inForce("the last", func(s settings.Settings) bool { return s.Preferences.QuietDays == "sun" })
	if got := ticked(p.form.days); got != "sun " {
		t.Errorf("ticked: %s", got)
	}
	p.form.quietHours.SetChecked(false)
	h.inForce("no quiet hours", func(s settings.Settings) bool { return s.Preferences == settings.Preferences{} })
	p.form.only.SetChecked(true)
	h.inForce("an icon that hides", func(s settings.Settings) bool { return s.Preferences.IconOnlyUnseen })
}

// A sound is heard as it is chosen, without being saved anew; silence is not.
func TestSoundIsPlayed(t *testing.T) {
	h, p := preferencesOf(t, settings.Preferences{})
	sound := p.form.sound
	sound.play.OnTapped()
	h.until("the system's sound", func() bool { return slices.Contains(h.fake.calls(), "sound ") })
	const bell = "/usr/share/sounds/bell.oga"
	sound.list.list.SetSelected("From a file…")
	if !sound.row.Visible() || h.window.Canvas().Focused() != sound.file {
		t.Fatal("no file is asked for")
	}
	sound.file.SetText("bell.oga")
	sound.file.OnSubmitted("")
	if !sound.caption.Visible() {
		t.Error("half a path was taken")
	}
	sound.file.SetText(bell)
	sound.file.OnSubmitted("")
	h.inForce("the file", func(s settings.Settings) bool { return s.Preferences.Sound == bell })
	if sound.caption.Visible() {
		t.Errorf("it goes on complaining: %s", sound.caption.text)
	}
	h.fake.mu.Lock()
	h.fake.fail["sound"] = errors.New("no daemon")
	h.fake.mu.Unlock()
	sound.play.OnTapped()
	h.until("that it cannot be heard", func() bool { return strings.Contains(sound.caption.text, "no daemon") && sound.caption.Visible() })
	sound.list.list.SetSelected("None")
	h.inForce("silence", func(s settings.Settings) bool { return s.Preferences.Sound == settings.SoundNone })
	if !sound.play.Disabled() || sound.row.Visible() || sound.caption.Visible() {
		t.Error("silence can be played")
	}
}

// A rule has a sound, unless it mutes; a rule for a sound has one from the start.
func TestSoundOfRule(t *testing.T) {
	rule := settings.Rule{Field: settings.FieldSender, Text: "boss", Effect: settings.EffectImportant}
	h, p := preferencesOf(t, settings.Preferences{}, rule)
	e := p.rules.editors[0]
	if !e.sound.play.Disabled() {
		t.Error("the account's sound is not known here, and can be played")
	}
	choose := func(what string) { e.sound.list.list.SetSelected(what) }
	choose("None")
	rule.Sound = settings.SoundNone
	h.inForce("silence", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{rule}) })
	e.edit(func() { e.setEffect(settings.EffectMute) })
	rule.Effect, rule.Sound = settings.EffectMute, ""
	h.inForce("muted", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{rule}) })
	if e.heard.Visible() {
		t.Error("what is muted has a sound")
	}
	e.edit(func() { e.setEffect(settings.EffectSound) })
	rule.Effect, rule.Sound = settings.EffectSound, settings.SoundSystem
	h.inForce("a sound", func(s settings.Settings) bool { return slices.Equal(s.Rules, []settings.Rule{rule}) })
	e.sound.play.OnTapped()
	h.until("it to be heard", func() bool { return slices.Contains(h.fake.calls(), "sound "+settings.SoundSystem) })
}
