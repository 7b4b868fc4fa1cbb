package message

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

const (
	maxParams   = 200 // of one field; continuations count
	maxFileName = 200 // characters
)

// params are the parameters of a field like Content-Type (RFC 2045, section
// 5.1), as they came: neither joined nor decoded.
type params []param

type param struct {
	name  string // in lower case, with the asterisks of RFC 2231
	value []byte // without quotes
}

// get is the first value of a parameter that is not empty, as octets of no
// known charset, or "". Continuations (RFC 2231, section 3) are joined.
func (p params) get(name string) string {
	value, _, _ := p.find(name)
	switch {
	case name == "charset":
		return label(value)
	case name == "boundary" && len(value) > 3 && strings.EqualFold(string(value[:3]), `3D"`): // an encoded =
		return strings.Trim(string(value[3:]), `"`)
	}
	return string(value)
}

// find looks for name*=, then for name*0=, then for name= itself, which those
// who write several give to programs that know no better (RFC 6266, section
// 4.3). The charset is the one that an extended value names, if any.
func (p params) find(name string) (value []byte, charset string, extended bool) {
	type piece struct {
		index    int
		value    []byte
		extended bool
	}
	var pieces []piece
	var whole, plain []byte
	for _, param := range p {
		rest, ok := strings.CutPrefix(param.name, name)
		if !ok || len(param.value) == 0 {
			continue
		}
		if rest == "" {
			if plain == nil {
				plain = param.value
			}
			continue
		}
		rest, ok = strings.CutPrefix(rest, "*")
		if !ok {
			continue
		}
		if rest == "" {
			if whole == nil {
				whole = param.value
			}
			continue
		}
		digits, star := strings.CutSuffix(rest, "*")
		index := 0
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' || index > 1<<16 {
				index = -1
				break
			}
			index = index*10 + int(c-'0')
		}
		if index >= 0 && digits != "" && !slices.ContainsFunc(pieces, func(p piece) bool { return p.index == index }) {
			pieces = append(pieces, piece{index, param.value, star})
		}
	}
	if whole != nil {
		value, charset = extendedValue(whole)
		if value = unpercent(value); len(value) > 0 {
			return value, charset, true
		}
	}
	if len(pieces) > 0 {
		slices.SortFunc(pieces, func(a, b piece) int { return cmp.Compare(a.index, b.index) })
		for i, piece := range pieces {
			v := piece.value
			if piece.extended && i == 0 {
				v, charset = extendedValue(v)
			}
			// Some forget to mark the later pieces.
			if piece.extended || extended && foreignPercent(v) {
				v = unpercent(v)
			}
			extended = extended || piece.extended
			value = append(value, v...)
		}
		if len(value) > 0 {
			return value, charset, extended
		}
	}
	return plain, "", false
}

// extendedValue splits charset'language'value (RFC 2231, section 4). Where
// charset or quotes are missing, all is the value.
func extendedValue(v []byte) (value []byte, charset string) {
	name, rest, ok := bytes.Cut(v, []byte("'"))
	if !ok || len(name) > 40 {
		return v, ""
	}
	for _, c := range name {
		if !isLabel(c) {
			return v, ""
		}
	}
	language, value, ok := bytes.Cut(rest, []byte("'"))
	if !ok { // utf-8'value
		if !bytes.ContainsAny(name, "-0123456789") || bytes.Contains(name, []byte(".")) {
			return v, ""
		}
		language, value = nil, rest
	}
	if len(language) > 20 || bytes.ContainsAny(language, " .%") {
		return v, ""
	}
	return value, strings.ToLower(string(name))
}

// unpercent decodes %XX, and leaves percent signs that mean themselves.
func unpercent(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) && isHex(v[i+1]) && isHex(v[i+2]) {
			out = append(out, hex2(v[i+1], v[i+2]))
			i += 2
			continue
		}
		out = append(out, v[i])
	}
	return out
}

// foreignPercent says whether v has %XX for an octet outside ASCII.
func foreignPercent(v []byte) bool {
	for i := 0; i+2 < len(v); i++ {
		if v[i] == '%' && isHex(v[i+1]) && isHex(v[i+2]) && hex2(v[i+1], v[i+2]) >= 0x80 {
			return true
		}
	}
	return false
}

// label is a charset's without what gets into it by mistake.
func label(v []byte) string {
	s := strings.ToLower(string(v))
	for _, junk := range []string{"charset=", "3d", "="} { // 3D: of an encoded =
		s = strings.TrimLeft(s, "\"'= \t")
		s = strings.TrimPrefix(s, junk)
	}
	s = strings.TrimLeft(s, "\"' \t")
	for i := range len(s) {
		if !isLabel(s[i]) {
			return s[:i]
		}
	}
	return s
}

// parameters splits a field into what stands first and the parameters. It
// accepts whatever can be understood: missing and doubled semicolons, missing
// and misplaced quotes, blanks and marks in values that are not quoted.
func parameters(value []byte) (head []byte, list params) {
	value = value[:min(len(value), maxValue)]
	if onlyWords(string(value)) { // the whole field as an encoded word
		value = []byte(decoder{}.words(value))
	}
	value = bytes.TrimSpace(value)
	at := 0
	if _, n := assignment(value); n == 0 {
		at = headEnd(value)
		head = bytes.TrimSpace(uncomment(value[:at]))
	}
	for at < len(value) && len(list) < maxParams {
		switch c := value[at]; {
		case isBlank(c) || c == ';' || c == ',':
			at++
			continue
		case c == '(':
			if n := commentEnd(value[at:]); n > 0 {
				at += n
				continue
			}
		}
		name, n := assignment(value[at:])
		if n == 0 { // no parameter: the next one begins after a semicolon or blank
			at++
			for at < len(value) && !isBlank(value[at]) && value[at] != ';' {
				at++
			}
			continue
		}
		at += n
		v, n := parameterValue(value[at:], name)
		at += n
		list = append(list, param{name, v})
	}
	return head, list
}

