package settings

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decoded is what a file says.
type decoded struct {
	settings Settings
	unknown  strange
	warnings []*FileError
}

// strange holds the keys of a file that this version does not know, with their
// values, table by table; rules, hooks and accounts are in the order of the settings.
type strange struct {
	top, preferences map[string]any
	rules, hooks     []map[string]any
	accounts         []map[string]any
}

// decode reads and validates the whole file. Errors are *FileError without File.
func decode(raw []byte) (*decoded, error) {
	doc, err := parse(raw)
	if err != nil {
		return nil, err
	}
	d, err := unpack(doc)
	if err != nil {
		return nil, err
	}
	if p := validate(d.settings); p != nil {
		return nil, doc.problem(p.table, p.index, p.FieldError)
	}
	return d, nil
}

// reread is decode for what was written from validated settings.
func reread(raw []byte) (*decoded, error) {
	doc, err := parse(raw)
	if err != nil {
		return nil, err
	}
	return unpack(doc)
}

// unpack takes the values out of a document.
func unpack(doc *document) (d *decoded, err error) {
	if err := doc.newer(); err != nil {
		return nil, err
	}
	d = &decoded{}
	if d.unknown.top, err = take(d, doc, "", 0, doc.values, &d.settings); err != nil {
		return nil, err
	}
	if table, ok := doc.values["preferences"]; ok {
		if d.unknown.preferences, err = take(d, doc, "preferences", 0, table, &d.settings.Preferences); err != nil {
			return nil, err
		}
	}
	if d.settings.Rules, d.unknown.rules, err = takeAll[Rule](d, doc, "rule"); err != nil {
		return nil, err
	}
	if d.settings.Hooks, d.unknown.hooks, err = takeAll[Hook](d, doc, "hook"); err != nil {
		return nil, err
	}
	if d.settings.Accounts, d.unknown.accounts, err = takeAll[Account](d, doc, "account"); err != nil {
		return nil, err
	}
	slices.SortStableFunc(d.warnings, func(a, b *FileError) int { return a.Line - b.Line })
	d.settings.normalize()
	return d, nil
}

// newer refuses a file of a later version. It is asked first: what such a file
// means is not ours to judge.
func (d *document) newer() error {
	if version, ok := d.values["version"].(int64); ok && version > CurrentVersion {
		return d.problem("", 0, FieldError{"version", MistakeNewer, []any{version, CurrentVersion}})
	}
	return nil
}

// problem is what is wrong with a field of the n-th table, or with the table
// if no field is named.
func (d *document) problem(table string, n int, p FieldError) *FileError {
	names := []string{table, p.Field}
	if key, inner := strings.CutPrefix(p.Field, oauthPrefix); inner {
		names = []string{table, oauthTable, key}
	}
	path := slices.DeleteFunc(names, func(name string) bool { return name == "" })
	return &FileError{Line: d.line(table, n, p.Field), Key: dotted(path), Err: p}
}

// list is the tables of a list, whether [[account]] or inline; what is in it
// may be none.
func (d *document) list(name string) ([]any, error) {
	switch value := d.values[name].(type) {
	case nil:
		return nil, nil
	case []any:
		return value, nil
	}
	return nil, d.problem(name, 0, FieldError{Key: MistakeTables, Args: []any{name}})
}

// takeAll reads all tables of a list.
func takeAll[T any](d *decoded, doc *document, name string) (all []T, unknown []map[string]any, err error) {
	list, err := doc.list(name)
	if err == nil && len(list) > maxListed {
		err = doc.problem(name, maxListed, FieldError{Key: MistakeMany})
	}
	if err != nil {
		return nil, nil, err
	}
	for i, table := range list {
		var one T
		extra, err := take(d, doc, name, i, table, &one)
		if err != nil {
			return nil, nil, err
		}
		all, unknown = append(all, one), append(unknown, extra)
	}
	return all, unknown, nil
}

// take reads the n-th table into a struct, warns of the keys that are not
// known, and returns them.
func take[T any](d *decoded, doc *document, table string, n int, value any, into *T) (map[string]any, error) {
	values, ok := value.(map[string]any)
	if !ok {
		key := MistakeTables
		if table == "preferences" {
			key = MistakeTable
		}
		return nil, doc.problem(table, n, FieldError{Key: key, Args: []any{table}})
	}
	unknown, problem := unknownKeys(values, keysOf[T]())
	if problem != nil {
		return nil, doc.problem(table, n, *problem)
	}
	for key := range unknown {
		d.warnings = append(d.warnings, doc.problem(table, n, FieldError{Field: key, Key: MistakeUnknownKey}))
	}
	if problem := fill(reflect.ValueOf(into).Elem(), values); problem != nil {
		return nil, doc.problem(table, n, *problem)
	}
	if a, ok := any(into).(*Account); ok {
		if err := takeOAuth(d, doc, n, values, unknown, &a.OAuth); err != nil {
			return nil, err
		}
	}
	return unknown, nil
}

// The keys of an account that this version knows, and of preferences.
var (
	accountKeys    = keysOf[Account]()
	preferenceKeys = keysOf[Preferences]()
)

func keysOf[T any]() []string {
	var keys []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		keys = append(keys, keyOf(field))
	}
	return keys
}

// keyOf is the key of a field in the file.
func keyOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
	return name
}

// unknownKeys returns what of a table is not known. A known key in the wrong
// case is a mistake: TOML's keys are in one case only.
func unknownKeys(values map[string]any, known []string) (map[string]any, *FieldError) {
	unknown := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains(known, key) {
			continue
		}
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
			return nil, &FieldError{key, MistakeKeyCase, []any{known[i]}}
		}
		unknown[key] = values[key]
	}
	return unknown, nil
}

// fill sets the fields of a struct to the values of a table, which must be of
// their kind, and leaves tables within alone. Here and not by the library,
// whose errors speak of Go's types, and end with the first of all accounts.
func fill(into reflect.Value, values map[string]any) *FieldError {
	for _, field := range reflect.VisibleFields(into.Type()) {
		key := keyOf(field)
		value, ok := values[key]
		if !ok {
			continue
		}
		to, wrong := into.FieldByIndex(field.Index), Mistake("")
		if d, ok := to.Addr().Interface().(*Duration); ok {
			if text, ok := value.(string); !ok || d.UnmarshalText([]byte(text)) != nil {
				wrong = MistakeDuration
			}
		} else {
			wrong = fillOne(to, value)
		}
		if wrong != "" {
			return &FieldError{Field: key, Key: wrong}
		}
	}
	return nil
}

// fillOne sets one field, and returns what it must be if the value is not.
func fillOne(to reflect.Value, value any) Mistake {
	switch to.Kind() {
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return MistakeKindText
		}
		to.SetString(text)
	case reflect.Int:
		number, ok := value.(int64)
		if !ok || to.OverflowInt(number) {
			return MistakeKindNumber
		}
		to.SetInt(number)
	case reflect.Slice:
		if to.Type().Elem().Kind() != reflect.String {
			break // tables
		}
		list, ok := value.([]any)
		if !ok {
			return MistakeKindTexts
		}
		for _, one := range list {
			text, ok := one.(string)
			if !ok {
				return MistakeKindTexts
			}
			to.Set(reflect.Append(to, reflect.ValueOf(text)))
		}
	case reflect.Bool:
		flag, ok := value.(bool)
		if !ok {
			return MistakeKindFlag
		}
		to.SetBool(flag)
	}
	return ""
}
