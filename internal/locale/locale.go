// Package locale turns keys into the user's language: a small catalogue over
// the embedded translation files, light enough for the tray role (a toolkit's
// own catalogue costs megabytes). It knows languages, nothing else.
package locale

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/traymail/traymail/assets"
)

// spoken is a language that is complete.
type spoken struct {
	suffix string // of its files, as Fyne names languages
	tag    language.Tag
	name   string // in the language itself
}

// languages are all there are; the first is the fallback.
var languages = []spoken{
	{"en", language.English, "English"},
	{"zh_Hans", language.SimplifiedChinese, "简体中文"},
	{"zh_TW", language.TraditionalChinese, "繁體中文"},
	{"de", language.German, "Deutsch"},
	{"es", language.Spanish, "Español"},
	{"fr", language.French, "Français"},
	{"ja", language.Japanese, "日本語"},
	{"ko", language.Korean, "한국어"},
	{"pt_BR", language.BrazilianPortuguese, "Português (Brasil)"},
	{"ru", language.Russian, "Русский"},
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

// entry is one translation: a text for every number, or one for each plural
// form of the language.
type entry struct {
	text  string
	forms map[plural.Form]string
}

// formNames are CLDR's, as the files spell them.
var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

func (e *entry) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.text)
	}
	var named map[string]string
	if err := json.Unmarshal(b, &named); err != nil {
		return err
	}
	e.forms = make(map[plural.Form]string, len(named))
	for name, text := range named {
		form, ok := formNames[name]
		if !ok {
			return fmt.Errorf("%q is no plural form", name)
		}
		e.forms[form] = text
	}
	return nil
}

// Catalogue translates into one language at a time. It is safe for concurrent
// use.
type Catalogue struct{ now atomic.Pointer[words] }

// words are one language's. They are immutable.
type words struct {
	tag language.Tag
	// areas are the files by the first word of their keys. Each is read when
	// it is first asked for: a command needs two or three of them.
	areas   map[string]func() map[string]entry
	printer *message.Printer
}

// entry is what these words say of a key.
func (w *words) entry(key string) (e entry, ok bool) {
	area, _, _ := strings.Cut(key, ".")
	if read := w.areas[area]; read != nil {
		e, ok = read()[key]
	}
	return e, ok
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
	tags := []string{tag}
	if tag == "" {
		tags = System()
	}
	l := match(tags)
	if w := c.now.Load(); w == nil || w.tag != l.tag {
		c.now.Store(load(assets.Translations, l))
	}
}

// System are the languages that the system is set to, as tags of BCP 47,
// whether traymail speaks them or not.
func System() []string { return system(os.Getenv, preferred) }

// match picks the language for the first of tags that there is one for. Another
// language is never taken for the one asked for, however close the two are.
func match(tags []string) spoken {
	all := make([]language.Tag, len(languages))
	for i, l := range languages {
		all[i] = l.tag
	}
	matcher := language.NewMatcher(all)
	for _, tag := range tags {
		wanted, err := language.Parse(tag)
		if err != nil {
			continue
		}
		_, index, confidence := matcher.Match(wanted)
		base, _ := wanted.Base()
		if found, _ := languages[index].tag.Base(); confidence > language.No && found == base {
			return languages[index]
		}
	}
	return languages[0]
}

// load finds every AREA.SUFFIX.json of fsys. The files are embedded and a test
// reads them all, so a broken one is a programming error.
func load(fsys fs.FS, l spoken) *words {
	w := &words{tag: l.tag, areas: map[string]func() map[string]entry{}, printer: message.NewPrinter(l.tag)}
	names, err := fs.Glob(fsys, "translations/*."+l.suffix+".json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		area, _, _ := strings.Cut(path.Base(name), ".")
		w.areas[area] = sync.OnceValue(func() (entries map[string]entry) {
			b, err := fs.ReadFile(fsys, name)
			if err == nil {
				err = json.Unmarshal(b, &entries)
			}
			if err != nil {
				panic(fmt.Sprintf("%s: %v", name, err))
			}
			return entries
		})
	}
	return w
}

// english says what another language lacks.
var english = sync.OnceValue(func() *words { return load(assets.Translations, languages[0]) })

// find returns what speaks of key: these words, or English.
func (w *words) find(key string) (*words, entry) {
	e, ok := w.entry(key)
	if !ok && w.tag != languages[0].tag {
		w = english()
		e, _ = w.entry(key)
	}
	return w, e
}

