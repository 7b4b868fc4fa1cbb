package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// amend changes the text of a file where the settings differ, and leaves the
// rest as a person wrote it: comments, order, layout. It works on tables as
// people write them and no more. So its outcome counts only if it says what want
// says, to the last key that nobody knows; otherwise there is none.
func amend(raw []byte, before Settings, want *decoded) (text []byte, got *decoded) {
	doc, err := parse([]byte(strings.Replace(string(raw), oldHeader, header, 1)))
	if err != nil || len(raw) == 0 {
		return nil, nil
	}
	next := want.settings
	fresh, ok := amendOnly(doc.blocks(), "preferences", before.Preferences, next.Preferences)
	if !ok {
		return nil, nil
	}
	var rules, hooks, accounts []source
	origin := invert(heirs(next.Rules, before.Rules), len(next.Rules))
	for i, r := range next.Rules {
		rules = append(rules, sourceOf(origin[i], before.Rules, r))
	}
	origin = invert(heirs(next.Hooks, before.Hooks), len(next.Hooks))
	for i, h := range next.Hooks {
		hooks = append(hooks, sourceOf(origin[i], before.Hooks, h))
	}
	for _, a := range next.Accounts {
		i := slices.IndexFunc(before.Accounts, func(b Account) bool { return b.ID == a.ID })
		accounts = append(accounts, sourceOf(i, before.Accounts, a))
	}
	for name, list := range map[string][]source{"rule": rules, "hook": hooks, "account": accounts} {
		if fresh, ok = amendList(fresh, name, list); !ok {
			return nil, nil
		}
	}
	text = joined(fresh, doc.lineEnd())
	got, err = reread(text)
	if err != nil || !reflect.DeepEqual(got.settings, next) || fmt.Sprint(got.unknown) != fmt.Sprint(want.unknown) {
		return nil, nil
	}
	return text, got
}

