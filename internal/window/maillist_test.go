//go:build cgo && !nowindow

package window

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

// click clicks at a row with keys of the keyboard down, as a mouse does.
func click(t *testing.T, s *mailboxScreen, i int, with fyne.KeyModifier) {
	t.Helper()
	row := s.list.rows[i]
	if row == nil {
		t.Fatalf("row %d is not in view", i)
	}
	row.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: with})
	row.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary, Modifier: with})
	test.Tap(row)
}

// hold presses keys of the list with Shift down.
func hold(s *mailboxScreen, names ...fyne.KeyName) {
	s.list.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	press(s, names...)
	s.list.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
}

// picks are the UIDs of what is picked, in order.
func picks(s *mailboxScreen) string {
	var uids []string
	for _, m := range s.mails {
		if s.picked[m] {
			uids = append(uids, strings.TrimPrefix(m.UID, "uid"))
		}
	}
	return strings.Join(uids, " ")
}

// Several messages are picked by keys and by the mouse, as everywhere.
func TestPicking(t *testing.T) {
	const none = fyne.KeyModifier(0)
	control, shift := fyne.KeyModifierShortcutDefault, fyne.KeyModifierShift
	for name, c := range map[string]struct {
		do   func(t *testing.T, s *mailboxScreen)
		want string
	}{
		"a click picks nothing": {func(t *testing.T, s *mailboxScreen) { click(t, s, 2, none) }, ""},
		"Ctrl adds to the open one": {func(t *testing.T, s *mailboxScreen) {
			click(t, s, 1, none)
			click(t, s, 3, control)
		}, "1 3"},
		"Ctrl twice": {func(t *testing.T, s *mailboxScreen) {
			for _, i := range []int{1, 3, 1} {
				click(t, s, i, control)
			}
		}, "3"},
		"Shift, there and back": {func(t *testing.T, s *mailboxScreen) {
			click(t, s, 3, none)
			click(t, s, 5, shift)
			click(t, s, 1, shift)
		}, "1 2 3"},
		"Shift after Ctrl": {func(t *testing.T, s *mailboxScreen) {
			click(t, s, 1, control)
			click(t, s, 4, control)
			click(t, s, 6, shift)
		}, "4 5 6"},
		"a click ends it": {func(t *testing.T, s *mailboxScreen) {
			click(t, s, 1, control)
			click(t, s, 4, none)
		}, ""},
		"Shift and arrows": {func(_ *testing.T, s *mailboxScreen) {
			press(s, fyne.KeyDown)
			hold(s, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp)
		}, "1 2 3"},
		"arrows alone keep it": {func(_ *testing.T, s *mailboxScreen) {
			hold(s, fyne.KeyDown)
			press(s, fyne.KeyDown, fyne.KeyDown)
		}, "0 1"},
		"Space": {func(_ *testing.T, s *mailboxScreen) {
			press(s, fyne.KeySpace, fyne.KeyDown, fyne.KeyDown, fyne.KeySpace)
		}, "0 2"},
		"Shift and End": {func(_ *testing.T, s *mailboxScreen) {
			press(s, fyne.KeyEnd)
			hold(s, fyne.KeyUp, fyne.KeyUp)
			s.list.TypedShortcut(&fyne.ShortcutSelectAll{})
			press(s, fyne.KeyEscape)
			hold(s, fyne.KeyDown, fyne.KeyEnd)
		}, "1399"},
	} {
		t.Run(name, func(t *testing.T) {
			_, s := openMailbox(t, filled(), ipc.OpenRequest{})
			c.do(t, s)
			if got := picks(s); got != c.want {
				t.Errorf("picked are %s, not %s", got, c.want)
			}
			if s.pickBar.Visible() != (c.want != "") {
				t.Errorf("the bar is shown: %v", s.pickBar.Visible())
			}
		})
	}
}

func TestSelectAllAndMark(t *testing.T) {
	f := filled()
	f.mails = f.mails[:12]
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	s.list.TypedShortcut(&fyne.ShortcutSelectAll{})
	if n := len(s.picked); n != 12 || s.pickBar.count.text == "" {
		t.Fatalf("%d are picked, it says %q", n, s.pickBar.count.text)
	}
	test.Tap(&s.pickBar.seen.Button)
	h.until("all seen", func() bool { return !slices.ContainsFunc(s.mails, func(m *mail) bool { return !m.Seen }) })
	test.Tap(&s.pickBar.unseen.Button)
	h.until("none seen", func() bool { return !slices.ContainsFunc(s.mails, func(m *mail) bool { return m.Seen }) })
	calls := f.calls()
	if len(calls) != 2 || calls[0] != "seen home-k3fa[uid0 uid1]" || strings.Count(calls[1], "uid") != 12 || !strings.HasPrefix(calls[1], "unseen") {
		t.Errorf("calls %q", calls)
	}
	if press(s, fyne.KeyEscape); len(s.picked) > 0 || h.closed {
		t.Error("Esc does not end it")
	}
	if press(s, fyne.KeyEscape); !h.closed {
		t.Error("Esc does not close the window")
	}
}

// count counts the calls of one name.
func (f *fake) count(name string) (n int) {
	for _, c := range f.calls() {
		if strings.HasPrefix(c, name+" ") {
			n++
		}
	}
	return n
}

// Ten are deleted, taken back, and deleted again: nothing is deleted before its
// time, and the rows come and go with what is true.
func TestDeleteAndUndo(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	press(s, fyne.KeyDown)
	hold(s, slices.Repeat([]fyne.KeyName{fyne.KeyDown}, 9)...)
	press(s, fyne.KeyDelete)
	h.until("the question", func() bool { return s.dialogs.open != nil })
	h.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.dialogs.open != nil || len(s.deletions) > 0 || len(s.picked) != 10 {
		t.Fatal("no is taken for yes")
	}
	again := func() {
		press(s, fyne.KeyDelete)
		h.until("the question", func() bool { return s.dialogs.open != nil })
		h.window.Canvas().FocusNext()
		h.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		h.until("the rows to go", func() bool { return len(s.mails) == 1390 && s.undo.Visible() })
		h.until("the tray role to know", func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return len(f.waiting) == 1
		})
	}
	again()
	if s.mails[0].UID != "uid0" || s.mails[1].UID != "uid11" || s.list.current != 1 || len(s.picked) > 0 || !strings.Contains(s.undo.label.text, "10 messages") {
		t.Errorf("the list begins with %s, %s, row %d, and it says %q", s.mails[0].UID, s.mails[1].UID, s.list.current, s.undo.label.text)
	}
	// A list that comes meanwhile does not bring them back.
	s.load("home-k3fa", true)
	h.until("the list", func() bool { return !s.reading() })
	if len(s.mails) != 1390 {
		t.Errorf("%d messages are listed", len(s.mails))
	}
	s.list.TypedShortcut(&fyne.ShortcutUndo{})
	h.until("the rows to come back", func() bool { return len(s.mails) == 1400 && !s.undo.Visible() })
	if f.count("delete") > 0 || s.failure != "" || s.mails[s.list.current].UID != "uid1" {
		t.Errorf("calls %q, %q, row %d", f.calls(), s.failure, s.list.current)
	}
	hold(s, slices.Repeat([]fyne.KeyName{fyne.KeyDown}, 9)...)
	again()
	test.Tap(&s.undo.now.Button)
	h.until("the end", func() bool { return len(s.deletions) == 0 && !s.undo.Visible() })
	if f.count("delete") != 1 || len(s.mails) != 1390 || s.failure != "" || s.index.by[mailKey{"home-k3fa", "uid5"}] != nil {
		t.Errorf("calls %q, %d messages, %q", f.calls(), len(s.mails), s.failure)
	}
}

// The other button of the mouse has a menu, for the row or for all that is picked
// with it.
func TestMenuOfARow(t *testing.T) {
	f := filled()
	f.settings.Preferences.DeleteUnasked = true
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	test.TapSecondary(s.list.rows[3])
	if s.window.Canvas().Overlays().Top() == nil || s.list.current != 3 {
		t.Fatalf("no menu, row %d", s.list.current)
	}
	h.window.Canvas().Overlays().Remove(h.window.Canvas().Overlays().Top())
	m := s.menu(3)
	if !m.Items[0].Disabled || m.Items[1].Disabled {
		t.Error("a seen message can be marked as seen")
	}
	m.Items[1].Action()
	h.until("the mark", func() bool { return !s.mails[3].Seen })
	click(t, s, 1, fyne.KeyModifierShortcutDefault)
	click(t, s, 2, fyne.KeyModifierShortcutDefault)
	if s.menu(5); len(s.picked) > 0 {
		t.Error("a row beside what is picked leaves it picked")
	}
	click(t, s, 1, fyne.KeyModifierShortcutDefault)
	click(t, s, 2, fyne.KeyModifierShortcutDefault)
	items := s.menu(2).Items
	items[len(items)-1].Action()
	h.until("both to go", func() bool { return len(s.mails) == 1398 })
	if !s.unsaved() {
		t.Error("another language would hide the deletion")
	}
}

// Whatever is done in whichever order, the rows in view show what the list has,
// and what is picked is in it.
func TestListHoldsTogether(t *testing.T) {
	f := filled()
	f.settings.Preferences.DeleteUnasked = true
	f.undoTime = time.Millisecond
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	random := rand.New(rand.NewPCG(7, 11))
	row := func() *mailRow {
		for _, r := range s.list.rows {
			return r
		}
		return newMailRow()
	}
	all := slices.Clone(f.mails)
	var left *mailRow
	for step := range 600 {
		switch random.IntN(12) {
		case 0:
			s.find.SetText([]string{"", "thurs", "zzz", "陈"}[random.IntN(4)])
		case 1:
			s.only.SetChecked(random.IntN(3) == 0)
		case 2:
			s.sort.SetSelectedIndex(random.IntN(len(orders)))
		case 3:
			s.list.scroll.ScrollToOffset(fyne.NewPos(0, random.Float32()*s.list.total()))
		case 4:
			s.list.TypedKey(&fyne.KeyEvent{Name: []fyne.KeyName{fyne.KeyEnd, fyne.KeyHome, fyne.KeyPageDown, fyne.KeyDown, fyne.KeyUp, fyne.KeySpace}[random.IntN(6)]})
		case 5:
			s.list.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
			s.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
			s.list.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
		case 6:
			if len(s.list.rows) > 0 {
				s.list.tapped(row().index, []fyne.KeyModifier{0, fyne.KeyModifierShift, fyne.KeyModifierShortcutDefault}[random.IntN(3)])
			}
		case 7:
			if len(s.picked) < 40 {
				s.removePicked()
			}
		case 8:
			if left != nil {
				left.MouseOut()
			}
			if left = nil; len(s.list.rows) > 0 {
				left = row()
				left.MouseIn(nil)
			}
		case 9:
			f.mu.Lock()
			f.mails = all[:1+random.IntN(len(all))]
			f.mails = slices.Clone(f.mails)
			f.mu.Unlock()
			s.load("home-k3fa", true)
		case 10:
			h.window.Resize(fyne.NewSize(700+random.Float32()*400, 400+random.Float32()*400))
		case 11:
			s.back()
		}
		for len(h.posts) > 0 {
			(<-h.posts)()
		}
		if h.closed {
			t.Fatal("the window is closed")
		}
		if n := len(s.mails); s.list.current < 0 || s.list.current >= max(1, n) || s.list.last > n {
			t.Fatalf("step %d: row %d of %d, in view are those to %d", step, s.list.current, n, s.list.last)
		}
		for i, r := range s.list.rows {
			if _, subject := explain.Listed(s.mails[i].Mail, s.loc); r.index != i || r.subject.text != subject {
				t.Fatalf("step %d: row %d shows %q, not %q", step, i, r.subject.text, subject)
			}
		}
		for m := range s.picked {
			if !slices.Contains(s.mails, m) {
				t.Fatalf("step %d: %s is picked, and not in the list", step, m.UID)
			}
		}
	}
}

