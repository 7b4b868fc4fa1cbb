package main

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
)

// Columns are aligned by what a terminal shows, whatever the mail says, and the
// last one ends where the terminal does.
func TestListIsATable(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	rows := []api.Row{
		{Number: 1204, UID: "0a", Described: true, From: "Ann", Subject: "Lunch", Date: now.Add(-time.Hour), Octets: 12_300},
		{Number: 1203, UID: "0b", Described: true, From: "张伟", Subject: strings.Repeat("会议改期", 20), Date: now.AddDate(0, 0, -4), Octets: 999, Seen: true},
		{Number: 1202, UID: "0c\x1b[2J", Described: true, From: strings.Repeat("x", 1000), Date: now.AddDate(-1, 0, 0), Seen: true},
		{UID: "0d"},
	}
	print := func(language string, columns int) []string {
		var out bytes.Buffer
		e := &env{loc: locale.New(language), stdout: &out, columns: columns}
		e.printRows(rows, false, now)
		return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}
	want := []string{
		"*  1,204  0a  1 h ago       Ann                           12 KB  Lunch",
		"   1,203  0b  4 days ago    张伟                      999 bytes  会议改期会议改期会…",
		"   1,202  0c  Nov 28, 2025  xxxxxxxxxxxxxxxxxxxxxxx…             (no subject)",
		"*         0d                …                                    …",
	}
	if got := print("en", 84); !slices.Equal(got, want) {
		t.Errorf("on a terminal:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range print("en", 84) {
		if w := cells.StringWidth(line); w > 84 {
			t.Errorf("%d cells: %s", w, line)
		}
	}
	if got := print("zh-Hans", 0); !strings.HasSuffix(got[1], "  4 天前          张伟                      999 字节  "+rows[1].Subject) {
		t.Errorf("for a program: %q", got[1])
	}
}

// A check is one table, however many accounts it is about.
func TestCheckIsATable(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) api.Time { return api.Time{Time: now.Add(-ago)} }
	result := api.CheckResult{Accounts: []api.AccountCheck{
		{Name: "Home", State: api.OK, Unseen: 3, Messages: 1204, More: 1, New: []api.NewMail{
			{UID: "a", From: "Ann", Subject: "Lunch", Date: at(5 * time.Minute), Octets: 12_300},
			{UID: "b", From: "张伟", Subject: strings.Repeat("会议改期", 20), Date: at(30 * time.Hour), Octets: 999},
		}},
		{Name: "Broken", State: api.Failed, Error: &api.Problem{Text: "Nobody answers."}},
		{Name: "公司", State: api.OK, Messages: 2, New: []api.NewMail{{UID: "c\x1b[2J", From: "x\x1b[2J", Undescribed: true}}},
		{Name: "Quiet", State: api.OK},
	}}
	print := func(language string, columns int, coloured bool) string {
		var out, errs bytes.Buffer
		e := &env{loc: locale.New(language), stdout: &out, stderr: &errs, columns: columns, coloured: coloured}
		e.printCheck(result, now)
		e.printFailures(result)
		if errs.String() != e.loc.T("cli.account_line", "Broken", "Nobody answers.")+"\n" {
			t.Errorf("stderr: %q", errs.String())
		}
		return out.String()
	}
	for language, want := range map[string]string{
		"en": "Home: 3 unseen of 1,204\n" +
			"  5 min ago  Ann       12 KB  Lunch\n" +
			"  yesterday  张伟  999 bytes  会议改期会议改期会议改…\n" +
			"  … and 1 older one\n" +
			"公司: 0 unseen of 2\n" +
			"             …                (header not fetched ye…\n" +
			"Quiet: 0 unseen of 0\n",
		"zh-Hans": "Home：3 封未读，共 1,204 封\n" +
			"  5 分钟前  Ann      12 KB  Lunch\n" +
			"  昨天      张伟  999 字节  会议改期会议改期会议改期…\n" +
			"  ……另有更早的 1 封\n" +
			"公司：0 封未读，共 2 封\n" +
			"            …               （尚未获取邮件头）\n" +
			"Quiet：0 封未读，共 0 封\n",
	} {
		if got := print(language, 53, false); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", language, got, want)
		}
	}
	got := print("en", 53, true)
	if !strings.HasPrefix(got, "\x1b[1mHome\x1b[m: \x1b[32m3 unseen of 1,204\x1b[m\n  \x1b[2m5 min ago\x1b[m  Ann ") {
		t.Errorf("in colour: %q", got)
	}
	if bare := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(got, ""); bare != print("en", 53, false) {
		t.Errorf("colour changes what is said: %s", bare)
	}
}

// Nothing but a terminal gets colours, and none if the user does not want them.
func TestColoured(t *testing.T) {
	var out bytes.Buffer
	if newEnv(nil, &out, &out).coloured {
		t.Error("what is no terminal has colours")
	}
	for _, test := range []struct {
		env  map[string]string
		want bool
	}{{nil, true}, {map[string]string{"NO_COLOR": "1"}, false}, {map[string]string{"NO_COLOR": ""}, true}, {map[string]string{"TERM": "dumb"}, false}, {map[string]string{"TERM": "xterm"}, true}} {
		// A console of Windows has to be one; elsewhere nothing is asked of it.
		if got := coloured(os.Stdout, func(name string) string { return test.env[name] }); got != test.want && (test.want == false || platform.HasStyles(os.Stdout)) {
			t.Errorf("%v: %v", test.env, got)
		}
	}
}

// Whatever a cell says, it cannot end its style or begin another.
func TestStyled(t *testing.T) {
	e := &env{coloured: true}
	if got := e.styled("a\x1b[5mb", bold); got != "\x1b[1ma\\u001b[5mb\x1b[m" {
		t.Errorf("%q", got)
	}
	e.coloured = false
	if got := e.styled("a", bold); got != "a" {
		t.Errorf("%q", got)
	}
}
