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