// What the server refuses comes back, with the reason; what nobody knows is not
// called a failure.
func TestRefusedDeletionComesBack(t *testing.T) {
	unconfirmed := &api.ProblemError{Problem: api.Problem{Code: api.CodeUnconfirmed, Text: "Not confirmed."}}
	for _, c := range []struct {
		err  error
		said string
	}{{errors.New("the server said no"), "“关于周五会议的安排和需要提前准备的材料” was not deleted. Something went wrong: the server said no."}, {unconfirmed, "Not confirmed."}} {
		f := filled()
		f.settings.Preferences.DeleteUnasked = true
		f.undoTime = time.Millisecond
		f.fail["delete"] = c.err
		h, s := openMailbox(t, f, ipc.OpenRequest{})
		press(s, fyne.KeyDown, fyne.KeyDelete)
		h.until("the problem", func() bool { return strings.HasPrefix(s.problem.label.text, c.said) && s.problem.Visible() })
		if len(s.mails) != 1400 || s.list.current != 1 || s.undo.Visible() {
			t.Errorf("%d messages, row %d", len(s.mails), s.list.current)
		}
		// A check that ends meanwhile does not take it away; the next request does.
		next := f.snapshot
		next.Revision++
		if s.handle(ipc.Event{Snapshot: &next}); !strings.HasPrefix(s.problem.label.text, c.said) {
			t.Errorf("after a snapshot it says %q", s.problem.label.text)
		}
		if s.pressCheck(); s.failure != "" || s.problem.Visible() && strings.HasPrefix(s.problem.label.text, c.said) {
			t.Error("it is said for ever")
		}
	}
}

// Of several, those are named because of which none was deleted.
func TestRefusedMessageIsNamed(t *testing.T) {
	f := filled()
	f.settings.Preferences.DeleteUnasked = true
	f.undoTime = time.Millisecond
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	try := func(p api.Problem) string {
		t.Helper()
		f.mu.Lock()
		f.fail["delete"] = &api.ProblemError{Problem: p}
		f.mu.Unlock()
		s.setFailure("")
		hold(s, fyne.KeyDown, fyne.KeyDown)
		press(s, fyne.KeyDelete)
		h.until("the problem", func() bool { return s.failure != "" })
		return s.failure
	}
	refused := api.Problem{Kind: api.KindPermanent, Code: api.CodeNotDeleted, Args: api.Args{api.ArgSaid: "locked"}}
	if said := try(refused); !strings.HasPrefix(said, "Nothing was deleted. ") || len(s.mails) != 1400 {
		t.Errorf("it says %q", said)
	}
	refused.Args[api.ArgUIDs] = "uid0\nuid2"
	if said := try(refused); !strings.HasPrefix(said, "Nothing was deleted, because of “Lunch on Thursday?” “Your loan of ") || !strings.Contains(said, "locked") {
		t.Errorf("it says %q", said)
	}
}

// The message that is read goes, and the one behind it is read then; who deletes
// many has read none.
func TestDeleteWhatIsRead(t *testing.T) {
	f := filled()
	f.settings.Preferences.DeleteUnasked = true
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid1"})
	h.until("the message", func() bool { return s.reader.body.text != "" })
	press(s, fyne.KeyDelete)
	h.until("the next one", func() bool { return s.reader.key.uid == "uid2" && len(s.mails) == 1399 })
	hold(s, fyne.KeyDown)
	press(s, fyne.KeyDelete)
	h.until("nothing to read", func() bool { return s.reader.key.uid == "" && len(s.mails) == 1397 })
	// Two wait, and the last one is taken back first.
	if !strings.Contains(s.undo.label.text, "2 messages") {
		t.Errorf("it says %q", s.undo.label.text)
	}
	h.until("both wait", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return len(f.waiting) == 2
	})
	s.takeBack()
	h.until("two come back", func() bool { return len(s.mails) == 1399 && strings.Contains(s.undo.label.text, "1 message ") })
	s.takeBack()
	h.until("all come back", func() bool { return len(s.mails) == 1400 })
	if s.takeBack() {
		t.Error("there is something left to take back")
	}
}

