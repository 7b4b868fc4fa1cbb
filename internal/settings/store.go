package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// CurrentVersion is the version that this program writes.
const CurrentVersion = 1

// maxFile bounds the file in bytes.
const maxFile = 4 << 20

const header = `# Settings of traymail. You may edit this file; a running traymail notices.
# Passwords are not here but in your keyring. Comments are not kept when
# traymail itself changes something.

`

// FileError says what is wrong with the file, and where.
type FileError struct {
	File string
	// Line is 0 where no line is to blame.
	Line int
	// Key is such as "account.port", or empty.
	Key string
	Err error
}

// Error names file, line and key, in English.
func (e *FileError) Error() string { return e.Text(english()) }

// Text names file, line and key; what is wrong is said in the user's
// language where traymail found it, not the TOML parser.
func (e *FileError) Text(t Translator) string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Key != "" {
		s += ": " + e.Key
	}
	var field FieldError
	if errors.As(e.Err, &field) {
		return s + ": " + field.Text(t)
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// Store is the settings file and what was last read from it. It is safe for
// concurrent use.
type Store struct {
	path string
	mu   sync.Mutex
	good Settings
	// raw is the file as it was last read or written; unknown holds the keys
	// of it that this version does not know.
	raw     []byte
	unknown map[string]any
	err     *FileError
}

// Open reads the file at path. No file means no accounts. When the file is
// unusable, the error is a *FileError, and the Store that comes with it has
// no accounts, refuses to write, and recovers once the file is mended.
func Open(path string) (*Store, error) {
	s := &Store{path: path, good: Settings{Version: CurrentVersion}}
	if err := s.load(); err != nil {
		return s, err
	}
	return s, nil
}

// Settings returns a copy of the last good settings.
func (s *Store) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.good.clone()
}

// Err returns a *FileError while the file is unusable, else nil.
func (s *Store) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return nil
	}
	return s.err
}

func (s Settings) clone() Settings {
	s.Accounts = slices.Clone(s.Accounts)
	return s
}

// load reads the file; a bad one changes nothing but s.err.
func (s *Store) load() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loadLocked()
}

func (s *Store) loadLocked() error {
	raw, err := readFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.good, s.raw, s.unknown, s.err = Settings{Version: CurrentVersion}, nil, nil, nil
		return nil
	}
	var loaded Settings
	var unknown map[string]any
	if err == nil {
		loaded, unknown, err = decode(raw)
	}
	if err != nil {
		var file *FileError
		if !errors.As(err, &file) {
			file = &FileError{Err: err}
		}
		file.File = s.path
		s.err = file
		return file
	}
	s.good, s.raw, s.unknown, s.err = loaded, raw, unknown, nil
	return nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("the file is larger than %d bytes", maxFile)
	}
	return os.ReadFile(path) //nolint:gosec // G304: the path is the program's own
}

// decode reads and validates the whole file. Errors are *FileError without File.
func decode(raw []byte) (Settings, map[string]any, error) {
	var loaded Settings
	meta, err := toml.Decode(string(raw), &loaded)
	if err != nil {
		var parse toml.ParseError
		if errors.As(err, &parse) {
			return Settings{}, nil, &FileError{Line: parse.Position.Line, Key: parse.LastKey, Err: errors.New(parse.Message)}
		}
		return Settings{}, nil, &FileError{Err: errors.New(strings.TrimPrefix(err.Error(), "toml: "))}
	}
	if loaded.Version > CurrentVersion {
		return Settings{}, nil, &FileError{
			Line: keyLine(raw, "", 0, "version"), Key: "version",
			Err: fmt.Errorf("%d is from a newer traymail; this one knows %d", loaded.Version, CurrentVersion),
		}
	}
	loaded.Version = CurrentVersion
	for i := range loaded.Accounts {
		loaded.Accounts[i].Normalize()
	}
	if at, problem := validate(loaded.Accounts); problem != nil {
		return Settings{}, nil, &FileError{
			Line: keyLine(raw, "account", at, problem.Field), Key: "account." + problem.Field, Err: *problem,
		}
	}
	var all map[string]any
	if len(meta.Undecoded()) > 0 {
		if _, err := toml.Decode(string(raw), &all); err != nil {
			return Settings{}, nil, &FileError{Err: err}
		}
		prune(all, meta.Undecoded())
	}
	return loaded, all, nil
}

