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

// refusals say what an -ERR means, by its response code and a part of its text
// in lower case; the first match counts. Texts are a last resort, and only
// those that servers are known to send.
var refusals = []struct {
	code Code // or one within it; "" is any or none
	part string
	kind Kind
	why  string
}{
	{CodeAuth, "exceeded", KindTemporary, "Gmail: limit of bandwidth or logins (P21)"},

	{CodeInUse, "", KindTemporary, "RFC 2449, section 8.1.2"},
	{CodeLoginDelay, "", KindTemporary, "RFC 2449, section 8.1.1"},
	{CodeSysTemp, "", KindTemporary, "RFC 3206, section 4"},
	{CodeSysPerm, "", KindPermanent, "RFC 3206, section 4"},
	{CodeAuth, "", KindAuth, "RFC 3206, section 5"},

	{"", "service is not open", KindAuth, "QQ names every cause at once, so the user has to look (P22)"},
	{"", "login fail", KindAuth, "QQ (P22)"},
	{"", "unable to log on", KindAuth, "Coremail: POP3 is off, or it is not the authorization code (P22)"},

	{"", "not enabled for pop", KindPermanent, "Gmail, Yahoo (P23)"},
	{"", "basic authentication is disabled", KindPermanent, "Exchange Online (P23)"},
	{"", "pop is disabled", KindPermanent, "switched off by an administrator (P23)"},

	{"", "duplicate login", KindTemporary, "Sina, Tencent Exmail: polled too often (P21)"},
	{"", "too frequent", KindTemporary, "Coremail (P21)"},
	{"", "频繁", KindTemporary, "Coremail: logins too frequent (P21)"},
	{"", "too many login", KindTemporary, "rate limit (P21)"},
	{"", "try again later", KindTemporary, "(P21)"},
	{"", "try later", KindTemporary, "(P21)"},
	{"", "temporar", KindTemporary, "(P21)"},
	{"", "service unavailable", KindTemporary, "(P21)"},
	{"", "is locked by another", KindTemporary, "the maildrop has a session (P21)"},
	{"", "mailbox is locked", KindTemporary, "the maildrop has a session (P21)"},
	{"", "maildrop is locked", KindTemporary, "the maildrop has a session (P21)"},
	{"", "maildrop already locked", KindTemporary, "the maildrop has a session (P21)"},
	{"", "unable to lock", KindTemporary, "the maildrop has a session (P21)"},
	{"", "lock busy", KindTemporary, "the maildrop has a session (P21)"},
}

// classify interprets an -ERR by the table above. What is not in it is about
// the credentials if they were sent, else permanent.
func classify(code Code, text string, login bool) Kind {
	for _, r := range refusals {
		if (r.code == "" || code.Within(r.code)) && strings.Contains(text, r.part) {
			return r.kind
		}
	}
	if login {
		return KindAuth
	}
	return KindPermanent
}
