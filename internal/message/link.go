package message

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/traymail/traymail/internal/plaintext"
)

// maxLink is how long the target of a link may be; of a longer one only the
// host remains.
const maxLink = 8 << 10

// target makes of an attribute what a browser would open (the URL standard of
// WHATWG), in a form in which its host can be read: without a user name in
// front, and with letters of a host that look like others as Punycode. It is
// empty for what names no host, but for mailto and calls.
func target(href, base string) string {
	href = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, href)
	href = strings.TrimFunc(href, func(r rune) bool { return r <= ' ' || r == 0xa0 })
	scheme, rest, ok := cutScheme(href)
	if ok && strings.HasPrefix(base, scheme+"://") && !twoSlashes(rest) {
		href, ok = rest, false // such as https:path
	}
	switch {
	case ok && (scheme == "http" || scheme == "https" || scheme == "ftp"):
		return webTarget(scheme, strings.TrimLeft(rest, `/\`))
	case ok && scheme == "mailto":
		if link := "mailto:" + escapeTarget(rest); len(link) <= maxLink && len(rest) > 0 {
			return link
		}
		return ""
	case ok:
		return otherTarget(scheme, rest)
	case href == "":
		return ""
	case twoSlashes(href):
		scheme, _, _ = strings.Cut(base, ":")
		if scheme == "" {
			scheme = "https"
		}
		return webTarget(scheme, strings.TrimLeft(href, `/\`))
	case base == "" || href[0] == '#':
		return ""
	}
	from, err := url.Parse(base)
	if err != nil {
		return ""
	}
	to, err := url.Parse(escapeTarget(strings.ReplaceAll(href, `\`, "/")))
	if err != nil {
		return ""
	}
	resolved := from.ResolveReference(to)
	return webTarget(resolved.Scheme, strings.TrimPrefix(resolved.String(), resolved.Scheme+"://"))
}

func twoSlashes(s string) bool {
	return len(s) > 1 && strings.ContainsRune(`/\`, rune(s[0])) && strings.ContainsRune(`/\`, rune(s[1]))
}

// maxNumber is how long the target of a call may be.
const maxNumber = 100

// otherTarget is what a target of a further scheme leads to, if it names a
// number to call, or a host: file://host/a is that itself, ms-word:ofe|u|https://host/a and
// search-ms:crumb=location:\\host hide another.
func otherTarget(scheme, rest string) string {
	switch scheme {
	case "javascript", "vbscript", "livescript", "data", "cid", "mid", "about":
		return ""
	case "tel", "sms", "callto", "facetime":
		if number := escapeTarget(rest); digitsOf(number) != "" && len(number) <= maxNumber {
			return scheme + ":" + number
		}
		return ""
	}
	at := strings.Index(strings.ReplaceAll(rest[:min(len(rest), maxLink)], `\`, "/"), "//")
	if at < 0 {
		return ""
	}
	host := rest[at+2:]
	if at == 0 {
		if strings.IndexAny(host, `/\`) == 0 && scheme == "file" && !twoSlashes(host[1:]) {
			return "" // a file of this computer
		}
		return webTarget(scheme, strings.TrimLeft(host, `/\`))
	}
	inner := "file"
	for _, web := range []string{"https", "http", "ftp", "file"} {
		if before := strings.ToLower(rest[:at]); strings.HasSuffix(before, web+":") {
			inner = web
			break
		}
	}
	return webTarget(inner, strings.TrimLeft(host, `/\`))
}

func cutScheme(href string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(href, ":")
	if !ok || scheme == "" {
		return "", "", false
	}
	for i, r := range scheme {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		other := r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.'
		if !letter && (i == 0 || !other) {
			return "", "", false
		}
	}
	return strings.ToLower(scheme), rest, true
}

// webTarget is a target of http, https or ftp, of what follows the slashes.
func webTarget(scheme, rest string) string {
	end := strings.IndexAny(rest, `/\?#`)
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	// What stands before the @ is a user's name, and often another host's.
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i:]
	}
	if host = readableHost(host); host == "" || strings.Trim(port, ":0123456789") != "" || len(port) > 6 {
		return ""
	}
	if port == ":" || scheme == "https" && port == ":443" || scheme == "http" && port == ":80" || scheme == "ftp" && port == ":21" {
		port = ""
	}
	query := strings.IndexAny(path, "?#")
	if query < 0 {
		query = len(path)
	}
	link := scheme + "://" + host + port + escapeTarget(strings.ReplaceAll(path[:query], `\`, "/")+path[query:])
	if len(link) > maxLink {
		return scheme + "://" + host + port + "/"
	}
	return link
}

// readableHost is the host in lower case. Letters that cannot be mistaken for
// others stay, the rest is Punycode. It is empty for what is no host.
func readableHost(host string) string {
	if decoded, err := url.PathUnescape(host); err == nil {
		host = decoded
	}
	if len(host) == 0 || len(host) > 1000 || !utf8.ValidString(host) {
		return ""
	}
	if strings.HasPrefix(host, "[") {
		if strings.Trim(host, "[]0123456789abcdefABCDEF:.") != "" {
			return ""
		}
		return strings.ToLower(host)
	}
	ascii, err := idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false)).ToASCII(host)
	if err != nil {
		if ascii = strings.ToLower(host); !isASCII(ascii) {
			return ""
		}
	}
	if len(ascii) > 255 {
		return ""
	}
	for _, r := range ascii {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`#%/:<>?@[\]^|"'`, r) {
			return ""
		}
	}
	if isASCII(host) { // what is written as Punycode stays so
		return ascii
	}
	labels := strings.Split(ascii, ".")
	for i, label := range labels {
		if shown, err := idna.Punycode.ToUnicode(label); err == nil && unmistakable(shown) {
			labels[i] = shown
		}
	}
	return strings.Join(labels, ".")
}

// readableAddress is an address with its domain as readableHost has it, where
// that is not of ASCII.
func readableAddress(address string) string {
	at := strings.LastIndexByte(address, '@') + 1
	domain := address[at:]
	if at == 0 || isASCII(domain) {
		return address
	}
	host := readableHost(domain)
	if host == "" { // what DNS would not take may still look like another's
		labels := strings.Split(domain, ".")
		for i, label := range labels {
			if unmistakable(label) || len(label) > 255 {
				continue
			}
			if ascii, err := idna.Punycode.ToASCII(label); err == nil {
				labels[i] = ascii
			}
		}
		host = strings.Join(labels, ".")
	}
	return address[:at] + host
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unmistakable says whether a label has no letter that looks like another: it
// is of ASCII, the umlauts and accents of Latin-1, Chinese, Japanese or Korean.
func unmistakable(label string) bool {
	for _, r := range label {
		switch {
		case r < utf8.RuneSelf, r >= 0xdf && r <= 0xff && r != 0xf7:
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) && r >= 0x3041 && r < 0xd7a4 && r != 'ノ' && r != '一' && r != '丶' && r != '丿':
		default:
			return false
		}
	}
	return true
}

// escapeTarget percent-encodes what would not be seen, or would end the
// target where it is shown.
func escapeTarget(s string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i, r := range s {
		if r > ' ' && r < 0x7f && r != '<' && r != '>' && r != '"' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) {
			out.WriteRune(r)
			continue
		}
		for _, c := range []byte(s[i : i+max(1, runeLen(s[i:]))]) {
			out.WriteByte('%')
			out.WriteByte(hex[c>>4])
			out.WriteByte(hex[c&15])
		}
	}
	return out.String()
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// origin is the part of a target that says whose it is.
func origin(link string) string {
	scheme, rest, ok := strings.Cut(link, "://")
	if !ok {
		return link
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return scheme + "://" + rest + "/"
}

// maxMailField is how many characters of a field of a mailto link are shown.
const maxMailField = 100

// shownTarget is a target as it stands behind a link's text: of mailto (RFC
// 6068) the addresses, and with what a mail to them would begin.
func shownTarget(link string) string {
	to, ok := strings.CutPrefix(link, "mailto:")
	if !ok {
		return link
	}
	to, query, _ := strings.Cut(to, "?")
	to = mailField("to", to)
	var fields strings.Builder
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(strings.TrimPrefix(field, "amp;"), "=")
		name = strings.ToLower(name)
		switch value = mailField(name, value); {
		case value == "":
		case name == "to" && to == "":
			to = value
		case name == "to":
			to += "," + value
		case name == "cc" || name == "bcc" || name == "subject" || name == "body":
			separator := "&"
			if fields.Len() == 0 {
				separator = "?"
			}
			fields.WriteString(separator + name + "=" + value)
		}
	}
	return to + fields.String()
}

// mailField decodes a field of a mailto link; of addresses, the domains can be
// read.
func mailField(name, value string) string {
	if decoded, err := url.PathUnescape(value); err == nil && utf8.ValidString(decoded) {
		value = decoded
	}
	value = plaintext.Clean(value)
	switch name {
	case "to", "cc", "bcc":
		list := strings.Split(value, ",")
		for i, address := range list {
			list[i] = readableAddress(strings.TrimSpace(address))
		}
		return strings.Join(list, ",")
	}
	return plaintext.Truncate(value, maxMailField)
}

// sameTarget says whether a link's text is the link itself, which is shown so,
// and nothing has to be said beside it.
func sameTarget(text, link, shown string) bool {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(link, "mailto:") {
		return strings.EqualFold(strings.TrimPrefix(strings.ToLower(text), "mailto:"), shown)
	}
	if scheme, number, ok := strings.Cut(link, ":"); ok && !strings.HasPrefix(number, "//") && scheme != "file" {
		return sameNumber(digitsOf(text), digitsOf(number))
	}
	if len(text) > len("https:") && strings.EqualFold(text[:len("https:")], "https:") && strings.HasPrefix(link, "http:") {
		return false // what is promised to be encrypted is not
	}
	return bareTarget(text) == bareTarget(link)
}

// sameNumber says whether a number is the one that is called, or that without
// the code of its country.
func sameNumber(shown, called string) bool {
	national := strings.TrimLeft(shown, "0")
	prefix, ok := strings.CutSuffix(called, national)
	return shown == called || ok && len(national) >= 9 && len(prefix) <= 3
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// bareTarget is a target without scheme, www. and the last slash, its host in
// lower case.
func bareTarget(s string) string {
	if scheme, rest, ok := strings.Cut(s, "://"); ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
		s = rest
	}
	host, path := s, ""
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		host, path = s[:i], s[i:]
	}
	return strings.TrimPrefix(strings.ToLower(host), "www.") + strings.TrimSuffix(path, "/")
}

// namesTarget says whether a text could be taken for a target.
func namesTarget(text string) bool {
	if strings.ContainsAny(text, "@。．") || strings.Contains(text, "//") {
		return true
	}
	for i := 1; i+1 < len(text); i++ {
		if text[i] == '.' && text[i-1] > ' ' && text[i+1] > ' ' {
			return true
		}
	}
	return false
}