// lineEnd is how the lines of the text end.
func (d *document) lineEnd() string {
	if strings.Contains(string(d.text), "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// joined is the text of blocks.
func joined(blocks []block, end string) []byte {
	var all []part
	for _, b := range blocks {
		if b.added && len(all) > 0 && !all[len(all)-1].blank() {
			all = append(all, part{})
		}
		all = append(all, b.parts...)
	}
	for len(all) > 0 && all[len(all)-1].blank() {
		all = all[:len(all)-1]
	}
	var text strings.Builder
	for _, p := range all {
		text.WriteString(p.text + end)
	}
	return []byte(text.String())
}

// block is a table as it stands in the file, with the comment right above it.
type block struct {
	name  string // empty: what comes before the first table
	parts []part
	// own is how many of the parts come before the tables within this one.
	own int
	// added: it was not in the file.
	added bool
}

// part is one or several lines of a block: an expression, a comment or nothing.
type part struct {
	text string // without the end of its last line
	// key is what the part gives a value, in a table within "table.key"; empty
	// for anything else.
	key string
	// heading is that of a table within; else empty.
	heading string
	// from and to are where in the text the value stands; the same where it
	// is none that is ever changed.
	from, to int
	comment  bool
}

func (p part) blank() bool { return strings.TrimSpace(p.text) == "" }

// blocks cuts the text into its tables.
func (d *document) blocks() []block {
	blocks := []block{{}}
	line := 1
	var inner []string // the table within the block
	for _, it := range d.items {
		last := &blocks[len(blocks)-1]
		first, end := d.lineOf(it.from), d.lineOf(max(it.from, it.to-1))
		for ; line < first; line++ {
			last.parts = append(last.parts, part{text: d.rows(line, line)})
		}
		p := part{text: d.rows(first, end), comment: it.kind == unstable.Comment}
		line = end + 1
		if it.kind == unstable.KeyValue && len(inner)+len(it.path) <= 2 {
			p.key = strings.Join(append(slices.Clip(inner), it.path...), ".")
			p.from = int(it.value.Offset) - d.startOf(first)
			p.to = p.from + int(it.value.Length)
		}
		switch {
		case it.kind == unstable.Comment || it.kind == unstable.KeyValue:
			last.parts = append(last.parts, p)
		case len(it.path) > 1 && it.path[0] == last.name: // a table within
			if last.own == 0 {
				last.own = len(last.parts)
			}
			inner = it.path[1:]
			p.heading = dotted(inner)
			last.parts = append(last.parts, p)
		default:
			inner = nil
			blocks = append(blocks, block{name: dotted(it.path), parts: append(last.above(), p)})
		}
	}
	for i := range blocks {
		if blocks[i].own == 0 || blocks[i].own > len(blocks[i].parts) {
			blocks[i].own = len(blocks[i].parts)
		}
	}
	return blocks
}

// above cuts off the comment that stands right above what follows the block.
func (b *block) above() []part {
	at := len(b.parts)
	for at > 0 && strings.HasPrefix(b.parts[at-1].text, "#") {
		at--
	}
	if at == 0 && b.name == "" {
		return nil // it is about the file
	}
	comment := slices.Clone(b.parts[at:])
	b.parts = b.parts[:at]
	return comment
}

// startOf is the offset at which a line begins.
func (d *document) startOf(line int) int {
	if line == 1 {
		return 0
	}
	return d.newlines[line-2] + 1
}

// rows is the text of lines without the end of the last.
func (d *document) rows(first, last int) string {
	to := len(d.text)
	if last <= len(d.newlines) {
		to = d.newlines[last-1]
	}
	return strings.TrimSuffix(string(d.text[d.startOf(first):to]), "\r")
}

// texts are the fields of a table as the file has them; what is left out has
// its default.
func texts(table any) map[string]string {
	values := map[string]string{}
	for _, f := range fieldsOf(table) {
		values[f.key] = f.value
	}
	if a, ok := table.(Account); ok {
		for _, f := range fieldsOf(a.OAuth) {
			values[oauthPrefix+f.key] = f.value
		}
	}
	return values
}

// amendOnly amends the one table of this name, or adds it before the others.
func amendOnly(blocks []block, name string, before, next Preferences) ([]block, bool) {
	values := texts(next)
	i := slices.IndexFunc(blocks, func(b block) bool { return b.name == name })
	if i < 0 && len(values) > 0 {
		i = 1
		blocks = slices.Insert(blocks, i, newBlock(name, "["+name+"]"))
	}
	return blocks, i < 0 || blocks[i].set(texts(before), values, preferenceKeys)
}

func newBlock(name, heading string) block {
	return block{name: name, parts: []part{{text: heading}, {}}, own: 1, added: true}
}

// source is a table of a list: which of the old ones it was, and what it says.
type source struct {
	from        int // -1: it is new
	old, values map[string]string
	keys        []string
}

func sourceOf[T any](from int, before []T, next T) source {
	s := source{from: from, keys: keysOf[T](), values: texts(next)}
	if _, ok := any(next).(Account); ok {
		for _, key := range oauthKeys {
			s.keys = append(s.keys, oauthPrefix+key)
		}
	}
	if from >= 0 {
		s.old = texts(before[from])
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
		b := newBlock(name, "[["+name+"]]")
		if s.from >= 0 {
			if s.from >= len(places) {
				return nil, false
			}
			b = blocks[places[s.from]]
			b.parts = slices.Clone(b.parts)
		}
		if !b.set(s.old, s.values, s.keys) {
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
		if name != "account" { // before the accounts, as ever
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
		at := slices.IndexFunc(b.parts, func(p part) bool { return p.key == key })
		switch {
		case at >= 0 && wanted:
			p := &b.parts[at]
			if p.from == p.to {
				return false
			}
			p.text = p.text[:p.from] + value + p.text[p.to:]
			p.to = p.from + len(value)
		case at >= 0:
			b.parts = slices.Delete(b.parts, at, at+1)
			if at < b.own {
				b.own--
			}
		case wanted && strings.HasPrefix(key, oauthPrefix):
			b.insertWithin(key, value)
		case wanted:
			b.insert(key, value)
		}
	}
	return true
}

// insert adds a key: after the comment that shows its default, if there is
// one, else after the last key.
func (b *block) insert(key, value string) {
	at := slices.IndexFunc(b.parts[:b.own], func(p part) bool {
		name, _, ok := strings.Cut(strings.TrimLeft(p.text, "# \t"), "=")
		return p.comment && ok && strings.TrimSpace(name) == key
	})
	if at < 0 {
		for at = b.own - 1; at > 0 && (b.parts[at].blank() || b.parts[at].comment); at-- {
		}
	}
	text := key + " = " + value
	b.parts = slices.Insert(b.parts, at+1, part{text: text, key: key, from: len(text) - len(value), to: len(text)})
	b.own++
}

// insertWithin adds a key of the table within, and that if need be.
func (b *block) insertWithin(key, value string) {
	heading := slices.IndexFunc(b.parts, func(p part) bool { return p.heading == oauthTable })
	if heading < 0 {
		heading = len(b.parts)
		for heading > 0 && b.parts[heading-1].blank() {
			heading--
		}
		b.parts = slices.Insert(b.parts, heading, part{}, part{text: oauthHeading, heading: oauthTable})
		heading++
	}
	name := strings.TrimPrefix(key, oauthPrefix)
	at := heading
	for i := heading + 1; i < len(b.parts) && b.parts[i].heading == ""; i++ {
		shown, _, ok := strings.Cut(strings.TrimLeft(b.parts[i].text, "# \t"), "=")
		if ok && b.parts[i].comment && strings.TrimSpace(shown) == name {
			at = i
			break
		}
		if b.parts[i].key != "" {
			at = i
		}
	}
	text := name + " = " + value
	b.parts = slices.Insert(b.parts, at+1, part{text: text, key: key, from: len(text) - len(value), to: len(text)})
}
