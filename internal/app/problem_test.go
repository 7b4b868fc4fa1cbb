package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What a secret command says may be a secret. Whoever tests the account reads
// it; snapshot, health, results of polls and log have how the command ended.
func TestWordsOfASecretCommandAreForWhoTests(t *testing.T) {
	const words = "canary"
	var log bytes.Buffer
	w := newWorld(t, popserver.Options{})
	w.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.account.SecretCommand = "echo printed; echo " + words + " >&2; exit 3"
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	polled := w.pollAny()
	report := w.Test(t.Context(), w.account, "", nil)
	if report.Error == nil || report.Error.Args[api.ArgSaid] != words || !strings.Contains(report.Error.Args[api.ArgReason], "exit status 3") {
		t.Errorf("%+v", report.Error)
	}
	health, err := w.Health("a")
	if err != nil {
		t.Fatal(err)
	}
	for what, v := range map[string]any{"poll": polled, "snapshot": w.Snapshot(), "health": health, "log": log.String(), "test": report} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if what != "test" && strings.Contains(string(raw), words) || strings.Contains(string(raw), "printed") {
			t.Errorf("%s: %s", what, raw)
		}
		if what == "snapshot" && !strings.Contains(string(raw), fmt.Sprintf("%q", api.CodeCommand)) {
			t.Errorf("the reason is lost: %s", raw)
		}
	}
}
