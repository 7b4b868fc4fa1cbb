package pemfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestRoots(t *testing.T) {
	dir := t.TempDir()
	identity, err := popserver.NewIdentity("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		content string
		bad     bool
	}{
		"good.pem":  {"a comment\n" + string(identity.CA), false},
		"empty.pem": {"", true},
		"cut.pem":   {string(identity.CA[:len(identity.CA)/2]), true},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Roots(path); errors.Is(err, ErrNoCertificate) != test.bad || !test.bad && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Roots(dir); err == nil || errors.Is(err, ErrNoCertificate) {
		t.Errorf("a folder: %v", err)
	}
}
