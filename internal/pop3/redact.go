package pop3

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

const (
	redacted = "***"
	// withheld stands for a text of the server that is not let out.
	withheld = "the server repeated what was sent to it"
	// pieceLength is how many octets of a secret give it away. A shorter one
	// counts as a whole word only.
	pieceLength = 8
	// nesting is how many encodings are undone that are within another.
	nesting = 2
	// innerLength is how many octets of an encoding have to stand within another
	// for it to be undone: those of a secret are more.
	innerLength = 8
	// likeLength is how many octets are alike at least where a secret is that is
	// not ASCII: a piece has two octets or more of whole characters, or else one
	// of four, and cases of a letter differ by one in length.
	likeLength = 4
	// mostLooked is how many octets of a session are looked at closely. An
	// honest server comes nowhere near; what another one sends beyond that and
	// looks suspicious is withheld.
	mostLooked = 4 << 20
	// hiddenLength is how many octets of what was hidden a piece of a line has
	// to have: "AUTH PLAIN" alone is everybody's.
	hiddenLength = 3
)

// redactor knows what a session must not let out (S8): secrets, the lines that
// carried them, and the user's name. Where a server's text repeats any of the
// former, all of it is withheld: a hole in it would tell how the secret begins.
// The name is no secret, and only replaced. The zero value lets everything
// out.
type redactor struct {
	pieces []piecemeal // what no piece of may be in a text
	words  []string    // secrets that are too short for pieces, folded
	names  []string    // replaced as whole words, in any case
	// beyond: some secret is not ASCII. alike are the octets that it may consist
	// of, in any case, in UTF-8 and UTF-16.
	beyond bool
	alike  [2]octetSet
	// vague: a secret is not UTF-8, or too short to be told by alike.
	vague bool
	// looked is how many octets were looked at closely, without haste or within
	// an encoding.
	looked *atomic.Int64
	// sieve has a bit for the hash of each piece; a power of two of bits.
	sieve []uint64
	count int // of pieces in sieve
	short []shortWord
}

// piecemeal is a secret or a line with one, folded.
type piecemeal struct {
	text string
	open int // this much in front is not hidden
}

// shortWord is one of redactor.words, as the last octets of a register.
type shortWord struct{ value, mask uint64 }

// hide adds the credentials. Names of one or two letters are left alone: they
// are no secret, and matches would be all over the text.
func (r *redactor) hide(who Credentials) {
	r.secret(who.Password)
	r.secret(who.Token)
	r.name(who.User)
}

// name adds a user's name, with and without its domain.
func (r *redactor) name(user string) {
	local, _, _ := strings.Cut(user, "@")
	for _, name := range []string{user, local} {
		if name = lower(name); len(name) > 2 && !slices.Contains(r.names, name) {
			r.names = append(r.names, name)
		}
	}
}

// secret adds what must not be repeated.
func (r *redactor) secret(s string) { r.hidden("", s) }

// hidden adds a secret with what goes before it on its line.
func (r *redactor) hidden(open, s string) {
	if s == "" {
		return
	}
	if r.looked == nil {
		r.looked = &atomic.Int64{}
	}
	forms := append(folded(s), folded(plaintext.Clean(plaintext.FromBytes([]byte(s))))...)
	for _, form := range forms {
		if form == "" {
			continue
		}
		r.vague = r.vague || len(form) < likeLength+2
		if len(form) < pieceLength && !slices.Contains(r.words, form) {
			r.words = append(r.words, form)
			var octets [8]byte
			copy(octets[8-len(form):], form)
			r.short = append(r.short, shortWord{binary.BigEndian.Uint64(octets[:]), 1<<(8*len(form)) - 1})
		}
		r.beyond = r.beyond || strings.ContainsFunc(form, func(c rune) bool { return c >= 0x80 })
		r.resemble(form)
		p := piecemeal{lower(open) + form, len(open)}
		if len(p.text) < pieceLength || slices.Contains(r.pieces, p) {
			continue
		}
		r.pieces = append(r.pieces, p)
		r.sift(p)
	}
}

