//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
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
	"github.com/traymail/traymail/internal/settings"
)

// listLimit bounds the list; it holds far more than anyone scrolls through.
const listLimit = 2000

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
	mails    []api.Mail
	listed   bool
	account  string // the filter; empty for all
	wanted   mailKey
	quiet    bool
	// noTray: it is being said that the desktop has no tray; tray waits for one.
	noTray bool
	tray   func(context.Context) bool
	// counted: the snapshot counts the message as seen that is being opened.
	counted bool
	// reading says that a list is on its way, stale that it is outdated already.
	reading, stale bool
	// failure is why the last request failed; said until the next one.
	failure string
	// deleting are the messages whose deletion is on its way.
	deleting map[mailKey]bool

	filter   *choice
	status   *line
	check    *button
	seen     *button
	notice   *banner
	problem  *banner
	past     *existing
	list     *rows
	empty    *fyne.Container
	emptyMsg *paragraph
	reader   *reader
	rootView fyne.CanvasObject
}

func newMailboxScreen(b *bridge, o Options, w fyne.Window, k *keys) *mailboxScreen {
	s := &mailboxScreen{bridge: b, client: o.Client, loc: o.Locale, keys: k, window: w, dialogs: &dialogs{keys: k, window: w}, deleting: map[mailKey]bool{}, tray: o.AwaitTray}
	k.check = s.pressCheck
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

	s.list = newRows(s.keys, func() int { return len(s.mails) },
		func() fyne.CanvasObject { return newMailRow() },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			o.(*mailRow).show(s.mails[i], s.deleting[keyOf(s.mails[i])], s.bridge.now(), loc)
		})
	s.list.OnSelected = func(i widget.ListItemID) {
		if !s.quiet {
			s.list.pointed()
			s.list.current = i
			s.setFailure("")
			s.open(s.mails[i])
		}
	}
	s.list.remove = func(i widget.ListItemID) { s.askDelete(s.mails[i]) }
	s.emptyMsg = newText("")
	s.emptyMsg.Alignment, s.emptyMsg.Importance = fyne.TextAlignCenter, widget.LowImportance
	s.empty = container.New(middle{}, s.emptyMsg)
	s.reader = newReader(s.bridge, s.client, loc, s.keys, s.dialogs, o, s.opened, func() {
		if i := s.indexOf(s.reader.key); i >= 0 {
			s.askDelete(s.mails[i])
		}
	})

	s.reader.ask = s.dialogs.ask

	split := container.NewHSplit(container.NewStack(inset(4, 4, s.list), inset(16, 0, s.empty)), s.reader.content)
	split.SetOffset(0.42)
	top := stackOf(0, s.notice, bar, s.problem, s.past, widget.NewSeparator())
	s.rootView = container.NewBorder(top, nil, nil, nil, split)
	s.update()
}

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

// unsaved is never true: nothing is typed here.
func (s *mailboxScreen) unsaved() bool { return false }

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
		if r.Account != "" && r.Account != s.account {
			s.setAccount(r.Account)
		}
		return
	}
	if s.account != "" && s.account != r.Account {
		s.setAccount("")
	}
	s.wanted = mailKey{r.Account, r.UID}
	if i := s.indexOf(s.wanted); i >= 0 {
		s.mark(i)
		s.open(s.mails[i])
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
	s.account = id
	s.mails, s.listed = nil, false
	s.mark(-1)
	s.list.Refresh()
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
		if a.ID == s.account {
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
	if id != s.account {
		s.setAccount(id)
	}
}

func (s *mailboxScreen) indexOf(k mailKey) int {
	return slices.IndexFunc(s.mails, func(m api.Mail) bool { return keyOf(m) == k })
}

// mark selects a row without opening it; none when i is negative.
func (s *mailboxScreen) mark(i int) {
	s.quiet = true
	defer func() { s.quiet = false }()
	if i < 0 {
		s.list.UnselectAll()
	} else {
		s.list.Select(i)
		s.list.Highlight(i)
	}
}

func (s *mailboxScreen) open(m api.Mail) {
	s.wanted = keyOf(m)
	s.reader.open(m)
}

// reload lists the messages again, one request at a time.
func (s *mailboxScreen) reload() {
	if s.reading {
		s.stale = true
		return
	}
	s.reading, s.stale = true, false
	account := s.account
	goRun(s.bridge,
		func(ctx context.Context) ([]api.Mail, error) {
			return api.List.Ask(ctx, s.client, api.ListRequest{Account: account, Limit: listLimit})
		},
		func(mails []api.Mail, err error) {
			s.reading = false
			if s.stale || account != s.account {
				s.reload()
				return
			}
			if err != nil {
				s.setFailure(sentence(err, s.loc))
				return
			}
			s.setMails(mails)
		})
}

// setMails shows another list and keeps marker and selection on their messages.
func (s *mailboxScreen) setMails(mails []api.Mail) {
	var current mailKey
	if s.list.current < len(s.mails) && s.list.current > 0 {
		current = keyOf(s.mails[s.list.current])
	}
	s.mails, s.listed = mails, true
	for _, m := range mails {
		if !m.Seen {
			s.bridge.bold.see(s.bridge, m.From, m.Subject)
		}
	}
	selected := s.indexOf(s.wanted)
	s.quiet = true
	s.list.Refresh() // which has its new length before anything scrolls
	s.list.UnselectAll()
	if selected >= 0 {
		s.list.Select(selected)
	}
	if i := s.indexOf(current); i >= 0 && i != s.list.current {
		s.list.Highlight(i)
	}
	s.quiet = false
	s.list.current = min(s.list.current, max(0, len(mails)-1))
	s.list.Refresh()
	s.update()
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
		s.syncFilter()
		s.update()
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
	if s.account == "" {
		return s.snapshot.Accounts
	}
	if status := statusOf(s.snapshot, s.account); status != nil {
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
	case len(s.deleting) > 0:
		s.status.set(s.loc.T("window.deleting"))
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
	case len(problems) == 0 && (checking || waiting):
		text = s.loc.T("window.still_checking")
	case len(problems) == 0:
		text = s.loc.T("window.no_messages")
	}
	s.emptyMsg.SetText(text)
}

func (s *mailboxScreen) pressCheck() {
	if s.check.Disabled() {
		return
	}
	var ids []string
	if s.account != "" {
		ids = []string{s.account}
	}
	s.setFailure("")
	s.check.Disable()
	s.status.set(s.loc.T("window.state.checking"))
	goDo(s.bridge, func(ctx context.Context) error { return checkNow(ctx, s.client, ids...) }, s.done)
}

func (s *mailboxScreen) pressSeen() {
	account := s.account
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

// askDelete deletes a message after a question, unless the user wants none.
func (s *mailboxScreen) askDelete(m api.Mail) {
	if s.deleting[keyOf(m)] {
		return
	}
	goRun(s.bridge, asked(s.client, api.Settings), func(all settings.Settings, err error) {
		if err == nil && all.Preferences.DeleteUnasked {
			s.deleteMail(m)
			return
		}
		_, subject := explain.Listed(m, s.loc)
		s.dialogs.ask(question{
			title: s.loc.T("window.delete_title"), text: s.loc.T("window.delete_text", subject),
			yes: s.loc.T("window.delete"), no: s.loc.T("window.delete_no"), danger: true,
		}, func() { s.deleteMail(m) })
	})
}

// deleteMail deletes a message on the server. The one after it is shown then,
// if it was the one being read.
func (s *mailboxScreen) deleteMail(m api.Mail) {
	key := keyOf(m)
	if s.deleting[key] {
		return // asked for twice before the first answer
	}
	s.setDeleting(key, true)
	s.setFailure("")
	goDo(s.bridge,
		func(ctx context.Context) error {
			_, err := api.Delete.Ask(ctx, s.client, api.DeleteRequest{Account: key.account, UIDs: []string{key.uid}, Shown: []api.Mail{m}})
			return err
		},
		func(err error) {
			s.setDeleting(key, false)
			if err != nil {
				s.setFailure(s.whyNotDeleted(m, err))
				return
			}
			s.update()
			if i := s.indexOf(key); i >= 0 {
				s.dropRow(i)
			}
			s.reload()
		})
}

// setDeleting greys the row of a message that is being deleted.
func (s *mailboxScreen) setDeleting(key mailKey, on bool) {
	if on {
		s.deleting[key] = true
	} else {
		delete(s.deleting, key)
	}
	if i := s.indexOf(key); i >= 0 {
		s.list.RefreshItem(i)
	}
}

// namedWidth is how much of a subject a sentence has room for.
const namedWidth = 400

// whyNotDeleted says which message was not deleted, and why. It does not claim
// that where nobody knows.
func (s *mailboxScreen) whyNotDeleted(m api.Mail, err error) string {
	var known *api.ProblemError
	if errors.As(err, &known) && known.Problem.Code == api.CodeUnconfirmed {
		return explain.Text(&known.Problem, s.loc)
	}
	_, subject := explain.Listed(m, s.loc)
	subject = shorten(subject, theme.SizeNameText, fyne.TextStyle{}, namedWidth)
	return s.loc.T("window.not_deleted", subject, sentence(err, s.loc))
}

// dropRow takes a message out of the list.
func (s *mailboxScreen) dropRow(i int) {
	read := s.reader.key == keyOf(s.mails[i])
	s.mails = slices.Delete(s.mails, i, i+1)
	s.list.current = min(i, max(0, len(s.mails)-1))
	s.list.Refresh()
	switch {
	case !read:
	case len(s.mails) == 0:
		s.wanted = mailKey{}
		s.reader.clear()
	default:
		s.mark(s.list.current)
		s.open(s.mails[s.list.current])
	}
	s.update()
}
