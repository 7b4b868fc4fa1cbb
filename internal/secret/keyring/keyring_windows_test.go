package keyring

import (
	"strings"
	"testing"

	"github.com/danieljoos/wincred"

	"github.com/traymail/traymail/internal/secret"
)

func TestCredentialManager(t *testing.T) {
	s := New().(*store)
	defer func() { _ = s.Close() }()
	// Only what is of this test: the user's own accounts have other names.
	items := func() int {
		t.Helper()
		all, err := wincred.List()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, c := range all {
			if ref, ours := strings.CutPrefix(c.TargetName, service+":"); ours && (strings.HasPrefix(ref, "home-k3fa") || strings.HasPrefix(ref, "work")) {
				n++
			}
		}
		return n
	}
	s.expect(t, "home-k3fa", "", secret.ErrNotFound)
	s.mustSet(t, "home-k3fa", "pass wörd 密码")
	found, err := wincred.GetGenericCredential(service + ":home-k3fa")
	if err != nil || string(found.CredentialBlob) != "pass wörd 密码" || found.UserName != "home-k3fa" {
		t.Errorf("the Credential Manager has %+v, %v", found, err)
	}
	exercise(t, s, items)
}
