// Package attach puts attachments on the disk: under names that mean nothing to
// any system beside being names, never over a file that is there, and marked as
// what came from outside. It says which ones could run. It never opens one.
package attach

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

// maxName bounds a name in octets: file systems take 255, some of encrypted
// folders 143.
const maxName = 140

// reserved are names of devices on Windows, with any extension.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true, "clock$": true,
	"com0": true, "com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt0": true, "lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
	"com¹": true, "com²": true, "com³": true, "lpt¹": true, "lpt²": true, "lpt³": true,
}

// Name is a name for a file on any system: without folders, signs that turn
// text around, what shells and file systems take for more than letters, and
// dots that hide it. It is otherwise as it was, and fallback where nothing is
// left of it.
func Name(name, fallback string) string {
	name = plaintext.Clean(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ". -~")
	name = strings.TrimRight(name, ". ")
	if len(name) > maxName {
		stem, extension := split(name)
		for len(stem)+len(extension) > maxName {
			_, n := utf8.DecodeLastRuneInString(stem)
			stem = stem[:len(stem)-n]
		}
		name = strings.TrimRight(stem, ". ") + extension
	}
	first, _, _ := strings.Cut(name, ".")
	if reserved[strings.ToLower(strings.TrimSpace(first))] {
		name = "_" + name
	}
	if name == "" {
		return fallback
	}
	return name
}

// split cuts the extension off a name, if it has one that is short.
func split(name string) (stem, extension string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 20 {
		return name[:i], name[i:]
	}
	return name, ""
}

// tries is how many names are tried in a folder.
const tries = 1000

// Create makes a file in a folder for an attachment of this name: under another
// where there is one already.
func Create(folder, name, fallback string) (*os.File, error) {
	name = Name(name, fallback)
	stem, extension := split(name)
	for n := 1; ; n++ {
		if n > 1 {
			name = stem + " (" + strconv.Itoa(n) + ")" + extension
		}
		f, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- a folder that the user has chosen, and a name without one
		if !errors.Is(err, fs.ErrExist) || n == tries {
			return f, err
		}
	}
}

// Write has write fill a file that Create has made, closes and marks it. After
// an error there is no file.
func Write(f *os.File, write func(io.Writer) error) (path string, err error) {
	path = f.Name()
	if err = errors.Join(write(f), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	Mark(path)
	return path, nil
}

// Mark notes where a file came from, for systems that ask before they open such
// a one. That it cannot be noted is no error: the file system may not know how.
func Mark(path string) { mark(path) }
