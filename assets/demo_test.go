package assets_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/message"
)

// The demo shows what it is meant to show: every message decodes, whatever
// its charset is.
func TestDemoMail(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	mail := append(assets.DemoMail(now), assets.DemoArrivals(now)...)
	if len(mail) != 20 {
		t.Fatalf("%d messages", len(mail))
	}
	subjects := map[string]bool{}
	for _, raw := range mail {
		m, err := message.Read(bytes.NewReader(raw), message.Hints{})
		if err != nil || m.From == "" || m.Subject == "" || m.Document.Text(nil) == "" || m.Date.IsZero() || m.MessageID == "" {
			t.Errorf("%+v, %v", m, err)
		}
		if text := m.From + m.Subject + m.Document.Text(nil); strings.ContainsAny(text, "\uFFFD@") && strings.Contains(text, "@id@") {
			t.Errorf("not decoded: %q", text)
		}
		subjects[m.Subject] = true
	}
	for _, want := range []string{"朱镕老师的讲座改到周四", "台北的行程與住宿安排", "关于周末停水检修的通知", "您有一个包裹，取件码 20-4187", "Café on Saturday?"} {
		if !subjects[want] {
			t.Errorf("no message has the subject %s", want)
		}
	}
}
