package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/pop3"
)

func TestParseLink(t *testing.T) {
	for link, want := range map[string]ipc.OpenRequest{
		"traymail:open":                              {Window: ipc.WindowMailbox},
		"traymail:open?account=home-k3fa":            {Window: ipc.WindowMailbox, Account: "home-k3fa"},
		"TRAYMAIL:open?account=a&uid=0000012a%2F%3C": {Window: ipc.WindowMailbox, Account: "a", UID: "0000012a/<"},
	} {
		if got, ok := parseLink(link); !ok || got != want {
			t.Errorf("%s: %+v, %v", link, got, ok)
		}
	}
	for _, link := range []string{
		"", "open", "http:open", "traymail:", "traymail:quit", "traymail://open", "traymail:/open", "traymail:open/", "traymail:open#x", "traymail:open?#",
		"traymail:open?uid=1", "traymail:open?account=", "traymail:open?account=A", "traymail:open?account=..%2Fx",
		"traymail:open?account=a&uid=", "traymail:open?account=a&uid=1%00", "traymail:open?account=a&uid=1%0A", "traymail:open?account=a&uid=%FF",
		"traymail:open?account=a&account=b", "traymail:open?account=a&window=settings", "traymail:open?account=a;uid=1", "traymail:open?account=%zz",
		"traymail:open?account=a --home x", "traymail:open?account=a&uid=" + strings.Repeat("1", pop3.MaxUID+1), "traymail:open?" + strings.Repeat("&", maxLink),
	} {
		if got, ok := parseLink(link); ok {
			t.Errorf("%q is %+v", link, got)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add("traymail:open?account=home-k3fa&uid=0000012a5f8e3c11")
	f.Fuzz(func(t *testing.T, link string) {
		r, ok := parseLink(link)
		if !ok && r != (ipc.OpenRequest{}) || ok && (r.Window != ipc.WindowMailbox || r.Notice != "" || r.UID != "" && !validUID(r.UID)) {
			t.Errorf("%q: %+v, %v", link, r, ok)
		}
	})
}

// A link is no way to pass arguments, whatever quotation marks are in it.
func TestLinksCarryNoArguments(t *testing.T) {
	for _, args := range [][]string{
		{"--", "traymail:open?account=a", "--home", "x"},
		{"--", "--home", "x"},
		{"--", "traymail:quit"},
		{"--", "quit"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), append([]string{"--home", t.TempDir()}, args...), strings.NewReader(""), &stdout, &stderr); code != exitUsage {
			t.Errorf("%q: exit code %d, %s", args, code, stderr.String())
		}
	}
}
