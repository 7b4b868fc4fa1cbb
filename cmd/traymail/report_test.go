package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
)

// The keys of --json are a promise, so all of them are compared.
func TestReportsAreWhole(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	refused := &api.Problem{Kind: api.KindAuth, Code: "AUTH", Args: api.Args{
		api.ArgServer: "pop.example.org", api.ArgPort: "995", api.ArgUser: "lena", api.ArgSaid: "denied",
	}}
	poll := &api.PollStats{Mode: "grown", RoundTrips: 2, Sent: 3, Received: 4, DurationMS: 5}
	file := &api.Problem{Kind: api.KindConfig, Code: api.CodeSettings, Args: api.Args{
		api.ArgFile: "/s.toml", api.ArgLine: "8", api.ArgField: "account.port", api.ArgMistake: "settings.port",
	}}
	snapshot := api.Snapshot{
		Revision: 1, Unseen: 2, Offline: true, Checking: true, Demo: true, PausedUntil: at, SettingsRevision: 3, Problem: file,
		Accounts: []api.AccountStatus{
			{
				ID: "home", Name: "Home", State: api.Failed, Error: refused, Messages: 4, Octets: 5, Unseen: 2, Checking: true, Headers: 6,
				LastPoll: at, NextPoll: at, Poll: poll,
			},
			{ID: "work", Name: "Work", State: api.OK},
		},
		Newest: []api.Mail{{Account: "home", AccountName: "Home", UID: "u", From: "Ann", Subject: "x", Date: api.Time{Time: at}, Octets: 7}, {Account: "home", AccountName: "Home", UID: "v", Undescribed: true}},
	}
	health := []api.Health{
		{ID: "home", LastTry: at, Why: api.WhyUser, Failures: 1, Session: poll, Login: "PLAIN", Capabilities: []string{"TOP"}, Transcript: []string{"S: +OK"}},
		{ID: "work", Why: api.WhyInterval, Capabilities: []string{}, Transcript: []string{}},
	}
	const (
		problem = `{"kind":"auth","code":"AUTH","text":"The server refused the user name or password: correct it in the settings. It says: “denied”"}`
		stats   = `{"mode":"grown","flights":2,"sent":3,"received":4,"duration_ms":5}`
	)
	e := &env{loc: locale.New("en")}
	status := func(s api.Snapshot, health ...api.Health) statusReport {
		s = explain.Snapshot(s, e.loc)
		report := reportOf(s)
		for i, a := range s.Accounts {
			report.Accounts = append(report.Accounts, accountReport{a, health[i]})
		}
		return report
	}
	for name, test := range map[string]struct {
		report any
		want   string
	}{
		"status": {status(snapshot, health...), `{
			"revision":1,"unseen":2,"offline":true,"checking":true,"demo":true,"paused_until":"2026-11-25T12:00:00Z","settings_revision":3,
			"settings_error":"The settings file has a mistake; the last good settings stay in force. /s.toml:8: account.port: must be 1 to 65535",
			"accounts":[
				{"id":"home","name":"Home","state":"error","error":` + problem + `,"messages":4,"octets":5,"unseen":2,"checking":true,"headers":6,
				"last_poll":"2026-11-25T12:00:00Z","next_poll":"2026-11-25T12:00:00Z","poll":` + stats + `,
				"health":{"id":"home","last_try":"2026-11-25T12:00:00Z","why":"user","failures":1,"session":` + stats + `,"tls":null,"login":"PLAIN",
				"implementation":"","capabilities":["TOP"],"pipelining":false,"no_uidl":false,"sizes_lie":false,"transcript":["S: +OK"]}},
				{"id":"work","name":"Work","state":"ok","error":null,"messages":0,"octets":0,"unseen":0,"checking":false,"poll":null,
				"health":{"id":"work","why":"interval","failures":0,"session":null,"tls":null,"login":"",
				"implementation":"","capabilities":[],"pipelining":false,"no_uidl":false,"sizes_lie":false,"transcript":[]}}],
			"newest":[{"account":"home","account_name":"Home","uid":"u","from":"Ann","subject":"x","date":"2026-11-25T12:00:00Z","octets":7,"seen":false},
			{"account":"home","account_name":"Home","uid":"v","from":null,"subject":null,"date":null,"octets":0,"seen":false,"undescribed":true}]}`},
		"status of nothing": {
			status(api.Snapshot{Accounts: []api.AccountStatus{}, Newest: []api.Mail{}}),
			`{"revision":0,"unseen":0,"offline":false,"checking":false,"settings_revision":0,"accounts":[],"newest":[]}`,
		},
		"check": {explain.Check(api.CheckResult{Unseen: 2, Accounts: []api.AccountCheck{
			{ID: "home", Name: "Home", State: api.Failed, Error: refused, Messages: 4, Octets: 5, Unseen: 2, New: []api.NewMail{}},
			{ID: "work", Name: "Work", State: api.OK, New: []api.NewMail{{UID: "u", From: "Ann", Subject: "x", Date: api.Time{Time: at}, Octets: 7}, {UID: "v", Undescribed: true}}, Poll: poll},
		}}, e.loc, true), `{"unseen":2,"accounts":[
			{"id":"home","name":"Home","state":"error","error":` + problem + `,"messages":4,"octets":5,"unseen":2,"new":[],"poll":null},
			{"id":"work","name":"Work","state":"ok","error":null,"messages":0,"octets":0,"unseen":0,
			"new":[{"uid":"u","from":"Ann","subject":"x","date":"2026-11-25T12:00:00Z","octets":7},
			{"uid":"v","from":null,"subject":null,"date":null,"octets":0,"undescribed":true}],"poll":` + stats + `}]}`},
		"check of nothing": {explain.Check(api.CheckResult{Accounts: []api.AccountCheck{}}, e.loc, true), `{"unseen":0,"accounts":[]}`},
		"account test": {explain.Report(api.TestReport{
			Steps: []api.TestStep{
				{Name: "tls", OK: true, Found: api.FoundPin}, {Name: "stat", OK: true, Found: "stat", Messages: 1204}, {Name: "login"},
			},
			Error: refused, Messages: 1204, Octets: 5, TLS: &api.TLSHealth{Version: "TLS 1.3", Names: []string{"pop.example.org"}, Begins: at, Expires: at},
			Transcript: []string{"S: +OK"},
		}, e.loc), `{"ok":false,"steps":[
			{"name":"tls","ok":true,"text":"Encrypted, with the certificate you trusted"},
			{"name":"stat","ok":true,"text":"1,204 messages on the server"},{"name":"login","ok":false,"text":"Log in"}],
			"error":` + problem + `,"messages":1204,"octets":5,
			"tls":{"version":"TLS 1.3","cipher":"","resumed":false,"subject":"","issuer":"","names":["pop.example.org"],
			"begins":"2026-11-25T12:00:00Z","expires":"2026-11-25T12:00:00Z","sha256":""},"transcript":["S: +OK"]}`},
		"account test of nothing": {
			explain.Report(api.TestReport{OK: true, Transcript: []string{}}, e.loc),
			`{"ok":true,"steps":[],"error":null,"messages":0,"octets":0,"tls":null,"transcript":[]}`,
		},
	} {
		var out bytes.Buffer
		e.stdout = &out
		if err := e.printJSON(test.report); err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}

// A message of which only the UID is known is not one without sender and subject.
func TestUndescribed(t *testing.T) {
	var out bytes.Buffer
	e := &env{loc: locale.New("en"), stdout: &out}
	e.printCheck(api.CheckResult{Accounts: []api.AccountCheck{{Name: "Home", State: api.OK, New: []api.NewMail{{UID: "u", Undescribed: true}, {UID: "v"}}}}}, time.Now())
	e.printStatus(api.Snapshot{Newest: []api.Mail{{UID: "u", Undescribed: true}, {UID: "v"}}}, time.Now())
	const pair = "  …            (header not fetched yet)\n  (no sender)  (no subject)\n"
	const lines = "  … – (header not fetched yet)\n  (no sender) – (no subject)\n"
	if got := out.String(); !strings.Contains(got, pair) || !strings.Contains(got, lines) {
		t.Error(got)
	}
}
