package settings

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// amend changes the text of a file where the settings differ, and leaves the
// rest as a person wrote it: comments, order, layout. It knows TOML as people
// write settings and no more. So its outcome counts only if it says what want
// says, to the last key that nobody knows; otherwise there is none.
func amend(raw []byte, before Settings, want *decoded) (text []byte, got *decoded) {
	if len(raw) == 0 {
		return nil, nil
	}
	next := want.settings
	blocks := split(strings.Replace(string(raw), oldHeader, header, 1))
	fresh, ok := amendOnly(blocks, "preferences", before.Preferences, next.Preferences)
	if !ok {
		return nil, nil
	}
	var rules, accounts []source
	origin := invert(heirs(next.Rules, before.Rules), len(next.Rules))
	for i, r := range next.Rules {
		rules = append(rules, sourceOf(origin[i], before.Rules, r))
	}
	for _, a := range next.Accounts {
		i := slices.IndexFunc(before.Accounts, func(b Account) bool { return b.ID == a.ID })
		accounts = append(accounts, sourceOf(i, before.Accounts, a))
	}
	for name, list := range map[string][]source{"rule": rules, "account": accounts} {
		if fresh, ok = amendList(fresh, name, list); !ok {
			return nil, nil
		}
	}
	var lines []string
	for _, b := range fresh {
		if b.added && len(lines) > 0 && lines[len(lines)-1] != "" {
			lines = append(lines, "")
		}
		lines = append(lines, b.lines...)
	}
	text = []byte(strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n")
	got, err := decode(text)
	if err != nil || !reflect.DeepEqual(got.settings, next) || fmt.Sprint(got.unknown) != fmt.Sprint(want.unknown) {
		return nil, nil
	}
	return text, got
}

// block is a table as it stands in the file, with the comment right above it.
type block struct {
	name  string // empty: what comes before the first table
	lines []string
	// own is how many of the lines come before the tables within this one.
	own int
	// added: it was not in the file.
	added bool
}

// split cuts a file into its tables.
func split(text string) []block {
	blocks := []block{{}}
	inside := false // of a string of several lines
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		last := &blocks[len(blocks)-1]
		header := tableLine.FindStringSubmatch(strings.TrimSpace(line))
		if (strings.Count(line, `"""`)+strings.Count(line, `'''`))%2 == 1 {
			inside = !inside
		}
		if inside || header == nil {
			last.lines = append(last.lines, line)
			continue
		}
		name := unquote.Replace(header[2])
		if outer, _, ok := strings.Cut(name, "."); ok && outer == last.name {
			if last.own == 0 {
				last.own = len(last.lines)
			}
			last.lines = append(last.lines, line)
			continue
		}
		at := len(last.lines)
		for at > 0 && strings.HasPrefix(last.lines[at-1], "#") {
			at--
		}
		if at == 0 && last.name == "" {
			at = len(last.lines) // it is about the file
		}
		above := slices.Clone(last.lines[at:])
		last.lines = last.lines[:at]
		blocks = append(blocks, block{name: name, lines: append(above, line)})
	}
	for i := range blocks {
		if blocks[i].own == 0 || blocks[i].own > len(blocks[i].lines) {
			blocks[i].own = len(blocks[i].lines)
		}
	}
	return blocks
}

// texts are the fields of a table as the file has them; what is left out has
// its default.
func texts(table any) (map[string]string, bool) {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(table); err != nil {
		return nil, false
	}
	values := map[string]string{}
	for line := range strings.Lines(b.String()) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		if !ok {
			return nil, false
		}
		values[key] = value
	}
	return values, true
}

// amendOnly amends the one table of this name, or adds it before the others.
func amendOnly(blocks []block, name string, before, next Preferences) ([]block, bool) {
	old, ok1 := texts(before)
	values, ok2 := texts(next)
	if !ok1 || !ok2 {
		return nil, false
	}
	i := slices.IndexFunc(blocks, func(b block) bool { return b.name == name })
	if i < 0 && len(values) > 0 {
		i = 1
		blocks = slices.Insert(blocks, i, block{name: name, lines: []string{"[" + name + "]", ""}, own: 1, added: true})
	}
	return blocks, i < 0 || blocks[i].set(old, values, preferenceKeys)
}