// headEnd is where the parameters begin: after a semicolon, or, where that is
// missing, with the first assignment after a blank.
func headEnd(value []byte) int {
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == ';':
			return i
		case c == '(':
			if n := commentEnd(value[i:]); n > 0 {
				i += n - 1
			}
		case (isBlank(c) || c == ',') && i+1 < len(value) && !isBlank(value[i+1]):
			if _, n := assignment(value[i+1:]); n > 0 {
				return i
			}
		}
	}
	return len(value)
}

// assignment reads name= at the beginning of s, and its length with the
// blanks around it, 0 where there is none.
func assignment(s []byte) (name string, n int) {
	const longest = 70
	i := 0
	for i < len(s) && i < longest && isToken(s[i]) {
		i++
	}
	end := i
	i = skipBlanks(s, i)
	if end == 0 || i >= len(s) || s[i] != '=' {
		return "", 0
	}
	return strings.ToLower(string(s[:end])), skipBlanks(s, i+1)
}

// isToken says whether c may stand in a token (RFC 2045, section 5.1).
func isToken(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`()<>@,;:\"/[]?=`, c) < 0
}

// parameterValue reads a value at the beginning of s, and its length.
func parameterValue(s []byte, name string) (value []byte, n int) {
	switch {
	case len(s) == 0 || s[0] == ';':
		return nil, 0
	case s[0] == '"':
		value, n = quotedValue(s)
		if !strings.Contains(name, "*") { // a blank at the end of a piece counts
			value = bytes.TrimSpace(value)
		}
		return value, n
	}
	if end := wordsEnd(s); end > 0 {
		n = end
	}
	for n < len(s) && s[n] != ';' {
		if isBlank(s[n]) || s[n] == ',' {
			if next, m := assignment(s[skipBlanks(s, n+1):]); m > 0 && knownParam(next) {
				break // a semicolon is missing
			}
		}
		n++
	}
	value = bytes.TrimSpace(s[:n])
	if !isName(name) {
		if i := bytes.IndexByte(value, '('); i > 0 && isBlank(value[i-1]) {
			value = bytes.TrimSpace(uncomment(value))
		}
	}
	// A boundary may have single quotes at its ends.
	if name != "boundary" && len(value) > 2 && value[0] == '\'' && value[len(value)-1] == '\'' {
		value = value[1 : len(value)-1]
	}
	return bytes.TrimSuffix(value, []byte(`"`)), n
}

// wordsEnd is where the encoded words end that s begins with, in which blanks
// and semicolons are text. It is 0 without them.
func wordsEnd(s []byte) (end int) {
	for {
		next := skipBlanks(s, end)
		if _, _, n := wordHead(s[next:]); n == 0 {
			return end
		}
		w, _ := nextWord(s, next)
		if !w.whole {
			return end
		}
		end = w.next
	}
}

// quotedValue reads a quoted string. A quote ends it only where a value can
// end: some names have quotes in them that are not escaped. A backslash that
// escapes nothing is one of a Windows path.
func quotedValue(s []byte) (value []byte, n int) {
	const longest = 4000 // how far the right quote is looked for
	first := -1          // a quote that may have been meant
	end := 0
	for i := 1; i < min(len(s), longest); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '"') {
			i++
			if first < 0 && s[i] == '"' && endsValue(s[i+1:]) {
				first = i // C:\folder\
			}
			continue
		}
		if s[i] != '"' {
			continue
		}
		if endsValue(s[i+1:]) {
			end = i
			break
		}
		if first < 0 {
			first = i
		}
	}
	switch {
	case end > 0:
		n = end + 1
	case first > 0:
		end, n = first, first+1
	default: // not closed
		for end = 1; end < len(s); end++ {
			if s[end] == ';' {
				if _, m := assignment(s[skipBlanks(s, end+1):]); m > 0 {
					break
				}
			}
		}
		n = end
	}
	for i := 1; i < end; i++ {
		if s[i] == '\\' && i+1 < end && (s[i+1] == '\\' || s[i+1] == '"') {
			i++
		}
		value = append(value, s[i])
	}
	return value, n
}

// endsValue says whether what follows a quote can follow a value.
func endsValue(s []byte) bool {
	i := skipBlanks(s, 0)
	if i >= len(s) || s[i] == ';' || s[i] == ',' {
		return true
	}
	if s[i] == '(' {
		return i > 0
	}
	_, n := assignment(s[i:])
	return n > 0
}

// knownParam says whether a name is a parameter's even where the semicolon
// before it is missing.
func knownParam(name string) bool {
	name, _, _ = strings.Cut(name, "*")
	switch name {
	case "charset", "format", "delsp", "boundary", "type", "name", "filename", "size", "method", "protocol", "micalg",
		"start", "reply-type", "report-type", "creation-date", "modification-date", "read-date", "access-type", "smime-type", "x-unix-mode":
		return true
	}
	return false
}

func isName(param string) bool {
	param, _, _ = strings.Cut(param, "*")
	return param == "name" || param == "filename"
}

// commentEnd is the length of the comment that s begins with, or 0 where it
// does not end.
func commentEnd(s []byte) int {
	depth := 0
	for i := 0; i < min(len(s), 1000); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

func uncomment(s []byte) []byte {
	if bytes.IndexByte(s, '(') < 0 {
		return s
	}
	text, _ := cutComments(string(s))
	return []byte(text)
}
