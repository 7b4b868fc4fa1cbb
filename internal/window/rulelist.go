//go:build cgo && !nowindow

package window

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/settings"
)

// ruleList is where rules are made. What a rule picks of the mail that is
// there is shown while it is typed.
type ruleList struct {
	pageEnv
	accounts []settings.Account
	editors  []*ruleEditor
	change   func([]settings.Rule)

	list    *fyne.Container
	add     *button
	content *fyne.Container
}

func newRuleList(e pageEnv, change func([]settings.Rule)) *ruleList {
	l := &ruleList{pageEnv: e, change: change, list: stackOf(10)}
	intro := newText(e.loc.T("prefs.rules_text"))
	l.add = newButton(e.keys, e.loc.T("prefs.rule_add"), theme.ContentAddIcon(), l.press)
	l.content = stackOf(6, heading(e.loc.T("prefs.section.rules")), intro, inset(7, 0, l.list), inset(7, 0, container.NewHBox(l.add)))
	return l
}

// setAccounts says for which accounts there may be rules.
func (l *ruleList) setAccounts(accounts []settings.Account) { l.accounts = accounts }

// show replaces what is there by rules.
func (l *ruleList) show(rules []settings.Rule) {
	for _, e := range l.editors {
		e.stop()
	}
	l.editors = nil
	l.list.RemoveAll()
	for _, r := range rules {
		l.append(r, true)
	}
	l.content.Refresh()
}

func (l *ruleList) append(r settings.Rule, good bool) *ruleEditor {
	e := newRuleEditor(l, r)
	if good {
		e.good = &r
	}
	l.editors = append(l.editors, e)
	l.list.Add(e.content)
	e.try()
	return e
}

func (l *ruleList) press() {
	e := l.append(settings.Rule{Field: settings.FieldSender, Effect: settings.EffectImportant}, false)
	l.content.Refresh()
	l.relayout()
	l.window.Canvas().Focus(e.text)
}

func (l *ruleList) remove(e *ruleEditor) {
	e.stop()
	l.editors = slices.DeleteFunc(l.editors, func(other *ruleEditor) bool { return other == e })
	l.list.Remove(e.content)
	l.content.Refresh()
	l.relayout()
	l.window.Canvas().Focus(l.add)
	l.changed()
}

// changed passes on the rules as they are, where one is half typed as it was.
func (l *ruleList) changed() {
	var rules []settings.Rule
	for _, e := range l.editors {
		if e.good != nil {
			rules = append(rules, *e.good)
		}
	}
	l.change(rules)
}

// ruleEditor is one rule.
type ruleEditor struct {
	list *ruleList
	// rule is as it is shown, good as it was when it was right last.
	rule settings.Rule
	good *settings.Rule

	text    *field
	result  *line
	sound   *soundChoice
	heard   *fyne.Container // where the sound is chosen
	content fyne.CanvasObject
	cancel  context.CancelFunc
}

