//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// account is one of a stranger's, in TOML.
const account = "version = 1\n[[account]]\nid = \"x-1\"\nname = \"%s\"\nserver = \"%s\"\nport = 995\nsecurity = \"tls\"\nuser = \"%s\"\n"

// bombs are files that are small and want to be large.
func bombs(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var tables strings.Builder
	for i := range size / 12 {
		fmt.Fprintf(&tables, "[a%d.b.c]\n", i)
	}
	return map[string]string{
		"arrays": "a = " + fill("["), "closed arrays": "a = " + strings.Repeat("[", size/2) + strings.Repeat("]", size/2),
		"inline tables": fill("{a="), "inline below": "a = " + fill("{b = "), "dotted": "a" + fill(".a") + " = 1\n", "headings": "[a" + fill(".a") + "]\n",
		"tables": tables.String(), "accounts": "version = 1\n" + fill("[[account]]\n"), "a string": "a = \"" + fill("x"), "zeros": fill("\x00"),
		"quotes": fill(`"`), "comments": fill("#\n"), "a number": "a = " + fill("9"), "dates": "a = [" + fill("1979-05-27T07:32:00Z,") + "]\n",
	}
}

// strangers are files of others.
func strangers() (all []attack) {
	for name, text := range bombs(60_000) {
		all = append(all, attack{"a file", "60 KB to import: " + name, false, func(ctx context.Context, s *scene) error {
			path, err := s.write("in.toml", text)
			if err != nil {
				return err
			}
			_, err = s.must(ctx, "12", "account", "import", path, "--dry-run")
			return err
		}})
	}
	for _, name := range []string{"arrays", "inline below", "dotted", "tables", "accounts"} {
		all = append(all, attack{"a file", "settings of 4 MB: " + name, false, func(ctx context.Context, s *scene) error {
			config := filepath.Join(s.home, "config")
			if err := os.Mkdir(config, 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(config, "settings.toml"), []byte(bombs(4 << 20)[name]), 0o600); err != nil {
				return err
			}
			for _, args := range [][]string{{"check"}, {"account", "list"}, {"doctor"}} {
				if _, err := s.must(ctx, "12", args...); err != nil {
					return err
				}
			}
			return s.briefly(ctx, nil).ends("012", "the tray role")
		}})
	}
	for name, text := range map[string]string{
		"escapes in a name":    fmt.Sprintf(account, `\u001b[2J\u202eX`, "pop.example.org", "me"),
		"escapes in a user":    fmt.Sprintf(account, "X", "pop.example.org", `me\r\nDELE 1\u001b[2J`),
		"escapes in a server":  fmt.Sprintf(account, "X", `pop.example.org\u001b]0;x\u0007`, "me"),
		"escapes in a key":     "version = 1\n[[account]]\n\"\\u001b[2J\\u202e\" = 1\n",
		"escapes as they are":  "version = 1\n\x1b[2J\u202e = 1\n",
		"a command":            fmt.Sprintf(account, "X", "pop.example.org", "me") + "secret_command = \"touch STOLEN\"\n",
		"a password":           fmt.Sprintf(account, "X", "pop.example.org", "me") + "password = \"" + password + "\"\n",
		"a line with password": "password = \"" + password + "\n",
		"a proxy's password":   fmt.Sprintf(account, "X", "pop.example.org", "me") + "proxy = \"socks5://me:" + password + "@proxy:1080\"\n",
		"another version":      "version = 99999999999999999999\n",
	} {
		all = append(all, attack{"a file", "to import: " + name, false, func(ctx context.Context, s *scene) error {
			stolen := filepath.Join(s.dir, "stolen")
			path, err := s.write("in.toml", strings.ReplaceAll(text, "STOLEN", stolen))
			if err != nil {
				return err
			}
			for _, args := range [][]string{{"account", "import", path, "--dry-run"}, {"account", "import", path}, {"account", "list"}, {"check"}} {
				out, err := s.must(ctx, "012", args...)
				if err != nil {
					return err
				}
				if strings.ContainsAny(out, "\x1b\x07\u202e") {
					return fmt.Errorf("%v prints controls: %q", args, out)
				}
			}
			if _, err := os.Stat(stolen); err == nil {
				return fmt.Errorf("the command was run")
			}
			return nil
		}})
	}
	for name, make := range map[string]func(path string) error{
		"without end": func(path string) error { return os.Symlink("/dev/zero", path) },
		"a pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a folder":    func(path string) error { return os.Mkdir(path, 0o700) },
		"junk": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("user_pref(", 400_000)), 0o600)
		},
		"a value of 8 MB": func(path string) error {
			return os.WriteFile(path, []byte(`user_pref("x", "`+strings.Repeat("A", 8<<20)+"\");\n"), 0o600)
		},
	} {
		all = append(all, attack{"a file", "a Thunderbird profile: " + name, false, func(ctx context.Context, s *scene) error {
			if err := make(filepath.Join(s.dir, "prefs.js")); err != nil {
				return err
			}
			_, err := s.must(ctx, "012", "account", "import", "--thunderbird", s.dir, "--dry-run")
			return err
		}})
	}
	xml := func(s string) string { return "<clientConfig>" + strings.Repeat(s, 60_000/len(s)) }
	for name, file := range map[string]string{
		"entities": `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><clientConfig>&b;</clientConfig>`,
		"deep":     xml("<a>"), "flat": xml("<a/>"), "attributes": xml("<a b='' c='' d=''/>"), "comments": xml("<!---->"),
		"the name in the host": `<clientConfig><emailProvider><incomingServer type="pop3"><hostname>%EMAILLOCALPART%.attack.example</hostname><port>995</port><socketType>SSL</socketType><username>x</username></incomingServer></emailProvider></clientConfig>`,
		"without end":          "",
	} {
		all = append(all, attack{"a file", "autoconfig: " + name, false, func(ctx context.Context, s *scene) error {
			proxy, asked, err := s.web(file)
			if err != nil {
				return err
			}
			config := filepath.Join(s.home, "config")
			if err := os.Mkdir(config, 0o700); err != nil {
				return err
			}
			settings := fmt.Sprintf("version = 1\n\n[preferences]\nproxy = %q\n", "http://"+proxy)
			if err := os.WriteFile(filepath.Join(config, "settings.toml"), []byte(settings), 0o600); err != nil {
				return err
			}
			if _, err := s.must(ctx, "1", "discover", "somebody@attack.example"); err != nil {
				return err
			}
			if list := asked(); !strings.Contains(list, "autoconfig.attack.example:443") || strings.Contains(list, "somebody") {
				return fmt.Errorf("it was asked for %s", list)
			}
			return nil
		}})
	}
	return all
}

// web is a proxy behind which every web server has this file, or one without
// end. It knows what it was asked for.
func (s *scene) web(file string) (address string, asked func() string, err error) {
	config := s.identity.ServerTLS()
	return s.raw(func(c net.Conn) {
		r := bufio.NewReader(c)
		request, err := http.ReadRequest(r)
		if err != nil || request.Method != http.MethodConnect || !strings.HasSuffix(request.Host, "attack.example:443") {
			_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		inner := tls.Server(c, config)
		if _, err := http.ReadRequest(bufio.NewReader(inner)); err != nil {
			return
		}
		_, _ = io.WriteString(inner, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n"+file)
		for file == "" {
			if _, err := io.WriteString(inner, "<a>"+strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
		_ = inner.Close()
	})
}