// validate returns the first problem and the index of its account.
func validate(accounts []Account) (int, *FieldError) {
	for i, a := range accounts {
		if problems := a.Validate(); len(problems) > 0 {
			return i, &problems[0]
		}
		for _, other := range accounts[:i] {
			if other.ID == a.ID {
				return i, &FieldError{Field: "id", Key: "settings.id_twice"}
			}
			if sameMaildrop(other, a) {
				return i, &FieldError{Field: "user", Key: "settings.maildrop_twice"}
			}
		}
	}
	return 0, nil
}

// keyLine finds the line of a key in the n-th [[table]], or in the head of
// the file for table "". It falls back to the line of the table.
func keyLine(raw []byte, table string, n int, key string) int {
	inside, at, seen := table == "", 0, -1
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			if inside && table != "" || table == "" {
				break
			}
			if strings.ReplaceAll(strings.SplitN(line, "#", 2)[0], " ", "") == "[["+table+"]]" {
				seen++
				if seen == n {
					inside, at = true, i+1
				}
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if inside && ok && strings.Trim(strings.TrimSpace(name), `"'`) == key {
			return i + 1
		}
	}
	return at
}

// prune keeps of all only top-level and preference keys that nothing decoded;
// unknown keys inside accounts are kept per account ID.
func prune(all map[string]any, undecoded []toml.Key) {
	keep := map[string]bool{}
	for _, key := range undecoded {
		keep[key.String()] = true
		keep[key[0]] = true
	}
	for name, value := range all {
		if !keep[name] {
			delete(all, name)
			continue
		}
		switch value := value.(type) {
		case map[string]any:
			for k := range value {
				if name == "preferences" && !keep[name+"."+k] {
					delete(value, k)
				}
			}
		case []map[string]any:
			for _, table := range value {
				for k := range table {
					if name == "account" && k != "id" && !keep[name+"."+k] {
						delete(table, k)
					}
				}
			}
		}
	}
}

// ErrInvalid wraps what Update refuses.
var ErrInvalid = errors.New("the settings would not be valid")

// Update changes the settings: change gets a copy, and what it leaves is
// validated and written atomically. An edit by hand that came in between is
// read first. While the file is unusable, nothing is written.
func (s *Store) Update(change func(*Settings) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	onDisk, err := readFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &FileError{File: s.path, Err: err}
	}
	if s.err != nil || !bytes.Equal(onDisk, s.raw) {
		if err := s.loadLocked(); err != nil {
			return err
		}
	}
	next := s.good.clone()
	if err := change(&next); err != nil {
		return err
	}
	for i := range next.Accounts {
		next.Accounts[i].Normalize()
	}
	next.Version = CurrentVersion
	if _, problem := validate(next.Accounts); problem != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, *problem)
	}
	raw, err := encode(next, s.unknown)
	if err != nil {
		return err
	}
	if err := writeFile(s.path, raw); err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	s.good, s.raw = next, raw
	return nil
}

// encode writes settings with the unknown keys of the file they came from.
func encode(s Settings, unknown map[string]any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(header)
	if len(unknown) == 0 {
		err := toml.NewEncoder(&b).Encode(s)
		return b.Bytes(), err
	}
	var plain bytes.Buffer
	if err := toml.NewEncoder(&plain).Encode(s); err != nil {
		return nil, err
	}
	var all map[string]any
	if _, err := toml.Decode(plain.String(), &all); err != nil {
		return nil, err
	}
	merge(all, unknown)
	err := toml.NewEncoder(&b).Encode(all)
	return b.Bytes(), err
}

// merge adds to all what it lacks of unknown; accounts are matched by ID.
func merge(all, unknown map[string]any) {
	for name, value := range unknown {
		have, ok := all[name]
		if !ok && name != "account" {
			all[name] = value
			continue
		}
		switch value := value.(type) {
		case map[string]any:
			if have, ok := have.(map[string]any); ok {
				merge(have, value)
			}
		case []map[string]any:
			have, _ := have.([]map[string]any)
			for _, table := range have {
				i := slices.IndexFunc(value, func(t map[string]any) bool { return t["id"] == table["id"] })
				if i >= 0 {
					merge(table, value[i])
				}
			}
		}
	}
}

// writeFile replaces the file atomically: a crash leaves the old or the new.
func writeFile(path string, raw []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".settings-*.toml") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(raw); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	// The rename itself must survive a power cut where the system can do it.
	if d, err := os.Open(dir); err == nil { //nolint:gosec // G304: the program's own folder
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
