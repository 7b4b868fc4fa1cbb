package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/trayview"
)

// works has the role's parts run that need no tray.
func (r *trayRole) works(t *testing.T) {
	t.Helper()
	listener, err := ipc.Listen(r.e.paths.Socket)
	if err != nil {
		t.Fatal(err)
	}
	r.windows = ipc.NewServer(backend{r.verbs(), r.service}, ipc.ServerOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 3)
	go func() { ended <- r.windows.Serve(ctx, listener) }()
	go func() { ended <- r.pumpViews(ctx) }()
	go func() { ended <- r.store.Watch(ctx, r.service.Reload) }()
	t.Cleanup(func() {
		cancel()
		for range 3 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

// shown waits for a view that will do.
func (r *trayRole) shown(t *testing.T, what string, ok func(trayview.View) bool) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		select {
		case v := <-r.views:
			if ok(v) {
				return
			}
		case <-timeout:
			t.Fatalf("never shown: %s", what)
		}
	}
}

var word = regexp.MustCompile(`\pL{3,}`)

// words of all that is said in a language, by the suffix of its files.
func words(t *testing.T, suffix string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	files, err := fs.Glob(assets.Translations, "translations/*."+suffix+".json")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		b, err := fs.ReadFile(assets.Translations, file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := json.Unmarshal(b, &texts); err != nil {
			t.Fatal(err)
		}
		var add func(any)
		add = func(v any) {
			switch v := v.(type) {
			case string:
				for _, w := range word.FindAllString(v, -1) {
					all[strings.ToLower(w)] = true
				}
			case map[string]any: // plural forms
				for _, form := range v {
					add(form)
				}
			}
		}
		for _, text := range texts {
			add(text)
		}
	}
	return all
}

// The tray speaks the language of the preferences, and a command that of its
// reader, whoever found out what it tells.
func TestEachReaderHasALanguage(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	s.add(address, "--security", "none")
	server.SetPassword("me", "changed")
	r := role(t, s.home)
	r.works(t)
	if err := r.service.SavePreferences(t.Context(), settings.Preferences{Language: "de"}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.shown(t, "a German menu with what is wrong", func(v trayview.View) bool {
		return strings.HasPrefix(v.Menu[0].Label, "Der Server") && v.Menu[len(v.Menu)-1].Label == locale.New("de").T("tray.quit")
	})
	// Of the settings, too.
	config := filepath.Join(s.home, "config", "settings.toml")
	good, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append([]byte("no sense\n"), good...), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := func() bool { return r.service.Snapshot().Problem != nil }
	eventually(t, "the settings are broken", broken)
	r.shown(t, "that", func(v trayview.View) bool { return strings.Contains(v.Menu[0].Label, "Einstellungsdatei") })

	t.Setenv("LC_ALL", "fr_FR.UTF-8")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+s.home+"/nowhere")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+s.home+"/nowhere")
	german := words(t, "de")
	for w := range words(t, "fr") {
		delete(german, w)
	}
	for _, args := range [][]string{{"status"}, {"doctor"}, {"doctor", "--share"}, {"check"}, {"account", "remove", "x"}} {
		_, stdout, stderr := s.run(args...)
		for _, w := range word.FindAllString(strings.ReplaceAll(stdout+stderr, s.home, ""), -1) {
			if german[strings.ToLower(w)] {
				t.Errorf("%v: %q is German:\n%s%s", args, w, stdout, stderr)
				break
			}
		}
	}
	_, stdout, _ := s.run("status", "--json")
	var report statusReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || report.Accounts[0].Error == nil ||
		!strings.HasPrefix(report.Accounts[0].Error.Text, "Le serveur a refusé") || !strings.HasPrefix(report.SettingsError, "Le fichier de paramètres") {
		t.Errorf("%v, %s", err, stdout)
	}
	if _, stdout, _ := s.run("doctor"); !strings.Contains(stdout, "Le serveur a refusé") || !strings.Contains(stdout, "traymail") {
		t.Errorf("%s", stdout)
	}

	// A new language holds at once, also for what was found out before.
	if err := os.WriteFile(config, good, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the settings are mended", func() bool { return !broken() })
	for language, begin := range map[string]string{"zh-Hans": "服务器不接受", "en": "The server refused"} {
		if err := r.service.SavePreferences(t.Context(), settings.Preferences{Language: language}, nil); err != nil {
			t.Fatal(err)
		}
		r.shown(t, "a menu in "+language, func(v trayview.View) bool { return strings.HasPrefix(v.Menu[0].Label, begin) })
		if tag := r.loc.Tag(); tag != language {
			t.Errorf("notifications are in %s, not in %s", tag, language)
		}
	}
}
