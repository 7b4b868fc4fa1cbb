package discover

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"github.com/traymail/traymail/internal/settings"
)

var me = address{text: "a%b@example.org", local: "a%b", domain: "example.org"}

// somebody has a local part that would do as a label.
var somebody = address{text: "somebody@example.org", local: "somebody", domain: "example.org"}

func TestParseAutoconfig(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"variables":          {config("pop3 pop.%EMAILDOMAIN% 995 SSL %EMAILLOCALPART%"), "pop.example.org:995/tls/a%b"},
		"STARTTLS":           {config("pop3 pop.example.org 110 STARTTLS %EMAILADDRESS%"), "pop.example.org:110/stls/a%b@example.org"},
		"plain":              {config("pop3 pop.example.org 110 plain x"), ""},
		"IMAP":               {config("imap imap.example.org 993 SSL x"), ""},
		"order":              {config("pop3 a.example.org 995 SSL x", "pop3 b.example.org 110 STARTTLS y"), "a.example.org:995/tls/x b.example.org:110/stls/y"},
		"IDN":                {config("pop3 Bücher.example 995 SSL x"), "xn--bcher-kva.example:995/tls/x"},
		"address as host":    {config("pop3 127.0.0.1 995 SSL x"), ""},
		"local host":         {config("pop3 localhost 995 SSL x"), ""},
		"path as host":       {config("pop3 a.example/.. 995 SSL x"), ""},
		"port 0":             {config("pop3 pop.example.org 0 SSL x"), ""},
		"port 65536":         {config("pop3 pop.example.org 65536 SSL x"), ""},
		"port -1":            {config("pop3 pop.example.org -1 SSL x"), ""},
		"unknown variable":   {config("pop3 pop.example.org 995 SSL %REALNAME%"), ""},
		"user with control":  {config("pop3 pop.example.org 995 SSL a&#x202e;b"), ""},
		"too many":           {config(strings.Fields(strings.Repeat("x ", 20))[0:0]...), ""},
		"another place":      {`<clientConfig><incomingServer type="pop3"><hostname>a.example</hostname></incomingServer></clientConfig>`, ""},
		"nested":             {`<clientConfig><emailProvider><incomingServer type="pop3"><pop3><hostname>a.example</hostname></pop3><port>995</port><socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>`, ""},
		"local part in host": {config("pop3 %EMAILLOCALPART%.example.org 995 SSL x"), ""},
		"name in host":       {config("pop3 pop.%EMAILDOMAIN%.%EMAILLOCALPART%.example 995 SSL x"), ""},
		"address in host":    {config("pop3 %EMAILADDRESS% 995 SSL x"), ""},
		"torn variable":      {config("pop3 %EMAIL%EMAILDOMAIN%LOCALPART%.example.org 995 SSL x"), ""},
		"comment":            {strings.Replace(config(known), "pop.example.org", "pop<!-- x -->.example.org", 1), "pop.example.org:995/tls/a%b@example.org"},
		"entity":             {strings.Replace(config(known), "pop.example.org", "&lt;", 1), ""},
	} {
		c, err := parseAutoconfig([]byte(test.file), me)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, c := range c {
			got = append(got, fmt.Sprintf("%s:%d/%s/%s", c.Server, c.Port, c.Security, c.User))
		}
		expect(t, name, strings.Join(got, " "), test.want)
	}
	many := make([]string, 20)
	for i := range many {
		many[i] = fmt.Sprintf("pop3 p%d.example.org 995 SSL x", i)
	}
	if c, err := parseAutoconfig([]byte(config(many...)), me); err != nil || len(c) != maxServers {
		t.Errorf("%d servers, %v", len(c), err)
	}
}

