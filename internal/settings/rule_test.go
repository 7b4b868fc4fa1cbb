package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const withRules = `[[rule]]
field = "sender"
text = "boss@example.com"
effect = "important"
colour = "red"

[[rule]]
account = "a"
field = "subject"
regexp = true
text = '^\[list\]'
effect = "mute"
colour = "grey"

[[account]]
id = "a"
server = "pop.example.org"
address = "a@example.org"
`

func TestRuleMistakesNameTheLine(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"effect":     {strings.Replace(withRules, `"mute"`, `"hide"`, 1), "settings.toml:12: rule.effect: must be one of important, mute"},
		"field":      {strings.Replace(withRules, `"sender"`, `"body"`, 1), "settings.toml:2: rule.field: must be one of sender, subject"},
		"expression": {strings.Replace(withRules, `^\[list\]`, `^[list`, 1), "settings.toml:11: rule.text: is not a regular expression"},
		"account":    {strings.Replace(withRules, `account = "a"`, `account = "b"`, 1), "settings.toml:8: rule.account: must be the id of an account"},
		"missing":    {strings.Replace(withRules, "text = \"boss@example.com\"\n", "", 1), "settings.toml:1: rule.text: must not be empty"},
		"type":       {strings.Replace(withRules, "regexp = true", "regexp = \"yes\"", 1), "settings.toml:10: rule.regexp: must be true or false, without quotes"},
		"case":       {strings.Replace(withRules, "regexp = true", "Regexp = true", 1), "settings.toml:10: rule.Regexp: must be written “regexp”"},
		"one table":  {strings.Replace(withRules[strings.Index(withRules, "[[rule]]\nacc"):], "[[rule]]", "[rule]", 1), "settings.toml:1: rule: must be tables, each with its heading [[rule]]"},
		"preference": {"[preferences]\ntheme = \"blue\"\n" + withRules, "settings.toml:2: preferences.theme: must be one of system, light, dark"},
		"half":       {"[preferences]\nquiet_from = \"22:00\"\n" + withRules, "settings.toml:1: preferences.quiet_until: must be set as well"},
	} {
		path := filepath.Join(t.TempDir(), "settings.toml")
		write(t, path, test.text)
		_, err := Open(path)
		var file *FileError
		if !errors.As(err, &file) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

// The order of rules and what is not known of them are kept, whatever becomes
// of the others.
func TestRulesAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	write(t, path, withRules)
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var warned []string
	for _, w := range s.Warnings() {
		warned = append(warned, fmt.Sprint(w.Line, w.Key))
	}
	if fmt.Sprint(warned) != "[5rule.colour 13rule.colour]" {
		t.Errorf("warnings %v", warned)
	}
	update := func(change func(*Settings)) {
		t.Helper()
		if err := s.Update(func(s *Settings) error { change(s); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what, want string) {
		t.Helper()
		again, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		extra := again.unknown.rules
		var got []string
		for i, r := range again.Settings().Rules {
			colour := any("-")
			if extra[i]["colour"] != nil {
				colour = extra[i]["colour"]
			}
			got = append(got, fmt.Sprint(r.Text, " ", colour))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %s, want %s", what, strings.Join(got, ", "), want)
		}
		if !reflect.DeepEqual(again.Settings(), s.Settings()) {
			t.Errorf("%s: read back %+v", what, again.Settings())
		}
	}
	update(func(s *Settings) { s.Preferences.Theme = "dark" })
	expect("another change", `boss@example.com red, ^\[list\] grey`)
	update(func(s *Settings) { s.Rules[0], s.Rules[1] = s.Rules[1], s.Rules[0] })
	expect("another order", `^\[list\] grey, boss@example.com red`)
	update(func(s *Settings) { s.Rules[1].Text = "chief" })
	expect("edited", `^\[list\] grey, chief red`)
	update(func(s *Settings) {
		s.Rules = append([]Rule{{Field: FieldSubject, Text: "new", Effect: EffectMute}}, s.Rules...)
	})
	expect("one more", `new -, ^\[list\] grey, chief red`)
	update(func(s *Settings) { s.Rules = s.Rules[2:] })
	expect("two less", "chief red")
	update(func(s *Settings) { s.Rules = nil })
	if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "rule") {
		t.Errorf("%v in\n%s", err, b)
	}
	// What is wrong is refused, and named.
	err = s.Update(func(s *Settings) error { s.Rules = []Rule{{Field: "x", Text: "y", Effect: "mute"}}; return nil })
	var field FieldError
	if !errors.Is(err, ErrInvalid) || !errors.As(err, &field) || field.Field != "field" {
		t.Errorf("error %v", err)
	}
}
