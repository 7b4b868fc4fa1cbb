package discover

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"

	"github.com/traymail/traymail/internal/plaintext"
)

// address is an e-mail address whose domain can be asked for.
type address struct {
	// text is the address as it was typed; local its part before the @.
	text, local string
	// domain is in ASCII and lower case (RFC 5891).
	domain string
}

// parseAddress reads what a person types, which is no quoted local part and
// no IP address.
func parseAddress(text string) (address, error) {
	text = strings.TrimSpace(text)
	at := strings.LastIndexByte(text, '@')
	if at <= 0 || len(text) > 320 || plaintext.Clean(text) != text || strings.ContainsAny(text, " \t\"<>") {
		return address{}, ErrAddress
	}
	domain, ok := hostName(text[at+1:])
	if !ok {
		return address{}, ErrAddress
	}
	return address{text: text, local: text[:at], domain: domain}, nil
}

// host is a host name of an autoconfig file. It may contain the domain and
// nothing else of the address: it is asked for in the DNS, and stands in the
// clear when TLS begins.
func (a address) host(s string) (string, bool) {
	return hostName(strings.ReplaceAll(s, "%EMAILDOMAIN%", a.domain))
}

// user is a user name of an autoconfig file, with its variables replaced.
func (a address) user(s string) string {
	return strings.NewReplacer(
		"%EMAILADDRESS%", a.text, "%EMAILLOCALPART%", a.local, "%EMAILDOMAIN%", a.domain,
	).Replace(s)
}

// owns says whether a host is in the domain of the address.
func (a address) owns(host string) bool {
	return host == a.domain || strings.HasSuffix(host, "."+a.domain)
}

// hostName returns a name in ASCII and lower case, if it is one of a host on
// the internet: with a dot, and no IP address in any notation.
func hostName(s string) (string, bool) {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 {
		return "", false
	}
	name, err := idna.Lookup.ToASCII(s)
	if err != nil || len(name) > 253 {
		return "", false
	}
	name = strings.ToLower(name)
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", false
		}
		for _, c := range []byte(label) {
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return "", false
			}
		}
	}
	// No top-level domain begins with a digit, but "0x7f.1" is an address to some.
	last := labels[len(labels)-1]
	if _, err := netip.ParseAddr(name); err == nil || len(labels) < 2 || last[0] <= '9' {
		return "", false
	}
	return name, true
}