// form is the plural form for n things.
func form(tag language.Tag, n int) plural.Form {
	const enough = 10_000_000 // the rules look at no digit before
	return plural.Cardinal.MatchPlural(tag, n%enough, 0, 0, 0, 0)
}

// Tag is the catalogue's language, for example "en" or "zh-Hans".
func (c *Catalogue) Tag() string { return c.now.Load().tag.String() }

// T translates key; args fill verbs with explicit indexes such as %[1]s. An
// unknown key is returned as it is.
func (c *Catalogue) T(key string, args ...any) string {
	_, e := c.now.Load().find(key)
	return format(e.text, key, args)
}

// N translates key for n things, 0 or more; n is %[1]d and args follow from
// %[2] on.
func (c *Catalogue) N(key string, n int, args ...any) string {
	w, e := c.now.Load().find(key)
	text := e.text
	if e.forms != nil {
		text = e.forms[form(w.tag, n)]
	}
	return format(text, key, append([]any{n}, args...))
}

func format(text, key string, args []any) string {
	if text == "" {
		return key
	}
	if len(args) == 0 || !strings.Contains(text, "%") {
		return text // a form for a single number often has no placeholder
	}
	return fmt.Sprintf(text, args...)
}

// Time is t as lists show it: the hour when it is today, else the day. The
// zero time is empty.
func (c *Catalogue) Time(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	now = here(now)
	t = t.In(now.Location())
	y, m, d := t.Date()
	ny, nm, nd := now.Date()
	switch {
	case y == ny && m == nm && d == nd:
		return c.date("common.date_today", t)
	case y == ny:
		return c.date("common.date_year", t)
	}
	return c.date("common.date_other", t)
}

// Ago is t as a table shows it that is read now: how long ago it was, within a
// week, and else as Time has it, also what is yet to come. The zero time is empty.
func (c *Catalogue) Ago(t, now time.Time) string {
	const week = 7
	now = here(now)
	age := now.Sub(t)
	days := daysBetween(t.In(now.Location()), now)
	switch {
	case t.IsZero() || age < -time.Minute || days >= week:
		return c.Time(t, now)
	case age < time.Minute:
		return c.T("common.ago_now")
	case age < time.Hour:
		return c.T("common.ago_minutes", int(age/time.Minute))
	case age < 12*time.Hour || days == 0:
		return c.T("common.ago_hours", int(age/time.Hour))
	case days == 1:
		return c.T("common.ago_yesterday")
	}
	return c.T("common.ago_days", days)
}

// daysBetween is how many midnights lie between two times of one place.
func daysBetween(from, to time.Time) int {
	day := func(t time.Time) int64 {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
	}
	return int(day(to) - day(from))
}

// Day is the day of t, in t's time zone.
func (c *Catalogue) Day(t time.Time) string { return c.date("common.date_other", t) }

// FullTime is t with weekday and hour, in now's time zone. The zero time is empty.
func (c *Catalogue) FullTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.date("common.date_full", t.In(here(now).Location()))
}

// date is t in a layout for time.Format, which speaks English: Mon, Jan and PM
// become the language's own words.
func (c *Catalogue) date(key string, t time.Time) string {
	var text strings.Builder
	layout := c.layout(key, asSystem())
	for layout != "" {
		word, at := "", len(layout)
		for _, w := range []string{"Mon", "Jan", "PM"} {
			if i := strings.Index(layout, w); i >= 0 && i < at {
				word, at = w, i
			}
		}
		text.WriteString(t.Format(layout[:at]))
		layout = layout[at+len(word):]
		switch word {
		case "Mon":
			text.WriteString(strings.Fields(c.T("common.weekdays"))[t.Weekday()])
		case "Jan":
			text.WriteString(strings.Fields(c.T("common.months"))[t.Month()-time.January])
		case "PM":
			text.WriteString(strings.Fields(c.T("common.am_pm"))[t.Hour()/12])
		}
	}
	return text.String()
}

// Moment is the hour of a time of today, or a day and an hour.
func (c *Catalogue) Moment(t, now time.Time) string {
	now = here(now)
	t = t.In(now.Location())
	if t.Year() == now.Year() && t.YearDay() == now.YearDay() {
		return c.Time(t, now)
	}
	return c.FullTime(t, now)
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
