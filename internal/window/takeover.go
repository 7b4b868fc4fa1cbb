//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/thunderbird"
)

// candidate is an account of Thunderbird on this computer.
type candidate struct {
	account  settings.Account // valid but for the ID, if it is free
	popState string
	// about says which account it is, note what to know of it.
	about, note string
	// free: it can be taken over.
	free bool
}

// lookIntoThunderbird reads all profiles of Thunderbird, beside the accounts
// that there are. It returns what it could read along with the error.
func lookIntoThunderbird(have []settings.Account, loc *locale.Catalogue) ([]candidate, error) {
	profiles, err := thunderbird.Profiles()
	errs := []error{err}
	var all []candidate
	for _, p := range profiles {
		found, err := thunderbird.Read(p.Path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		place := ""
		if len(profiles) > 1 {
			place = loc.T("window.thunderbird.profile", p.Name)
		}
		for _, a := range found.Accounts {
			c := candidate{account: a.Account, popState: a.PopState}
			c.about = joinNotes(loc.T("window.thunderbird.account", a.User, a.Server), place)
			m := settings.Merge(have, []settings.Account{a.Account}, nil)
			c.free = len(m.Added) == 1
			switch {
			case !c.free:
				c.note = loc.T("window.thunderbird.there")
			case a.Plain:
				c.note = loc.T("window.thunderbird.plain")
			case a.SignsIn():
				c.note = loc.T("window.thunderbird.signs_in")
			}
			have = append(have[:len(have):len(have)], m.Added...)
			all = append(all, c)
		}
		for _, u := range found.Unusable {
			all = append(all, candidate{account: settings.Account{Name: u.Name}, about: place, note: explain.Field(u.Problem, loc)})
		}
	}
	return all, errors.Join(errs...)
}

func joinNotes(notes ...string) string {
	var all []string
	for _, n := range notes {
		if n != "" {
			all = append(all, n)
		}
	}
	return strings.Join(all, " · ")
}

// countFree says how many can be taken over.
func countFree(all []candidate) (n int) {
	for _, c := range all {
		if c.free {
			n++
		}
	}
	return n
}

// takeover has the user pick accounts of Thunderbird, and adds them.
type takeover struct {
	pageEnv
	// say tells what came of it.
	say func(tone fyne.ThemeColorName, text string)
	// added is told what there is now that was not there before.
	added func([]settings.Account)

	checks   []*check
	popState *check
	take     *button
}

// press looks for accounts and offers them.
func (t *takeover) press() {
	goRun(t.bridge,
		func(ctx context.Context) ([]candidate, error) {
			have, err := api.Accounts.Ask(ctx, t.client, api.None{})
			if err != nil {
				return nil, err
			}
			return lookIntoThunderbird(have, t.loc)
		},
		func(all []candidate, err error) {
			switch {
			case countFree(all) > 0:
				t.offer(all)
			case err != nil:
				t.say(toneError, sentence(err, t.loc))
			default:
				t.say(toneInfo, t.nothing(all))
			}
		})
}

// nothing says why there is nothing to offer.
func (t *takeover) nothing(all []candidate) string {
	lines := []string{t.loc.T("window.thunderbird.none")}
	for _, c := range all {
		lines = append(lines, t.loc.T("window.thunderbird.line", c.account.Name, c.note))
	}
	return strings.Join(lines, "\n")
}

// The room that an offer takes: its width, and how far the list may grow
// before it scrolls.
const (
	offerWidth  = 440
	offerHeight = 260
)

// offer lists the accounts, with those that can be taken over ticked.
func (t *takeover) offer(all []candidate) {
	list := container.NewVScroll(nil)
	// Esc and the rest are as in the window, but it is the list that scrolls.
	k := *t.keys
	k.reveal = func(o fyne.CanvasObject) { bringIntoView(list, o) }
	rows := stackOf(2)
	t.checks = nil
	fetched := false
	for _, c := range all {
		one := newCheck(&k, shorten(c.account.Name, theme.SizeNameText, fyne.TextStyle{}, offerWidth-48), func(bool) { t.update() })
		one.SetChecked(c.free)
		if !c.free {
			one.Disable()
		}
		t.checks = append(t.checks, one)
		fetched = fetched || c.free && c.popState != ""
		about := newText(joinNotes(c.about, c.note))
		about.Importance, about.SizeName = widget.LowImportance, theme.SizeNameCaptionText
		rows.Add(stackOf(-10, one, container.New(layout.NewCustomPaddedLayout(0, 0, 23, 0), about)))
	}
	rows.Resize(fyne.NewSize(offerWidth, rows.MinSize().Height)) // which breaks the lines
	height := min(rows.MinSize().Height, offerHeight)
	list.Content = rows
	t.popState = newCheck(&k, t.loc.T("window.thunderbird.popstate"), nil)
	show(t.popState, fetched)
	content := stackOf(6, newText(t.loc.T("window.thunderbird.text")), container.New(fixedHeight(height), list), t.popState)
	box := dialog.NewCustomWithoutButtons(t.loc.T("window.thunderbird.title"), container.New(fixedWidth(offerWidth), content), t.window)
	cancel := newButton(&k, t.loc.T("window.cancel"), nil, box.Hide)
	t.take = newButton(&k, t.loc.T("window.thunderbird.take"), nil, func() {
		box.Hide()
		t.add(all)
	})
	t.take.Importance = widget.HighImportance
	box.SetButtons([]fyne.CanvasObject{cancel, t.take})
	t.dialogs.show(box)
	t.window.Canvas().Focus(t.take)
}

// update allows to go on once something is ticked.
func (t *takeover) update() {
	any := false
	for _, c := range t.checks {
		any = any || c.Checked && !c.Disabled()
	}
	if t.take != nil {
		t.take.setEnabled(any)
	}
}

// add adds what is ticked.
func (t *takeover) add(all []candidate) {
	var chosen []settings.Account
	for i, c := range all {
		if !c.free || !t.checks[i].Checked {
			continue
		}
		if t.popState.Checked {
			c.account.PopState = c.popState
		}
		chosen = append(chosen, c.account)
	}
	goRun(t.bridge,
		func(ctx context.Context) (settings.Merged, error) {
			return api.ImportAccounts.Ask(ctx, t.client, chosen)
		},
		func(m settings.Merged, err error) {
			if err != nil {
				t.say(toneError, sentence(err, t.loc))
				return
			}
			t.added(m.Added)
		})
}
