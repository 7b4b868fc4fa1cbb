package settings

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// decoded is what a file says.
type decoded struct {
	settings Settings
	// unknown has the file's shape: keys at the top, in "preferences", in
	// "rule", one table for each rule, and in "account", where each table has
	// its account's "id" as well.
	unknown  map[string]any
	warnings []*FileError
}

// decode reads and validates the whole file. Errors are *FileError without File.
func decode(raw []byte) (*decoded, error) {
	var all map[string]any
	if _, err := toml.Decode(string(raw), &all); err != nil {
		return nil, located(err, raw, "", 0)
	}
	// The version comes first: what a newer one means is not ours to judge.
	if version, ok := all["version"].(int64); ok && version > CurrentVersion {
		return nil, &FileError{
			Line: keyLine(raw, "", 0, "version"), Key: "version",
			Err: FieldError{Field: "version", Key: "settings.newer", Args: []any{version, CurrentVersion}},
		}
	}
	d := &decoded{}
	if err := d.sift(all, raw); err != nil {
		return nil, err
	}
	var file struct {
		Version     int              `toml:"version"`
		Preferences Preferences      `toml:"preferences"`
		Rules       []toml.Primitive `toml:"rule"`
		Accounts    []toml.Primitive `toml:"account"`
	}
	meta, err := toml.Decode(string(raw), &file)
	if err != nil {
		return nil, located(err, raw, "", 0)
	}
	d.settings = Settings{Preferences: file.Preferences}
	for i, table := range file.Rules {
		var r Rule
		if err := meta.PrimitiveDecode(table, &r); err != nil {
			return nil, located(err, raw, "rule", i)
		}
		d.settings.Rules = append(d.settings.Rules, r)
	}
	for i, table := range file.Accounts {
		var a Account
		if err := meta.PrimitiveDecode(table, &a); err != nil {
			return nil, located(err, raw, "account", i)
		}
		d.settings.Accounts = append(d.settings.Accounts, a)
	}
	d.settings.normalize()
	if problem := validate(d.settings); problem != nil {
		return nil, &FileError{
			Line: keyLine(raw, problem.table, problem.index, problem.Field),
			Key:  problem.table + "." + problem.Field, Err: problem.FieldError,
		}
	}
	// Now the IDs are known to be unique, and by them keys are kept.
	for i, table := range tables(d.unknown["account"]) {
		table["id"] = d.settings.Accounts[i].ID
	}
	return d, nil
}

// The keys that this version knows.
var (
	fileKeys       = keysOf[Settings]()
	preferenceKeys = keysOf[Preferences]()
	ruleKeys       = keysOf[Rule]()
	accountKeys    = keysOf[Account]()
)

func keysOf[T any]() []string {
	var keys []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
		keys = append(keys, name)
	}
	return keys
}

// sift sorts out the keys that this version does not know.
func (d *decoded) sift(all map[string]any, raw []byte) error {
	unknown, err := d.strange(all, fileKeys, "", 0, raw)
	if err != nil {
		return err
	}
	d.unknown = unknown
	if preferences, ok := all["preferences"].(map[string]any); ok {
		unknown, err := d.strange(preferences, preferenceKeys, "preferences", 0, raw)
		if err != nil {
			return err
		}
		if len(unknown) > 0 {
			d.unknown["preferences"] = unknown
		}
	}
	for name, known := range map[string][]string{"rule": ruleKeys, "account": accountKeys} {
		var list []map[string]any
		some := false
		for i, table := range tables(all[name]) {
			unknown, err := d.strange(table, known, name, i, raw)
			if err != nil {
				return err
			}
			list = append(list, unknown)
			some = some || len(unknown) > 0
		}
		if some {
			d.unknown[name] = list
		}
	}
	slices.SortStableFunc(d.warnings, func(a, b *FileError) int { return a.Line - b.Line })
	return nil
}

// strange returns what of the n-th table is not known, and warns of it. A key
// in the wrong case is a mistake: TOML's keys are in one case only, but the
// library would take any.
func (d *decoded) strange(values map[string]any, known []string, table string, n int, raw []byte) (map[string]any, error) {
	unknown := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if slices.Contains(known, key) {
			continue
		}
		path := toml.Key{key}
		if table != "" {
			path = toml.Key{table, key}
		}
		problem := &FileError{Line: keyLine(raw, table, n, key), Key: path.String()}
		if i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
			problem.Err = FieldError{Field: key, Key: "settings.key_case", Args: []any{known[i]}}
			return nil, problem
		}
		problem.Err = FieldError{Field: key, Key: "settings.unknown_key"}
		d.warnings = append(d.warnings, problem)
		unknown[key] = values[key]
	}
	return unknown, nil
}