func TestTooManyToDelete(t *testing.T) {
	f := newFake()
	f.settings.Preferences = settings.Preferences{DeleteUnasked: true}
	f.snapshot = pictureSnapshot()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	for i := range api.MaxDeletion + 1 {
		f.mails = append(f.mails, api.Mail{Account: "home-k3fa", UID: fmt.Sprint(i)})
	}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	h.until("all", func() bool { return len(s.mails) == len(f.mails) })
	s.list.TypedShortcut(&fyne.ShortcutSelectAll{})
	press(s, fyne.KeyDelete)
	if !strings.Contains(s.failure, "5,000") || len(s.deletions) > 0 {
		t.Errorf("it says %q", s.failure)
	}
}

// A search shows what is found while it is typed, says how much it knows, and
// fetches the rest.
func TestSearchFetchesTheRest(t *testing.T) {
	f := filled()
	f.whole = slices.Clone(f.mails)
	for i := range f.mails {
		if i >= 240 {
			m := &f.mails[i]
			*m = api.Mail{Account: m.Account, AccountName: m.AccountName, UID: m.UID, Seen: true, Undescribed: true, Octets: m.Octets}
		}
	}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	s.list.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyF, Modifier: fyne.KeyModifierShortcutDefault})
	typeText(s.window.Canvas(), "THURS")
	if n := len(s.mails); n != 35 || !s.infoRow.Visible() || s.info.text != "Searched 240 of 1,400 messages" {
		t.Fatalf("%d found, and it says %q", n, s.info.text)
	}
	test.Tap(&s.fetch.Button)
	h.until("all is searched", func() bool { return s.searched == 1400 && s.rest == nil })
	if len(s.mails) != 200 || s.infoRow.Visible() {
		t.Errorf("%d found, and it says %q", len(s.mails), s.info.text)
	}
	s.window.Canvas().Focus(s.find)
	typeText(s.window.Canvas(), "x")
	if len(s.mails) != 0 || s.emptyMsg.text != "Nothing found" || !s.empty.Visible() {
		t.Errorf("it says %q", s.emptyMsg.text)
	}
	if press(s, fyne.KeyEscape); s.find.Text != "" || len(s.mails) != 1400 || h.closed {
		t.Errorf("after Esc %d messages are shown", len(s.mails))
	}
}

func TestFetchOfTheRestCanBeCancelled(t *testing.T) {
	f := filled()
	for i := range f.mails {
		f.mails[i] = api.Mail{Account: "home-k3fa", UID: fmt.Sprint(i), Seen: true, Undescribed: true}
	}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	h.until("the first are not told", func() bool { return f.count("headers") > 0 && !s.describing })
	f.mu.Lock()
	f.block["headers"] = true
	f.mu.Unlock()
	s.find.SetText("x")
	test.Tap(&s.fetch.Button)
	h.until("they are asked for", func() bool { return f.count("headers") == 2 || f.count("headers") == 3 })
	if s.fetch.Text != "Cancel" {
		t.Fatalf("the button says %q", s.fetch.Text)
	}
	test.Tap(&s.fetch.Button)
	if s.rest != nil || s.failure != "" || s.fetch.Text != "Fetch the rest" {
		t.Errorf("after Cancel it says %q", s.failure)
	}
}

// The rows in view get their headers, wherever the list is scrolled to, once it
// rests there, and are not asked for for ever.
func TestHeadersForTheScreen(t *testing.T) {
	f := newFake()
	f.snapshot = pictureSnapshot()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	const all = 100_000
	f.snapshot.Accounts[0].Messages, f.snapshot.Accounts[0].Unseen = all, 0
	for i := range all {
		m := api.Mail{Account: "home-k3fa", UID: fmt.Sprint("u", i), Seen: true, Undescribed: true}
		f.mails = append(f.mails, m)
		if m.Undescribed, m.Subject = false, fmt.Sprint("subject ", i); i%2 == 0 {
			f.whole = append(f.whole, m)
		}
	}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	h.until("all are listed", func() bool { return len(s.mails) == all && !s.reading() })
	for _, at := range []int{70_001, 99_999, 12_345} {
		s.list.move(at, false)
		h.until("the headers", func() bool {
			for i := s.list.first; i < s.list.last; i++ {
				if i%2 == 0 && s.list.rows[i].subject.text != fmt.Sprint("subject ", i) {
					return false
				}
			}
			return s.list.first <= at && at < s.list.last && s.list.last-s.list.first < 20
		})
	}
	h.until("nothing to do", func() bool { return !s.resting && !s.describing })
	n := f.count("headers")
	s.moved()
	s.list.move(12_346, false)
	h.until("nothing to do", func() bool { return !s.resting && !s.describing })
	if again := f.count("headers"); again > n {
		t.Errorf("asked for %d times, then %d", n, again)
	}
}

