package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// Every cause has its kind, its code, and one sentence in each language that
// names what the user needs to know.
func TestExplain(t *testing.T) {
	server := func(kind pop3.Kind, code pop3.Code, text string) error {
		return fmt.Errorf("polling: %w", &pop3.Error{Kind: kind, Code: code, Command: "PASS", Text: text})
	}
	for name, test := range map[string]struct {
		err     error
		host    string
		want    string // kind and code
		mention string // in every language
		english string
	}{
		"wrong password": {server("auth", "AUTH", "denied"), "pop.example.org", "auth AUTH", "denied", "correct it in the settings"},
		"authority":      {server("tls", "unknown-authority", ""), "h", "tls unknown-authority", "h", "CA file"},
		"host name":      {server("tls", "hostname", ""), "pop.example.org", "tls hostname", "pop.example.org", "not for"},
		"expired":        {server("tls", "expired", ""), "pop.example.org", "tls expired", "pop.example.org", "expired"},
		"refused":        {server("network", "refused", ""), "pop.example.org", "network refused", "995", "refuses"},
		"timeout":        {server("network", "timeout", ""), "pop.example.org", "network timeout", "pop.example.org", "in time"},
		"dns":            {server("network", "dns", ""), "pop.example.org", "network dns", "pop.example.org", "not found"},
		"broken":         {server("network", "eof", ""), "pop.example.org", "network eof", "pop.example.org", "broke"},
		"no STLS":        {server("tls", "no-stls", ""), "pop.example.org", "tls no-stls", "STLS", "nothing was sent"},
		"cleartext":      {server("config", "cleartext", ""), "h", "config cleartext", "TLS", "unencrypted"},
		"in use":         {server("temporary", "IN-USE", "locked"), "h", "temporary IN-USE", "traymail", "Another program"},
		"login delay":    {server("temporary", "LOGIN-DELAY", "wait"), "h", "temporary LOGIN-DELAY", "traymail", "less often"},
		"another wait":   {server("temporary", "SYS/TEMP", "maintenance"), "h", "temporary SYS/TEMP", "maintenance", "again later"},
		"never":          {server("permanent", "SYS/PERM", "no POP"), "h", "permanent SYS/PERM", "no POP", "provider"},
		"no POP3":        {server("protocol", "malformed", ""), "h.example", "protocol malformed", "h.example", "POP3"},
		"no UIDL":        {errors.Join(poll.ErrNoUIDL, server("permanent", "", "huh")), "h", "permanent no-uidl", "UIDL", "UIDL"},
		"no TOP":         {errors.Join(poll.ErrNoTOP, server("permanent", "", "huh")), "h", "permanent no-top", "TOP", "whole message"},
		"locked keyring": {&secretError{secret.ErrLocked}, "h", "secret locked", "traymail", "unlock"},
		"no secret":      {&secretError{secret.ErrNotFound}, "h", "secret missing", "", "enter it"},
		"no keyring":     {&secretError{secret.ErrUnavailable}, "h", "secret unavailable", "KWallet", "install"},
		"command":        {&secretError{errors.New("exit status 3")}, "h", "secret failed", "exit status 3", "could not be read"},
		"poll too long":  {context.DeadlineExceeded, "pop.example.org", "network timeout", "pop.example.org", "in time"},
		"disk full":      {fmt.Errorf("writing: %w", syscall.ENOSPC), "h", "config disk-full", "traymail", "disk is full"},
		"already told":   {fmt.Errorf("x: %w", &api.ProblemError{Problem: api.Problem{"tls", "c", "Said."}}), "h", "tls c", "Said.", "Said."},
		"whatever it is": {errors.New("odd"), "h", "config ", "odd", "odd"},
		"injection":      {server("tls", "injection", ""), "h.example", "tls injection", "h.example", "tampered"},
		"not TLS":        {server("tls", "not-tls", ""), "h.example", "tls not-tls", "110", "port 995"},
		"CA file":        {server("config", "ca-file", ""), "h", "config ca-file", "/ca.pem", "CA file"},
		"a TLS alert":    {server("tls", "handshake", ""), "h.example", "tls handshake", "h.example", "secure"},
	} {
		a := settings.Account{Server: test.host, Port: 995, CAFile: "/ca.pem"}
		for _, language := range []string{"en", "zh-Hans"} {
			p := Explain(test.err, a, locale.New(language))
			if got := string(p.Kind) + " " + string(p.Code); got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
			if strings.Contains(p.Text, "%") || strings.HasPrefix(p.Text, "problem.") || !strings.Contains(p.Text, test.mention) {
				t.Errorf("%s, %s: %s", name, language, p.Text)
			}
			if language == "en" && !strings.Contains(p.Text, test.english) {
				t.Errorf("%s: %s", name, p.Text)
			}
		}
	}
}
