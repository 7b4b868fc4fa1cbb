package discover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// maxRecords bounds how many records of one answer are looked at.
const maxRecords = 8

// fromProvider is what a row of the table says, or nothing.
func fromProvider(a address, p *provider.Provider, source Source) []Candidate {
	if p == nil || !p.POP3() {
		return []Candidate{}
	}
	c := Candidate{
		Server: p.Server, Port: p.Port, Security: settings.TLS, User: a.text,
		Source: source, Origin: p.Name, Confirm: !p.Verified,
	}
	if p.STLS {
		c.Security = settings.STLS
	}
	if p.LocalUser {
		c.User = a.local
	}
	return []Candidate{c}
}

// mx looks whose hosts take the mail of the domain; those that only stand in
// for others say nothing of where it ends. An answer that was forged can only
// lead to another provider of the table.
func (d Discoverer) mx(ctx context.Context, a address) (outcome, bool) {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	records, err := d.Resolver.LookupMX(asking, a.domain+".")
	for _, r := range records[:min(len(records), maxRecords)] {
		if p := provider.ByMX(r.Host); p != nil && r.Pref == records[0].Pref {
			return outcome{provider: p, candidates: d.probe(ctx, fromProvider(a, p, SourceMX))}, false
		}
	}
	return outcome{}, noAnswer(err)
}

// srv asks for RFC 6186 records. The DNS is not to be trusted with a password:
// a host in another domain is the user's decision (section 6).
func (d Discoverer) srv(ctx context.Context, a address) (outcome, bool) {
	services := []struct {
		name     string
		security settings.Security
	}{{"pop3s", settings.TLS}, {"pop3", settings.STLS}}
	records := make([][]*net.SRV, len(services))
	errs := make([]error, len(services))
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var group sync.WaitGroup
	for i, s := range services {
		group.Go(func() { _, records[i], errs[i] = d.Resolver.LookupSRV(asking, s.name, "tcp", a.domain+".") })
	}
	group.Wait()
	var o outcome
	var candidates []Candidate
	for i, s := range services {
		for _, r := range records[i][:min(len(records[i]), maxRecords)] {
			if r.Target == "." {
				o.none = append(o.none, s.security)
				continue
			}
			if host, ok := hostName(r.Target); ok && r.Port != 0 {
				candidates = append(candidates, Candidate{
					Server: host, Port: int(r.Port), Security: s.security, User: a.text,
					Source: SourceSRV, Origin: "_" + s.name + "._tcp." + a.domain, Confirm: !a.owns(host),
				})
			}
		}
	}
	o.candidates = d.probe(ctx, candidates)
	return o, noAnswer(errs[0]) && noAnswer(errs[1])
}

// noAnswer says whether a look-up failed, other than by the answer that there
// is nothing.
func noAnswer(err error) bool {
	var dns *net.DNSError
	return err != nil && (!errors.As(err, &dns) || !dns.IsNotFound)
}

// guess tries the usual names. All are tried at once, and the better ones
// waited for.
func (d Discoverer) guess(ctx context.Context, a address) (outcome, bool) {
	var candidates []Candidate
	for _, s := range []settings.Security{settings.TLS, settings.STLS} {
		for _, name := range []string{"pop.", "pop3.", "mail."} {
			candidates = append(candidates, Candidate{
				Server: name + a.domain, Port: s.DefaultPort(), Security: s, User: a.text,
				Source: SourceGuess, Origin: name + a.domain,
			})
		}
	}
	answering := slices.DeleteFunc(d.probe(ctx, candidates), func(c probed) bool { return c.dead })
	return outcome{candidates: answering}, len(answering) == 0
}

// autoconfig asks the provider's own web servers.
func (d Discoverer) autoconfig(ctx context.Context, a address) (outcome, bool) {
	return d.files(ctx, a, SourceProvider,
		"https://autoconfig."+a.domain+"/mail/config-v1.1.xml",
		"https://"+a.domain+"/.well-known/autoconfig/mail/config-v1.1.xml")
}

// ispdb asks the public database, for the domain.
func (d Discoverer) ispdb(ctx context.Context, a address) (outcome, bool) {
	if d.ISPDB == "" {
		return outcome{}, true
	}
	return d.files(ctx, a, SourceISPDB, d.ISPDB+url.PathEscape(a.domain))
}

// files fetches autoconfig files at once, and takes the first in order that
// names a server.
func (d Discoverer) files(ctx context.Context, a address, source Source, addresses ...string) (outcome, bool) {
	found := make([][]Candidate, len(addresses))
	silent := make([]bool, len(addresses))
	var group sync.WaitGroup
	for i, address := range addresses {
		group.Go(func() {
			file, from, err := d.fetch(ctx, address)
			if err != nil {
				var answered *statusError
				silent[i] = !errors.As(err, &answered) && noAnswer(err)
				return
			}
			candidates, err := parseAutoconfig(file, a)
			if err != nil {
				return
			}
			for _, c := range candidates {
				c.Source, c.Origin = source, from
				// Who keeps the public database answers for what is in it.
				c.Confirm = source == SourceProvider && !a.owns(c.Server)
				found[i] = append(found[i], c)
			}
		})
	}
	group.Wait()
	for _, candidates := range found {
		if len(candidates) > 0 {
			return outcome{candidates: d.probe(ctx, candidates)}, false
		}
	}
	return outcome{}, !slices.Contains(silent, false)
}

// statusError is an answer that is no file.
type statusError struct{ status string }

func (e *statusError) Error() string { return "web server responded: " + e.status }

// fetch gets a small file over https, following redirections within the
// domain. from is the host that gave it.
func (d Discoverer) fetch(ctx context.Context, address string) (file []byte, from string, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("User-Agent", "traymail")
	first := request.URL.Hostname()
	client := http.Client{Transport: d.Transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		r.Header.Del("Referer")
		host, ok := hostName(r.URL.Hostname())
		if r.URL.Scheme != "https" || !ok || !related(first, host) || r.URL.User != nil || len(via) > maxRedirects {
			return &statusError{"redirect not followed"}
		}
		return nil
	}}
	response, err := client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, "", &statusError{response.Status}
	}
	file, err = io.ReadAll(io.LimitReader(response.Body, maxFile+1))
	if err != nil {
		return nil, "", fmt.Errorf("reading %s: %w", address, err)
	}
	return file, response.Request.URL.Hostname(), nil
}

const maxRedirects = 3

// related says whether a host is in the domain that another one stands for:
// "www.example.org" is in that of "autoconfig.example.org".
func related(first, host string) bool {
	domain := strings.TrimPrefix(first, "autoconfig.")
	return host == first || host == domain || strings.HasSuffix(host, "."+domain)
}