// tables is value as tables, whether [[account]] or inline.
func tables(value any) []map[string]any {
	switch value := value.(type) {
	case []map[string]any:
		return value
	case []any:
		var all []map[string]any
		for _, element := range value {
			table, _ := element.(map[string]any)
			all = append(all, table) // nil keeps the count; decoding will complain
		}
		return all
	}
	return nil
}

var typeError = regexp.MustCompile(`^toml: (?:line (\d+) )?\(last key "([^"]*)"\): (.*)$`)

// located makes a FileError of the library's. In the n-th [[table]], if one is
// named, the line is looked for: the library's is that of the last one.
func located(err error, raw []byte, table string, n int) *FileError {
	file := &FileError{Err: errors.New(strings.TrimPrefix(err.Error(), "toml: "))}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		file.Line, file.Key, file.Err = parse.Position.Line, parse.LastKey, errors.New(parse.Message)
	} else if m := typeError.FindStringSubmatch(err.Error()); m != nil {
		file.Line, _ = strconv.Atoi(m[1])
		file.Key, file.Err = m[2], errors.New(m[3])
	}
	if key, ok := strings.CutPrefix(file.Key, table+"."); ok && table != "" {
		file.Line = keyLine(raw, table, n, key)
	}
	return file
}

var tableLine = regexp.MustCompile(`^(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$`)

var unquote = strings.NewReplacer(`"`, "", `'`, "")

// keyLine finds the line of a key in the n-th [[table]] (or the only [table]),
// or at the top for table "". It falls back to the line of the table.
func keyLine(raw []byte, table string, n int, key string) int {
	is := func(name, path string) bool { return name == path || strings.HasPrefix(name, path+".") }
	inside, ours, at, seen := table == "", table == "", 0, -1
	path := strings.TrimPrefix(table+"."+key, ".")
	inString := "" // the delimiter of the string of several lines that we are in
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if inString != "" {
			if strings.Contains(line, inString) {
				inString = ""
			}
			continue
		}
		for _, delimiter := range []string{`"""`, `'''`} {
			if strings.Count(line, delimiter)%2 == 1 {
				inString = delimiter
			}
		}
		if header := tableLine.FindStringSubmatch(line); header != nil {
			name := unquote.Replace(header[2])
			if ours && is(name, path) {
				return i + 1
			}
			if table != "" && name == table {
				seen++
				ours = seen == n
				if ours {
					at = i + 1
				}
			}
			inside = ours && name == table
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if inside && ok && is(unquote.Replace(strings.TrimSpace(name)), key) {
			return i + 1
		}
	}
	if at == 0 && table != "" {
		return keyLine(raw, "", 0, table) // inline tables
	}
	return at
}

const header = `# Settings of traymail. You may edit this file; a running traymail notices.
# Passwords are not here but in your keyring.

`

// oldHeader said what no longer holds.
const oldHeader = `# Settings of traymail. You may edit this file; a running traymail notices.
# Passwords are not here but in your keyring. Comments are not kept when
# traymail itself changes something.

`

// encode writes settings with the unknown keys of the file they came from;
// before is what that said.
func encode(s Settings, unknown map[string]any, before Settings) ([]byte, error) {
	var plain bytes.Buffer
	if err := toml.NewEncoder(&plain).Encode(s); err != nil {
		return nil, err
	}
	b := bytes.NewBufferString(header)
	if len(unknown) == 0 {
		_, err := plain.WriteTo(b)
		return b.Bytes(), err
	}
	var all map[string]any
	if _, err := toml.Decode(plain.String(), &all); err != nil {
		return nil, fmt.Errorf("re-reading the encoded settings: %w", err)
	}
	merge(all, unknown, heirs(s.Rules, before.Rules))
	err := toml.NewEncoder(b).Encode(all)
	return b.Bytes(), err
}

// heirs tells for each old rule which new one takes its unknown keys; -1 for
// none. Rules have no ID: the same one does, else what stands in its place.
func heirs(rules, before []Rule) []int {
	taken := make([]bool, len(rules))
	heir := make([]int, len(before))
	for i, old := range before {
		heir[i] = -1
		for j, r := range rules {
			if r == old && !taken[j] {
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

// merge adds unknown keys to all; accounts are matched by ID.
func merge(all, unknown map[string]any, heirs []int) {
	for name, value := range unknown {
		switch have := all[name]; {
		case name == "rule":
			rules := tables(have)
			for i, extra := range tables(value) {
				if j := heirs[i]; j >= 0 {
					maps.Copy(rules[j], extra)
				}
			}
		case name == "account":
			for _, table := range tables(have) {
				for _, extra := range tables(value) {
					if extra["id"] == table["id"] {
						maps.Copy(table, extra)
					}
				}
			}
		case have == nil:
			all[name] = value
		default: // preferences
			have, _ := have.(map[string]any)
			value, _ := value.(map[string]any)
			maps.Copy(have, value)
		}
	}
}
