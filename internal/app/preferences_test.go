package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

func TestSavePreferences(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	rules := []settings.Rule{{Account: "a", Field: " Subject", Text: "x", Effect: "mute"}}
	before := w.Snapshot().SettingsRevision
	if err := w.SavePreferences(t.Context(), settings.Preferences{Badge: " Dot", QuietFrom: "22:00", QuietUntil: "7:00"}, rules); err != nil {
		t.Fatal(err)
	}
	all := w.Settings()
	w.expect("settings", fmt.Sprint(all.Preferences.Badge, all.Preferences.QuietUntil, all.Rules, len(all.Accounts)), "dot07:00[{a subject false x mute}] 1")
	w.expect("revision", w.Snapshot().SettingsRevision-before, uint64(1))
	w.Reload()
	w.expect("revision without a change", w.Snapshot().SettingsRevision-before, uint64(1))

	var problem *ProblemError
	err := w.SavePreferences(t.Context(), settings.Preferences{QuietFrom: "25:00", QuietUntil: "07:00"}, nil)
	if !errors.As(err, &problem) || problem.Problem.Code != "quiet_from" {
		t.Errorf("error %v", err)
	}
	err = w.SavePreferences(t.Context(), settings.Preferences{}, []settings.Rule{{Field: "subject", Regexp: true, Text: "(", Effect: "mute"}})
	if !errors.As(err, &problem) || problem.Problem.Code != "text" {
		t.Errorf("error %v", err)
	}
	w.expect("after errors", w.Settings().Preferences.Badge, "dot")

	// A rule goes with its account.
	if err := w.RemoveAccount(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.expect("rules", len(w.Settings().Rules), 0)
}

// An edit by hand is told by the snapshot as well.
func TestSettingsRevisionByHand(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	path := filepath.Join(w.dir, "settings.toml")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before := w.Snapshot().SettingsRevision
	changed, unsubscribe := w.Subscribe()
	defer unsubscribe()
	watching := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { watching <- w.store.Watch(ctx, w.Reload) }()
	if err := os.WriteFile(path, append(raw, "[preferences]\ntheme = \"dark\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	w.await(changed, func(s Snapshot) bool { return s.SettingsRevision == before+1 })
	w.expect("theme", w.Settings().Preferences.Theme, "dark")
	cancel()
	if err := <-watching; err != nil {
		t.Error(err)
	}
}

func TestTryRule(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("Invoice 12", "lunch", "INVOICE 7")
	w.poll()
	for _, test := range []struct {
		rule settings.Rule
		want string
	}{
		{settings.Rule{Field: "subject", Text: "invoice", Effect: "mute"}, "[INVOICE 7 Invoice 12]"},
		{settings.Rule{Field: "subject", Text: "invoice 1.", Effect: "mute"}, "[]"},
		{settings.Rule{Field: "subject", Text: "^invoice 1.$", Regexp: true, Effect: "mute"}, "[Invoice 12]"},
		{settings.Rule{Field: "subject", Text: "lunch|7", Regexp: true, Effect: "mute"}, "[INVOICE 7 lunch]"},
		{settings.Rule{Field: "sender", Text: "ANN <ann@", Effect: "mute"}, "[INVOICE 7 lunch Invoice 12]"},
		{settings.Rule{Field: "sender", Text: "lunch", Effect: "mute"}, "[]"},
	} {
		mails, err := w.TryRule(t.Context(), test.rule)
		if err != nil {
			t.Fatal(err)
		}
		subjects := []string{}
		for _, m := range mails {
			subjects = append(subjects, m.Subject)
		}
		w.expect(test.rule.Text, fmt.Sprint(subjects), test.want)
	}
	var problem *ProblemError
	if _, err := w.TryRule(t.Context(), settings.Rule{Field: "subject", Text: "", Effect: "mute"}); !errors.As(err, &problem) || problem.Problem.Code != "text" {
		t.Errorf("error %v", err)
	}
}
