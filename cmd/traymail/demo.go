package main

import (
	"context"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// demoPassword opens the demo's maildrop, which holds nothing but examples.
const demoPassword = "demo"

func newDemo(e *env) *cobra.Command {
	var every time.Duration
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   e.loc.T("cli.demo.short"),
		Long:    e.loc.T("cli.demo.long"),
		Example: "  traymail demo\n  traymail demo --every 3s",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), e, every)
		},
	}
	cmd.Flags().DurationVar(&every, "every", 10*time.Second, e.loc.T("cli.demo.every"))
	return cmd
}

// runDemo runs the tray role on an embedded server, with a home of its own
// that is removed at the end and a secret store in memory.
func runDemo(ctx context.Context, e *env, every time.Duration) error {
	home, err := os.MkdirTemp("", "traymail-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	e.home = home
	if e.paths, err = platform.PathsFor(home); err != nil {
		return err
	}
	e.unready = nil

	user := "demo@example.org"
	server := popserver.New(popserver.Options{Users: map[string]string{user: demoPassword}, Pipelining: true})
	defer func() { _ = server.Close() }()
	maildrop := server.Maildrop(user)
	for _, raw := range assets.DemoMail(time.Now()) {
		maildrop.Deliver(raw)
	}
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		return err
	}
	if err := demoSettings(e.paths.Config, user, address, e.loc.T("cli.demo.account")); err != nil {
		return err
	}

	e.printf("%s\n", e.loc.T("cli.demo.running", home))
	return runTray(ctx, e, trayOptions{
		demo:    true,
		secrets: secret.MemoryWithDefault(demoPassword),
		beside: func(ctx context.Context, service *app.Service) error {
			return deliverDemo(ctx, maildrop, service, every)
		},
	})
}

func demoSettings(path, user, address, name string) error {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return err
	}
	store, err := settings.Open(path)
	if err != nil {
		return err
	}
	return store.Update(func(s *settings.Settings) error {
		s.Accounts = []settings.Account{{
			ID: "demo", Name: name, Address: user, User: user,
			Server: host, Port: port, Security: settings.None,
			Interval: settings.Duration(settings.MinInterval), UnseenExisting: false,
		}}
		return nil
	})
}

// deliverDemo delivers the arrivals one by one, beginning again at the end,
// and has each polled at once: nobody watches a demo for a minute.
func deliverDemo(ctx context.Context, maildrop *popserver.Maildrop, service *app.Service, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for i := 0; ; i++ {
		if _, err := service.Check(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			arrivals := assets.DemoArrivals(now)
			maildrop.Deliver(arrivals[i%len(arrivals)])
		}
	}
}
