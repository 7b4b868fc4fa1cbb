package settings

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const withHooks = `# mine
[[hook]]
on = "new"
command = ["/usr/bin/beep", "{subject}", "it's {subject}", '"']
account = "a"
field = "sender"
text = "boss"

[[hook]]
on = "Count" # a light
command = ["light", "{unseen}"]
timeout = "2s"
colour = "red"

[[account]]
id = "a"
server = "pop.example.org"
address = "a@example.org"
`

func TestHooksAreRead(t *testing.T) {
	d, err := decode([]byte(withHooks))
	if err != nil {
		t.Fatal(err)
	}
	want := []Hook{
		{On: HookNew, Account: "a", Field: FieldSender, Text: "boss", Command: []string{"/usr/bin/beep", "{subject}", "it's {subject}", `"`}, Timeout: Duration(DefaultHookTimeout)},
		{On: HookCount, Command: []string{"light", "{unseen}"}, Timeout: Duration(2 * time.Second)},
	}
	if !slices.EqualFunc(d.settings.Hooks, want, Hook.Equal) {
		t.Errorf("%+v, want %+v", d.settings.Hooks, want)
	}
	if len(d.warnings) != 1 || !strings.Contains(d.warnings[0].Error(), "colour") {
		t.Errorf("%v", d.warnings)
	}
	// Written anew, they are the same, with what nobody knows of them.
	text, err := encode(d.settings, d.unknown, d.settings)
	if err != nil {
		t.Fatal(err)
	}
	again, err := decode(text)
	if err != nil || !slices.EqualFunc(again.settings.Hooks, want, Hook.Equal) || !strings.Contains(string(text), "colour") {
		t.Errorf("%v, %s", err, text)
	}
}

func TestHookMistakes(t *testing.T) {
	for what, test := range map[string]struct{ old, fresh, want string }{
		"event":       {`"new"`, `"old"`, "3: hook.on: must be one of new, count, problem"},
		"no program":  {`["light", "{unseen}"]`, `[]`, "11: hook.command: must not be empty"},
		"a text":      {`["light", "{unseen}"]`, `"light {unseen}"`, "11: hook.command: must be a list of texts"},
		"numbers":     {`["light", "{unseen}"]`, `["light", 1]`, "11: hook.command: must be a list of texts"},
		"relative":    {`"light"`, `"./light"`, "11: hook.command: must begin with a program"},
		"chosen":      {`"light"`, `"{subject}"`, "11: hook.command: must begin with a program"},
		"placeholder": {`"{unseen}"`, `"{body}"`, "11: hook.command: {body} is no placeholder"},
		"timeout":     {`"2s"`, `"2h"`, "12: hook.timeout: must be from 1s to 10m"},
		"account":     {`account = "a"`, `account = "b"`, "5: hook.account: must be the id of an account"},
		"condition":   {`"new"`, `"problem"`, "6: hook.field: is only for hooks on “new”"},
		"half":        {"field = \"sender\"\n", "", "6: hook.text: needs “field” as well"},
		"field":       {`"sender"`, `"body"`, "6: hook.field: must be one of sender, subject"},
	} {
		_, err := decode([]byte(strings.Replace(withHooks, test.old, test.fresh, 1)))
		var file *FileError
		if !errors.As(err, &file) || !strings.Contains(file.Error(), test.want) {
			t.Errorf("%s: %v, want %s", what, err, test.want)
		}
	}
}

// What else changes leaves hooks as a person wrote them.
func TestHooksStayAsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(path, []byte(withHooks), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(all *Settings) error { all.Preferences.Theme = "dark"; return nil }); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(raw), withHooks[strings.Index(withHooks, "[[hook]]"):strings.Index(withHooks, "[[account]]")]) {
		t.Errorf("%v\n%s", err, raw)
	}
}

// A file of accounts brings no program along.
func TestHooksAreNotImported(t *testing.T) {
	for _, withCommands := range []bool{false, true} {
		e, err := ReadAccounts("f.toml", []byte(withHooks), withCommands)
		if err != nil || len(e.Accounts) != 1 {
			t.Fatalf("%+v, %v", e, err)
		}
		if !slices.ContainsFunc(e.Notes, func(n *FileError) bool { return strings.Contains(n.Error(), "hook: was left out") }) {
			t.Errorf("nobody says so: %v", e.Notes)
		}
	}
}
