//go:build cgo && !nowindow

package window

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
)

// openMailbox shows the mailbox window with what f holds.
func openMailbox(t *testing.T, f *fake, open ipc.OpenRequest) (*harness, *mailboxScreen) {
	t.Helper()
	open.Window = ipc.WindowMailbox
	h := start(t, f, open, "en", theme.VariantLight)
	s := h.screen.(*mailboxScreen)
	h.until("list and snapshot", func() bool { return s.listed && s.snapshot.Revision == f.snapshot.Revision })
	return h, s
}

// filled is a fake with 1,400 messages in one account.
func filled() *fake {
	f := newFake()
	f.snapshot, f.mails = pictureSnapshot(), pictureMails()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	f.message = api.FullMessage{Document: saying("Dear reader")}
	return f
}

func press(s *mailboxScreen, names ...fyne.KeyName) {
	for _, name := range names {
		s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
	}
}

// focusText puts the keyboard into the text, which Fyne allows only once it
// was drawn.
func focusText(t *testing.T, s *mailboxScreen) {
	t.Helper()
	s.window.Canvas().Capture()
	s.window.Canvas().Focus(s.reader.body)
	if s.window.Canvas().Focused() != fyne.Focusable(s.reader.body) {
		t.Fatal("the text cannot have the focus")
	}
}

// Reading a message changes its row and the counts, and nothing that the list
// has to be fetched again for, whichever comes first, answer or snapshot. What
// else the snapshot says is not taken for that.
func TestReadingFetchesNoList(t *testing.T) {
	for name, test := range map[string]struct {
		snapshotFirst bool
		fail          error
		more          int // messages that come at the same time
		lists         int
	}{
		"the answer first":            {false, nil, 0, 1},
		"the snapshot first":          {true, nil, 0, 1},
		"not read":                    {false, errors.New("broken"), 0, 1},
		"not read, and another is":    {true, errors.New("broken"), 0, 2},
		"a message came, then answer": {true, nil, 1, 2},
		"a message came after it":     {false, nil, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := filled()
			h, s := openMailbox(t, f, ipc.OpenRequest{})
			f.hold["fetch"], f.fail["fetch"] = make(chan struct{}), test.fail
			next := f.snapshot
			if test.fail == nil || test.snapshotFirst {
				next = withSeen(next, next.Accounts[0].ID)
			}
			next.Revision++
			next.Accounts[0].Messages += test.more
			send := func() { h.shell.handle(ipc.Event{Snapshot: &next}) }
			press(s, fyne.KeyReturn)
			if test.snapshotFirst {
				send()
			}
			close(f.hold["fetch"])
			h.until("the answer", func() bool { return !s.reader.busy() })
			if !test.snapshotFirst {
				send()
			}
			h.until("nothing to do", func() bool { return !s.reading() })
			f.mu.Lock()
			defer f.mu.Unlock()
			// A list that was on its way when the message was read is asked for anew.
			if f.lists != test.lists && (test.more == 0 || f.lists != test.lists+1) || s.mails[0].Seen != (test.fail == nil) {
				t.Errorf("%d lists, want %d; seen %v", f.lists, test.lists, s.mails[0].Seen)
			}
		})
	}
}

func TestEnterOpensAndMarksSeen(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	press(s, fyne.KeyDown)
	if len(f.calls()) != 0 {
		t.Fatalf("the arrows opened something: %q", f.calls())
	}
	press(s, fyne.KeyReturn)
	h.until("the text", func() bool { return s.reader.body.text == "Dear reader" })
	if want := []string{"fetch home-k3fa/uid1 whole=false seen=true"}; !slices.Equal(f.calls(), want) {
		t.Errorf("calls %q, want %q", f.calls(), want)
	}
	if !s.mails[1].Seen || s.mails[0].Seen {
		t.Error("the list does not show that the message is seen")
	}
	if press(s, fyne.KeyDelete, fyne.KeyBackspace); len(f.calls()) != 1 {
		t.Errorf("Delete did something: %q", f.calls())
	}
}

func TestKeysMoveThroughALongList(t *testing.T) {
	_, s := openMailbox(t, filled(), ipc.OpenRequest{})
	for _, c := range []struct {
		key  fyne.KeyName
		want int
	}{{fyne.KeyEnd, 1399}, {fyne.KeyPageUp, 1399 - s.list.page()}, {fyne.KeyPageDown, 1399}, {fyne.KeyHome, 0}, {fyne.KeyUp, 0}, {fyne.KeyDown, 1}} {
		if press(s, c.key); s.list.current != c.want {
			t.Errorf("%s leads to row %d, want %d", c.key, s.list.current, c.want)
		}
	}
}

// The row of a message that was asked for is in view, and so are those around.
func TestRequestedRowIsInView(t *testing.T) {
	_, s := openMailbox(t, filled(), ipc.OpenRequest{Account: "home-k3fa", UID: "uid40"})
	scroll := s.list.scroll
	if at := -scroll.Content.Position().Y; scroll.Offset.Y == 0 || at != scroll.Offset.Y {
		t.Errorf("the list is scrolled by %v, its rows by %v", scroll.Offset.Y, at)
	}
}