// sift adds the pieces to the sieve, which is made anew when it gets full.
func (r *redactor) sift(p piecemeal) {
	if r.count += p.count(); r.count*16 > len(r.sieve)*64 {
		words := 64
		for words*64 < r.count*32 {
			words *= 2
		}
		r.sieve = make([]uint64, words)
		for _, old := range r.pieces {
			r.fill(old)
		}
		return
	}
	r.fill(p)
}

func (r *redactor) fill(p piecemeal) {
	n := uint64(len(r.sieve))
	for at := p.first(); at+pieceLength <= len(p.text); at++ {
		word, bit := place(binary.BigEndian.Uint64([]byte(p.text[at : at+pieceLength])))
		r.sieve[word&(n-1)] |= bit
	}
}

// first is where the first piece begins that gives something away.
func (p piecemeal) first() int {
	if p.open == 0 {
		return 0
	}
	return max(0, p.open+hiddenLength-pieceLength)
}

func (p piecemeal) count() int { return max(0, len(p.text)-pieceLength+1-p.first()) }

// place is the bit of a piece, for a sieve of any size.
func place(piece uint64) (word, bit uint64) {
	hash := piece * 0x9e3779b97f4a7c15
	return hash >> 40, 1 << (hash >> 34 & 63)
}

// sifted says whether the sieve has a piece.
func (r *redactor) sifted(piece uint64) bool {
	word, bit := place(piece)
	n := uint64(len(r.sieve))
	return n > 0 && r.sieve[word&(n-1)]&bit != 0
}

// text makes a server's text fit to show: decoded, cleaned (P8), and without
// the user's name. It is withheld if it repeats what must not be let out.
func (r *redactor) text(raw string) (shown string, spilled bool) {
	shown = plaintext.Clean(plaintext.FromBytes([]byte(raw)))
	if r.spilled(raw) || shown != raw && r.spilled(shown) {
		return "", true
	}
	return r.unnamed(shown), false
}

// line is a line of a transcript. What is ours has nothing to withhold: send
// was told what to show.
func (r *redactor) line(kind TraceKind, raw string) string {
	if kind == TraceSent {
		return r.unnamed(plaintext.Clean(plaintext.FromBytes([]byte(raw))))
	}
	shown, spilled := r.text(raw)
	if spilled {
		return "(" + withheld + ")"
	}
	return shown
}

// certificate says whether the names in a certificate are to be withheld.
func (r *redactor) certificate(leaf *x509.Certificate) bool {
	names := append([]string{leaf.Subject.String(), leaf.Issuer.String()}, leaf.DNSNames...)
	return slices.ContainsFunc(names, func(name string) bool { _, spilled := r.text(name); return spilled })
}

// vet makes an error quiet whose certificate has names that are withheld.
func (r *redactor) vet(err error) {
	e, ok := As(err)
	if !ok || e.Kind != KindTLS || e.Err == nil || e.Withheld {
		return
	}
	_, spilled := r.text(e.Err.Error())
	if leaf := Untrusted(err); spilled || leaf != nil && r.certificate(leaf) {
		e.Withheld, e.Err = true, quietError{e.Err}
	}
}

// quietError does not say what its cause says.
type quietError struct{ cause error }

func (quietError) Error() string { return withheld }

func (q quietError) Unwrap() error { return q.cause }

// unnamed replaces the user's name.
func (r *redactor) unnamed(s string) string {
	for _, name := range r.names {
		s = replaceWord(s, name)
	}
	return s
}

// without leaves out the rows that are withheld.
func (r *redactor) without(rows []string) []string {
	return slices.DeleteFunc(slices.Clone(rows), r.spilled)
}

// spilled says whether text repeats a secret, a line that carried one, or a
// piece of them: in any case, as it is, escaped, or in Base64 or hexadecimal
// digits of UTF-8 or UTF-16.
func (r *redactor) spilled(text string) bool {
	return r.suspicious(text) && r.repeats(text)
}

