//go:build cgo && !nowindow

package window

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// openable says whether a link is one that is opened: of a web page or to a
// mailbox. Others are shown alone: they could start anything.
func openable(link string) bool {
	scheme, _, _ := strings.Cut(link, ":")
	return scheme == "http" || scheme == "https" || scheme == "mailto"
}

// parts are a link before, in and behind the host that it leads to: of an
// address the domain.
func parts(link string) (before, host, behind string) {
	begin, ends := 0, "/?#"
	if i := strings.Index(link, "://"); i >= 0 {
		begin = i + len("://")
	} else if strings.HasPrefix(link, "mailto:") {
		ends = "?,"
		end := strings.IndexAny(link, ends)
		if end < 0 {
			end = len(link)
		}
		begin = strings.LastIndexByte(link[:end], '@') + 1
	}
	if begin == 0 {
		return link, "", ""
	}
	end := strings.IndexAny(link[begin:], ends)
	if end < 0 {
		end = len(link) - begin
	}
	host, behind = link[begin:begin+end], link[begin+end:]
	if i := strings.LastIndexByte(host, ':'); i > 0 && !strings.HasSuffix(host, "]") {
		host, behind = host[:i], host[i:]+behind
	}
	return link[:begin], host, behind
}

// asciiHost is a host as DNS has it.
func asciiHost(host string) string {
	if ascii, err := idna.Punycode.ToASCII(host); err == nil {
		return strings.ToLower(ascii)
	}
	return strings.ToLower(host)
}

// asciiLink is a link as every program takes it, its host as DNS has it.
func asciiLink(link string) string {
	before, host, behind := parts(link)
	if strings.HasPrefix(link, "mailto:") {
		return link
	}
	if u, err := url.Parse(before + asciiHost(host) + behind); err == nil {
		return u.String()
	}
	return link
}

// hostLike finds what may be hosts in a text; a path behind one is skipped.
var hostLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)+)(?::\d+)?(?:[/?#]\S*)?`)
})

// outsideHost says whether a character ends what could be a host; Chinese around
// one does.
func outsideHost(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.' || isEastAsian(r)
}

func isEastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// maxNamed bounds how much of a link's text is looked at.
const maxNamed = 4 << 10

// namedHosts are the hosts that a text names, with a scheme or without, or as
// part of an address.
func namedHosts(text string) []string {
	text = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(text[:min(len(text), maxNamed)])
	var hosts []string
	// Chinese around an address is no part of it, unless all of that is Chinese.
	western := strings.Map(func(r rune) rune {
		if isEastAsian(r) {
			return ' '
		}
		return r
	}, text)
	for _, t := range []string{text, western} {
		for _, m := range hostLike().FindAllStringSubmatch(t, -1) {
			host := asciiHost(m[1])
			if isHost(host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// isHost says whether a name ends as those of the internet do; file names and
// abbreviations do not.
func isHost(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	suffix, icann := publicsuffix.PublicSuffix(name)
	return (icann || strings.Contains(suffix, ".")) && suffix != name
}

// misleads says whether a link's text names another host than it leads to, and
// which. Hosts of one owner's domain are no others.
func misleads(text, link string) (named string, is bool) {
	_, host, _ := parts(link)
	host = asciiHost(host)
	for _, named := range namedHosts(text) {
		if host != "" && !sameOwner(named, host) {
			return named, true
		}
	}
	return "", false
}

func sameOwner(a, b string) bool {
	if a == b {
		return true
	}
	mine, err := publicsuffix.EffectiveTLDPlusOne(a)
	if err != nil {
		return false
	}
	theirs, err := publicsuffix.EffectiveTLDPlusOne(b)
	return err == nil && mine == theirs
}