// source is a table of a list: which of the old ones it was, and what it says.
type source struct {
	from        int // -1: it is new
	old, values map[string]string
	ok          bool
	keys        []string
}

func sourceOf[T any](from int, before []T, next T) source {
	s := source{from: from, keys: keysOf[T]()}
	s.values, s.ok = texts(next)
	if from >= 0 {
		var ok bool
		s.old, ok = texts(before[from])
		s.ok = s.ok && ok
	}
	return s
}

// amendList puts the tables of a list where those of before stood; more of
// them follow the last.
func amendList(blocks []block, name string, list []source) ([]block, bool) {
	var places []int
	for i, b := range blocks {
		if b.name == name {
			places = append(places, i)
		}
	}
	var tables []block
	for _, s := range list {
		b := block{name: name, lines: []string{"[[" + name + "]]", ""}, own: 1, added: true}
		if s.from >= 0 {
			if s.from >= len(places) {
				return nil, false
			}
			b = blocks[places[s.from]]
			b.lines = slices.Clone(b.lines)
		}
		if !s.ok || !b.set(s.old, s.values, s.keys) {
			return nil, false
		}
		tables = append(tables, b)
	}
	var fresh []block
	for i, b := range blocks {
		at := slices.Index(places, i)
		switch {
		case at < 0:
			fresh = append(fresh, b)
		case at == len(places)-1:
			fresh = append(fresh, tables[min(at, len(tables)):]...)
		case at < len(tables):
			fresh = append(fresh, tables[at])
		}
	}
	if len(places) == 0 {
		at := len(fresh)
		if name == "rule" { // before the accounts, as ever
			if i := slices.IndexFunc(fresh, func(b block) bool { return b.name == "account" }); i >= 0 {
				at = i
			}
		}
		fresh = slices.Insert(fresh, at, tables...)
	}
	return fresh, true
}

// set changes the fields that differ.
func (b *block) set(old, values map[string]string, keys []string) bool {
	for _, key := range keys {
		value, wanted := values[key]
		if was, is := old[key]; was == value && is == wanted {
			continue
		}
		at := b.find(regexp.MustCompile(`^\s*["']?` + key + `["']?\s*=`))
		switch {
		case at >= 0 && wanted:
			line, ok := withValue(b.lines[at], value)
			if !ok {
				return false
			}
			b.lines[at] = line
		case at >= 0:
			b.lines = slices.Delete(b.lines, at, at+1)
			b.own--
		case wanted:
			b.insert(key, key+" = "+value)
		}
	}
	return true
}

func (b *block) find(line *regexp.Regexp) int {
	return slices.IndexFunc(b.lines[:b.own], line.MatchString)
}

// insert adds a line: after the comment that shows the key's default, if there
// is one, else after the last key.
func (b *block) insert(key, line string) {
	at := b.find(regexp.MustCompile(`^#\s*` + key + `\s*=`))
	if at < 0 {
		for at = b.own - 1; at > 0; at-- {
			if l := strings.TrimSpace(b.lines[at]); l != "" && !strings.HasPrefix(l, "#") {
				break
			}
		}
	}
	b.lines = slices.Insert(b.lines, at+1, line)
	b.own++
}

// scalar is a line with a value of one line: what is before it, it, and the rest.
var scalar = regexp.MustCompile(`^(\s*[^=]*=\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'\[{#]+)(\s*(?:#.*)?)$`)

// withValue is a line with another value and the same comment.
func withValue(line, value string) (string, bool) {
	parts := scalar.FindStringSubmatch(line)
	if parts == nil {
		return "", false
	}
	return parts[1] + value + parts[3], true
}

// invert turns heirs around: for each of n new rules, which old one it is.
func invert(heirs []int, n int) []int {
	origin := slices.Repeat([]int{-1}, n)
	for old, heir := range heirs {
		if heir >= 0 {
			origin[heir] = old
		}
	}
	return origin
}
