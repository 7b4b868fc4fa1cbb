package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

// fileName is the name of a part's file, fit to show: without folders, and
// with its extension however long it is. It is "" where there is none.
func fileName(d decoder, disposition, contentType []byte) string {
	_, list := parameters(disposition)
	if name := list.fileName(d, "filename", "name"); name != "" {
		return name
	}
	_, list = parameters(contentType)
	return list.fileName(d, "name", "filename")
}

func (p params) fileName(d decoder, names ...string) string {
	for _, name := range names {
		value, charset, extended := p.find(name)
		if !extended && foreignPercent(value) {
			// What web applications write.
			if decoded := unpercent(value); utf8.Valid(decoded) {
				value = decoded
			}
		}
		var text string
		if charset != "" {
			text = d.declared(value, charset)
		} else {
			text = d.text(value)
		}
		if text = cleanFileName(text); text != "" {
			return text
		}
	}
	return ""
}

func cleanFileName(s string) string {
	s = plaintext.Clean(foldBlanks(s))
	s = strings.TrimRight(s, `/\ `)
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if len(s) > 2 && s[1] == ':' && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z' {
		s = s[2:] // C:
	}
	s = strings.Trim(strings.TrimRight(s, ". "), " ")
	if strings.Trim(s, `"'`) == "" {
		return ""
	}
	if utf8.RuneCountInString(s) <= maxFileName {
		return s
	}
	extension := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && utf8.RuneCountInString(s[i:]) <= 20 {
		extension = s[i:]
	}
	return plaintext.Truncate(s, maxFileName-utf8.RuneCountInString(extension)) + extension
}

// foldBlanks makes blanks of letters and signs that are seen as such, with
// which the end of a name can be moved out of sight.
func foldBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 0x2800, 0x115f, 0x1160, 0x3164, 0xffa0: // Braille without dots, Hangul fillers
			return ' '
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
}