// uid is what stands for a UID: itself, or where it repeats a secret a digest of
// it, by which the message is found again and not lost. What is empty stays so.
func (r *redactor) uid(uid string) string {
	if !r.spilledUID(uid) {
		return uid
	}
	sum := sha256.Sum256([]byte(uid))
	return "withheld-" + hex.EncodeToString(sum[:16])
}

// spilledUID is spilled for a UID. A password of few digits is not told from
// the numbers that many servers count their messages with.
func (r *redactor) spilledUID(uid string) bool {
	if uid == "" || !r.suspicious(uid) {
		return false
	}
	if len(r.words) == 0 {
		return r.repeats(uid)
	}
	exact := *r
	exact.words = slices.DeleteFunc(slices.Clone(r.words), func(word string) bool { return strings.Trim(word, "0123456789") == "" })
	return exact.repeats(uid)
}

// suspicious is a fast look at what spilled then looks at closely: it may be
// wrong where there is nothing, and never where there is something.
func (r *redactor) suspicious(text string) bool {
	if len(r.pieces)+len(r.words) == 0 {
		return false
	}
	if !strings.ContainsAny(text, escapes) {
		return r.hinted(text)
	}
	return r.undo(text, func(form string, _ *[]string) bool { return r.hinted(form) })
}

// hinted is suspicious for a text without escapes. Three registers hold the last
// octets: as they are, and what the last digits of Base64 and of hexadecimal may
// stand for, wherever in them an octet begins.
func (r *redactor) hinted(text string) bool {
	least := pieceLength // octets to look for
	for _, word := range r.words {
		least = min(least, len(word))
	}
	if r.beyond && r.vague {
		return true
	}
	wide := min(8, 2*least) // as much in UTF-16 as a register holds
	var octets, nibbles, low, high uint64
	hexed, base64 := 0, 0 // digits in a row
	for i := range len(text) {
		c := text[i]
		if c >= 0x80 { // it may fold to ASCII
			return true
		}
		if octets = octets<<8 | uint64(c); i+1 >= least && r.caught(octets) {
			return true
		}
		value := &digits[c]
		if value.base64 != none {
			base64++
			high, low = high<<6|low>>58, low<<6|uint64(value.base64)
			for shift := 0; shift < 6; shift += 2 {
				last := low>>shift | high<<(64-shift)
				if base64*6 >= least*8 && r.caught(last) || base64*6 >= wide*8 && alternate(last, wide) || base64*6 >= innerLength*8 && encoded(last) ||
					r.beyond && base64*6 >= likeLength*8 && r.resembled(last) {
					return true
				}
			}
		} else {
			base64, low, high = 0, 0, 0
		}
		if value.hex == none {
			if c != ' ' && c != ':' && c != '-' { // these may be between digits
				hexed, nibbles = 0, 0
			}
			continue
		}
		hexed++
		nibbles = nibbles<<4 | uint64(value.hex)
		if hexed*4 >= least*8 && r.caught(nibbles) || hexed*4 >= wide*8 && alternate(nibbles, wide) || hexed*4 >= innerLength*8 && encoded(nibbles) ||
			r.beyond && hexed*4 >= likeLength*8 && r.resembled(nibbles) {
			return true
		}
	}
	return false
}

// alternate says whether every other one of the last octets is zero, as those
// of ASCII are in UTF-16.
func alternate(octets uint64, count int) bool {
	mask := uint64(0x00ff00ff00ff00ff) & (1<<(8*count) - 1)
	return octets&mask == 0 || octets&(mask<<8) == 0
}

// encoded says whether the last octets may be some of another encoding, or,
// every other one, in UTF-16.
func encoded(octets uint64) bool {
	if octets&0x8080808080808080 != 0 {
		return false
	}
	for ; octets != 0; octets >>= 8 {
		if !inner.has(byte(octets & 0xff)) {
			return false
		}
	}
	return true
}

// inner are the octets of encodings, and zero for UTF-16.
var inner = func() (set octetSet) {
	for c := range 256 {
		if digits[c].base64 != none || strings.IndexByte("\x00 %=\\&#;:", byte(c)) >= 0 {
			set.add(byte(c))
		}
	}
	return set
}()

