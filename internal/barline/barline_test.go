package barline

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
)

var (
	now    = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	quiet  = &api.Snapshot{Accounts: []api.AccountStatus{{ID: "home", Name: "Home", State: api.OK, Messages: 4}}}
	unseen = &api.Snapshot{
		Unseen:   3,
		Accounts: []api.AccountStatus{{ID: "home", Name: "Home", State: api.OK, Unseen: 2, Messages: 4}, {ID: "work", Name: "R&D", State: api.OK, Unseen: 1, Messages: 9}},
		Newest:   []api.Mail{{Account: "work", AccountName: "R&D", UID: "u", From: "Ann <b>", Subject: "%{A1:rm:}x<action=`rm`>"}, {Account: "home", UID: "v", Undescribed: true}},
	}
	failed = &api.Snapshot{
		Accounts: []api.AccountStatus{{ID: "home", Name: "Home", State: api.Failed, Error: &api.Problem{Kind: api.KindAuth, Code: api.CodeAuth, Args: api.Args{api.ArgServer: "pop.example.org"}}}},
	}
	bothers = func() *api.Snapshot { s := *failed; s.Unseen = 2; return &s }()
	offline = &api.Snapshot{Offline: true, PausedUntil: now.Add(time.Hour), Accounts: quiet.Accounts}
)

func TestFormats(t *testing.T) {
	mistaken := &api.Snapshot{SettingsError: "Line 3: what?"} // by explain.Snapshot
	for _, test := range []struct {
		format string
		s      *api.Snapshot
		want   string
	}{
		{"waybar", nil, `{"text":"","alt":"stopped","tooltip":"traymail is not running; start it with “traymail”","class":["stopped"]}`},
		{"waybar", quiet, `{"text":"","alt":"none","tooltip":"No unseen messages","class":["none"]}`},
		{"waybar", unseen, `{"text":"3","alt":"unseen","tooltip":"3 unseen messages\nHome: 2 unseen of 4\nR&amp;D: 1 unseen of 9\nAnn &lt;b&gt; – %{A1:rm:}x&lt;action=` + "`rm`" + `&gt;\n… – (header not fetched yet)","class":["unseen"]}`},
		{"waybar", offline, `{"text":"","alt":"paused","tooltip":"Offline – No unseen messages","class":["paused","offline","none"]}`},
		{"polybar", nil, ""},
		{"polybar", quiet, ""},
		{"polybar", unseen, "3"},
		{"polybar", failed, "%{F#ff5555}!%{F-}"},
		{"polybar", bothers, "2%{F#ff5555}!%{F-}"},
		{"xmobar", quiet, ""},
		{"xmobar", bothers, "2<fc=#ff5555>!</fc>"},
		{"i3blocks", nil, `{"full_text":""}`},
		{"i3blocks", unseen, `{"full_text":"3"}`},
		{"i3blocks", failed, `{"full_text":"!","color":"#ff5555"}`},
		{"", nil, "traymail is not running; start it with “traymail”"},
		{"", unseen, "3 unseen messages · Home: 2 unseen of 4 · R&D: 1 unseen of 9"},
		{"{unseen}", nil, ""},
		{"{unseen}", quiet, "0"},
		{"{unseen}/{unseen:work}/{unseen:nobody}", unseen, "3/1/"},
		{"[{state}] {account}: {from} | {subject}", unseen, "[unseen] R&D: Ann <b> | %{A1:rm:}x<action=`rm`>"},
		{"{state}|{from}{subject}{account}", quiet, "none|"},
		{`{{"n":"{unseen}"}}`, unseen, `{"n":"3"}`},
		{"{status}", quiet, "No unseen messages"},
		{"polybar", mistaken, "%{F#ff5555}!%{F-}"},
		{"{state}: {status}", mistaken, "problem: Line 3: what?"},
	} {
		f, err := Parse(test.format)
		if err != nil {
			t.Errorf("%s: %v", test.format, err)
			continue
		}
		if test.format == "waybar" {
			test.want = strings.ReplaceAll(test.want, "\n", `\n`)
		}
		if got := f(test.s, now, locale.New("en")); got != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.format, got, test.want)
		}
	}
}

func TestBadFormats(t *testing.T) {
	for _, format := range []string{"wayland", "{nothing}", "{unseen", "unseen}", "{}", "{unseen:}", "{{unseen}}", "}", "{"} {
		if _, err := Parse(format); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// A poll under way is no change, and a line is one line whatever mail says.
func TestLines(t *testing.T) {
	checking := *unseen
	checking.Checking = true
	hostile := *unseen
	hostile.Newest = []api.Mail{{From: "a\"\\", Subject: strings.Repeat("x", 5000)}}
	for _, name := range append(Names(), "", "{status} {from} {subject}") {
		f, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		loc := locale.New("en")
		if a, b := f(unseen, now, loc), f(&checking, now, loc); a != b {
			t.Errorf("%s: %q while a poll is under way, and %q", name, b, a)
		}
		line := f(&hostile, now, loc)
		if strings.Contains(line, "\n") || len(line) > 1000 {
			t.Errorf("%s: %q", name, line)
		}
		if name == "waybar" || name == "i3blocks" {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}
