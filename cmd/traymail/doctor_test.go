package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// examined is what doctor says of a home without a session bus.
func (s shell) examined() (doctor.Report, int) {
	s.t.Helper()
	s.t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+s.home+"/nowhere")
	s.t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+s.home+"/nowhere")
	code, stdout, stderr := s.run("doctor", "--json")
	var report doctor.Report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || stderr != "" {
		s.t.Fatalf("%v, %s%s", err, stdout, stderr)
	}
	return report, code
}

func checkOf(r doctor.Report, id string) doctor.Check {
	if i := slices.IndexFunc(r.Checks, func(c doctor.Check) bool { return c.ID == id }); i >= 0 {
		return r.Checks[i]
	}
	return doctor.Check{}
}

func TestDoctorWithoutATray(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	drop.Deliver(mail("old"))
	id := s.add(address, "--security", "none")
	report, _ := s.examined()
	if c := checkOf(report, "account."+id); c.Text != "Home: last check: never." || c.Level != doctor.OK {
		t.Errorf("%+v", c)
	}
	s.must("check")
	connections := len(server.Commands())
	report, code := s.examined()
	if code != exitFailed || report.Level != doctor.Problem || checkOf(report, "notifications").Level != doctor.Problem {
		t.Errorf("exit code %d, %+v", code, report)
	}
	for _, id := range []string{"running", "tray"} {
		if c := checkOf(report, id); c.Level != doctor.Warning || c.Advice == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, id := range []string{"settings", "ledger", "clock", "version"} {
		if c := checkOf(report, id); c.Level != doctor.OK {
			t.Errorf("%s: %+v", id, c)
		}
	}
	if c := checkOf(report, "account."+id); !strings.HasPrefix(c.Text, "Home: last check: ") || strings.Contains(c.Text, "never") {
		t.Errorf("%+v", c)
	}
	if len(server.Commands()) != connections {
		t.Error("doctor talked to the server")
	}

	_, shared, _ := s.run("doctor", "--share")
	if !strings.Contains(shared, "account 1 (loopback:") || strings.Contains(shared, "Home") || strings.Contains(shared, id) {
		t.Errorf("shared:\n%s", shared)
	}
	if code, _, stderr := s.run("doctor", "--share", "--json"); code != exitUsage || !strings.Contains(stderr, "--share") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// What is broken is named, and left as it is.
func TestDoctorMendsNothing(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	s.add(address, "--security", "none")
	s.must("check")
	ledger, config := filepath.Join(s.home, "state", "ledger.db"), filepath.Join(s.home, "config", "settings.toml")
	broken := map[string]string{}
	for _, path := range []string{ledger, config} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b[:min(len(b)/2, 20_000)], []byte("\n= broken")...)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		broken[path] = string(b)
	}
	report, code := s.examined()
	if code != exitFailed || checkOf(report, "ledger").Level != doctor.Problem || checkOf(report, "settings").Level != doctor.Problem {
		t.Errorf("exit code %d, %+v", code, report)
	}
	if c := checkOf(report, "settings"); !strings.Contains(c.Text, config+":") {
		t.Errorf("%+v", c)
	}
	for path, want := range broken {
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("%s was changed: %v", path, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(s.home, "state", "*damaged*")); err != nil || len(left) > 0 {
		t.Errorf("set aside: %v, %v", left, err)
	}
}

// A ledger that a command finds damaged begins anew: the command says so, and
// whoever looks later, until a tray role has begun to say it.
func TestDamagedLedgerIsToldOf(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	s.add(address, "--security", "none")
	s.must("check")
	if err := os.WriteFile(filepath.Join(s.home, "state", "ledger.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := s.run("check", "--json")
	if code != exitDone || !strings.Contains(stderr, "damaged and begins anew") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	var result api.CheckResult
	if err := json.Unmarshal([]byte(s.must("check", "--json")), &result); err != nil {
		t.Fatal(err)
	}
	if result.Problem == nil || result.Problem.Code != api.CodeDamaged || !strings.Contains(result.Problem.Text, "ledger.db.damaged-") {
		t.Errorf("%+v", result.Problem)
	}
	if report, _ := s.examined(); checkOf(report, "ledger").Level != doctor.Warning {
		t.Errorf("%+v", checkOf(report, "ledger"))
	}
}

// A ledger of a newer traymail is left alone, by a sentence that says so.
func TestNewerLedgerIsRefused(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	s.add(address, "--security", "none")
	s.must("check")
	path := filepath.Join(s.home, "state", "ledger.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.ReplaceAll(b, []byte("version1"), []byte("version9"))
	if bytes.Equal(b, newer) {
		t.Fatal("it has no version")
	}
	if err := os.WriteFile(path, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := s.run("check"); code == exitDone || !strings.Contains(stderr, "newer version of traymail") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if report, _ := s.examined(); !strings.Contains(checkOf(report, "ledger").Text, "newer version of traymail") {
		t.Errorf("%+v", checkOf(report, "ledger"))
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, newer) {
		t.Errorf("it was changed, or %v", err)
	}
}