func newRuleEditor(l *ruleList, r settings.Rule) *ruleEditor {
	e := &ruleEditor{list: l, rule: r}
	t := func(key string) string { return l.loc.T("prefs.rule." + key) }
	none := func(v string) string { return v }
	effect := newOptions(l.keys, []option[string]{
		{settings.EffectImportant, t("important")}, {settings.EffectMute, t("mute")}, {settings.EffectSound, t("sound")},
	}, none, func(v string) { e.edit(func() { e.setEffect(v) }) })
	accounts := []option[string]{{"", t("all_accounts")}}
	for _, a := range l.accounts {
		accounts = append(accounts, option[string]{a.ID, a.Name})
	}
	account := newOptions(l.keys, accounts, none, func(v string) { e.edit(func() { e.rule.Account = v }) })
	where := newOptions(l.keys, []option[string]{
		{settings.FieldSender, t("sender")}, {settings.FieldSubject, t("subject")},
	}, none, func(v string) { e.edit(func() { e.rule.Field = v }) })
	how := newOptions(l.keys, []option[bool]{{false, t("contains")}, {true, t("matches")}}, nil,
		func(v bool) { e.edit(func() { e.rule.Regexp = v }) })
	e.text = newField(l.keys)
	e.text.SetText(r.Text)
	e.text.OnChanged = func(s string) {
		e.rule.Text = s
		e.try()
	}
	e.text.left = e.take
	e.text.OnSubmitted = func(string) { e.take() }
	effect.show(r.Effect)
	account.show(r.Account)
	where.show(r.Field)
	how.show(r.Regexp)
	remove := newButton(l.keys, "", theme.DeleteIcon(), func() { l.remove(e) })
	remove.Importance = widget.LowImportance
	e.result = newCaption()
	first := container.NewBorder(nil, nil, nil, remove, container.NewGridWithColumns(2, effect.view(), account.view()))
	second := container.NewBorder(nil, nil, container.NewHBox(where.view(), how.view()), nil, e.text)
	e.sound = newSoundChoice(l.pageEnv, t("sound_general"), func(v string) { e.edit(func() { e.rule.Sound = v }) })
	e.sound.show(r.Sound)
	name := container.NewVBox(widget.NewLabel(l.loc.T("prefs.sound")))
	e.heard = stackOf(0, container.NewBorder(nil, nil, name, nil, e.sound.content))
	show(e.heard, r.Effect != settings.EffectMute)
	e.content = stackOf(4, first, second, e.heard, e.result, widget.NewSeparator())
	return e
}

// setEffect takes another effect, and what sound goes with it.
func (e *ruleEditor) setEffect(effect string) {
	e.rule.Effect = effect
	switch {
	case effect == settings.EffectMute:
		e.rule.Sound = ""
	case effect == settings.EffectSound && e.rule.Sound == "":
		e.rule.Sound = settings.SoundSystem
	}
	e.sound.show(e.rule.Sound)
	if heard := effect != settings.EffectMute; heard != e.heard.Visible() {
		show(e.heard, heard)
		e.list.content.Refresh()
		e.list.relayout()
	}
}

// edit applies a choice from a list, which counts at once.
func (e *ruleEditor) edit(apply func()) {
	apply()
	e.try()
	e.take()
}

// take has the rule saved if it is right.
func (e *ruleEditor) take() {
	r := e.rule
	r.Normalize()
	if len(r.Validate(e.list.accounts)) > 0 || e.good != nil && *e.good == r {
		return
	}
	e.good = &r
	e.list.changed()
}

func (e *ruleEditor) stop() {
	if e.cancel != nil {
		e.cancel()
	}
}

// maxShown is how many subjects are named of the messages that a rule picks.
const maxShown = 3

// try shows what the rule picks, or what is wrong with it.
func (e *ruleEditor) try() {
	e.stop()
	r, loc := e.rule, e.list.loc
	r.Normalize()
	if r.Text == "" {
		e.say(theme.ColorNamePlaceHolder, loc.T("prefs.rule.empty"))
		return
	}
	if problems := r.Validate(e.list.accounts); len(problems) > 0 {
		e.say(theme.ColorNameError, explain.Field(problems[0], loc))
		return
	}
	e.cancel = goRun(e.list.bridge,
		func(ctx context.Context) ([]api.Mail, error) { return api.TryRule.Ask(ctx, e.list.client, r) },
		func(found []api.Mail, err error) {
			now := e.rule
			now.Normalize()
			switch {
			case now != r: // a later answer comes
			case err != nil:
				e.say(theme.ColorNameError, sentence(err, loc))
			case len(found) == 0:
				e.say(theme.ColorNamePlaceHolder, loc.T("prefs.rule.none"))
			default:
				var subjects []string
				for _, m := range found[:min(len(found), maxShown)] {
					subjects = append(subjects, explain.Subject(m.Subject, loc))
				}
				e.say(theme.ColorNamePlaceHolder, loc.N("prefs.rule.found", len(found), strings.Join(subjects, loc.T("window.list_separator"))))
			}
		})
}

func (e *ruleEditor) say(color fyne.ThemeColorName, text string) {
	e.result.color = color
	e.result.text = text
	e.result.Refresh()
}
