//go:build cgo && !nowindow

package window

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/settings"
)

// deletion is one that the user can take back, or that is under way.
type deletion struct {
	name  string
	mails []*mail
	until time.Time
	// begun: it cannot be taken back any more.
	begun bool
}

// undoBar says what is about to be deleted, and takes it back.
type undoBar struct {
	*banner
	undo, now *button
}

func (s *mailboxScreen) newUndoBar() *undoBar {
	b := &undoBar{
		undo: newButton(s.keys, s.loc.T("window.undo"), nil, func() { s.takeBack() }),
		now:  newButton(s.keys, s.loc.T("window.delete_now"), nil, s.deleteNow),
	}
	b.banner = newBanner(10, 6, container.NewHBox(container.NewCenter(b.undo), container.NewCenter(b.now)), s.relayout)
	return b
}

// removePicked deletes what is picked, or the row that the keys are on.
func (s *mailboxScreen) removePicked() { s.askDelete(s.targets()) }

// askDelete deletes messages after a question, unless the user wants none.
func (s *mailboxScreen) askDelete(list []*mail) {
	list = slices.DeleteFunc(slices.Clone(list), func(m *mail) bool { return s.index.hidden[m.key()] })
	switch {
	case len(list) == 0:
		return
	case len(list) > api.MaxDeletion:
		s.setFailure(s.loc.T("window.delete_fewer", s.loc.Count(api.MaxDeletion)))
		return
	}
	goRun(s.bridge, asked(s.client, api.Settings), func(all settings.Settings, err error) {
		if err == nil && all.Preferences.DeleteUnasked {
			s.deleteMails(list)
			return
		}
		var title, text string
		if n := len(list); n > 1 {
			title, text = s.loc.N("window.delete_title_many", n, s.loc.Count(n)), s.loc.T("window.delete_text_many")
		} else {
			_, subject := explain.Listed(list[0].Mail, s.loc)
			title, text = s.loc.T("window.delete_title"), s.loc.T("window.delete_text", subject)
		}
		s.dialogs.ask(question{title: title, text: text, yes: s.loc.T("window.delete"), no: s.loc.T("window.delete_no"), danger: true},
			func() { s.deleteMails(list) })
	})
}

// deleteMails has messages deleted on the server, once there was time to take it
// back. They leave the list at once; the one after them is shown then, if one
// of them is being read.
func (s *mailboxScreen) deleteMails(list []*mail) {
	list = slices.DeleteFunc(slices.Clone(list), func(m *mail) bool { return s.index.hidden[m.key()] })
	if len(list) == 0 {
		return // asked for twice before the first answer
	}
	d := &deletion{name: rand.Text(), mails: list, until: s.bridge.now().Add(api.UndoTime)}
	s.setFailure("")
	by := map[string]*api.DeleteRequest{}
	for _, m := range list {
		s.index.hidden[m.key()] = true
		r := by[m.Account]
		if r == nil {
			r = &api.DeleteRequest{Account: m.Account}
			by[m.Account] = r
		}
		r.UIDs, r.Shown = append(r.UIDs, m.UID), append(r.Shown, m.Mail)
	}
	request := api.DeletionRequest{DeletionRef: api.DeletionRef{Name: d.name}}
	for _, account := range slices.Sorted(maps.Keys(by)) {
		request.Requests = append(request.Requests, *by[account])
	}
	s.deletions = append(s.deletions, d)
	clear(s.picked)
	s.sayPicked()
	s.leave(list)
	s.count(d)
	goRun(s.bridge,
		func(ctx context.Context) ([]api.Deletion, error) { return api.DeleteLater.Ask(ctx, s.client, request) },
		func(result []api.Deletion, err error) { s.deleted(d, result, err) })
}

// leave takes messages out of the list, and goes on to the one behind them.
func (s *mailboxScreen) leave(list []*mail) {
	read, at := false, -1
	for _, m := range list {
		read = read || s.reader.key == m.key()
	}
	for i, m := range s.mails {
		if s.index.hidden[m.key()] {
			at = i
		}
	}
	next := at + 1
	var after *mail
	if at >= 0 && next < len(s.mails) {
		after = s.mails[next]
	}
	s.arrange()
	if after != nil {
		s.list.current = max(0, slices.Index(s.mails, after))
	} else {
		s.list.current = max(0, len(s.mails)-1)
	}
	s.list.anchor = s.list.current
	s.list.scrollTo(s.list.current)
	switch {
	case !read:
	case len(s.mails) == 0 || len(list) > 1:
		s.wanted = mailKey{} // who deletes many has read none of them
		s.reader.clear()
	default:
		s.open(s.mails[s.list.current].Mail)
	}
	s.list.redress()
}

// count counts the seconds down.
func (s *mailboxScreen) count(d *deletion) {
	s.sayDeletions()
	goDo(s.bridge, func(ctx context.Context) error {
		tick := time.NewTimer(time.Second)
		defer tick.Stop()
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		return nil
	}, func(error) {
		if slices.Contains(s.deletions, d) && !d.begun {
			s.count(d)
		}
	})
}

