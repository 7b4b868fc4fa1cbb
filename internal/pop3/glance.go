package pop3

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

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
