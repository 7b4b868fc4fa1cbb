package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path  string
		limit int64
		want  string
		err   error
	}{
		{path, 100, "four", nil},
		{path, 4, "four", nil},
		{path, 3, "", ErrTooLarge},
		{dir, 100, "", ErrNotRegular},
		{filepath.Join(dir, "none"), 100, "", fs.ErrNotExist},
	} {
		got, err := Read(test.path, test.limit)
		if string(got) != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s, up to %d bytes: %q, %v; want %q, %v", filepath.Base(test.path), test.limit, got, err, test.want, test.err)
		}
	}
}
