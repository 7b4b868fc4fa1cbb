//go:build cgo && !nowindow

package window

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
)

// mailboxScreen is the mailbox window: messages on the left, one of them to
// read on the right.
type mailboxScreen struct {
	bridge *bridge
	client api.Engine
	loc    *locale.Catalogue
	keys   *keys
	window fyne.Window
	// dialogs asks before a message is deleted.
	dialogs *dialogs

	snapshot api.Snapshot
	// index has all that is known, of is what the list shows of it, and mails are
	// its rows; all counts what they are chosen from, searched those with headers.
	index         *mailIndex
	of            extract
	mails         []*mail
	searched, all int
	listed        bool
	wanted        mailKey
	quiet         bool
	// picked are the messages that the next action is about, if any are.
	picked map[*mail]bool
	// loaders fetch the lists of accounts; see mailload.go for the others.
	loaders    map[string]*loader
	describing bool
	resting    bool
	scrolls    int
	rest       *rest
	measured   map[string]bool
	measuring  int
	// deletions can be taken back, or are under way.
	deletions []*deletion
	// noTray: it is being said that the desktop has no tray; tray waits for one.
	noTray bool
	tray   func(context.Context) bool
	// counted: the snapshot counts the message as seen that is being opened.
	counted bool
	// failure is why the last request failed; said until the next one.
	failure string

	filter   *choice
	status   *line
	check    *button
	seen     *button
	notice   *banner
	problem  *banner
	past     *existing
	find     *field
	only     *check
	sort     *choice
	info     *line
	fetch    *button
	infoRow  *fyne.Container
	pickBar  *pickBar
	undo     *undoBar
	split    *container.Split
	list     *mailView
	empty    *fyne.Container
	emptyMsg *paragraph
	reader   *reader
	rootView fyne.CanvasObject
}

func newMailboxScreen(b *bridge, o Options, w fyne.Window, k *keys) *mailboxScreen {
	s := &mailboxScreen{
		bridge: b, client: o.Client, loc: o.Locale, keys: k, window: w, dialogs: &dialogs{keys: k, window: w}, tray: o.AwaitTray,
		index: newMailIndex(), picked: map[*mail]bool{}, loaders: map[string]*loader{}, measured: map[string]bool{},
	}
	k.check, k.undo, k.takeBack = s.pressCheck, s.back, s.takeBack
	k.find = func() { w.Canvas().Focus(s.find) }
	s.build(o)
	s.apply(o.Open)
	return s
}

func (s *mailboxScreen) build(o Options) {
	loc := s.loc
	s.filter = newChoice(s.keys, []string{loc.T("window.all_accounts")}, func(string) { s.chosen() })
	s.filter.Selected = loc.T("window.all_accounts")
	s.status = newCaption()
	s.check = newButton(s.keys, loc.T("window.check_now"), theme.ViewRefreshIcon(), s.pressCheck)
	s.seen = newButton(s.keys, loc.T("window.mark_all_seen"), theme.ConfirmIcon(), s.pressSeen)
	bar := inset(10, 8, container.NewBorder(nil, nil, container.New(fixedWidth(230), newFrame(s.filter)),
		container.NewHBox(s.check, s.seen), container.New(layout.NewCustomPaddedLayout(0, 0, 8, 8), container.New(middle{}, s.status))))
	s.notice = newBanner(10, 8, nil, s.relayout)
	s.sayNotice(o.Open.Notice)
	s.problem = newBanner(10, 4, nil, s.relayout)
	s.past = newExisting(s.bridge, s.client, s.keys, loc, 10, 4, s.relayout, s.done)

	s.list = newMailView(s.keys)
	s.list.length = func() int { return len(s.mails) }
	s.list.update = func(i int, r *mailRow) { r.show(s.mails[i].Mail, s.bridge.now(), loc) }
	s.list.picked, s.list.pick, s.list.remove, s.list.moved, s.list.menu = s.isPicked, s.pick, s.removePicked, s.moved, s.showMenu
	s.list.open = func(i int) {
		s.setFailure("")
		s.open(s.mails[i].Mail)
	}
	s.pickBar, s.undo = s.newPickBar(), s.newUndoBar()
	s.emptyMsg = newText("")
	s.emptyMsg.Alignment, s.emptyMsg.Importance = fyne.TextAlignCenter, widget.LowImportance
	s.empty = container.New(middle{}, s.emptyMsg)
	s.reader = newReader(s.bridge, s.client, loc, s.keys, s.dialogs, o, s.opened, func() {
		if i := s.indexOf(s.reader.key); i >= 0 {
			s.askDelete(s.mails[i : i+1])
		}
	})

	s.reader.ask = s.dialogs.ask
	list := container.NewBorder(s.buildSearch(), nil, nil, nil, container.NewStack(inset(2, 2, s.list), inset(16, 0, s.empty)))
	s.split = container.NewHSplit(list, s.reader.content)
	s.split.SetOffset(0.42)
	if split := o.Place.bounded().Split; split > 0 {
		s.split.SetOffset(split)
	}
	top := stackOf(0, s.notice, bar, s.problem, s.past, s.pickBar.Container, widget.NewSeparator())
	s.rootView = container.NewBorder(top, s.undo.banner, nil, nil, s.split)
	s.update()
}