// octetSet has a bit for each octet.
type octetSet [4]uint64

func (s *octetSet) add(octet byte) { s[octet>>6] |= 1 << (octet & 63) }

func (s *octetSet) has(octet byte) bool { return s[octet>>6]>>(octet&63)&1 != 0 }

// resemble takes in the octets of a folded secret, and of what folds to it.
func (r *redactor) resemble(form string) {
	add := func(c rune) {
		for _, octet := range utf8.AppendRune(nil, c) {
			r.alike[0].add(octet)
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			r.alike[1].add(byte(unit >> 8))
			r.alike[1].add(byte(unit & 0xff))
		}
	}
	for _, c := range form {
		if c == utf8.RuneError { // which any octet may stand for
			r.vague = true
		}
		add(c)
		for _, other := range cases()[c] {
			add(other)
		}
	}
}

// cases are the letters that fold to another.
var cases = sync.OnceValue(func() map[rune][]rune {
	all := map[rune][]rune{}
	for _, letters := range unicode.CaseRanges {
		for c := rune(letters.Lo); c <= rune(letters.Hi); c++ {
			if to := unicode.ToLower(unicode.ToUpper(c)); to != c {
				all[to] = append(all[to], c)
			}
			if c >= 'A' && c <= 'Z' {
				all[c+'a'-'A'] = append(all[c+'a'-'A'], c)
			}
		}
	}
	return all
})

// likely says whether a text has octets in a row that may be of a secret, in
// UTF-8 (0) or UTF-16 (1).
func (r *redactor) likely(s string, set int) bool {
	if r.vague {
		return true
	}
	for word := range runs(s, r.alike[set].has) {
		if len(word) >= likeLength {
			return true
		}
	}
	return false
}

// resembled says whether the last octets of a register may be of a secret that
// is not ASCII.
func (r *redactor) resembled(octets uint64) bool {
	for i := range r.alike {
		n := 0
		for set, rest := &r.alike[i], octets; n < likeLength && set.has(byte(rest&0xff)); rest >>= 8 {
			n++
		}
		if n == likeLength {
			return true
		}
	}
	return false
}

// caught says whether the octets of a register may be a piece, or end in a
// short secret.
func (r *redactor) caught(octets uint64) bool {
	return (octets&0x8080808080808080 == 0 || len(r.short) > 0) && r.looksLike(octets)
}

func (r *redactor) looksLike(octets uint64) bool {
	// ASCII capitals become small: the seventh bit is a carry from 'A' on, and
	// from '[' on.
	const ones = 0x0101010101010101
	low := octets & (0x7f * ones)
	capital := (low + (0x80-'A')*ones) &^ (low + (0x80-'[')*ones) &^ octets & (0x80 * ones)
	octets |= capital >> 2
	for _, s := range r.short {
		if octets&s.mask == s.value {
			return true
		}
	}
	return r.sifted(octets)
}

// repeats is spilled without haste.
func (r *redactor) repeats(text string) bool { return r.undo(text, r.contains) }

// undo calls judge for a text and for what it stands for in escapes, and for
// what judge finds within those that has to be undone in turn, until one is
// true. What is too much to look at counts as such.
func (r *redactor) undo(text string, judge func(form string, within *[]string) bool) bool {
	left := 12*len(text) + 512
	level := []string{text}
	seen := map[string]bool{}
	for depth := range nesting + 1 {
		var next []string
		for _, outer := range level {
			for _, form := range unescaped(outer) {
				if seen[form] {
					continue
				}
				seen[form] = true
				if left -= len(form); left < 0 || depth > 0 && r.tired(form) || judge(form, &next) {
					return true
				}
				if form != outer && strings.ContainsAny(form, escapes) {
					next = append(next, form)
				}
			}
		}
		level = next
	}
	return false
}

// tired counts a text, and says whether it is one too many.
func (r *redactor) tired(text string) bool {
	return r.looked != nil && r.looked.Add(int64(len(text))) > mostLooked
}