// Sorting by size has the sizes listed once.
func TestSortBySize(t *testing.T) {
	f := filled()
	f.mails = f.mails[:30]
	for i := range f.mails {
		f.mails[i].Octets = 0
	}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	s.sort.SetSelectedIndex(int(largestFirst))
	h.until("the sizes", func() bool { return s.mails[0].UID == "uid29" && s.mails[29].UID == "uid0" })
	s.sort.SetSelectedIndex(int(bySender))
	if len(s.list.headings) > 0 || s.mails[0].From != "" {
		t.Errorf("by sender, the first is %q, under %v", s.mails[0].From, s.list.headings)
	}
	s.sort.SetSelectedIndex(int(largestFirst))
	s.sort.SetSelectedIndex(int(oldestFirst))
	if s.mails[0].UID != "uid29" || f.count("sizes") != 1 {
		t.Errorf("calls %q", f.calls())
	}
}

func TestUnseenFilter(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	test.Tap(s.only)
	if n := len(s.mails); n != 2 {
		t.Errorf("%d unseen", n)
	}
	// What is read meanwhile stays until the list changes.
	s.window.Canvas().Focus(s.list)
	press(s, fyne.KeyReturn)
	h.until("the text", func() bool { return s.reader.body.text != "" })
	f.mu.Lock()
	for i := range f.mails {
		f.mails[i].Seen = true
	}
	f.mu.Unlock()
	next := f.snapshot
	next.Revision++
	next.Accounts = slices.Clone(next.Accounts)
	next.Accounts[0].Unseen = 0
	s.handle(ipc.Event{Snapshot: &next})
	h.until("the empty list", func() bool { return len(s.mails) == 0 && s.emptyMsg.text == "No unseen messages" })
}

// The days between messages have headings; a date that lies has none.
func TestDaysHaveHeadings(t *testing.T) {
	f := filled()
	f.mails = nil
	for i, hours := range []int{1, 2, 20, 90_000, 22, 50, -90_000, 51} {
		f.mails = append(f.mails, api.Mail{Account: "home-k3fa", UID: fmt.Sprint(i), Date: api.Time{Time: pictureTime.Add(-time.Duration(hours) * time.Hour)}})
	}
	_, s := openMailbox(t, f, ipc.OpenRequest{})
	var got []string
	for _, d := range s.list.headings {
		got = append(got, fmt.Sprint(d.row, " ", d.text))
	}
	want := []string{"0 Today", "2 Yesterday", "5 " + s.loc.Day(pictureTime.Add(-50*time.Hour))}
	if !slices.Equal(got, want) {
		t.Errorf("headings %q, want %q", got, want)
	}
	for i := range s.mails {
		if y := s.list.top(i); s.list.at(y+1) != i || s.list.at(y+s.list.height-1) != i {
			t.Errorf("row %d is at %v, where row %d is found", i, y, s.list.at(y+1))
		}
	}
}

// New messages do not move what is being looked at.
func TestNewMessagesMoveNothing(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	s.list.move(700, false)
	before, offset := s.mails[s.list.first].UID, s.list.scroll.Offset.Y-s.list.top(s.list.first)
	f.mu.Lock()
	f.mails = append([]api.Mail{{Account: "home-k3fa", UID: "fresh", Subject: "New", Date: api.Time{Time: pictureTime}}}, f.mails...)
	f.mu.Unlock()
	next := f.snapshot
	next.Revision++
	next.Accounts = slices.Clone(next.Accounts)
	next.Accounts[0].Messages++
	s.handle(ipc.Event{Snapshot: &next})
	h.until("the new one", func() bool { return len(s.mails) == 1401 })
	if now := s.mails[s.list.first].UID; now != before || s.list.scroll.Offset.Y-s.list.top(s.list.first) != offset {
		t.Errorf("%s is on top, before it was %s", now, before)
	}
}

