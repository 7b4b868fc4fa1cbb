// Package loopback says which hosts can only be this computer. Passwords may go
// there unencrypted (S5) and no network is needed, so what is in doubt is not
// one.
package loopback

import (
	"net/netip"
	"strings"
)

// Is says whether host, a name or an IP address with or without brackets, can
// only be this computer. Other names that mean it are not known here: a
// resolver may send "x.localhost" (RFC 6761, section 6.3) and "127.1" anywhere.
func Is(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if host, ok = strings.CutSuffix(inner, "]"); !ok {
			return false
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}
