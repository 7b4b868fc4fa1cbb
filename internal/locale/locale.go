// Package locale turns keys into the user's language: a small catalogue over
// the embedded translation files, light enough for the tray role (a toolkit's
// own catalogue costs megabytes). It knows languages, nothing else.
package locale

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/traymail/traymail/assets"
)

// Languages that are complete, as file suffix and tag; the first is the fallback.
var languages = []struct {
	suffix string
	tag    language.Tag
	name   string // in the language itself
}{
	{"en", language.English, "English"},
	{"zh_Hans", language.SimplifiedChinese, "简体中文"},
}

// Language is one that can be chosen.
type Language struct {
	// Tag is what New takes.
	Tag string
	// Name is the language's own.
	Name string
}

// Languages are those that can be chosen.
func Languages() []Language {
	all := make([]Language, len(languages))
	for i, l := range languages {
		all[i] = Language{l.tag.String(), l.name}
	}
	return all
}

// entry is one translation: other for every number, one where the language
// has a singular and the text differs.
type entry struct{ one, other string }

func (e *entry) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.other)
	}
	var forms struct{ One, Other string }
	if err := json.Unmarshal(b, &forms); err != nil {
		return err
	}
	e.one, e.other = forms.One, forms.Other
	return nil
}

// Catalogue translates into one language at a time. It is safe for concurrent
// use.
type Catalogue struct{ now atomic.Pointer[words] }

// words are one language's. They are immutable.
type words struct {
	tag     language.Tag
	entries map[string]entry
	printer *message.Printer
}

// New returns the catalogue for a BCP 47 tag such as "en" or "zh-Hans", or
// for the system's language when tag is empty. A language that traymail does
// not speak becomes English.
func New(tag string) *Catalogue {
	c := &Catalogue{}
	c.Use(tag)
	return c
}

// Use has the catalogue speak another language from now on, for everybody who
// holds it; tag is as for New.
func (c *Catalogue) Use(tag string) {
	if tag == "" {
		tag = system(os.Getenv)
	}
	index := match(tag)
	if w := c.now.Load(); w == nil || w.tag != languages[index].tag {
		c.now.Store(load(assets.Translations, index))
	}
}

// match picks the language that serves tag best.
func match(tag string) int {
	wanted, err := language.Parse(tag)
	if err != nil {
		return 0
	}
	tags := make([]language.Tag, len(languages))
	for i, l := range languages {
		tags[i] = l.tag
	}
	_, index, confidence := language.NewMatcher(tags).Match(wanted)
	if confidence == language.No {
		return 0
	}
	return index
}

// system reads the language for messages from the POSIX environment:
// LC_ALL before LC_MESSAGES before LANG.
func system(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := getenv(name)
		if value == "" {
			continue
		}
		value, _, _ = strings.Cut(value, ".")
		value, _, _ = strings.Cut(value, "@")
		if value == "C" || value == "POSIX" {
			return "en"
		}
		return strings.ReplaceAll(value, "_", "-")
	}
	return "en"
}

// load merges every AREA.SUFFIX.json of fsys. The files are embedded and a
// test reads them all, so a broken one is a programming error.
func load(fsys fs.FS, index int) *words {
	l := languages[index]
	c := &words{tag: l.tag, entries: map[string]entry{}, printer: message.NewPrinter(l.tag)}
	names, err := fs.Glob(fsys, "translations/*."+l.suffix+".json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			panic(err)
		}
		if err := json.Unmarshal(b, &c.entries); err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
	}
	return c
}

// Tag is the catalogue's language, for example "en" or "zh-Hans".
func (c *Catalogue) Tag() string { return c.now.Load().tag.String() }

// T translates key; args fill verbs with explicit indexes such as %[1]s. An
// unknown key is returned as it is.
func (c *Catalogue) T(key string, args ...any) string {
	return format(c.now.Load().entries[key].other, key, args)
}

// N translates key for n things; n is %[1]d and args follow from %[2] on.
func (c *Catalogue) N(key string, n int, args ...any) string {
	e := c.now.Load().entries[key]
	text := e.other
	if n == 1 && e.one != "" {
		text = e.one
	}
	return format(text, key, append([]any{n}, args...))
}

func format(text, key string, args []any) string {
	if text == "" {
		return key
	}
	if len(args) == 0 || !strings.Contains(text, "%") {
		return text // a singular often has no placeholder
	}
	return fmt.Sprintf(text, args...)
}

// Time is t as lists show it: the hour when it is today, else the day. The
// zero time is empty.
func (c *Catalogue) Time(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	y, m, d := t.Date()
	ny, nm, nd := now.Date()
	switch {
	case y == ny && m == nm && d == nd:
		return t.Format(c.T("common.date_today"))
	case y == ny:
		return t.Format(c.T("common.date_year"))
	}
	return t.Format(c.T("common.date_other"))
}

// FullTime is t with weekday and hour, in now's time zone. The zero time is empty.
func (c *Catalogue) FullTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	layout := c.T("common.date_full")
	if c.now.Load().tag == language.SimplifiedChinese {
		// time.Format knows English weekdays only.
		layout = strings.Replace(layout, "Mon", "周"+string([]rune("日一二三四五六")[t.Weekday()]), 1)
	}
	return t.Format(layout)
}

// Size is a number of octets, rounded to what a person wants to know.
func (c *Catalogue) Size(octets int64) string {
	const kilo, mega = 1000, 1000 * 1000
	switch {
	case octets < kilo:
		return c.N("common.bytes", int(octets))
	case octets < 10*kilo:
		return c.T("common.kilobytes", c.now.Load().printer.Sprintf("%.1f", float64(octets)/kilo))
	case octets < mega:
		return c.T("common.kilobytes", c.now.Load().printer.Sprintf("%d", (octets+kilo/2)/kilo))
	}
	return c.T("common.megabytes", c.now.Load().printer.Sprintf("%.1f", float64(octets)/mega))
}

// Count is n with its digits grouped.
func (c *Catalogue) Count(n int) string { return c.now.Load().printer.Sprintf("%d", n) }