// A list of a hundred thousand is on the screen at once, and where one message
// comes, one page is asked for.
func TestHugeListOpensAtOnce(t *testing.T) {
	f := newFake()
	f.snapshot = pictureSnapshot()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	const all = 100_000
	f.snapshot.Accounts[0].Messages, f.snapshot.Accounts[0].Unseen = all, 0
	for i := range all {
		f.mails = append(f.mails, api.Mail{Account: "home-k3fa", UID: fmt.Sprint("u", i), Seen: true, Subject: "s"})
	}
	began := time.Now()
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowMailbox}, "en", theme.VariantLight)
	s := h.screen.(*mailboxScreen)
	h.until("the first rows", func() bool { return s.listed && len(s.list.rows) > 5 })
	t.Log("the first rows after", time.Since(began))
	h.until("all", func() bool { return len(s.mails) == all && !s.reading() })
	t.Log("all after", time.Since(began))
	f.mu.Lock()
	lists := f.lists
	f.mails = append([]api.Mail{{Account: "home-k3fa", UID: "fresh", Subject: "New"}}, f.mails...)
	f.mu.Unlock()
	next := f.snapshot
	next.Revision++
	next.Accounts = slices.Clone(next.Accounts)
	next.Accounts[0].Messages++
	next.Accounts[0].Unseen++
	s.handle(ipc.Event{Snapshot: &next})
	h.until("the new one", func() bool { return len(s.mails) == all+1 && !s.reading() })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lists != lists+1 {
		t.Errorf("%d pages were asked for again", f.lists-lists)
	}
}

// The window comes up as large, and divided, as it was.
func TestPlaceIsTakenUp(t *testing.T) {
	f := filled()
	var kept Place
	f.keep = func(p Place) { kept = p }
	f.place = Place{Width: 1000, Height: 500, Split: 0.3}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	if size := h.window.Canvas().Size(); size != fyne.NewSize(1000, 500) || s.split.Offset != 0.3 {
		t.Errorf("the window has %v, divided at %v", size, s.split.Offset)
	}
	s.split.SetOffset(0.5)
	h.shell.keep(func(fyne.Window) Place { return Place{X: 3} })
	if kept != (Place{X: 3, Split: 0.5}) {
		t.Errorf("kept is %+v", kept)
	}
	for _, p := range []Place{{Width: 1, Height: 500, Split: 3}, {Width: 1e9, Height: 1e9, Split: -1}} {
		if got := p.bounded(); got != (Place{}) {
			t.Errorf("%+v is taken for %+v", p, got)
		}
	}
}

// What a key costs that is typed into the search of a hundred thousand messages,
// most of them without a header.
func BenchmarkSearchTyped(b *testing.B) {
	f := newFake()
	f.snapshot = pictureSnapshot()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	const all = 100_000
	f.snapshot.Accounts[0].Messages = all
	for i := range all {
		m := api.Mail{Account: "home-k3fa", AccountName: "Home", UID: fmt.Sprint("u", i), Seen: true, Undescribed: i > 5000}
		if !m.Undescribed {
			m.Subject, m.Date = fmt.Sprint("message ", i), api.Time{Time: pictureTime.Add(-time.Duration(i) * time.Hour)}
		}
		f.mails = append(f.mails, m)
	}
	h := start(b, f, ipc.OpenRequest{Window: ipc.WindowMailbox}, "en", theme.VariantLight)
	s := h.screen.(*mailboxScreen)
	h.until("all", func() bool { return len(s.mails) == all })
	for i := 0; b.Loop(); i++ {
		s.find.SetText([]string{"m", "me"}[i%2])
	}
}