// buildSearch makes what is above the list: what to search for, and in which
// order to show what.
func (s *mailboxScreen) buildSearch() fyne.CanvasObject {
	loc := s.loc
	s.find = newField(s.keys)
	s.find.SetPlaceHolder(loc.T("window.search"))
	s.find.OnChanged = func(text string) {
		s.of.words = strings.Fields(fold(text))
		s.list.current, s.list.anchor = 0, 0
		s.arrange()
		s.list.scroll.ScrollToTop()
		s.list.fill(false)
		s.moved()
	}
	s.find.OnSubmitted = func(string) { s.window.Canvas().Focus(s.list) }
	s.find.revert = func() bool {
		was := s.find.Text != ""
		s.find.SetText("")
		return was
	}
	s.only = newCheck(s.keys, loc.T("window.only_unseen"), func(on bool) {
		s.of.unseen = on
		s.arrange()
	})
	names := make([]string, len(orders))
	for i, name := range []string{"newest", "oldest", "sender", "largest"} {
		names[i] = loc.T("window.sort." + name)
	}
	s.sort = newChoice(s.keys, names, nil)
	s.sort.Selected = names[newestFirst]
	s.sort.OnChanged = func(string) {
		s.of.order = orders[max(0, s.sort.SelectedIndex())]
		s.list.current, s.list.anchor = 0, 0
		s.arrange()
		s.list.scroll.ScrollToTop()
		s.list.fill(false)
		s.measure()
		s.update()
	}
	s.info = newCaption()
	s.fetch = newButton(s.keys, "", nil, s.fetchRest)
	s.fetch.Importance = widget.LowImportance
	s.infoRow = container.NewBorder(nil, nil, nil, s.fetch, container.New(middle{}, inset(6, 0, s.info)))
	s.infoRow.Hide()
	return inset(8, 6, stackOf(6, newFrame(s.find),
		container.NewBorder(nil, nil, s.only, nil, newFrame(s.sort)), s.infoRow))
}

// back undoes what narrows the list, for Esc, and says whether anything did.
func (s *mailboxScreen) back() bool { return s.unpick() || s.find.revert() }

func (s *mailboxScreen) sayNotice(notice string) {
	if notice == noTray && !s.noTray {
		s.noTray = true
		s.notice.say(toneInfo, s.loc.T("window.no_tray"))
		onTray(s.bridge, s.tray, func() {
			s.noTray = false
			s.notice.say(toneInfo, "")
		})
	}
}

// relayout gives everything its room after something came or went.
func (s *mailboxScreen) relayout() {
	if s.rootView != nil {
		s.rootView.Refresh()
	}
}

func (s *mailboxScreen) view() fyne.CanvasObject { return s.rootView }

// close closes at once, but for a question that is open: there is nothing
// here to lose.
func (s *mailboxScreen) close(done func()) {
	if !s.dialogs.dismiss() {
		done()
	}
}

// unsaved: what can still be taken back would be out of sight.
func (s *mailboxScreen) unsaved() bool { return len(s.deletions) > 0 }

