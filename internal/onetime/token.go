package onetime

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is what may be a code, where it stands in a line, in octets.
type token struct {
	from, to int
	code     string // as it is typed
	digits   bool
}

// year says whether it may be one of our days.
func (t token) year() bool {
	return t.digits && len(t.code) == 4 && (strings.HasPrefix(t.code, "19") || strings.HasPrefix(t.code, "20"))
}

const (
	minCode = 4
	maxCode = 8
)

// tokens are those in a line that stand for themselves: no part of a word, a
// number, an address, a date, a price or a measure.
func tokens(line string) (list []token) {
	for _, at := range shape().FindAllStringSubmatchIndex(line, 50) {
		t := token{from: at[0], to: at[1]}
		text := line[t.from:t.to]
		plain := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimPrefix(text, "G-"))
		t.digits = strings.Trim(plain, "0123456789") == ""
		t.code = plain
		if !t.digits {
			if strings.Contains(text, " ") || !mixed(plain) {
				continue
			}
			t.code = text
		}
		if len(plain) < minCode || len(plain) > maxCode || !free(line, t) {
			continue
		}
		list = append(list, t)
	}
	return list
}

// mixed says whether letters and digits are what services make codes of: both,
// or letters of which no word is made.
func mixed(s string) bool {
	return len(s) >= 5 && (strings.ContainsAny(s, "0123456789") || !strings.ContainsAny(s, "AEIOUY")) &&
		strings.ContainsFunc(s, unicode.IsUpper)
}

// free says whether what is around a token leaves it for itself.
func free(line string, t token) bool {
	left, right := line[:t.from], line[t.to:]
	a, _ := utf8.DecodeLastRuneInString(left)
	b, n := utf8.DecodeRuneInString(right)
	if left != "" && (latin(a) || unicode.IsDigit(a) || strings.ContainsRune("-_./\\@#&=%$€£¥₩₽+*~'’", a) || unicode.Is(unicode.Sc, a)) {
		return false
	}
	if right != "" {
		if latin(b) || unicode.IsDigit(b) || strings.ContainsRune("_/\\@#&=%+*~'’", b) || unicode.Is(unicode.Sc, b) {
			return false
		}
		c, _ := utf8.DecodeRuneInString(right[n:])
		if strings.ContainsRune("-.,:", b) && (latin(c) || unicode.IsDigit(c)) {
			return false
		}
	}
	return !counted().MatchString(right) && !named().MatchString(left[max(0, len(left)-40):])
}

// latin says whether a letter would make one word with a code. Chinese and
// Japanese have no blanks between words.
func latin(r rune) bool {
	return unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// single returns the token that a line is all of, but for brackets and signs
// that dress it up.
func single(line string) (token, bool) {
	bare := strings.TrimFunc(line, func(r rune) bool {
		return strings.ContainsRune(" *_|[](){}<>«»“”\"'`「」『』【】:.。", r)
	})
	// Spaced out: 4 8 2 9 1 3.
	if spaced().MatchString(bare) {
		bare = strings.ReplaceAll(bare, " ", "")
	}
	list := tokens(bare)
	if len(list) != 1 || list[0].from != 0 || list[0].to != len(bare) {
		return token{}, false
	}
	return list[0], true
}
