package pop3

import "strings"

// quirk is what a server does that no RFC leads one to expect, and that the
// client works around. Servers are recognised by the prefix of IMPLEMENTATION
// (RFC 2449, section 6.9). What every server is treated alike for, such as odd
// rows of UIDL (P15), is not here but where it is parsed.
type quirk struct {
	implementation string
	// losesPipelined: offers PIPELINING, but loses what follows the login in
	// the same write; so the login goes out alone.
	losesPipelined bool
	// bindsOtherwise: offers SCRAM-*-PLUS, but its channel binding is not that
	// of RFC 9266 under TLS 1.3; so -PLUS is not chosen automatically.
	bindsOtherwise bool
	// why is what was observed.
	why string
}

var quirks = []quirk{
	{
		implementation: "Courier ", losesPipelined: true,
		why: "its login process reads ahead, and the process that takes over never sees that input",
	},
	{
		implementation: "Cyrus ", bindsOtherwise: true,
		why: "it reports the mismatch of the binding as a wrong password, which would stop the account (P24)",
	},
}

// quirk returns what is to be worked around on the server with these
// capabilities; the zero value if there is nothing.
func (c Capabilities) quirk() quirk {
	implementation := c.Implementation()
	for _, q := range quirks {
		if strings.HasPrefix(implementation, q.implementation) {
			return q
		}
	}
	return quirk{}
}

// capabilityAliases are spellings of capabilities seen in the field (P10).
var capabilityAliases = map[string]string{
	"RESP_CODES": "RESP-CODES",
}
