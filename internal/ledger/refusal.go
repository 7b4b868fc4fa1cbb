package ledger

import (
	"encoding/json"
	"time"
)

// Refusal is about logins that the server has refused, one after another: that
// there were some outlasts the process, or each start would try again (P24).
type Refusal struct {
	Count int       `json:"count"`
	Last  time.Time `json:"last"`
	// Proven: the credentials had worked before.
	Proven bool `json:"proven,omitempty"`
	// Settings is a digest of the account's; of others it says nothing.
	Settings string `json:"settings"`
	// Problem is what the user is told, in the engine's form.
	Problem json.RawMessage `json:"problem"`
}

// Refuse remembers that the server has refused the login to a maildrop.
func (l *Ledger) Refuse(account string, r Refusal) error {
	return l.update(account, func(a *accountLedger) error {
		a.Refused = &r
		return nil
	})
}

// Renew notes that the user has changed an account, and maybe its password.
func (l *Ledger) Renew(account string) error {
	m, err := l.Meta(account)
	if err != nil || m.LastPoll.IsZero() && m.Refused == nil && m.Told == "" && m.Patience.IsZero() {
		return err // nothing is known that could no longer be so
	}
	return l.update(account, func(a *accountLedger) error {
		a.Renewed, a.Refused, a.Told, a.Patience = true, nil, "", time.Time{}
		return nil
	})
}

// Tell remembers what the user was told to be wrong with an account.
func (l *Ledger) Tell(account, what string) error {
	return l.update(account, func(a *accountLedger) error {
		a.Told = what
		return nil
	})
}

// Wait remembers since when a server asks for patience; zero: it does not.
func (l *Ledger) Wait(account string, since time.Time) error {
	return l.update(account, func(a *accountLedger) error {
		a.Patience = since
		return nil
	})
}
