// Package discover finds the POP3 server of an e-mail address: from the table
// of providers, from DNS (MX, SRV by RFC 6186), from the provider's own and
// the public autoconfig files over https, and at last by trying usual names.
// It never sends the address or a password anywhere: what is asked over the
// network carries the domain alone. Everything it receives is hostile.
package discover

import (
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/settings/provider"
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

// Result is what is known of an address.
type Result struct {
	Domain string `json:"domain"`
	// Provider is nil for one that is not in the table. One without POP3 is
	// the whole answer: there are no candidates then.
	Provider *provider.Provider `json:"provider"`
	// Candidates, the best first; empty where nothing was found.
	Candidates []Candidate `json:"candidates"`
}
