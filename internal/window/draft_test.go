//go:build cgo && !nowindow

package window

import (
	"slices"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/settings"
)

// typed is a draft after typing into fields in this order: name, value, ...
func typed(pairs ...string) *draft {
	d := newDraft()
	for i := 1; i < len(pairs); i += 2 {
		d.set(pairs[i-1], pairs[i])
	}
	return d
}

func TestDraftFollowsTheAddress(t *testing.T) {
	for _, c := range []struct {
		name         string
		draft        *draft
		server, user string
	}{
		{"both untouched", typed(fieldAddress, "lena@Example.org"), "pop.example.org", "lena@Example.org"},
		{"no domain yet", typed(fieldAddress, "lena@"), "", "lena@"},
		{"the guess goes with the domain", typed(fieldAddress, "lena@example.org", fieldAddress, "lena"), "", "lena"},
		{"own server stays", typed(fieldServer, "mx.local", fieldAddress, "lena@example.org"), "mx.local", "lena@example.org"},
		{"own user stays", typed(fieldUser, "lena", fieldAddress, "lena@example.org"), "pop.example.org", "lena"},
		{"a cleared server stays clear", typed(fieldServer, "", fieldAddress, "lena@example.org"), "", "lena@example.org"},
	} {
		if server, user := c.draft.value(fieldServer), c.draft.value(fieldUser); server != c.server || user != c.user {
			t.Errorf("%s: server %q and user %q, want %q and %q", c.name, server, user, c.server, c.user)
		}
	}
}

func TestDraftSecurityMovesDefaultPort(t *testing.T) {
	d := newDraft()
	for _, c := range []struct {
		security settings.Security
		port     string
	}{{settings.STLS, "110"}, {settings.None, "110"}, {settings.TLS, "995"}} {
		if d.setSecurity(c.security); d.value(fieldPort) != c.port {
			t.Errorf("%s: port %s, want %s", c.security, d.value(fieldPort), c.port)
		}
	}
	d.set(fieldPort, "1995")
	if d.setSecurity(settings.STLS); d.value(fieldPort) != "1995" {
		t.Errorf("a port of the user's own became %s", d.value(fieldPort))
	}
	d.set(fieldPort, "")
	if d.setSecurity(settings.TLS); d.value(fieldPort) != "995" {
		t.Errorf("an empty port became %q", d.value(fieldPort))
	}
}

func TestDraftProblems(t *testing.T) {
	good := func(more ...string) *draft {
		return typed(append([]string{fieldAddress, "lena@example.org", fieldPassword, "p"}, more...)...)
	}
	with := func(d *draft, change func(*draft)) *draft { change(d); return d }
	saved := settings.Account{
		ID: "a-1", Name: "A", Server: "pop.example.org", Port: 995, Security: settings.TLS, User: "u",
		Interval: settings.Duration(10 * time.Minute),
	}
	command := saved
	command.SecretCommand = "pass show a"
	for _, c := range []struct {
		name    string
		draft   *draft
		missing []string
		wrong   []string
	}{
		{"empty", newDraft(), []string{fieldServer, fieldUser, fieldPassword}, nil},
		{"complete", good(), nil, nil},
		{"no password", typed(fieldAddress, "lena@example.org"), []string{fieldPassword}, nil},
		{"a command instead of a password", typed(fieldAddress, "lena@example.org", fieldSecretCommand, "pass show x"), nil, nil},
		{"address without a domain", good(fieldAddress, "lena"), []string{fieldServer}, []string{fieldAddress}},
		{"server with a space", good(fieldServer, "pop example"), nil, []string{fieldServer}},
		{"server with its port", good(fieldServer, "pop.example.org:1995"), nil, nil},
		{"port zero", good(fieldPort, "0"), nil, []string{fieldPort}},
		{"port of letters", good(fieldPort, "pop3s"), nil, []string{fieldPort}},
		{"port too large", good(fieldPort, "70000"), nil, []string{fieldPort}},
		{"no port means the default", good(fieldPort, ""), nil, nil},
		{"line break in the password", good(fieldPassword, "a\nb"), nil, []string{fieldPassword}},
		{"CA file that is not there", good(fieldCAFile, "/nowhere/ca.pem"), nil, nil},
		{"CA file without its folder", good(fieldCAFile, "ca.pem"), nil, []string{fieldCAFile}},
		{"in clear over a network", with(good(), func(d *draft) { d.setSecurity(settings.None) }), nil, []string{fieldSecurity}},
		{"in clear, allowed", with(good(), func(d *draft) { d.setSecurity(settings.None); d.allowCleartext = true }), nil, nil},
		{"in clear to loopback", with(good(fieldServer, "127.0.0.1"), func(d *draft) { d.setSecurity(settings.None) }), nil, nil},
		{"own interval, empty", with(good(fieldInterval, ""), func(d *draft) { d.setInterval(0) }), []string{fieldInterval}, nil},
		{"own interval, zero", with(good(fieldInterval, "0"), func(d *draft) { d.setInterval(0) }), nil, []string{fieldInterval}},
		{"own interval, too long", with(good(fieldInterval, "1441"), func(d *draft) { d.setInterval(0) }), nil, []string{fieldInterval}},
		{"own interval", with(good(fieldInterval, "1440"), func(d *draft) { d.setInterval(0) }), nil, nil},
		{"saved account without typing", draftOf(saved), nil, nil},
		{
			"from a command to the keyring", with(draftOf(command), func(d *draft) { d.set(fieldSecretCommand, "") }),
			[]string{fieldPassword},
			nil,
		},
	} {
		var missing, wrong []string
		for _, p := range c.draft.problems() {
			if p.Missing {
				missing = append(missing, p.Field)
			} else {
				wrong = append(wrong, p.Field)
			}
		}
		if !slices.Equal(missing, c.missing) || !slices.Equal(wrong, c.wrong) {
			t.Errorf("%s: missing %v and wrong %v, want %v and %v", c.name, missing, wrong, c.missing, c.wrong)
		}
	}
}

func TestDraftKeepsWhatTheFormDoesNotShow(t *testing.T) {
	a := settings.Account{
		ID: "a-1", Name: "A", Server: "pop.example.org", Port: 1995, Security: settings.TLS, User: "u",
		Interval: settings.Duration(7 * time.Minute), CAFile: "/etc/ca.pem", UnseenExisting: true,
		OAuth: settings.OAuth{Provider: "microsoft", Tenant: "contoso.example", ClientID: "1-2-3", Scope: "a b"},
	}
	d := draftOf(a)
	if d.account() != a || d.dirty() {
		t.Errorf("untouched, it is %+v, want %+v; dirty: %v", d.account(), a, d.dirty())
	}
	if d.set(fieldName, "B"); !d.dirty() {
		t.Error("a changed name counts for nothing")
	}
	if d.account().OAuth != a.OAuth || len(d.problems()) != 0 {
		t.Errorf("an edit has changed how it signs in: %+v, %v", d.account().OAuth, d.problems())
	}
	if d = draftOf(a); !d.custom || d.value(fieldInterval) != "7" {
		t.Errorf("7 minutes are shown as %q, of its own: %v", d.value(fieldInterval), d.custom)
	}
}

func TestDraftNameFallsBack(t *testing.T) {
	if got := typed(fieldAddress, "lena@example.org").account().Name; got != "lena@example.org" {
		t.Errorf("with an address it is called %q", got)
	}
	if got := typed(fieldUser, "lena").account().Name; got != "lena" {
		t.Errorf("with a user only it is called %q", got)
	}
}
