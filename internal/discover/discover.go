// Package discover finds the POP3 server of an e-mail address: from the table
// of providers, from DNS (MX, SRV by RFC 6186), from the provider's own and
// the public autoconfig files over https, and at last by trying usual names.
// It never sends the address or a password anywhere: what is asked over the
// network carries the domain alone. A server of another domain that the domain
// of the address leads to is asked nothing: that is for the user to decide.
// Everything it receives is hostile.
package discover

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// Source says where a Candidate comes from.
type Source string

// Sources, the most trustworthy first.
const (
	SourceTable    Source = "table"      // the built-in table, by domain
	SourceMX       Source = "mx"         // the table, by the domain's MX host
	SourceProvider Source = "autoconfig" // the provider's own file over https
	SourceISPDB    Source = "ispdb"      // the public database
	SourceSRV      Source = "srv"        // RFC 6186
	SourceGuess    Source = "guess"      // a usual name that answers
)

// Candidate is one way to reach the maildrop.
type Candidate struct {
	Server   string            `json:"server"`
	Port     int               `json:"port"`
	Security settings.Security `json:"security"`
	User     string            `json:"user"`
	Source   Source            `json:"source"`
	// Origin names the source further: a provider's name or a host.
	Origin string `json:"origin"`
	// Confirm: nobody vouches for it, so the user should.
	Confirm bool `json:"confirm"`
}

// strange says that only the domain of the address leads to this server, which
// is in another one.
func (c Candidate) strange() bool {
	return c.Confirm && (c.Source == SourceProvider || c.Source == SourceSRV)
}

// Result is what is known of an address.
type Result struct {
	Domain string `json:"domain"`
	// Provider is nil for one that is not in the table. One without POP3 is
	// the whole answer: there are no candidates then.
	Provider *provider.Provider `json:"provider"`
	// Candidates, the best first; empty where nothing was found.
	Candidates []Candidate `json:"candidates"`
	// WithoutDNS says that MX and SRV records were not asked for, because a
	// proxy is in the way.
	WithoutDNS bool `json:"without_dns"`
}

// ErrAddress: the argument is not an e-mail address.
var ErrAddress = errors.New("not an e-mail address")

// ErrUnreachable: nobody could be asked, so nothing is known of the domain.
var ErrUnreachable = errors.New("neither DNS nor any web server is reachable")

// PublicISPDB is the database that Thunderbird keeps; the domain is appended.
const PublicISPDB = "https://autoconfig.thunderbird.net/v1.1/"

// Limits of the whole, of one question to the DNS or a web server, and of the
// one whether a POP3 server answers: the latter follows upon the former.
const (
	DefaultTimeout = 8 * time.Second
	askTimeout     = 4 * time.Second
	probeTimeout   = 3 * time.Second
)

// Discoverer asks the sources. Its zero value asks the table alone: each
// other source needs its field.
type Discoverer struct {
	// Resolver is for MX and SRV.
	Resolver *net.Resolver
	// Transport carries requests, which are https only.
	Transport http.RoundTripper
	// ISPDB is the address of the public database, with its final slash.
	ISPDB string
	// Probe says whether a POP3 server greets there, over that security and
	// with a certificate for its name. It sends nothing of the user, and ends
	// with its context.
	Probe func(ctx context.Context, server string, port int, security settings.Security) error
	// Timeout bounds the whole; zero means DefaultTimeout.
	Timeout time.Duration
	// Proxied: Transport and Probe go by a proxy, which resolves names. The
	// DNS, which sees who asks, is not asked by way of it, so not at all.
	Proxied bool
}

// source asks in one place. unreachable says that it got no answer at all,
// which is not the answer that there is nothing.
type source func(ctx context.Context, a address) (o outcome, unreachable bool)

// outcome is what a source knows.
type outcome struct {
	provider   *provider.Provider
	candidates []probed
	// none are the kinds of service that the domain says it does not have.
	none []settings.Security
}

// probed is a Candidate; dead says that nothing answers there. A strange one
// was not asked.
type probed struct {
	Candidate
	dead bool
}

// final says that nothing worse is of interest.
func (o outcome) final() bool {
	return o.provider != nil && !o.provider.POP3() ||
		slices.ContainsFunc(o.candidates, func(c probed) bool { return !c.dead && !c.Confirm })
}

