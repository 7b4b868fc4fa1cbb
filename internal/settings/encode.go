package settings

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const header = `# Settings of traymail. You may edit this file; a running traymail notices.
# Passwords are not here but in your keyring.

`

// oldHeader said what no longer holds.
const oldHeader = `# Settings of traymail. You may edit this file; a running traymail notices.
# Passwords are not here but in your keyring. Comments are not kept when
# traymail itself changes something.

`

// encode writes settings anew, with the unknown keys of the file they came
// from; before is what that said.
func encode(s Settings, unknown strange, before Settings) ([]byte, error) {
	var w writer
	w.text.WriteString(header)
	w.keys(s, unknown.top)
	if len(fieldsOf(s.Preferences))+len(unknown.preferences) > 0 {
		w.table("[preferences]", s.Preferences, unknown.preferences)
	}
	origin := invert(heirs(s.Rules, before.Rules), len(s.Rules))
	for i, r := range s.Rules {
		w.table("[[rule]]", r, at(unknown.rules, origin[i]))
	}
	origin = invert(heirs(s.Hooks, before.Hooks), len(s.Hooks))
	for i, h := range s.Hooks {
		w.table("[[hook]]", h, at(unknown.hooks, origin[i]))
	}
	for _, a := range s.Accounts {
		i := slices.IndexFunc(before.Accounts, func(b Account) bool { return b.ID == a.ID })
		w.account(a, at(unknown.accounts, i))
	}
	return w.text.Bytes(), w.err
}

// at is the n-th table, or none.
func at(tables []map[string]any, n int) map[string]any {
	if n < 0 || n >= len(tables) {
		return nil
	}
	return tables[n]
}

// writer writes tables. Those of the program are written here: the library
// would put texts in single quotes, unlike everything that traymail wrote
// before and that its examples show.
type writer struct {
	text bytes.Buffer
	err  error
}

// table writes a table with its heading.
func (w *writer) table(heading string, table any, unknown map[string]any) {
	w.text.WriteString("\n" + heading + "\n")
	w.keys(table, unknown)
}

// account writes an account, and then the table within.
func (w *writer) account(a Account, unknown map[string]any) {
	inner, _ := unknown[oauthTable].(map[string]any)
	unknown = maps.Clone(unknown)
	delete(unknown, oauthTable)
	w.table("[[account]]", a, unknown)
	if a.OAuth != (OAuth{}) || len(inner) > 0 {
		w.table(oauthHeading, a.OAuth, inner)
	}
}

const oauthHeading = "[account." + oauthTable + "]"

// keys writes the fields of a table, then what is not known of it, in which
// tables are inline so that they stay within.
func (w *writer) keys(table any, unknown map[string]any) {
	for _, f := range fieldsOf(table) {
		fmt.Fprintf(&w.text, "%s = %s\n", f.key, f.value)
	}
	if len(unknown) > 0 && w.err == nil {
		w.err = toml.NewEncoder(&w.text).SetTablesInline(true).Encode(unknown)
	}
}

// field is one of a table, as the file has it.
type field struct{ key, value string }

// fieldsOf are the fields of a table without those that are left out because
// they have their default, and without the tables within.
func fieldsOf(table any) []field {
	var all []field
	v := reflect.ValueOf(table)
	for _, f := range reflect.VisibleFields(v.Type()) {
		key, options, _ := strings.Cut(f.Tag.Get("toml"), ",")
		value := v.FieldByIndex(f.Index)
		if options != "" && value.IsZero() {
			continue
		}
		if d, ok := value.Interface().(Duration); ok {
			all = append(all, field{key, quote(d.String())})
			continue
		}
		switch value.Kind() {
		case reflect.String:
			all = append(all, field{key, quote(value.String())})
		case reflect.Int:
			all = append(all, field{key, strconv.FormatInt(value.Int(), 10)})
		case reflect.Slice:
			if value.Type().Elem().Kind() != reflect.String {
				continue // tables
			}
			var texts []string
			for i := range value.Len() {
				texts = append(texts, quote(value.Index(i).String()))
			}
			all = append(all, field{key, "[" + strings.Join(texts, ", ") + "]"})
		case reflect.Bool:
			all = append(all, field{key, strconv.FormatBool(value.Bool())})
		}
	}
	return all
}

// quote writes a text as a basic string of TOML.
func quote(s string) string {
	b := []byte{'"'}
	for i := range len(s) { // by octets, for what is no UTF-8 must not become other text
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ' || c == 0x7f:
			b = fmt.Appendf(b, `\u%04X`, c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// heirs tells for each old rule or hook which new one takes its unknown keys;
// -1 for none. They have no ID: the same one does, else what stands in its place.
func heirs[T any](rules, before []T) []int {
	taken := make([]bool, len(rules))
	heir := make([]int, len(before))
	for i, old := range before {
		heir[i] = -1
		for j, r := range rules {
			if reflect.DeepEqual(r, old) && !taken[j] {
				heir[i], taken[j] = j, true
				break
			}
		}
	}
	for i := range before {
		if heir[i] < 0 && len(rules) == len(before) && !taken[i] {
			heir[i], taken[i] = i, true
		}
	}
	return heir
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
