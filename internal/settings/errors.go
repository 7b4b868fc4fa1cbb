package settings

import (
	"errors"
	"fmt"
)

// FileError says what is wrong with the file, and where.
type FileError struct {
	File string
	// Line is 0 where no line is to blame.
	Line int
	// Key is such as "account.port", or empty.
	Key string
	Err error
}

// Error names file, line and key, in English, for logs; package explain has
// the reader's language.
func (e *FileError) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Key != "" {
		s += ": " + e.Key
	}
	var field FieldError
	if errors.As(e.Err, &field) {
		return s + ": " + field.english()
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }
