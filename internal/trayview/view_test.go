package trayview

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// drawn writes a view out as a person would see it.
func drawn(v View) string {
	var b strings.Builder
	fmt.Fprintf(&b, "icon %s %d title %q\n", v.Icon.Shape, v.Icon.Badge, v.Title)
	for line := range strings.Lines(v.Tooltip) {
		fmt.Fprintf(&b, "tip  %s\n", strings.TrimSpace(line))
	}
	var menu func([]MenuItem, string)
	menu = func(items []MenuItem, indent string) {
		for _, m := range items {
			switch {
			case m.Separator:
				fmt.Fprintf(&b, "%s----\n", indent)
				continue
			case m.Disabled:
				fmt.Fprintf(&b, "%s(%s)", indent, m.Label)
			default:
				fmt.Fprintf(&b, "%s%s", indent, m.Label)
			}
			if a := m.Action; a.Kind != ActNone && !m.Disabled {
				fmt.Fprintf(&b, " -> %s %s %s", a.Kind, a.Account, a.UID)
			}
			b.WriteByte('\n')
			menu(m.Children, indent+"  ")
		}
	}
	menu(v.Menu, "")
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

var viewTime = time.Date(2026, 3, 14, 9, 26, 0, 0, time.Local)

func twoAccounts() api.Snapshot {
	return api.Snapshot{
		Unseen: 12,
		Accounts: []api.AccountStatus{
			{ID: "home", Name: "Home", State: api.OK, Messages: 1204, Unseen: 12, NextPoll: viewTime.Add(4 * time.Minute)},
			{ID: "work", Name: "Work", State: api.OK, Messages: 3, NextPoll: viewTime.Add(9 * time.Minute)},
		},
		Newest: []api.Mail{
			{Account: "home", UID: "u2", From: "Ann", Subject: "Lunch?"},
			{Account: "home", UID: "u1", From: strings.Repeat("L", 40), Subject: strings.Repeat("s", 80)},
			{Account: "home", UID: "u0"},
		},
	}
}

func TestView(t *testing.T) {
	const tail = `Check now -> check
Mark all as seen -> seen
Pause
  For 30 minutes -> pause
  For 1 hour -> pause
  Until tomorrow -> pause
----
Settings… -> settings
Quit -> quit
`
	for name, test := range map[string]struct {
		change   func(*api.Snapshot)
		language string
		want     string
	}{
		"nothing wrong": {func(*api.Snapshot) {}, "en", `icon unseen 10 title "12"
tip  12 unseen messages
tip  Home: 12 unseen of 1,204
tip  Work: 0 unseen of 3
tip  Next check: 09:30
(12 unseen messages)
Open mailbox -> mailbox
----
Ann – Lunch? -> mailbox home u2
LLLLLLLLLLLLLLLLLLL… – ssssssssssssssssssssssssssssssssssss… -> mailbox home u1
(no sender) – (no subject) -> mailbox home u0
----
Home: 12 unseen of 1,204 -> check home
Work: 0 unseen of 3 -> check work
----
` + tail},
		"notifications are not allowed": {func(s *api.Snapshot) {
			s.NotAllowed = true
			s.Newest, s.Accounts = nil, s.Accounts[:1]
		}, "en", `icon unseen 10 title "12"
tip  12 unseen messages
tip  Next check: 09:30
(12 unseen messages)
Notifications are not allowed… -> allow
Open mailbox -> mailbox
----
Home: 12 unseen of 1,204 -> check home
----
` + tail},
		"one fails": {func(s *api.Snapshot) {
			s.Accounts[1].State = api.Failed
			s.Accounts[1].Error = &api.Problem{Kind: "auth", Text: "The password is wrong."}
			s.Accounts[1].NextPoll = time.Time{}
			s.Newest = nil
		}, "en", `icon error 10 title "12"
tip  Work: The password is wrong.
tip  12 unseen messages
tip  Home: 12 unseen of 1,204
tip  Work: not working
tip  Next check: 09:30
(Work: The password is wrong.)
Open mailbox -> mailbox
----
Home: 12 unseen of 1,204 -> check home
Work: not working -> check work
----
` + tail},
		"one has to sign in": {func(s *api.Snapshot) {
			s.Accounts[1].State = api.Failed
			s.Accounts[1].Error = &api.Problem{Kind: api.KindSecret, Code: api.CodeSignIn, Args: api.Args{api.ArgServer: "login.example", api.ArgAccount: "work"}}
			s.Accounts[1].NextPoll = time.Time{}
			s.Newest = nil
		}, "en", `icon error 10 title "12"
tip  Work: You have to sign in at login.example with the browser.
tip  12 unseen messages
tip  Home: 12 unseen of 1,204
tip  Work: not working
(Work: You have to sign in at login.example with the browser.)
Sign in for Work… -> settings work
Open mailbox -> mailbox
----
Home: 12 unseen of 1,204 -> check home
Work: not working -> check work
----
` + tail},
		"in Chinese, paused": {func(s *api.Snapshot) {
			s.PausedUntil = viewTime.Add(time.Hour)
			s.Newest = s.Newest[:1]
			s.Accounts = s.Accounts[:1]
		}, "zh-Hans", `icon paused 10 title "12"
tip  暂停到 10:26 – 12 封未读邮件
(暂停到 10:26 – 12 封未读邮件)
打开邮箱 -> mailbox
----
Ann – Lunch? -> mailbox home u2
----
Home：12 封未读，共 1,204 封 -> check home
----
立即检查 -> check
全部标为已读 -> seen
继续 -> pause
----
设置… -> settings
退出 -> quit
`},
		"no account": {func(s *api.Snapshot) { *s = api.Snapshot{} }, "en", `icon none 0 title ""
tip  No account yet
(No account yet)
Open mailbox -> mailbox
----
(Check now)
(Mark all as seen)
(Pause)
  For 30 minutes -> pause
  For 1 hour -> pause
  Until tomorrow -> pause
----
Settings… -> settings
Quit -> quit
`},
	} {
		t.Run(name, func(t *testing.T) {
			s := twoAccounts()
			test.change(&s)
			if got := drawn(Of(s, settings.Preferences{}, viewTime, locale.New(test.language))); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// What the user should act on wins over what merely is.
func TestIconPrecedence(t *testing.T) {
	s := twoAccounts()
	for _, step := range []struct {
		worse func()
		want  Shape
	}{
		{func() { s.Unseen = 0 }, ShapeNone},
		{func() { s.Unseen = 3 }, ShapeUnseen},
		{func() { s.Checking = true }, ShapeChecking},
		{func() { s.PausedUntil = viewTime.Add(time.Minute) }, ShapePaused},
		{func() { s.Offline = true }, ShapeOffline},
		{func() { s.Problem = &api.Problem{Text: "broken"} }, ShapeError},
	} {
		step.worse()
		if got := Of(s, settings.Preferences{}, viewTime, locale.New("en")).Icon.Shape; got != step.want {
			t.Errorf("%s, want %s", got, step.want)
		}
	}
	s.PausedUntil = viewTime // over
	s.Problem, s.Offline, s.Checking = nil, false, false
	for unseen, want := range map[int]int{0: 0, 1: 1, 9: 9, 10: 10, 4321: 10} {
		s.Unseen = unseen
		if got := Of(s, settings.Preferences{}, viewTime, locale.New("en")).Icon.Badge; got != want {
			t.Errorf("%d unseen: badge %d", unseen, got)
		}
	}
	s.Accounts[0].State, s.Accounts[0].Error = api.Waiting, &api.Problem{Kind: api.KindSecret, Code: api.CodeLocked, Text: "Waiting for the keyring."}
	if got := Of(s, settings.Preferences{}, viewTime, locale.New("en")); got.Icon.Shape != ShapeOffline || !strings.Contains(got.Menu[0].Label, "keyring") {
		t.Errorf("%s, %s", got.Icon.Shape, got.Menu[0].Label)
	}
}

// Windows shows 127 UTF-16 units; whatever is longer is cut between lines.
func TestTooltipFits(t *testing.T) {
	s := twoAccounts()
	for range 20 {
		s.Accounts = append(s.Accounts, api.AccountStatus{Name: "帐户 😀 " + strings.Repeat("n", 10), State: api.OK})
	}
	tip := Of(s, settings.Preferences{}, viewTime, locale.New("en")).Tooltip
	if n := len(utf16.Encode([]rune(tip))); n > tooltipUnits {
		t.Errorf("%d units", n)
	}
	if !strings.HasPrefix(tip, "12 unseen messages\n") || strings.HasSuffix(tip, "…") {
		t.Errorf("%q", tip)
	}
	for n := 1; n < 12; n++ {
		for _, text := range []string{"abcdefgh", "😀😀😀😀", "ab\ncd\nef"} {
			got := cutUnits(text, n)
			whole := len(utf16.Encode([]rune(text))) <= n
			if units := len(utf16.Encode([]rune(got))); units > n || whole && got != text {
				t.Errorf("%q cut at %d: %q", text, n, got)
			}
		}
	}
}

// Of very many accounts the menu has those first that need the user.
func TestManyAccountsInTheMenu(t *testing.T) {
	var s api.Snapshot
	for i := range 100 {
		a := api.AccountStatus{ID: fmt.Sprint("a", i), Name: fmt.Sprint("A", i), State: api.OK}
		switch i {
		case 70:
			a.Unseen = 3
		case 90:
			a.State, a.Error = api.Failed, &api.Problem{Text: "no"}
		}
		s.Accounts = append(s.Accounts, a)
	}
	var ids []string
	for _, item := range Of(s, settings.Preferences{}, time.Now(), locale.New("en")).Menu {
		if id, ok := strings.CutPrefix(item.ID, "account/"); ok {
			ids = append(ids, id)
		}
	}
	if len(ids) != maxMenuAccounts || ids[0] != "a90" || ids[1] != "a70" || ids[2] != "a0" {
		t.Errorf("the menu has %v", ids)
	}
}

func TestViewFollowsPreferences(t *testing.T) {
	type p = settings.Preferences
	for _, test := range []struct {
		unseen      int
		preferences settings.Preferences
		icon        Icon
		title       string
		tapped      ActionKind
	}{
		{12, p{}, Icon{ShapeUnseen, 10}, "12", ActOpenMailbox},
		{12, p{Badge: settings.BadgeDot}, Icon{ShapeUnseen, BadgeDot}, "", ActOpenMailbox},
		{0, p{Badge: settings.BadgeDot}, Icon{ShapeNone, 0}, "", ActOpenMailbox},
		{12, p{Badge: settings.BadgeNone, LeftClick: settings.ClickCheck}, Icon{ShapeNone, 0}, "", ActCheck},
		{0, p{LeftClick: settings.ClickSettings}, Icon{ShapeNone, 0}, "", ActSettings},
	} {
		v := Of(api.Snapshot{Unseen: test.unseen}, test.preferences, viewTime, locale.New("en"))
		if v.Icon != test.icon || v.Title != test.title || Tapped(test.preferences).Kind != test.tapped {
			t.Errorf("%+v: icon %+v, title %q, tapped %+v", test.preferences, v.Icon, v.Title, Tapped(test.preferences))
		}
	}
}

// Where there is room, every account has its line, and each problem its sentence.
func TestLines(t *testing.T) {
	now := time.Now()
	s := api.Snapshot{Unseen: 3}
	for i := range 30 {
		s.Accounts = append(s.Accounts, api.AccountStatus{ID: fmt.Sprint(i), Name: fmt.Sprint("Account ", i), State: api.OK, NextPoll: now.Add(time.Hour)})
	}
	for _, i := range []int{2, 7} {
		s.Accounts[i].State, s.Accounts[i].Error = api.Failed, &api.Problem{Kind: api.KindTemporary, Code: api.CodeInUse}
	}
	loc := locale.New("en")
	text := strings.Join(Lines(s, now, loc), "\n")
	if n := strings.Count(text, "\n"); n != 31 || strings.Count(text, loc.T("problem.in_use")) != 2 || !strings.Contains(text, "Account 29") || !strings.HasPrefix(text, "3 unseen") {
		t.Errorf("%d lines:\n%s", n+1, text)
	}
	s.Accounts = s.Accounts[2:3]
	if lines := Lines(s, now, loc); len(lines) != 2 || lines[0] != loc.T("problem.in_use") {
		t.Errorf("%q", lines)
	}
}

// A list that takes a while shows how far it has come, that of one account in
// the first line and else in the account's.
func TestListing(t *testing.T) {
	s := twoAccounts()
	s.Checking, s.Accounts[0].Error, s.Accounts[0].State = true, nil, api.OK
	s.Accounts[0].Listing = &api.Listing{Listed: 12_000, Messages: 100_000}
	loc := locale.New("en")
	want := s.Accounts[0].Name + ": 12,000 of 100,000 listed"
	if lines := Lines(s, viewTime, loc); lines[1] != want {
		t.Errorf("%q, want %q", lines, want)
	}
	s.Accounts = s.Accounts[:1]
	want = "Listing the messages… 12,000 of 100,000"
	if tip := Of(s, settings.Preferences{}, viewTime, loc).Tooltip; !strings.HasPrefix(tip, want) {
		t.Errorf("%q, want %q", tip, want)
	}
}

// Without mail the icon may hide, unless there is something to see to.
func TestIconOnlyUnseen(t *testing.T) {
	ok := api.AccountStatus{ID: "a", Name: "A", State: api.OK}
	failed := api.AccountStatus{ID: "a", Name: "A", State: api.Failed, Error: &api.Problem{Kind: api.KindAuth, Code: api.CodeAuth}}
	locked := api.AccountStatus{ID: "a", Name: "A", State: api.Waiting, Error: &api.Problem{Kind: api.KindSecret, Code: api.CodeLocked}}
	with := func(a api.AccountStatus, change func(*api.Snapshot)) api.Snapshot {
		s := api.Snapshot{Accounts: []api.AccountStatus{a}}
		change(&s)
		return s
	}
	for name, test := range map[string]struct {
		s      api.Snapshot
		hidden bool
	}{
		"nothing new":         {with(ok, func(*api.Snapshot) {}), true},
		"being checked":       {with(ok, func(s *api.Snapshot) { s.Checking = true }), true},
		"no network":          {with(ok, func(s *api.Snapshot) { s.Offline = true }), true},
		"unseen":              {with(ok, func(s *api.Snapshot) { s.Unseen = 1 }), false},
		"a password refused":  {with(failed, func(*api.Snapshot) {}), false},
		"a locked keyring":    {with(locked, func(*api.Snapshot) {}), false},
		"paused":              {with(ok, func(s *api.Snapshot) { s.PausedUntil = viewTime.Add(time.Minute) }), false},
		"was paused":          {with(ok, func(s *api.Snapshot) { s.PausedUntil = viewTime }), true},
		"a damaged record":    {with(ok, func(s *api.Snapshot) { s.Problem = &api.Problem{Kind: api.KindConfig} }), false},
		"mistake in settings": {with(ok, func(s *api.Snapshot) { s.SettingsError = "settings.toml:3" }), false},
		"no account":          {api.Snapshot{}, false},
	} {
		if got := Of(test.s, settings.Preferences{IconOnlyUnseen: true}, viewTime, locale.New("en")).Hidden; got != test.hidden {
			t.Errorf("%s: hidden %v", name, got)
		}
		if Of(test.s, settings.Preferences{}, viewTime, locale.New("en")).Hidden {
			t.Errorf("%s: hidden though nobody wants that", name)
		}
	}
}