// Discover finds the POP3 server of an address. The error is ErrAddress,
// ErrUnreachable, or the context's.
func (d Discoverer) Discover(ctx context.Context, text string) (Result, error) {
	a, err := parseAddress(text)
	if err != nil {
		return Result{}, err
	}
	listed := provider.ByDomain(a.domain)
	if listed != nil && listed.Verified {
		return Result{Domain: a.domain, Provider: listed, Candidates: fromProvider(a, listed, SourceTable)}, nil
	}
	if d.Proxied {
		d.Resolver = nil
	}
	timeout := d.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	outcomes, unreachable := d.ask(limited, a, listed)
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	result := assemble(a, outcomes)
	result.WithoutDNS = d.Proxied
	if unreachable && result.Provider == nil && len(result.Candidates) == 0 {
		return result, ErrUnreachable
	}
	return result, nil
}

// ask asks all sources at once and returns what they say, the best first, as
// soon as nothing better can come. All have ended by then. listed is what the
// table has for the domain, unchecked, or nil. unreachable says that nobody
// answered.
func (d Discoverer) ask(ctx context.Context, a address, listed *provider.Provider) (outcomes []outcome, unreachable bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sources := []source{func(ctx context.Context, _ address) (outcome, bool) {
		return outcome{provider: listed, candidates: d.probe(ctx, fromProvider(a, listed, SourceTable))}, true
	}}
	if d.Resolver != nil {
		sources = append(sources, d.mx)
	}
	if d.Transport != nil {
		sources = append(sources, d.autoconfig, d.ispdb)
	}
	if d.Resolver != nil {
		sources = append(sources, d.srv)
	}
	if d.Probe != nil {
		sources = append(sources, d.guess)
	}
	type report struct {
		index       int
		outcome     outcome
		unreachable bool
	}
	reports := make(chan report)
	var group sync.WaitGroup
	for i, ask := range sources {
		group.Go(func() {
			o, unreachable := ask(ctx, a)
			reports <- report{i, o, unreachable}
		})
	}
	go func() { // ends with the sources, which end with ctx
		group.Wait()
		close(reports)
	}()
	outcomes = make([]outcome, len(sources))
	done := make([]bool, len(sources))
	unreachable, settled := true, false
	for r := range reports {
		if settled {
			continue // cut short: what it says is not the whole
		}
		outcomes[r.index], done[r.index] = r.outcome, true
		unreachable = unreachable && r.unreachable
		for i := 0; i < len(sources) && done[i] && !settled; i++ {
			settled = outcomes[i].final()
		}
		if settled {
			cancel()
		}
	}
	return outcomes, unreachable && len(sources) > 1
}

// probe finds out which of the candidates answer, all at once, but for those
// that the user has to agree to first.
func (d Discoverer) probe(ctx context.Context, candidates []Candidate) []probed {
	all := make([]probed, len(candidates))
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var group sync.WaitGroup
	for i, c := range candidates {
		all[i].Candidate = c
		if d.Probe != nil && !c.strange() {
			group.Go(func() { all[i].dead = d.Probe(ctx, c.Server, c.Port, c.Security) != nil })
		}
	}
	group.Wait()
	return all
}

// trust orders candidates: what answers before what does not, and then by
// source. A row of the table that nobody has checked comes after every list.
func trust(c probed) int {
	order := slices.Index([]Source{SourceTable, SourceMX, SourceProvider, SourceISPDB, SourceSRV, SourceGuess}, c.Source)
	if c.Confirm && order < 2 {
		order += 4
	}
	if c.dead {
		order += 10
	}
	return order
}

// assemble makes one answer of many. What two sources name stands once, under
// the better one, and needs no confirmation if one of them vouches for it.
func assemble(a address, outcomes []outcome) Result {
	result := Result{Domain: a.domain, Candidates: []Candidate{}}
	var all []probed
	var none []settings.Security
	for _, o := range outcomes {
		if result.Provider == nil {
			result.Provider = o.provider
		}
		all = append(all, o.candidates...)
		none = append(none, o.none...)
	}
	if result.Provider != nil && !result.Provider.POP3() {
		return result
	}
	slices.SortStableFunc(all, func(x, y probed) int { return cmp.Compare(trust(x), trust(y)) })
	for _, c := range all {
		if c.Source == SourceGuess && slices.Contains(none, c.Security) {
			continue // RFC 6186, section 3.4
		}
		same := slices.IndexFunc(result.Candidates, func(other Candidate) bool {
			return other.Server == c.Server && other.Port == c.Port && other.Security == c.Security
		})
		if same < 0 {
			result.Candidates = append(result.Candidates, c.Candidate)
			continue
		}
		result.Candidates[same].Confirm = result.Candidates[same].Confirm && c.Confirm
	}
	if result.Provider == nil && len(result.Candidates) > 0 {
		result.Provider = provider.ByServer(result.Candidates[0].Server, a.text)
	}
	return result
}
