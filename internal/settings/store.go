package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
)

// CurrentVersion is the version that this program writes.
const CurrentVersion = 1

// Store is the settings file and what was last read from it. It is safe for
// concurrent use.
type Store struct {
	path string
	mu   sync.Mutex
	good Settings
	// raw is the file as it was last read or written; nil if there was none.
	raw []byte
	// unknown holds the keys of raw that this version does not know, and
	// warnings names them.
	unknown  strange
	warnings []*FileError
	err      *FileError
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

// Warnings names the keys of the file that this version does not know. They
// are kept, but they do nothing: perhaps they are misspelt.
func (s *Store) Warnings() []*FileError {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.warnings)
}

// normalize is Normalize of everything.
func (s *Settings) normalize() {
	s.Version = CurrentVersion
	s.Preferences.Normalize()
	for i := range s.Rules {
		s.Rules[i].Normalize()
	}
	for i := range s.Hooks {
		s.Hooks[i].Normalize()
	}
	for i := range s.Accounts {
		s.Accounts[i].Normalize()
	}
}

func (s Settings) clone() Settings {
	s.Accounts, s.Rules = slices.Clone(s.Accounts), slices.Clone(s.Rules)
	s.Hooks = slices.Clone(s.Hooks) // whose commands nobody changes
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
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case gone && s.raw == nil:
		s.err = nil // there never was one, or only one that was unusable
		return nil
	case gone, err == nil && len(raw) == 0 && len(s.raw) > 0:
		// A file that has gone or was cut off, perhaps while somebody is
		// saving it, says nothing about what the user wants.
		err = &FileError{Err: FieldError{Key: MistakeFileGone}}
	}
	var loaded *decoded
	if err == nil {
		loaded, err = decode(raw)
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
	s.take(loaded, raw)
	return nil
}

// take puts in force what was read or written.
func (s *Store) take(d *decoded, raw []byte) {
	for _, w := range d.warnings {
		w.File = s.path
	}
	s.good, s.unknown, s.warnings, s.raw, s.err = d.settings, d.unknown, d.warnings, raw, nil
}

// ErrInvalid wraps what Update refuses.
var ErrInvalid = errors.New("invalid settings")

// Update changes the settings: change gets a copy, and what it leaves is
// validated and written atomically; what a person wrote into the file, comments
// and all, stays as far as it can. An edit by hand that came in between is read
// first. While the file is unusable, nothing is written; one that has
// gone or is empty is written anew.
func (s *Store) Update(change func(*Settings) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	onDisk, err := readFile(s.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &FileError{File: s.path, Err: err}
	}
	if len(onDisk) > 0 && (s.err != nil || !bytes.Equal(onDisk, s.raw)) {
		if err := s.loadLocked(); err != nil {
			return err
		}
	}
	next := s.good.clone()
	if err := change(&next); err != nil {
		return err
	}
	next.normalize()
	if problem := validate(next); problem != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, problem.FieldError)
	}
	raw, err := encode(next, s.unknown, s.good)
	if err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	// What could not be read again is not written.
	written, err := reread(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if text, amended := amend(s.raw, s.good, written); amended != nil {
		raw, written = text, amended
	}
	if err := writeFile(s.path, raw); err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	s.take(written, raw)
	return nil
}
