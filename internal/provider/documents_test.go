package provider

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The table of the documents says what the table of the program does.
func TestDocumentedProviders(t *testing.T) {
	code := regexp.MustCompile("`([^`]+)`")
	for file, words := range map[string]struct{ unverified, local, browser, authorization, app string }{
		"../../docs/providers.md":       {"unverified", "before the @", "browser", "authorization code", "app password"},
		"../../docs/providers.zh-CN.md": {"未核实", "@ 之前", "浏览器", "授权码", "应用专用密码"},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[Secret]string{SecretBrowser: words.browser, SecretCode: words.authorization, SecretApp: words.app, SecretEither: words.app}
		domains := 0
		for line := range strings.Lines(string(text)) {
			cells := strings.Split(line, "|")
			if len(cells) != 7 || !strings.Contains(cells[1], "`") {
				continue
			}
			for _, m := range code.FindAllStringSubmatch(cells[1], -1) {
				domains++
				p := ByDomain(m[1])
				if p == nil {
					t.Errorf("%s: %s is not in the table", file, m[1])
					continue
				}
				server := ""
				if m := code.FindStringSubmatch(cells[2]); m != nil {
					server = m[1]
				}
				if p.Server != server {
					t.Errorf("%s: the server of %s is %q, not %q", file, m[1], p.Server, server)
				}
				if p.Verified == strings.Contains(cells[5], words.unverified) {
					t.Errorf("%s: %s is verified: %t", file, m[1], p.Verified)
				}
				if p.LocalUser != strings.Contains(cells[3], words.local) {
					t.Errorf("%s: the user name at %s is local: %t", file, m[1], p.LocalUser)
				}
				if p.POP3() && (kinds[p.Secret] == "" || !strings.Contains(cells[4], kinds[p.Secret])) {
					t.Errorf("%s: %s wants %s, not %q", file, m[1], p.Secret, cells[4])
				}
				if p.POP3() && (p.Port != 995 || p.STLS) {
					t.Errorf("%s: %s is not on port 995 with TLS", file, m[1])
				}
			}
		}
		if domains < 18 {
			t.Errorf("%s: only %d domains", file, domains)
		}
	}
}