func TestRefusedFiles(t *testing.T) {
	whole := config(known)
	for name, file := range map[string]string{
		"empty":            "",
		"cut":              whole[:len(whole)-5],
		"another root":     "<html></html>",
		"two roots":        whole + whole[strings.Index(whole, "<client"):],
		"DOCTYPE":          "<!DOCTYPE clientConfig>" + whole[strings.Index(whole, "<client"):],
		"unknown entity":   strings.Replace(whole, "pop.", "&pop;", 1),
		"another encoding": strings.Replace(whole, "UTF-8", "GBK", 1),
		"too deep":         "<clientConfig>" + strings.Repeat("<a>", 20) + strings.Repeat("</a>", 20) + "</clientConfig>",
		"too large":        "<clientConfig>" + strings.Repeat(" ", maxFile) + "</clientConfig>",
		"no UTF-8":         strings.Replace(whole, "pop.", "p\xff.", 1),
	} {
		if c, err := parseAutoconfig([]byte(file), me); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// Whatever a server sends, what comes out can be connected to and shown.
func FuzzParseAutoconfig(f *testing.F) {
	f.Add([]byte(config(known, "imap imap.example.org 993 SSL x", "pop3 pop.%EMAILDOMAIN% 110 STARTTLS %EMAILLOCALPART%")))
	f.Add([]byte("<!DOCTYPE x [<!ENTITY a \"b\">]><clientConfig>&a;</clientConfig>"))
	f.Add([]byte("<clientConfig><emailProvider><incomingServer type='pop3'/></emailProvider></clientConfig>"))
	f.Add([]byte(config("pop3 %EMAILLOCALPART%.%EMAILDOMAIN% 995 SSL %EMAILADDRESS%", "pop3 %EMAIL%EMAILDOMAIN%LOCALPART% 995 SSL x")))
	for _, file := range hostile(600) {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		candidates, err := parseAutoconfig(file, me)
		if err != nil && candidates != nil {
			t.Error("candidates from a refused file")
		}
		if len(candidates) > maxServers {
			t.Errorf("%d servers", len(candidates))
		}
		theirs, _ := parseAutoconfig(file, somebody)
		for i, c := range candidates {
			if i < len(theirs) && theirs[i].Server != c.Server && len(theirs) == len(candidates) {
				t.Errorf("the name of the server depends on the local part: %s and %s", c.Server, theirs[i].Server)
			}
			if host, ok := hostName(c.Server); !ok || host != c.Server || c.Port < 1 || c.Port > 65535 || c.User == "" || strings.ContainsFunc(c.User, unicode.IsControl) || c.Security != settings.TLS && c.Security != settings.STLS {
				t.Errorf("%+v", c)
			}
		}
	})
}

// What a file of a stranger costs is bounded. The path of a long name used to
// be put together for each element below it.
func TestHostileFilesCostLittle(t *testing.T) {
	for name, file := range hostile(maxFile - 300) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		candidates, err := parseAutoconfig([]byte(file), me)
		runtime.ReadMemStats(&after)
		if octets := after.TotalAlloc - before.TotalAlloc; octets > 8<<20 {
			t.Errorf("%s: %d KB were allocated", name, octets>>10)
		}
		if len(file) > maxFile || err == nil && len(candidates) > 0 && name != "servers" {
			t.Errorf("%s: %d octets, %d servers, %v", name, len(file), len(candidates), err)
		}
	}
}

// hostile are files of about size octets.
func hostile(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	root := func(s string) string { return "<clientConfig>" + s + "</clientConfig>" }
	server := func(host, user string) string {
		return root("<emailProvider>" + fill("<incomingServer type='pop3'><hostname>"+host+"</hostname><port>995</port><socketType>SSL</socketType><username>"+user+"</username></incomingServer>") + "</emailProvider>")
	}
	var attributes, spaces strings.Builder
	for i := range size / 12 {
		fmt.Fprintf(&attributes, "a%d='' ", i)
	}
	for i := range size / 32 {
		fmt.Fprintf(&spaces, "<a xmlns:a%d='b'></a>", i)
	}
	return map[string]string{
		"deep":       "<clientConfig>" + fill("<a>"),
		"flat":       root(fill("<a/>")),
		"attributes": "<clientConfig " + attributes.String() + "/>",
		"long name":  root("<" + strings.Repeat("a", size/2) + ">" + strings.Repeat("<a/>", size/8)),
		"text":       root(fill("x")),
		"entities":   root(fill("&lt;")),
		"spaces":     root(spaces.String()),
		"comments":   "<clientConfig><emailProvider><incomingServer type='pop3'><hostname>" + fill("a<!---->"),
		"servers":    server("a.example", "x"),
		"hosts":      server(strings.Repeat("ü.", 120), "x"),
		"users":      server("a.example", strings.Repeat("%EMAILADDRESS%", 70)),
	}
}