// contains is repeats for a text without escapes. What digits stand for and is
// encoded again is within it.
func (r *redactor) contains(text string, within *[]string) bool {
	if r.tired(text) {
		return true
	}
	for _, form := range folded(text) {
		if r.hasPiece(form) || r.hasWord(form) {
			return true
		}
	}
	for word := range runs(text, func(c byte) bool { return digits[c].base64 != none }) {
		for skip := range min(4, len(word)) {
			if r.decoded(unbase64(word[skip:]), skip == 0, within) {
				return true
			}
		}
	}
	for _, between := range []string{"", ":", "-", " "} {
		if between != "" && !strings.Contains(text, between) {
			continue
		}
		for word := range runs(text, func(c byte) bool { return digits[c].hex != none || between != "" && c == between[0] }) {
			if between != "" {
				word = strings.ReplaceAll(word, between, "")
			}
			for skip := range min(2, len(word)) {
				if r.decoded(unhex(word[skip:]), skip == 0, within) {
					return true
				}
			}
		}
	}
	return false
}

// decoded judges what digits stand for, in UTF-8 and UTF-16. A short secret
// counts only in what is text from the first digit on: elsewhere it would be
// found by chance.
func (r *redactor) decoded(s string, whole bool, within *[]string) bool {
	if r.judged(s, whole, within) {
		return true
	}
	if !strings.Contains(s, "\x00") && (!r.beyond || !r.likely(s, 1)) {
		return false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for skip := range 2 {
			if r.judged(fromUTF16(s[min(skip, len(s)):], order), whole && skip == 0, within) {
				return true
			}
		}
	}
	return false
}

func (r *redactor) judged(s string, whole bool, within *[]string) bool {
	for word := range runs(s, inner.has) {
		if len(word) >= innerLength {
			*within = append(*within, s)
			break
		}
	}
	whole = whole && !strings.ContainsFunc(s, func(c rune) bool { return c > 1 && c < ' ' || c == 0x7f || c == utf8.RuneError })
	if r.beyond && !r.likely(s, 0) {
		return false
	}
	list := []string{lower(s)}
	if r.beyond {
		list = folded(s)
	}
	return slices.ContainsFunc(list, func(form string) bool { return r.hasPiece(form) || whole && r.hasWord(form) })
}

// hasPiece says whether a folded text has a piece of eight octets of a secret.
func (r *redactor) hasPiece(form string) bool {
	for at := 0; at+pieceLength <= len(form); at++ {
		window := form[at : at+pieceLength]
		if !r.sifted(binary.BigEndian.Uint64([]byte(window))) {
			continue
		}
		for _, p := range r.pieces {
			if strings.Contains(p.text[p.first():], window) {
				return true
			}
		}
	}
	return false
}

func (r *redactor) hasWord(form string) bool {
	return slices.ContainsFunc(r.words, func(word string) bool { return findWord(form, word, 0) >= 0 })
}

// folded are the forms in which texts and secrets are compared: in small letters
// of ASCII, and of all scripts if that is another.
func folded(s string) []string {
	low := lower(s)
	if all := strings.ToLower(strings.ToUpper(s)); all != low {
		return []string{low, all}
	}
	return []string{low}
}

// replaceWord redacts name, which is in lower case, as a whole word: a user
// called "mail" must not make "mailbox" unreadable.
func replaceWord(s, name string) string {
	low := lower(s)
	var b strings.Builder
	done := 0
	for {
		i := findWord(low, name, done)
		if i < 0 {
			break
		}
		b.WriteString(s[done:i])
		b.WriteString(redacted)
		done = i + len(name)
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// findWord finds word in s, from an offset on, where neither end of it goes on
// as a word; else it returns -1.
func findWord(s, word string, from int) int {
	for {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(word)
		if (i == 0 || !wordByte(s[i-1]) || !wordByte(word[0])) &&
			(end == len(s) || !wordByte(s[end]) || !wordByte(word[len(word)-1])) {
			return i
		}
		from = i + 1
	}
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

// lower is strings.ToLower for ASCII only, so that offsets stay valid.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
