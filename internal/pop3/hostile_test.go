package pop3_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Servers that mean harm get a typed error, by the deadline at the latest, and
// neither memory nor the terminal (S1, S2, S4, S9, P3, P8).
func TestHostileServers(t *testing.T) {
	identity, err := popserver.NewIdentity("localhost")
	if err != nil {
		t.Fatal(err)
	}
	another, err := popserver.NewIdentity("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	type want struct {
		kind pop3.Kind
		code pop3.Code
	}
	wants := map[string]want{
		"endless line":         {pop3.KindProtocol, pop3.CodeTooLong},
		"endless list":         {pop3.KindProtocol, pop3.CodeTooMany},
		"endless capabilities": {pop3.KindProtocol, pop3.CodeTooMany},
		"endless headers":      {pop3.KindProtocol, pop3.CodeTooLarge},
		"drip":                 {pop3.KindNetwork, pop3.CodeTimeout},
		"junk":                 {pop3.KindProtocol, pop3.CodeMalformed},
		"junk in a message":    {pop3.KindProtocol, pop3.CodeTooLarge},
		"bytes after STLS":     {pop3.KindTLS, pop3.CodeInjection},
		"downgrade":            {pop3.KindTLS, pop3.CodeNoSTLS},
		"huge count":           {pop3.KindProtocol, pop3.CodeTooMany},
		"a count of 30 digits": {pop3.KindProtocol, pop3.CodeMalformed},
		"control characters":   {pop3.KindPermanent, ""},
		"another's name":       {pop3.KindTLS, pop3.CodeHostname},
	}
	moods := popserver.Hostile()
	moods["another's name"] = nil
	for name, mood := range moods {
		t.Run(name, func(t *testing.T) {
			users := map[string]string{"me": "hunter2"}
			options := popserver.Options{Users: users, Mood: mood, TLS: identity.ServerTLS(), Implicit: true}
			cfg := pop3.Config{Host: "localhost", RootCAs: identity.Roots, Proxy: "direct", MaxBody: 1 << 20, CommandTimeout: 20 * time.Second}
			switch name {
			case "bytes after STLS", "downgrade":
				options.Implicit, cfg.Security = false, pop3.STLS
			case "another's name":
				options.TLS, cfg.RootCAs = another.ServerTLS(), another.Roots
			}
			server := popserver.New(options)
			for range 3 {
				server.Maildrop("me").Deliver([]byte("Subject: x\n\nhello\n"))
			}
			address, err := server.ListenAndServeLoopback()
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(address)
			if cfg.Port, err = strconv.Atoi(port); err != nil {
				t.Fatal(err)
			}

			allowed := time.Minute
			if name == "drip" {
				allowed = 3 * time.Second // octets come all the time: only the whole has a limit
			}
			ctx, cancel := context.WithTimeout(t.Context(), allowed)
			defer cancel()
			base, peak := heap(), uint64(0)
			done := make(chan error, 1)
			go func() {
				conn, err := net.Dial("tcp", address)
				if err == nil {
					_, _, err = session(ctx, conn, cfg)
					_ = conn.Close()
				}
				done <- err
			}()
			look := time.NewTicker(20 * time.Millisecond)
			defer look.Stop()
			for running := true; running; {
				select {
				case err = <-done:
					running = false
				case <-look.C:
					peak = max(peak, heap())
				}
			}
			if peak > base && peak-base > 16<<20 {
				t.Errorf("%d MB", (peak-base)>>20)
			}
			if ctx.Err() != nil && name != "drip" {
				t.Error("it took until the deadline")
			}
			var e *pop3.Error
			if w := wants[name]; !errors.As(err, &e) || e.Kind != w.kind || e.Code != w.code {
				t.Fatalf("got %v (%+v), want %+v", err, e, w)
			}
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return unicode.Is(unicode.C, r) }) {
				t.Errorf("the error has control characters: %q", err)
			}
			if err := server.Close(); err != nil {
				t.Error(err)
			}
			for _, command := range server.Commands() {
				if (name == "downgrade" || name == "bytes after STLS") && (strings.HasPrefix(command, "USER") || strings.HasPrefix(command, "AUTH")) {
					t.Errorf("it said %q without encryption", command)
				}
			}
		})
	}
}