// waiting is the last deletion that can be taken back.
func (s *mailboxScreen) waiting() *deletion {
	for i := len(s.deletions) - 1; i >= 0; i-- {
		if d := s.deletions[i]; !d.begun && d.until.After(s.bridge.now()) {
			return d
		}
	}
	return nil
}

// sayDeletions brings the bar in line with what is about to be deleted.
func (s *mailboxScreen) sayDeletions() {
	d := s.waiting()
	show(s.undo.undo, d != nil)
	show(s.undo.now, d != nil)
	if d == nil {
		n := 0
		for _, d := range s.deletions {
			n += len(d.mails)
		}
		text := ""
		if n > 0 {
			text = s.loc.N("window.deleting_many", n, s.loc.Count(n))
		}
		s.undo.say(toneInfo, text)
		s.update()
		return
	}
	n, seconds := len(d.mails), int(d.until.Sub(s.bridge.now()).Round(time.Second)/time.Second)
	s.undo.say(toneInfo, s.loc.N("window.delete_soon", n, s.loc.Count(n), s.loc.Count(max(1, seconds))))
	s.update()
}

// takeBack takes the last deletion back, and says whether there was one.
func (s *mailboxScreen) takeBack() bool {
	d := s.waiting()
	if d == nil {
		return false
	}
	s.decide(d, api.Undo)
	return true
}

// deleteNow has the last deletion begin.
func (s *mailboxScreen) deleteNow() {
	if d := s.waiting(); d != nil {
		s.decide(d, api.DeleteNow)
	}
}

// decide asks for the end of a deletion's wait. Where that has ended by itself,
// its answer will say what came of it.
func (s *mailboxScreen) decide(d *deletion, verb api.Verb[api.DeletionRef, bool]) {
	d.begun = true
	s.list.focus(s.window.Canvas())
	s.sayDeletions()
	goRun(s.bridge,
		func(ctx context.Context) (bool, error) { return verb.Ask(ctx, s.client, api.DeletionRef{Name: d.name}) },
		func(_ bool, err error) {
			if err != nil {
				s.setFailure(sentence(err, s.loc))
			}
		})
}

// deleted takes what came of a deletion: nothing, if it was taken back.
func (s *mailboxScreen) deleted(d *deletion, result []api.Deletion, err error) {
	s.deletions = slices.DeleteFunc(s.deletions, func(o *deletion) bool { return o == d })
	gone := map[mailKey]bool{}
	var why []string
	for _, r := range result {
		if r.Problem != nil {
			why = append(why, s.whyNotDeleted(d, r))
			continue
		}
		// What was not there any more is gone as well.
		for _, m := range d.mails {
			if m.Account == r.Account {
				gone[m.key()] = true
			}
		}
	}
	if err != nil {
		why = append(why, s.loc.T("window.none_deleted", sentence(err, s.loc)))
	}
	for _, m := range d.mails {
		delete(s.index.hidden, m.key())
	}
	s.index.drop(gone)
	s.arrange()
	if i := slices.Index(s.mails, d.mails[0]); i >= 0 {
		s.list.current, s.list.anchor = i, i
		s.list.scrollTo(i)
		s.list.redress()
	}
	s.sayDeletions()
	if len(why) > 0 {
		s.setFailure(strings.Join(why, "\n"))
	}
	if len(gone) > 0 {
		s.reload()
	}
}

const (
	// namedWidth is how much of a subject a sentence has room for, and mostNamed
	// how many of them.
	namedWidth = 400
	mostNamed  = 3
)

// whyNotDeleted says why messages were not deleted, and because of which. It
// does not claim that where nobody knows.
func (s *mailboxScreen) whyNotDeleted(d *deletion, r api.Deletion) string {
	reason := explain.Asked(r.Problem, s.loc)
	if r.Problem.Code == api.CodeUnconfirmed {
		return reason
	}
	subject := func(m *mail) string {
		_, text := explain.Listed(m.Mail, s.loc)
		return shorten(text, theme.SizeNameText, fyne.TextStyle{}, namedWidth)
	}
	if len(d.mails) == 1 {
		return s.loc.T("window.not_deleted", subject(d.mails[0]), reason)
	}
	uids := strings.Split(r.Problem.Args[api.ArgUIDs], "\n")
	var named []string
	for _, m := range d.mails {
		switch {
		case m.Account != r.Account || !slices.Contains(uids, m.UID):
		case len(named) < mostNamed:
			named = append(named, s.loc.T("window.named", subject(m)))
		case len(named) == mostNamed:
			named = append(named, "…")
		}
	}
	if len(named) == 0 {
		return s.loc.T("window.none_deleted", reason)
	}
	return s.loc.T("window.none_deleted_of", strings.Join(named, " "), reason)
}
