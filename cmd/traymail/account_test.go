package main

import (
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestRemoveAllAccounts(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	first := s.add(address, "--security", "none")
	second := s.add(address, "--security", "none", "--name", "Work", "--user", "other")
	out := s.must("account", "remove", "--all", "--json")
	if !strings.Contains(out, `"removed": "`+first+`"`) || !strings.Contains(out, `"removed": "`+second+`"`) {
		t.Errorf("removed: %s", out)
	}
	if list := s.must("account", "list"); !strings.Contains(list, "no account") {
		t.Errorf("list: %q", list)
	}
	if out := s.must("account", "remove", "--all"); out != "" {
		t.Errorf("nothing to remove, but: %q", out)
	}
}