// place is the message that is read.
func (s *mailboxScreen) place() ipc.OpenRequest {
	return ipc.OpenRequest{Window: ipc.WindowMailbox, Account: s.reader.key.account, UID: s.reader.key.uid}
}

// start asks for what there is to show.
func (s *mailboxScreen) start() {
	s.list.focus(s.window.Canvas())
	s.handle(ipc.Event{Snapshot: &s.bridge.snapshot})
	s.reload()
}

// apply takes over a filter and a message from a request.
func (s *mailboxScreen) apply(r ipc.OpenRequest) {
	if r.UID == "" {
		if r.Account != "" && r.Account != s.of.account {
			s.setAccount(r.Account)
		}
		return
	}
	if s.of.account != "" && s.of.account != r.Account {
		s.setAccount("")
	}
	s.unpick()
	s.wanted = mailKey{r.Account, r.UID}
	if i := s.indexOf(s.wanted); i >= 0 {
		s.mark(i)
		s.open(s.mails[i].Mail)
	} else {
		// Not listed (yet): the message itself says what it is.
		s.open(api.Mail{Account: r.Account, UID: r.UID, Undescribed: true})
	}
	if r.Code {
		s.reader.actions.wantCode()
	}
}

func (s *mailboxScreen) setAccount(id string) {
	s.setFailure("")
	s.of.account = id
	s.list.current, s.list.anchor = 0, 0
	s.list.scroll.ScrollToTop()
	s.syncFilter()
	s.reload()
}

// syncFilter brings the drop-down in line with accounts and choice.
func (s *mailboxScreen) syncFilter() {
	s.quiet = true
	defer func() { s.quiet = false }()
	options, selected := []string{s.loc.T("window.all_accounts")}, 0
	for i, a := range s.snapshot.Accounts {
		name := a.Name
		if a.Unseen > 0 {
			name = s.loc.T("window.account_unseen", a.Name, s.loc.Count(a.Unseen))
		}
		for slices.Contains(options, name) { // the drop-down knows entries by their text alone
			name += "\u2009"
		}
		options = append(options, name)
		if a.ID == s.of.account {
			selected = i + 1
		}
	}
	if !slices.Equal(options, s.filter.Options) || s.filter.Selected != options[selected] {
		s.filter.Options = options
		s.filter.SetSelectedIndex(selected)
	}
}

func (s *mailboxScreen) chosen() {
	if s.quiet {
		return
	}
	id := ""
	if i := s.filter.SelectedIndex(); i > 0 && i <= len(s.snapshot.Accounts) {
		id = s.snapshot.Accounts[i-1].ID
	}
	if id != s.of.account {
		s.setAccount(id)
	}
}

func (s *mailboxScreen) indexOf(k mailKey) int {
	return slices.IndexFunc(s.mails, func(m *mail) bool { return m.key() == k })
}

// mark brings the keys to a row, and into view, without opening it.
func (s *mailboxScreen) mark(i int) {
	s.list.current, s.list.anchor = i, i
	s.list.scrollTo(i)
	s.list.redress()
}

func (s *mailboxScreen) open(m api.Mail) {
	s.wanted = keyOf(m)
	s.reader.open(m)
}

// arrange lays the list out anew, and keeps its place and what is picked.
func (s *mailboxScreen) arrange() {
	at := func(i int) *mail {
		if i >= 0 && i < len(s.mails) {
			return s.mails[i]
		}
		return nil
	}
	var current *mail
	if s.list.current > 0 {
		current = at(s.list.current)
	}
	anchor, first := at(s.list.anchor), at(s.list.first)
	into := s.list.scroll.Offset.Y - s.list.top(s.list.first)
	asked := s.indexOf(s.wanted) < 0
	s.mails, s.searched, s.all = s.index.view(s.of)
	s.list.headings = s.headings()
	s.listed = s.snapshot.Revision != 0
	for _, a := range s.shown() {
		s.listed = s.listed && s.loader(a.ID).loaded
	}
	if len(s.picked) > 0 {
		picked := make(map[*mail]bool, len(s.picked))
		for _, m := range s.mails {
			if s.picked[m] {
				picked[m] = true
			}
		}
		s.picked = picked
	}
	where := func(m *mail, otherwise int) int {
		if i := slices.Index(s.mails, m); m != nil && i >= 0 {
			return i
		}
		return max(0, min(otherwise, len(s.mails)-1))
	}
	s.list.current = where(current, s.list.current)
	s.list.anchor = where(anchor, s.list.current)
	if i := slices.Index(s.mails, first); i >= 0 && s.list.scroll.Offset.Y > 0 {
		s.list.scroll.Offset.Y = max(0, s.list.top(i)+into) // new rows above move nothing
	}
	s.list.Refresh()
	if i := s.indexOf(s.wanted); asked && i >= 0 {
		s.mark(i)
	}
	s.sayPicked()
	s.update()
	s.moved()
}

// headings are the days between messages, where these stand in order of time. A
// message whose date lies, or that was late, has none of its own.
func (s *mailboxScreen) headings() (list []dayHeading) {
	if s.of.order != newestFirst && s.of.order != oldestFirst {
		return nil
	}
	now := s.bridge.now()
	day := func(t time.Time) int {
		y, m, d := t.In(now.Location()).Date()
		return (y*16+int(m))*32 + d
	}
	days := make([]int, 0, len(s.mails))
	for _, m := range s.mails {
		if m.at.IsZero() {
			days = append(days, 0)
		} else {
			days = append(days, day(m.at))
		}
	}
	later := func(a, b int) bool { // a stands before b
		if s.of.order == oldestFirst {
			return a < b
		}
		return a > b
	}
	shown := 0
	for i, d := range days {
		t := s.mails[i].at.In(now.Location())
		next := d
		if i+1 < len(days) && days[i+1] != 0 {
			next = days[i+1]
		}
		switch {
		case d == 0 || d == shown:
			continue
		case shown == 0 && later(next, d): // the first is late
			d, t = next, s.mails[i+1].at.In(now.Location())
		case shown == 0:
		case later(shown, d) && later(next, d) && !later(next, shown):
			continue // one that is late among those of the day before it
		case later(d, shown) && !later(next, shown):
			continue // one ahead of its time
		}
		shown = d
		text := s.loc.Day(t)
		switch d {
		case day(now):
			text = s.loc.T("window.today")
		case day(now.AddDate(0, 0, -1)):
			text = s.loc.T("window.yesterday")
		}
		list = append(list, dayHeading{i, text})
	}
	return list
}

// handle takes an event of the tray role's.
func (s *mailboxScreen) handle(e ipc.Event) {
	switch {
	case e.Received != nil:
		s.reader.attachments.spool.received(*e.Received)
	case e.Open != nil && e.Open.Window == ipc.WindowMailbox:
		s.sayNotice(e.Open.Notice)
		s.apply(*e.Open)
	case e.Snapshot != nil:
		before := s.snapshot
		s.snapshot = *e.Snapshot
		s.index.forget(s.snapshot.Accounts)
		maps.DeleteFunc(s.loaders, func(id string, _ *loader) bool { return statusOf(s.snapshot, id) == nil })
		s.syncFilter()
		s.update()
		for _, a := range s.snapshot.Accounts {
			if was := statusOf(before, a.ID); was != nil && !was.LastPoll.Equal(a.LastPoll) {
				s.retry(a.ID)
			}
		}
		switch {
		case before.Revision == 0 || !changedMail(before, s.snapshot):
		case s.justRead(before, s.snapshot):
			s.counted = true
		default:
			s.reload()
		}
	}
}

// shown are the accounts that the filter lets through.
func (s *mailboxScreen) shown() []api.AccountStatus {
	if s.of.account == "" {
		return s.snapshot.Accounts
	}
	if status := statusOf(s.snapshot, s.of.account); status != nil {
		return []api.AccountStatus{*status}
	}
	return nil
}

// update brings everything around the list in line with the snapshot.
func (s *mailboxScreen) update() {
	var problems []string
	var last time.Time
	unseen, waiting, checking, tone := 0, false, false, toneInfo
	var list *api.Listing // the longest
	for _, a := range s.shown() {
		unseen += a.Unseen
		waiting = waiting || a.State == api.Waiting && a.Error == nil
		checking = checking || a.Checking
		if l := a.Listing; a.Checking && l != nil && (list == nil || l.Messages > list.Messages) {
			list = l
		}
		if a.LastPoll.After(last) {
			last = a.LastPoll
		}
		if a.Error == nil {
			continue
		}
		if a.State == api.Failed {
			tone = toneError
		}
		if len(s.snapshot.Accounts) > 1 {
			problems = append(problems, s.loc.T("window.account_problem", a.Name, explain.Text(a.Error, s.loc)))
		} else {
			problems = append(problems, explain.Text(a.Error, s.loc))
		}
	}
	if s.failure != "" {
		s.problem.say(toneError, strings.Join(append([]string{s.failure}, problems...), "\n"))
	} else {
		s.problem.say(tone, strings.Join(problems, "\n"))
	}
	switch {
	case s.measuring > 0:
		s.status.set(s.loc.T("window.measuring"))
	case s.snapshot.Revision == 0:
		s.status.set("")
	case list != nil:
		s.status.set(listing(list, s.loc))
	case checking:
		s.status.set(s.loc.T("window.state.checking"))
	case s.snapshot.Offline:
		s.status.set(s.loc.T("window.state.offline"))
	case last.IsZero():
		s.status.set("")
	default:
		s.status.set(s.loc.N("window.status", unseen, s.loc.Count(unseen), s.loc.Moment(last, s.bridge.now())))
	}
	s.past.about(s.shown()...)
	s.check.setEnabled(!checking && len(s.snapshot.Accounts) > 0)
	s.seen.setEnabled(unseen > 0)

	show(s.empty, len(s.mails) == 0)
	text := ""
	switch {
	case !s.listed || s.snapshot.Revision == 0:
	case len(s.snapshot.Accounts) == 0:
		text = s.loc.T("window.no_accounts")
	case len(s.of.words) > 0 && s.all > 0:
		text = s.loc.T("window.nothing_found")
	case s.of.unseen && unseen == 0 && len(problems) == 0 && !checking && !waiting:
		text = s.loc.T("window.no_unseen")
	case len(problems) == 0 && (checking || waiting):
		text = s.loc.T("window.still_checking")
	case len(problems) == 0:
		text = s.loc.T("window.no_messages")
	}
	s.emptyMsg.SetText(text)
	s.sayInfo()
}

// sayInfo says how much of the messages a search, or an order, knows.
func (s *mailboxScreen) sayInfo() {
	text, label := "", "window.fetch_rest"
	switch {
	case s.rest != nil:
		text, label = s.loc.T("window.fetching", s.loc.Count(s.searched), s.loc.Count(s.all), s.loc.Size(s.rest.octets)), "window.cancel"
	case s.searched == s.all:
	case len(s.of.words) > 0:
		text = s.loc.T("window.searched", s.loc.Count(s.searched), s.loc.Count(s.all))
	case s.of.order == bySender:
		text = s.loc.T("window.sorted", s.loc.Count(s.searched), s.loc.Count(s.all))
	}
	s.info.set(text)
	s.fetch.SetText(s.loc.T(label))
	if on := text != ""; on != s.infoRow.Visible() {
		show(s.infoRow, on)
		s.relayout()
	}
}

func (s *mailboxScreen) pressCheck() {
	if s.check.Disabled() {
		return
	}
	var ids []string
	if s.of.account != "" {
		ids = []string{s.of.account}
	}
	s.setFailure("")
	s.check.Disable()
	s.status.set(s.loc.T("window.state.checking"))
	goDo(s.bridge, func(ctx context.Context) error { return checkNow(ctx, s.client, ids...) }, s.done)
}

func (s *mailboxScreen) pressSeen() {
	account := s.of.account
	s.setFailure("")
	s.seen.Disable()
	goDo(s.bridge,
		func(ctx context.Context) error {
			_, err := api.MarkSeen.Ask(ctx, s.client, api.SeenRequest{Account: account})
			return err
		},
		func(err error) { s.done(err) })
}

// done shows the outcome of a button, and the list after it.
func (s *mailboxScreen) done(err error) {
	if err != nil {
		s.setFailure(sentence(err, s.loc))
		return
	}
	s.update()
	s.reload()
}

// setFailure says why a request failed, beside what is wrong with the accounts.
func (s *mailboxScreen) setFailure(text string) {
	s.failure = text
	s.update()
}
