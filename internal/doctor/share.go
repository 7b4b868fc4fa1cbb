package doctor

import (
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/loopback"
)

// share leaves out of a report what is nobody's business. It is never given
// sentences to find names in: what is shared is put together from parts that
// are known to be harmless.
type share struct {
	home string
	// user is the name of the home folder, which is the user's as a rule.
	user string
}

func newShare(o Options) share {
	home := filepath.Clean(o.Home)
	if o.Home == "" || home == filepath.Dir(home) {
		return share{}
	}
	return share{home: home, user: filepath.Base(home)}
}

// file is a path without the user's name.
func (s share) file(path string) string {
	if s.home == "" {
		return path
	}
	if path == s.home {
		return "~"
	}
	separator := string(filepath.Separator)
	if rest, ok := strings.CutPrefix(path, s.home+separator); ok {
		path = "~" + separator + rest
	}
	parts := strings.Split(path, separator)
	for i, part := range parts {
		if strings.EqualFold(part, s.user) {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, separator)
}

// host is what of a server's name tells the provider and no more.
func (s share) host(server string) string {
	switch ip := net.ParseIP(server); {
	case loopback.Is(server):
		return "loopback"
	case ip != nil && ip.To4() != nil:
		return "IPv4"
	case ip != nil:
		return "IPv6"
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(server, "."))
	if err != nil {
		return "…"
	}
	return domain
}

// ours are traymail's own codes; those of servers are in upper case.
var ours = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// problem is an error without the words of the server. Of a server's response
// codes only the known ones are kept; any other could say anything.
func (s share) problem(p *api.Problem) string {
	switch {
	case p == nil:
		return ""
	case p.Code == "":
		return string(p.Kind)
	case slices.Contains(api.ClientCodes(), p.Code) || ours.MatchString(string(p.Code)):
		return string(p.Kind) + "/" + string(p.Code)
	}
	return string(p.Kind) + "/…"
}
