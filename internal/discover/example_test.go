package discover_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/discover/discovertest"
	"github.com/traymail/traymail/internal/settings"
)

// The zero Discoverer asks the table of providers, and nobody else.
func ExampleDiscoverer() {
	found, err := discover.Discoverer{}.Discover(context.Background(), "me@163.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range found.Candidates {
		fmt.Println(c.Source, c.Server, c.Port, c.Security, c.User)
	}
	fmt.Println(found.Provider.Name, "wants:", found.Provider.Secret)
	// Output:
	// table pop.163.com 995 tls me@163.com
	// NetEase 163 wants: code
}

// The DNS, here a server on loopback, says that a hoster keeps the mail of
// example.org. Such an answer can be forged: the user has to confirm it before
// a password goes there.
func ExampleDiscoverer_Discover() {
	var t exampleT
	defer t.clear()
	dns := discovertest.NewDNS(&t)
	dns.AddSRV("_pop3s._tcp.example.org", "pop.hoster.example.", 995)
	d := discover.Discoverer{
		Resolver: dns.Resolver(),
		Probe: func(_ context.Context, server string, _ int, _ settings.Security) error {
			if server != "pop.hoster.example" {
				return errors.New("nobody there")
			}
			return nil
		},
	}
	found, err := d.Discover(context.Background(), "me@example.org")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range found.Candidates {
		fmt.Println(c.Source, c.Server, c.Port, c.Security, c.User, "to be confirmed:", c.Confirm)
	}
	// Output:
	// srv pop.hoster.example 995 tls me@example.org to be confirmed: true
}

// exampleT stands for the test that an example lacks.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (s *exampleT) Helper()           {}
func (s *exampleT) Cleanup(f func())  { s.cleanups = append(s.cleanups, f) }
func (s *exampleT) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func (s *exampleT) clear() {
	for _, f := range s.cleanups {
		f()
	}
}