func TestRequestedMessageIsOpenedAtOnce(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid3"})
	h.until("the text", func() bool { return s.reader.body.text != "" })
	h.until("the row", func() bool { return s.list.current == 3 || s.indexOf(s.wanted) == 3 })
	h.screen.handle(ipc.Event{Open: &ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid1"}})
	h.until("the other message", func() bool { return s.mails[1].Seen })
	if s.reader.key.uid != "uid1" || s.list.current != 1 {
		t.Errorf("the window shows %v, row %d", s.reader.key, s.list.current)
	}
	if want := []string{"fetch home-k3fa/uid3 whole=false seen=true", "fetch home-k3fa/uid1 whole=false seen=true"}; !slices.Equal(f.calls(), want) {
		t.Errorf("calls %q, want %q", f.calls(), want)
	}
}

func TestWholeMessageOnRequestOnly(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid0"})
	h.until("the first lines", func() bool { return s.reader.part.Visible() })
	test.Tap(&s.reader.whole.Button)
	h.until("all of it", func() bool { return !s.reader.part.Visible() })
	if calls := f.calls(); len(calls) != 2 || calls[1] != "fetch home-k3fa/uid0 whole=true seen=true" {
		t.Errorf("calls %q", calls)
	}
}

func TestFailedFetchCanBeRepeated(t *testing.T) {
	f := filled()
	f.fail["fetch"] = errors.New("the line is dead")
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid0"})
	h.until("the sentence", func() bool { return s.reader.failure.Visible() })
	if !strings.Contains(s.reader.failure.label.text, "the line is dead") || s.mails[0].Seen {
		t.Errorf("it says %q, seen: %v", s.reader.failure.label.text, s.mails[0].Seen)
	}
	f.mu.Lock()
	delete(f.fail, "fetch")
	f.mu.Unlock()
	s.reader.fetch()
	h.until("the text", func() bool { return s.reader.body.text == "Dear reader" && !s.reader.failure.Visible() })
}

func TestReloadKeepsThePlace(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	press(s, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyDown)
	h.until("the text", func() bool { return s.reader.body.text != "" })
	f.mu.Lock()
	f.mails = append([]api.Mail{{Account: "home-k3fa", UID: "fresh", Subject: "New"}}, f.mails...)
	f.mu.Unlock()
	next := f.snapshot
	next.Revision++
	next.Accounts = slices.Clone(next.Accounts)
	next.Accounts[0].Messages++
	h.screen.handle(ipc.Event{Snapshot: &next})
	h.until("the new message", func() bool { return len(s.mails) == 1401 })
	if s.mails[s.list.current].UID != "uid3" || s.reader.key.uid != "uid2" {
		t.Errorf("marker on %s, open %s", s.mails[s.list.current].UID, s.reader.key.uid)
	}
	if n := len(f.calls()); n != 1 {
		t.Errorf("the reload fetched again: %q", f.calls())
	}
}

func TestSnapshotWithoutNewsListsNothing(t *testing.T) {
	f := filled()
	a, b := f.snapshot, f.snapshot
	b.Accounts = slices.Clone(b.Accounts)
	b.Revision, b.Checking, b.Accounts[0].Checking = 9, true, true
	if changedMail(a, b) {
		t.Error("a check that begins makes the list outdated")
	}
	if b.Accounts[0].Headers++; !changedMail(a, b) {
		t.Error("headers that came later change the list")
	}
	b.Accounts[0].Headers--
	if b.Accounts[0].Unseen++; !changedMail(a, b) {
		t.Error("a new unseen message does not make the list outdated")
	}
}

func TestFilterAndButtons(t *testing.T) {
	f := filled()
	f.snapshot = pictureSnapshot()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	if len(s.filter.Options) != 4 || s.filter.Options[1] != "Home (3)" {
		t.Fatalf("the filter offers %q", s.filter.Options)
	}
	s.filter.SetSelectedIndex(1)
	h.until("the account's list", func() bool { return s.listed && len(s.mails) == 1400 })
	test.Tap(&s.check.Button)
	h.until("the check", func() bool { return len(f.calls()) == 1 })
	test.Tap(&s.seen.Button)
	h.until("the marks", func() bool { return len(f.calls()) == 2 })
	if want := []string{"check [home-k3fa]", "all seen home-k3fa"}; !slices.Equal(f.calls(), want) {
		t.Errorf("calls %q, want %q", f.calls(), want)
	}
	s.filter.SetSelectedIndex(2)
	h.until("the empty list", func() bool { return s.listed && len(s.mails) == 0 })
}

// The keyring is asked for before a check, and its no is said instead of one.
func TestCheckAsksForTheKeyring(t *testing.T) {
	f := filled()
	f.fail = map[string]error{"unlock": &api.ProblemError{Problem: api.Problem{Kind: api.KindSecret, Code: api.CodeDismissed}}}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	test.Tap(&s.check.Button)
	h.until("the sentence", func() bool { return s.failure != "" })
	if want := s.loc.T("problem.keyring_dismissed"); s.failure != want || len(f.calls()) > 0 || s.check.Disabled() {
		t.Errorf("%q, calls %q, button disabled: %v", s.failure, f.calls(), s.check.Disabled())
	}
}

// A message whose header has not come says so, and no wrong date.
func TestRowWithoutHeader(t *testing.T) {
	f := filled()
	f.mails = []api.Mail{{Account: "home-k3fa", UID: "u", Undescribed: true, Octets: 3000}}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	h.until("the list", func() bool { return s.listed })
	row := newMailRow()
	row.show(s.mails[0].Mail, pictureTime, s.loc)
	if row.from.text != "…" || row.subject.text != s.loc.T("problem.undescribed") || row.date.text != "" {
		t.Errorf("the row says %q, %q, %q", row.from.text, row.subject.text, row.date.text)
	}
}

// A new account says that what was there counts as seen, and can have it
// counted.
func TestExistingIsExplained(t *testing.T) {
	for label, want := range map[string]string{"window.existing_count": "existing home-k3fa true", "window.existing_leave": "existing home-k3fa false"} {
		f := filled()
		f.snapshot = pictureSnapshot()
		f.snapshot.Accounts[0].Existing = 300
		h, s := openMailbox(t, f, ipc.OpenRequest{})
		if !s.past.Visible() || !strings.Contains(s.past.label.text, "300") {
			t.Fatalf("it says %q", s.past.label.text)
		}
		for _, b := range []*button{s.past.count, s.past.leave} {
			if b.Text == s.loc.T(label) {
				test.Tap(&b.Button)
			}
		}
		h.until("the answer", func() bool { return slices.Contains(f.calls(), want) })
		f.snapshot.Accounts[0].Existing = 0
		f.snapshot.Revision++
		if s.handle(ipc.Event{Snapshot: &f.snapshot}); s.past.Visible() {
			t.Error("it is still said")
		}
	}
}

func TestAccountsOfOneNameStayApart(t *testing.T) {
	f := filled()
	f.snapshot.Accounts = []api.AccountStatus{{ID: "a", Name: "Same"}, {ID: "b", Name: "Same"}}
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	s.filter.SetSelectedIndex(2)
	h.until("the list", func() bool { return s.listed })
	if s.of.account != "b" {
		t.Errorf("the second account chosen, %q shown", s.of.account)
	}
}

func TestShortcutsOfTheMailbox(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid0"})
	h.until("the text", func() bool { return s.reader.body.text != "" })
	control := func(key fyne.KeyName) fyne.Shortcut {
		return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	}
	focusText(t, s)
	s.reader.body.TypedShortcut(control(fyne.KeyR))
	h.until("the check", func() bool { return slices.Contains(f.calls(), "check []") })
	if s.reader.body.TypedShortcut(control(fyne.KeyW)); !h.closed {
		t.Error("Ctrl+W in the text leaves the window open")
	}
}

func TestEscapeClosesTheMailbox(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{Account: "home-k3fa", UID: "uid0"})
	h.until("the text", func() bool { return s.reader.body.text != "" })
	focusText(t, s)
	if pressEscape(s.window); !h.closed {
		t.Error("the window is still open")
	}
}

func TestEmptyStates(t *testing.T) {
	for want, accounts := range map[string][]api.AccountStatus{
		"There is no account yet.": {},
		"Still checking…":          {{ID: "a", State: api.Waiting}},
		"No messages":              {{ID: "a", State: api.OK}},
		"":                         {{ID: "a", State: api.Failed, Error: &api.Problem{Text: "Wrong password."}}},
	} {
		t.Run(fmt.Sprint(want), func(t *testing.T) {
			f := newFake()
			f.snapshot = api.Snapshot{Revision: 1, Accounts: accounts}
			_, s := openMailbox(t, f, ipc.OpenRequest{})
			if !strings.HasPrefix(s.emptyMsg.text, want) || want == "" && (s.emptyMsg.text != "" || !s.problem.Visible()) {
				t.Errorf("it says %q", s.emptyMsg.text)
			}
		})
	}
}

func TestDispatch(t *testing.T) {
	f := filled()
	h, s := openMailbox(t, f, ipc.OpenRequest{})
	h.shell.handle(ipc.Event{Open: &ipc.OpenRequest{Window: ipc.WindowMailbox, Account: "home-k3fa", UID: "uid4"}})
	if s.reader.key.uid != "uid4" || h.closed {
		t.Errorf("Open shows %q", s.reader.key.uid)
	}
	if h.shell.handle(ipc.Event{Closing: true}); !h.closed {
		t.Error("Closing leaves the window open")
	}
}
