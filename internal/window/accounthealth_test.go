//go:build cgo && !nowindow

package window

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
)

// The health page shows what explains the account, follows it, and can be
// copied as a whole.
func TestHealthPage(t *testing.T) {
	f := newFake()
	f.accounts, f.snapshot, f.health = pictureAccounts, pictureSnapshot(), pictureHealth()
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.accounts()
	h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
	if s.health.content.Visible() || !s.toggle.Visible() {
		t.Error("the page is there before it was asked for, or cannot be")
	}
	s.toggle.OnTapped()
	h.until("the page", func() bool { return strings.Contains(s.health.text, "Dovecot ready") })
	if s.editor.Visible() || s.bars.Visible() || !s.health.content.Visible() {
		t.Error("both pages are there, or none")
	}
	s.pressCopy()
	copied := fyne.CurrentApp().Clipboard().Content()
	for _, want := range []string{"Home", "Login: PLAIN", "1 round trip", "TLS 1.3, TLS_AES_128_GCM_SHA256, resumed", "C: AUTH PLAIN ***"} {
		if !strings.Contains(copied, want) {
			t.Errorf("what is copied has no %q:\n%s", want, copied)
		}
	}

	f.mu.Lock()
	f.health.Login = "SCRAM-SHA-256"
	f.mu.Unlock()
	s.pressCheck()
	h.until("the new state", func() bool { return strings.Contains(s.health.text, "SCRAM-SHA-256") })
	if !slices.Contains(f.calls(), "check [home-k3fa]") {
		t.Errorf("calls %q", f.calls())
	}
	s.list.Select(1)
	h.until("the other account's form", func() bool { return s.form.draft.id == "work-22aa" })
	if s.health.content.Visible() || !s.editor.Visible() {
		t.Error("the page of one account is shown for another")
	}
	s.showNew()
	if s.toggle.Visible() {
		t.Error("an account that is not saved has a health page")
	}
}

// Every reason for the next check has its words, in each language.
func TestNextCheck(t *testing.T) {
	now := time.Now()
	for _, language := range []string{"en", "zh-Hans"} {
		loc := locale.New(language)
		seen := map[string]string{}
		for _, why := range []api.Why{"interval", "login-delay", "retry", "wake", "user", "unlock", "offline", "paused"} {
			text := nextCheck(api.AccountStatus{NextPoll: now.Add(time.Minute)}, api.Health{Why: why}, loc, now)
			if text == "" || strings.Contains(text, "window.") || seen[text] != "" {
				t.Errorf("%s, %s: %q, as for %q", language, why, text, seen[text])
			}
			seen[text] = string(why)
		}
		if text := nextCheck(api.AccountStatus{NextPoll: now.Add(-time.Second)}, api.Health{Why: "now"}, loc, now); text == "" || seen[text] != "" {
			t.Errorf("%s, due: %q", language, text)
		}
	}
}
