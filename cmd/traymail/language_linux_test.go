package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// The tray may speak German and the terminal French: whoever reads, reads one
// language. What the engine says of a problem has no words at all.
func TestReadersLanguage(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	s.add(address, "--security", "none")
	r := role(t, s.home)
	err := r.service.SavePreferences(t.Context(), settings.Preferences{Language: "de"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	server.SetPassword("me", "another")
	if _, err := r.service.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	french, german := locale.New("fr"), locale.New("de")
	snapshot, err := api.Status.Ask(t.Context(), r.verbs(), api.None{})
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := json.Marshal(snapshot); err != nil || strings.Contains(string(raw), `"text"`) {
		t.Errorf("the engine speaks: %s, %v", raw, err)
	}
	problem := snapshot.Accounts[0].Error
	if problem == nil {
		t.Fatal("the account has no problem")
	}
	said, foreign := explain.Text(problem, french), explain.Text(problem, german)
	if said == foreign || !strings.Contains(r.view().Tooltip, foreign[:40]) {
		t.Errorf("the tray says %q, and the problem is %q", r.view().Tooltip, foreign)
	}
	if got := explain.Snapshot(snapshot, french).Accounts[0].Error; got.Text != said || got.Args != nil || got.Kind != problem.Kind {
		t.Errorf("%+v", got)
	}
	report, err := doctor.Ask.Ask(t.Context(), r.verbs(), doctor.Request{Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, c := range report.Checks {
		found = found || strings.HasPrefix(c.ID, "account.") && c.Advice == said
	}
	if !found || strings.Contains(doctor.Text(report, french), foreign) {
		t.Errorf("doctor says\n%s", doctor.Text(report, french))
	}
}
