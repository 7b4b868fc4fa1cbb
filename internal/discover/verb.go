package discover

import "github.com/traymail/traymail/internal/api"

// Find finds the POP3 server of an e-mail address.
const Find api.Verb[Request, Result] = "discover"

// Request is Find's.
type Request struct {
	Address string `json:"address"`
}
