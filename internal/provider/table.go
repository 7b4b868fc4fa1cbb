package provider

import (
	_ "embed"
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// providers.json has a row a line. A row without a server is a provider
// without POP3. Its server, and its website, may hold %EMAILDOMAIN%. Of
// patterns for MX hosts, in which * stands for any characters, the longest
// that matches counts; a provider whose MX others have too has none.
//
//go:embed providers.json
var table string

// row is a Provider with what it is found by.
type row struct {
	Provider
	Domains []string `json:"domains"`
	MX      []string `json:"mx"`
	// Aliases are other names of the server.
	Aliases []string `json:"aliases"`
	// Source says where the row is from, for whoever checks it.
	Source string `json:"source"`
}

const domainVariable = "%EMAILDOMAIN%"

// rows reads the table anew each time: looking something up is rare, and the
// tray role has better uses for the memory.
func rows() []row {
	var all []row
	d := json.NewDecoder(strings.NewReader(table))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		panic("the table of providers: " + err.Error()) // a test reads it
	}
	return all
}

// at is the provider as seen from one of its domains.
func (r row) at(domain string) *Provider {
	p := r.Provider
	p.Server = strings.ReplaceAll(p.Server, domainVariable, domain)
	p.Webmail = strings.ReplaceAll(p.Webmail, domainVariable, domain)
	return &p
}

// ByDomain returns the provider of addresses at a domain (in ASCII), or nil.
func ByDomain(domain string) *Provider {
	domain = normal(domain)
	for _, r := range rows() {
		if slices.Contains(r.Domains, domain) {
			return r.at(domain)
		}
	}
	return nil
}

// ByMX returns the provider behind a host that takes mail for a domain, or nil.
func ByMX(host string) *Provider {
	host = normal(host)
	var best *Provider
	longest := 0
	for _, r := range rows() {
		for _, pattern := range r.MX {
			if ok, _ := path.Match(pattern, host); ok && len(pattern) > longest && !strings.Contains(host, "/") {
				best, longest = &r.Provider, len(pattern)
			}
		}
	}
	return best
}

// ByServer returns the provider of an account: of those that have the server,
// the one of its address, or for a domain of the user's own one that hosts
// such. It is nil for servers that are not in the table.
func ByServer(server, address string) *Provider {
	server = normal(server)
	_, domain, _ := strings.Cut(address, "@")
	domain = normal(domain)
	var found *Provider
	best := 0
	for _, r := range rows() {
		if !r.POP3() {
			continue
		}
		p, known := r.Provider, slices.Contains(r.Aliases, server) || r.Server == server
		fit := 1
		if slices.Contains(r.Domains, domain) {
			fit = 3
		} else if domain != "" && len(r.Domains) == 0 {
			fit = 2
		}
		if strings.Contains(r.Server, domainVariable) {
			for _, d := range r.Domains {
				if at := r.at(d); at.Server == server {
					p, known = *at, true
				}
			}
		}
		if known && fit > best {
			found, best = &p, fit
		}
	}
	return found
}

func normal(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }
