package message

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/traymail/traymail/internal/charset"
	"github.com/traymail/traymail/internal/plaintext"
)

const (
	maxAuthors  = 100
	maxClaim    = 100 // characters of a name that claims another address
	maxComments = 3   // parentheses that do not close, before all are text
)

// person reads the first author of a field like From (RFC 5322, section 3.4):
// the name to show, which is the address where there is none, and the address.
// Real fields are too broken for a grammar, and the name matters more than
// the syntax. A name that contains another address than the real one is shown
// with the real one behind it.
func (d decoder) person(value []byte) (name, address string) {
	value = withoutHZ(value)
	list := mailboxes(value)
	for _, part := range list {
		if name, address = d.mailbox(part, false); address != "" {
			return d.shown(name, address), address
		}
	}
	switch {
	case len(list) == 0:
		return "", ""
	case len(list) > 1 && list[0].sep == ',': // no address at all: Lee, Ann
		name = d.name(list[0].to(list[len(list)-1]))
	default:
		name, _ = d.mailbox(list[0], false)
	}
	return d.shown(name, ""), ""
}

// withoutHZ decodes HZ (RFC 1843) in a field of addresses: commas and brackets are
// characters of it. What is too long is cut off.
func withoutHZ(value []byte) []byte {
	value = value[:min(len(value), maxValue)]
	if !bytes.Contains(value, []byte("~{")) {
		return value
	}
	if text, used := charset.Decode(value, "", charset.Hints{}); used == "hz-gb-2312" {
		return []byte(text)
	}
	return value
}

// authors are all in fields like From, with their addresses, and how many
// addresses these are.
func (d decoder) authors(values ...[]byte) (all string, n int) {
	shown, addresses := map[string]bool{}, map[string]bool{}
	add := func(name, address string) {
		one := withAddress(name, address)
		if address != "" {
			addresses[strings.ToLower(address)] = true
		}
		if one == "" || shown[one] || len(all) > 4*maxField {
			return
		}
		if len(shown) > 0 {
			all += ", "
		}
		shown[one] = true
		all += one
	}
	for _, value := range values {
		add(d.person(value))
		for _, part := range mailboxes(withoutHZ(value)) {
			if name, address := d.mailbox(part, false); address != "" {
				add(d.shown(name, address), address)
			}
		}
	}
	return plaintext.Truncate(all, maxField), len(addresses)
}

func withAddress(name, address string) string {
	if address == "" || strings.Contains(name, address) {
		return name
	}
	return name + " <" + address + ">"
}

// people are the names of all in a field like To.
func (d decoder) people(value []byte) string {
	var names []string
	length := 0
	for _, part := range mailboxes(withoutHZ(value)) {
		name, address := d.mailbox(part, false)
		if name = d.shown(name, address); name == "" {
			continue
		}
		names = append(names, name)
		if length += utf8.RuneCountInString(name) + 2; length > maxField+2 {
			break
		}
	}
	return plaintext.Truncate(strings.Join(names, ", "), maxField)
}

// mailboxes splits a list at commas, and at semicolons, as Outlook writes
// them. Of groups it gives the members, or the name where there are none.
func mailboxes(value []byte) (list []piece) {
	all := piece{value: value, outline: outline(value)}
	lastSemicolon := bytes.LastIndexByte(all.outline, ';')
	start, open := 0, -1
	group, inGroup := piece{}, false
	add := func(end int, sep byte) {
		p := all.cut(start, end).trim()
		p.sep = sep
		if len(p.value) == 0 && inGroup && sep == ';' && len(list) < maxAuthors {
			p = group
		}
		inGroup = inGroup && sep != ';'
		if len(p.value) > 0 && (len(list) == 0 || !p.isComment()) {
			list = append(list, p)
		}
		start, open = end+1, -1
	}
	at := false // an @ was seen since start
	for i, c := range all.outline {
		switch c {
		case '<':
			open = i
		case '>':
			open = -1
		case '@':
			at = true
		case ',', ';':
			if c == ';' && endsEntity(value[start:i]) {
				continue
			}
			// A route has commas, which is all that an angle may.
			if open < 0 || c == ';' || at && value[skipBlanks(value, open+1)] != '@' {
				add(i, c)
				at = false
			}
		case ':':
			if open < 0 && !at && !inGroup && lastSemicolon > i && !bytes.EqualFold(bytes.TrimSpace(value[start:i]), []byte("mailto")) {
				group, inGroup = all.cut(start, i).trim(), true
				start = i + 1
			}
		}
		if len(list) > maxAuthors {
			return joinNames(list)
		}
	}
	add(len(value), 0)
	return joinNames(list)
}

// endsEntity says whether a semicolon after s belongs to a character reference
// of HTML, as programs leave them in names: Ann &amp; Bob.
func endsEntity(s []byte) bool {
	for i := len(s) - 1; i >= max(0, len(s)-8); i-- {
		if s[i] == '&' {
			return i+1 < len(s)
		}
		if s[i] != '#' && !isLabel(s[i]) {
			return false
		}
	}
	return false
}

// joinNames mends names with a comma that nobody has quoted: Lee, Ann <address>.
func joinNames(list []piece) []piece {
	joined := list[:0]
	for i := 0; i < len(list); i++ {
		p := list[i]
		for p.sep == ',' && i+1 < len(list) && list[i+1].start > p.start && !p.has('<') && !p.has('@') && !(decoder{}).hidesAddress(p) &&
			(list[i+1].has('<') || i+2 < len(list) && list[i+1].sep == ',' && !list[i+1].has('@') && list[i+2].has('<')) {
			i++
			p = p.to(list[i])
		}
		joined = append(joined, p)
	}
	return joined
}

// hidesAddress says whether the address is inside quotes or encoded words.
func (d decoder) hidesAddress(p piece) bool {
	return (p.has(inWord) || p.has(inQuotes)) && strings.Contains(d.name(p), "@")
}

// mailbox reads one author. again says that it is decoded text.
func (d decoder) mailbox(p piece, again bool) (name, address string) {
	if open := angle(p.outline); open >= 0 {
		end, start := len(p.value), skipBlanks(p.outline, open+1)
		if i := bytes.IndexByte(p.outline[open:], '>'); i >= 0 {
			end = open + i
		} else if i := bytes.IndexByte(p.outline[start:], ' '); i >= 0 && bytes.IndexByte(p.outline[start:start+i], '@') >= 0 {
			end = start + i // not closed
		}
		inside := p.cut(open+1, end).trim()
		if at := bytes.IndexByte(inside.outline, '@'); at >= 0 && open == 0 && end+1 >= len(p.value) {
			if from, to := addrSpec(inside.outline, at); from > 0 || to < len(inside.value) { // <Ann Lee address>
				return d.mailbox(inside, again)
			}
		}
		address = d.address(inside)
		before, after := p.cut(0, open).trim(), p.cut(min(end+1, len(p.value)), len(p.value)).trim()
		for before.ends('<') { // <<address>>
			before = before.cut(0, len(before.value)-1).trim()
		}
		for len(after.outline) > 0 && after.outline[0] == '>' {
			after = after.cut(1, len(after.value)).trim()
		}
		return d.name(before, after), address
	}
	if at := bytes.IndexByte(p.outline, '@'); at >= 0 {
		from, to := addrSpec(p.outline, at)
		before, after := p.cut(0, from).trim(), p.cut(to, len(p.value)).trim()
		if p.outline[at-min(at, 1)] != ' ' || len(before.value)+len(after.value) == 0 {
			return d.name(before, after), d.address(p.cut(from, to))
		}
	}
	if !again && d.hidesAddress(p) {
		// The address is inside an encoded word, or in quotes.
		text := []byte(d.name(p))
		for _, inside := range mailboxes(text) {
			if name, address = d.mailbox(inside, true); address != "" {
				return name, address
			}
		}
		return string(text), ""
	}
	if i := bytes.IndexByte(p.outline, inComment); i >= 0 {
		// Ann Lee (address)
		end := i
		for end < len(p.outline) && p.outline[end] == inComment {
			end++
		}
		if inside := p.cut(i+1, max(i+1, end-1)); !again && bytes.IndexByte(inside.value, '@') > 0 && bytes.IndexByte(inside.value, ' ') < 0 {
			return d.name(p.cut(0, i).trim(), p.cut(end, len(p.value)).trim()), readableAddress(d.plain(inside.value))
		}
		// MAILER-DAEMON (Mail Delivery System)
		if user := p.cut(0, i).trim(); bytes.IndexFunc(user.outline, unicode.IsSpace) < 0 && !user.has(inWord) && !user.has(inQuotes) {
			return d.name(p.cut(i, len(p.value))), d.plain(user.value)
		}
	}
	return d.name(p), ""
}

// angle finds the bracket before the address: the last one with an @ inside,
// else the last, or -1 where the address is elsewhere.
func angle(outline []byte) int {
	end := len(outline)
	for {
		open := bytes.LastIndexByte(outline[:end], '<')
		if open < 0 {
			break
		}
		inside, _, _ := bytes.Cut(outline[open:end], []byte(">"))
		if bytes.IndexByte(inside, '@') >= 0 {
			return open
		}
		end = open
	}
	if bytes.IndexByte(outline, '@') >= 0 {
		return -1
	}
	return bytes.LastIndexByte(outline, '<')
}

// addrSpec finds the ends of the address around an @.
func addrSpec(outline []byte, at int) (from, to int) {
	for from = at; from > 0 && isBlank(outline[from-1]); from-- {
	}
	for from > 0 && !isBlank(outline[from-1]) && outline[from-1] != inComment {
		from--
		// A quoted local part has blanks.
		for outline[from] == quoteMark && from > 0 && outline[from-1] == inQuotes {
			from--
			for from > 0 && outline[from] != quoteMark {
				from--
			}
		}
	}
	for to = skipBlanks(outline, at+1); to < len(outline) && !isBlank(outline[to]) && outline[to] != inComment && outline[to] != quoteMark; to++ {
	}
	return from, to
}

// address cleans what stands between the brackets, or would.
func (d decoder) address(p piece) string {
	var raw []byte
	for i, c := range p.outline {
		if c != inComment {
			raw = append(raw, p.value[i])
		}
	}
	raw = bytes.Trim(raw, "<> \t,:;")
	if bytes.HasPrefix(raw, []byte("[")) { // [address]
		raw = bytes.Trim(raw, "[]")
	}
	if bytes.Contains(raw, []byte("=?")) {
		raw = []byte(d.words(raw))
	}
	s := d.plain(raw)
	if _, inside, ok := strings.Cut(s, "<"); ok { // the word had brackets
		s, _, _ = strings.Cut(inside, ">")
	}
	for _, scheme := range []string{"mailto:", "smtp:"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s, _, _ = strings.Cut(s[len(scheme):], "?")
		}
	}
	if strings.HasPrefix(s, "@") { // a route (RFC 5322, section 4.4)
		if _, rest, ok := strings.Cut(s, ":"); ok {
			s = rest
		}
	}
	if s = unpair(s); strings.Count(s, `"`) == 1 {
		s = strings.TrimSpace(strings.Trim(s, `"`))
	}
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return s
	}
	local, domain := strings.TrimSpace(s[:i]), strings.ReplaceAll(s[i+1:], " ", "")
	if bare := strings.Trim(local, `"`); len(bare)+2 == len(local) && isDotAtom(bare) {
		local = bare
	}
	if !strings.Contains(local, `"`) {
		local = strings.ReplaceAll(local, " . ", ".")
	}
	return readableAddress(local + "@" + domain)
}

// isDotAtom says whether a local part needs no quotes (RFC 5322, section 3.2.3).
func isDotAtom(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r < 0x80 && r != '.' && strings.ContainsRune("()<>[]:;@\\,\"", r)
	}) < 0 && s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

// name decodes a phrase of pieces: without its quotes, and with its comments,
// of which one that stands alone is the name.
func (d decoder) name(pieces ...piece) string {
	alone := true
	for _, p := range pieces {
		for _, c := range p.outline {
			alone = alone && (c == inComment || isBlank(c))
		}
	}
	var raw []byte
	for _, p := range pieces {
		if len(raw) > 0 {
			raw = append(raw, ' ')
		}
		for i, c := range p.outline {
			if c == quoteMark || !alone && (c == '<' || c == '>') && len(pieces) == 1 {
				continue
			}
			raw = append(raw, p.value[i])
		}
	}
	if alone {
		if raw = bytes.TrimSpace(raw); bytes.HasPrefix(raw, []byte("(")) {
			raw = bytes.TrimSuffix(raw[1:], []byte(")"))
		}
		raw = unescape(raw)
	}
	name := plaintext.Clean(foldBlanks(d.text(raw)))
	name = unpair(strings.Trim(name, ",; "))
	if strings.Count(name, `"`) == 1 { // its other half is missing
		name = strings.TrimSpace(strings.Trim(name, `"`))
	}
	if before, after := strings.HasPrefix(name, "<"), strings.HasSuffix(name, ">"); before && (after || !strings.Contains(name, ">")) {
		name = strings.TrimSpace(strings.Trim(name, "<>"))
	}
	if strings.Trim(name, "\"'` ") == "" {
		return ""
	}
	return name
}

// unescape removes the backslashes of a comment.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && b[i+1] < 0x80 {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// unpair removes quotes around all of s.
func unpair(s string) string {
	for _, quotes := range []string{`"`, "'", `"`} {
		if len(s) > 2 && strings.HasPrefix(s, quotes) && strings.HasSuffix(s, quotes) && !strings.Contains(s[1:len(s)-1], quotes) {
			s = strings.TrimSpace(s[1 : len(s)-1])
		}
	}
	return s
}

// shown is the name as it is shown to somebody who has to trust it.
func (d decoder) shown(name, address string) string {
	switch {
	case name == "", strings.EqualFold(readableAddress(strings.Trim(name, "<>")), address) && address != "":
		return address
	case claims(name, address):
		return plaintext.Truncate(name, maxClaim) + " <" + address + ">"
	}
	return name
}

// claims says whether a name contains an address that is not the real one,
// also with an @ of another width.
func claims(name, address string) bool {
	name, address = fold(name), fold(address)
	for {
		before, after, ok := strings.Cut(name, "@")
		if !ok {
			return false
		}
		name = after
		local := before[strings.LastIndexFunc(before, isDelimiter)+1:]
		domain := after
		if i := strings.IndexFunc(after, isDelimiter); i >= 0 {
			domain = after[:i]
		}
		if local == "" || domain == "" {
			// With blanks around it, it takes a domain to be an address.
			words := strings.Fields(after)
			if len(words) == 0 || !strings.Contains(strings.Trim(words[0], "."), ".") || strings.TrimSpace(before) == "" {
				continue
			}
			local, domain = local+"?", words[0]
		}
		if local+"@"+strings.TrimRight(domain, ".") != address {
			return true
		}
	}
}

func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

func isDelimiter(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>()[]\"',;:", r) }
