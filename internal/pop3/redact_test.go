package pop3

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// encodings are the ways in which a text may repeat another.
var encodings = map[string]func(string) string{
	"plain":          func(s string) string { return s },
	"capitals":       strings.ToUpper,
	"small":          strings.ToLower,
	"cut":            func(s string) string { return s[:max(0, len(s)-3)] },
	"end":            func(s string) string { return s[min(3, len(s)):] },
	"Base64":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"Base64, no end": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"Base64, cut": func(s string) string {
		b := base64.StdEncoding.EncodeToString([]byte("no " + s))
		return b[2:max(2, len(b)-3)]
	},
	"Base64 within":   func(s string) string { return base64.StdEncoding.EncodeToString([]byte("\x00me\x00" + s + "!")) },
	"Base64 capitals": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(strings.ToUpper(s))) },
	"Base64 stuck":    func(s string) string { return "got" + base64.StdEncoding.EncodeToString([]byte(s)) },
	"hex":             func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":             func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte("x" + s))) },
	"hex stuck":       func(s string) string { return "a" + hex.EncodeToString([]byte(s)) },
	"escapes":         func(s string) string { return s[:min(3, len(s))] + "\x1b[31m" + s[min(3, len(s)):] },
	"unseen":          func(s string) string { return s[:min(5, len(s))] + "\u200b" + s[min(5, len(s)):] },
	"URL":             url.QueryEscape,
	"URL path":        url.PathEscape,
	"URL, all":        func(s string) string { return octets("%%%02X", s) },
	"URL, small":      func(s string) string { return octets("%%%02x", s) },
	"quoted":          func(s string) string { return octets("=%02X", s) },
	"JSON":            func(s string) string { b, _ := json.Marshal(s + "\U0001F511"); return string(b) },
	"JSON, all":       func(s string) string { return units(`\u%04x`, s) },
	"C":               func(s string) string { return octets(`\x%02x`, s) },
	"octal":           func(s string) string { return octets(`\%03o`, s) },
	"HTML":            html.EscapeString,
	"HTML, decimal":   func(s string) string { return runes("&#%d;", s) },
	"HTML, hex":       func(s string) string { return runes("&#x%x;", s) },
	"hex with colons": func(s string) string { return strings.TrimSuffix(octets("%02X:", s), ":") },
	"hex with dashes": func(s string) string { return strings.TrimSuffix(octets("%02x-", s), "-") },
	"hex with blanks": func(s string) string { return strings.TrimSuffix(octets("%02x ", s), " ") },
	"UTF-16LE":        func(s string) string { return base64.StdEncoding.EncodeToString(wide(binary.LittleEndian, s)) },
	"UTF-16BE":        func(s string) string { return base64.RawURLEncoding.EncodeToString(wide(binary.BigEndian, s)) },
	"UTF-16LE hex":    func(s string) string { return hex.EncodeToString(wide(binary.LittleEndian, s)) },
	"UTF-16BE hex":    func(s string) string { return hex.EncodeToString(wide(binary.BigEndian, s)) },
	"control":         func(s string) string { return s[:min(5, len(s))] + "\x01" + s[min(5, len(s)):] },
}

// octets writes each octet of a text in a format.
func octets(format, s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func runes(format, s string) string {
	var b strings.Builder
	for _, c := range s {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// units is octets for those of UTF-16.
func units(format, s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, format, unit)
	}
	return b.String()
}

func wide(order binary.AppendByteOrder, s string) (b []byte) {
	for _, unit := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, unit)
	}
	return b
}

// S8: every form of a secret of eight octets or more is found, and what
// servers say anyway is not.
func TestSpilled(t *testing.T) {
	for _, secret := range []string{"hunter22hunter", "correct horse  battery", "Größe-und-Maß", "密码密码密码", "🔑🔑🔑 key", "pa&ss-W0rd/9", `a\101"b<c>'=41%41`, "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiI", "12345678901"} {
		var r redactor
		r.secret(secret)
		for name, encode := range encodings {
			if (name == "unseen" || name == "control") && secret[0] > 0x80 || name == "Base64, cut" && r.beyond {
				continue // it is cut within a character
			}
			raw := "-ERR got " + encode(secret) + ", sorry"
			if shown, spilled := r.text(raw); !spilled || shown != "" {
				t.Errorf("%s of %q: %q", name, secret, shown)
			}
		}
		for _, raw := range ordinary {
			if shown, spilled := r.text(raw); spilled || shown != raw {
				t.Errorf("%q withholds %q", secret, raw)
			}
		}
		if r.spilledUID("0000012a5f8e3c11") || r.spilledUID("1234567") || !r.spilledUID("x"+strings.ToUpper(secret)) {
			t.Error("UIDs of", secret)
		}
	}
}

var ordinary = []string{
	"+OK", "+OK ready", "-ERR [AUTH] Authentication failed.", "unknown command AUTH PLAIN", "PASS expected", "AUTH PLAIN not supported",
	"+OK 1798 message(s) [430209247 byte(s)]", "+OK Welcome to coremail Mail Pop3 Server (163coms[10774b260cc7a37d26d71b52404dcf5cs])",
	"+OK 2 1tbiCRXtkVet7nXH2wAAsv", "Dovecot ready. <1.2.3.4@example.org>", "系统繁忙，请稍后再试",
}

// A secret is found in one encoding within another, and within a third, and
// what is ordinary is not taken for such.
func TestSpilledInEncodingsWithinOthers(t *testing.T) {
	var names []string
	for name := range encodings {
		if !slices.Contains([]string{"plain", "capitals", "small", "cut", "end", "escapes", "unseen", "control", "Base64, cut"}, name) {
			names = append(names, name)
		}
	}
	for _, secret := range []string{"hunter22hunter", "Größe-und-Maß", "密码密码密码", "pa&ss-W0rd/9", "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiI"} {
		var r redactor
		r.secret(secret)
		for _, outer := range names {
			if outer == "Base64 capitals" {
				continue // what is within is no encoding any more
			}
			for _, within := range names {
				twice := encodings[outer](encodings[within](secret))
				if !r.spilled(twice) {
					t.Errorf("%s of %s of %q: %q", outer, within, secret, twice)
				}
				if thrice := encodings["Base64"](twice); !r.spilled(thrice) {
					t.Errorf("Base64 of %s of %s of %q: %q", outer, within, secret, thrice)
				}
			}
		}
		for _, raw := range ordinary {
			for _, name := range names {
				if twice := encodings["Base64"](encodings[name](raw)); r.spilled(twice) {
					t.Errorf("%q withholds Base64 of %s of %q", secret, name, raw)
				}
			}
		}
	}
}

// However a text nests, looking at it ends soon.
func TestNestedTextsCostLittle(t *testing.T) {
	var r redactor
	r.secret("Größe-und-Maß")
	r.secret("hunter22hunter")
	for name, part := range map[string]string{
		"percent": "%25", "percent signs": "%", "JSON": `\u005c`, "all": `%5c&amp;=5c\u0025+`, "digits": "QUFBQUFB", "hex": "41", "hex with blanks": "41 ", "letters": "ö", "UTF-16": "AEEA",
	} {
		text := strings.Repeat(part, maxStatus/len(part))
		for range 2 {
			began := time.Now()
			r.spilled(text)
			if took := time.Since(began); took > 20*time.Second { // it is a third of one, and the race detector slow
				t.Errorf("%s: %v", name, took)
			}
			text = base64.StdEncoding.EncodeToString([]byte(text))[:maxStatus]
		}
	}
}

// A server that has every row looked at closely is soon looked at no more, and
// what it might hide is withheld.
func TestLookingCloselyIsBounded(t *testing.T) {
	var r redactor
	r.secret("Größe-und-Maß")
	row := strings.Repeat("ö", 35)
	rows := 0
	for ; !r.spilledUID(row) && rows <= mostLooked; rows++ {
	}
	if rows < 1000 || rows > mostLooked/len(row) {
		t.Errorf("%d rows were looked at", rows)
	}
	if r.spilledUID("0000012a5f8e3c11") || !r.spilledUID(row) {
		t.Error("afterwards")
	}
	// Rows of honest servers need no close look.
	var honest redactor
	honest.secret("hunter22hunter")
	honest.secret("Größe-und-Maß")
	for i := range 100_000 {
		sum := sha256.Sum256(fmt.Append(nil, i))
		for _, row := range []string{fmt.Sprintf("GmailId%x", sum[:8]), base64.StdEncoding.EncodeToString(sum[:24]), fmt.Sprintf("%x", sum[:16]), fmt.Sprintf("1tbi%s", base64.RawURLEncoding.EncodeToString(sum[:18]))} {
			if honest.spilledUID(row) {
				t.Fatalf("%q is withheld after %d rows and %d octets", row, i, honest.looked.Load())
			}
		}
	}
}

// Short secrets count as whole words.
func TestShortSecretSpilled(t *testing.T) {
	var r redactor
	r.secret("Pw-12")
	for raw, want := range map[string]bool{
		"pw-12": true, "[PW-12] no": true, "wrong: pw-12!": true, "xpw-12": false, "pw-123": false, "pw-1": false,
		base64.StdEncoding.EncodeToString([]byte("\x00me\x00pw-12")): true,
		base64.StdEncoding.EncodeToString([]byte("Pw-12")):           true,
		hex.EncodeToString([]byte("pass PW-12")):                     true,
		base64.StdEncoding.EncodeToString([]byte("apw-12")):          false,
		"pw%2D12": true, "got=20pw=2d12": true, `\u0050w\x2d12`: true, `pw\05512`: true, "&quot;pw&#45;12": true, "70:77:2d:31:32": true, "xpw%2D12": false,
		base64.StdEncoding.EncodeToString(wide(binary.LittleEndian, "Pw-12")): true,
		hex.EncodeToString(wide(binary.BigEndian, "Pw-12")):                   true,
		"\x1b[1mpw-\x1b[0m12": true,
	} {
		if _, spilled := r.text(raw); spilled != want {
			t.Errorf("%q: %v", raw, spilled)
		}
	}
	for _, raw := range ordinary {
		if _, spilled := r.text(raw); spilled {
			t.Errorf("%q is withheld", raw)
		}
	}
	// A message is not lost for a password that could be a number.
	var digits redactor
	digits.secret("1234")
	if digits.spilledUID("1700000000.1234.host") || !r.spilledUID("<pw-12@host>") {
		t.Error("UIDs")
	}
	if _, spilled := digits.text("got 1234"); !spilled {
		t.Error("a number of a password")
	}
}

// Of a line that carried a secret, what was hidden gives it away, with what
// goes before it and in any case.
func TestHiddenLineSpilled(t *testing.T) {
	var r redactor
	r.hidden("PASS ", "abcdefgh")
	r.hidden("AUTH XOAUTH2 ", "dXNlcj1tZQFhdXRoPUJlYXJlciB4eXo=")
	for raw, want := range map[string]bool{
		"unknown command: PASS abcde": true, "unknown command: PASS ab": false, "unknown command: AUTH XOAUTH2": false,
		"pass ABCDEFGH": true, "auth xoauth2 DXNLCJ1TZQ": true, "unknown command: DXNLCJ1TZQF": true,
		"SASL PLAIN XOAUTH2 OAUTHBEARER": false,
	} {
		if _, spilled := r.text(raw); spilled != want {
			t.Errorf("%q: %v", raw, spilled)
		}
	}
}

// echoing is a server that repeats each line that it does not understand, in
// text and response code, and notes what it got.
type echoing struct {
	challenges []string // to what is not refused
	encode     func(string) string
	heard      []string
}

func (e *echoing) serve(conn net.Conn) error {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	_, _ = io.WriteString(conn, "+OK <1896.697170952@dbc.mtview.ca.us>\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil //nolint:nilerr // the client is done
		}
		line = strings.TrimRight(line, "\r\n")
		e.heard = append(e.heard, line)
		answer := fmt.Sprintf("-ERR [%s] Unknown command: %s", e.encode(line), e.encode(line))
		if keyword, _, _ := strings.Cut(line, " "); len(e.challenges) > 0 && keyword != "QUIT" {
			answer, e.challenges = e.challenges[0], e.challenges[1:]
		}
		if _, err := io.WriteString(conn, answer+"\r\n"); err != nil {
			return nil //nolint:nilerr // as above
		}
	}
}

// S8: whatever carries a secret, and however it is repeated, nothing of it is
// in an error, a response code, a transcript or a trace.
func TestEchoes(t *testing.T) {
	const canary = "canary-Kq7wZp3x"
	long := strings.Repeat("Long", 60)
	challenge := func(s string) string { return "+ " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, test := range map[string]struct {
		token      bool
		user       string
		challenges []string
	}{
		"USER":                    {challenges: []string{"+OK"}},
		"APOP":                    {},
		"PLAIN":                   {},
		"PLAIN after a challenge": {user: long, challenges: []string{"+ "}},
		"LOGIN":                   {challenges: []string{challenge("User:"), challenge("Password:")}},
		"CRAM-MD5":                {challenges: []string{challenge("<1896.697170952@postoffice.reston.mci.net>")}},
		"SCRAM-SHA-256":           {},
		"XOAUTH2":                 {token: true},
		"XOAUTH2 in two lines":    {token: true, user: long, challenges: []string{"+ "}},
		"OAUTHBEARER":             {token: true},
	} {
		for how, encode := range encodings {
			t.Run(name+", "+how, func(t *testing.T) {
				who := Credentials{User: "me" + test.user, Mechanism: strings.Fields(name)[0]}
				who.Password = canary
				if test.token {
					who.Token, who.Password = canary, ""
				}
				server := &echoing{challenges: test.challenges, encode: encode}
				conn := serve(t, server.serve)
				transcript := &Transcript{}
				var out []string
				c, err := New(t.Context(), conn, Config{
					Host: "localhost", Security: Cleartext, Hints: Hints{Known: true}, Transcript: transcript,
					Trace: func(kind TraceKind, line string) { out = append(out, line) },
				})
				if err != nil {
					t.Fatal(err)
				}
				err = c.Login(t.Context(), who, nil)
				e, ok := As(err)
				if !ok || !e.Withheld || e.Text != "" || e.Code != "" && e.Code != CodeNoMechanism {
					t.Fatalf("%+v", err)
				}
				_ = c.Close()
				out = append(append(out, transcript.Lines()...), err.Error(), fmt.Sprintf("%+v", e), string(e.Code))
				said := strings.ToLower(strings.Join(out, "\n"))
				var r redactor
				r.secret(canary)
				if r.repeats(said) {
					t.Errorf("the secret is in\n%s", said)
				}
				for _, line := range server.heard {
					for part := range strings.FieldsSeq(strings.ToLower(line)) {
						if len(part) > 20 && strings.Contains(said, part[:12]) {
							t.Errorf("of %q, sent, there is something in\n%s", line, said)
						}
					}
				}
			})
		}
	}
}

// S8: a server that knows the secret from the session before may repeat it
// before the login, in its capabilities, as a UID, or in any answer.
func TestEchoesOfAnotherSession(t *testing.T) {
	const canary = "canary-Kq7wZp3x"
	transcript := &Transcript{}
	var traced []string
	cfg := Config{
		Host: "localhost", Security: Cleartext, Secrets: []string{canary}, Transcript: transcript,
		Trace: func(_ TraceKind, line string) { traced = append(traced, line) },
	}
	conn := serve(t, func(conn net.Conn) error {
		return play(conn, "+OK hello Canary-Kq7wZp3x\n\tC: CAPA\n\t+OK\n\tUSER\n\tUIDL\n\tTOP\n\tX-Canary-Kq7wZp3x\n\tPIPELINING\n\t.\n\tC: USER me\n\t+OK\n\tC: PASS "+canary+"\n\t+OK\n"+
			"\tC: UIDL 1\n\t+OK 1 canary-Kq7wZp3x\n\tC: UIDL\n\t+OK\n\t1 canary-Kq7wZp3x\n\t2 other\n\t3 "+base64.StdEncoding.EncodeToString([]byte(canary))+"\n\t.\n"+
			"\tC: LANG\n\t+OK\n\ten canary-Kq7wZp3x\n\tde Deutsch\n\t.\n\tC: DELE 1\n\t-ERR [IN-USE] canary-Kq7wZp3x\n\tC: NOOP\n\t-ERR", "\r\n")
	})
	c, err := New(t.Context(), conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(t.Context(), Credentials{User: "me", Password: canary}, nil); err != nil {
		t.Fatal(err)
	}
	// A message is not lost for its UID: a digest stands for that, always the
	// same.
	sum := sha256.Sum256([]byte("canary-Kq7wZp3x"))
	digest := "withheld-" + hex.EncodeToString(sum[:16])
	if uid, err := c.UIDL(t.Context(), 1); err != nil || uid != digest {
		t.Error(uid, err)
	}
	var out []string
	for row, err := range c.UIDLs(t.Context()) {
		out = append(out, fmt.Sprint(row, err))
	}
	if len(out) != 3 || out[0] != "{1 "+digest+"} <nil>" || out[1] != "{2 other} <nil>" || !strings.HasPrefix(out[2], "{3 withheld-") || strings.Contains(out[2], digest) {
		t.Errorf("%q", out)
	}
	for row, err := range c.Langs(t.Context()) {
		out = append(out, fmt.Sprint(row, err))
	}
	err = c.Dele(t.Context(), 1)
	wantError(t, err, KindTemporary, CodeInUse, false)
	_ = c.Noop(t.Context())
	_ = c.Close()
	if !c.caps.Has("X-CANARY-KQ7WZP3X") || !c.Capabilities().Has("TOP") || len(c.Hints().Capabilities) != 4 {
		t.Error(c.caps, c.Capabilities(), c.Hints())
	}
	out = append(out, err.Error(), fmt.Sprint(c.Capabilities(), c.Hints()))
	out = append(append(out, traced...), transcript.Lines()...)
	if said := strings.ToLower(strings.Join(out, "\n")); strings.Contains(said, "kq7wzp3x") {
		t.Errorf("the secret is in\n%s", said)
	}
	// A greeting that refuses, and one that was recorded before the secret was
	// known.
	conn = serve(t, func(conn net.Conn) error { return play(conn, "-ERR [canary-kq7wzp3x] no", "\r\n") })
	_, err = New(t.Context(), conn, cfg)
	wantError(t, err, KindPermanent, "", true)
	late := &Transcript{}
	late.add(TraceReceived, "+OK "+canary)
	late.keep(func(r *redactor) { r.secret(canary) })
	if said := err.Error() + late.Lines()[0]; strings.Contains(said, "anary-") {
		t.Error(said)
	}
}

// S8: a certificate has names that a server chose.
func TestEchoInCertificate(t *testing.T) {
	cert, roots := certificate(t, "canary-kq7wzp3x.example.org", time.Hour)
	other, _ := certificate(t, "canary-kq7wzp3x.example.org", time.Hour)
	digest := sha256.Sum256(other.Certificate[0])
	for name, cfg := range map[string]Config{
		"trusted":    {Host: "canary-kq7wzp3x.example.org", RootCAs: roots},
		"untrusted":  {Host: "canary-kq7wzp3x.example.org"},
		"another's":  {Host: "pop.example.org", RootCAs: roots},
		"not pinned": {Host: "pop.example.org", Pins: [][sha256.Size]byte{digest}},
	} {
		t.Run(name, func(t *testing.T) {
			conn := serveTCP(t, func(conn net.Conn) error {
				return play(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}), "+OK", "\r\n")
			})
			cfg.Secrets, cfg.Transcript = []string{"Canary-Kq7wZp3x"}, &Transcript{}
			c, err := New(t.Context(), conn, cfg)
			if err == nil {
				if !c.Anonymous() {
					t.Error("its certificate is shown")
				}
				_ = c.Close()
			} else if e, ok := As(err); !ok || !e.Withheld || Untrusted(err) == nil || strings.Contains(err.Error()+e.Err.Error(), "kq7wzp3x") {
				t.Errorf("%+v", err)
			}
			if name == "trusted" != (err == nil) {
				t.Error(err)
			}
			if said := strings.Join(cfg.Transcript.Lines(), "\n"); strings.Contains(said, "kq7wzp3x") {
				t.Error(said)
			}
		})
	}
}

// S8: a proxy's password is as secret as the server's.
func TestProxySecrets(t *testing.T) {
	var r redactor
	(&Config{Proxy: "socks5://somebody:canary-Kq7wZp3x@127.0.0.1:1080"}).private(&r)
	for _, raw := range []string{"CANARY-KQ7WZP3X", basicAuth(url.UserPassword("somebody", "canary-Kq7wZp3x"))} {
		if shown, spilled := r.text("no " + raw); !spilled {
			t.Error(shown)
		}
	}
	if shown, _ := r.text("somebody, no"); shown != "***, no" {
		t.Error(shown)
	}
}

// FuzzRedactor: what is found slowly is never missed in haste, and nothing that
// is shown has the secret or its parts.
func FuzzRedactor(f *testing.F) {
	for _, encode := range encodings {
		f.Add("PASS ", "hunter22hunter", "-ERR got "+encode("hunter22hunter"))
		f.Add("", "abc", "-ERR got "+encode("abc"))
		f.Add("", "pa&ss W0rd/9", encode("pa&ss W0rd/9"))
		f.Add("AUTH PLAIN ", "Größe-und-Maß", encode("Größe-und-Maß"))
		f.Add("", "ПАРОЛЬпароль", encode("ПарольПароль"))
		f.Add("", "Ⱥⱦɐſẞк", encode(strings.ToUpper("Ⱥⱦɐſẞк")))
		f.Add("", "hunter22hunter", encode(base64.StdEncoding.EncodeToString([]byte("hunter22hunter"))))
	}
	f.Fuzz(func(t *testing.T, open, secret, text string) {
		if len(secret) > 512 || len(text) > maxStatus || strings.ContainsAny(open+secret, "\r\n\x00") {
			return // what is never sent
		}
		var r redactor
		r.hidden(open, secret)
		if r.repeats(text) && !r.suspicious(text) {
			t.Fatalf("overlooked in haste: %q in %q", secret, text)
		}
		shown, spilled := r.text(text)
		if spilled {
			if shown != "" {
				t.Fatalf("withheld, and yet %q", shown)
			}
			return
		}
		low, raw, shown := lower(secret), lower(text), lower(shown)
		for at := 0; at+pieceLength <= len(low); at++ {
			if strings.Contains(raw, low[at:at+pieceLength]) || strings.Contains(shown, low[at:at+pieceLength]) {
				t.Fatalf("%q of %q is in %q", low[at:at+pieceLength], secret, text)
			}
		}
		if secret != "" && (strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(secret))) || strings.Contains(text, hex.EncodeToString([]byte(secret)))) && len(secret) >= pieceLength {
			t.Fatalf("encoded, %q is in %q", secret, text)
		}
	})
}

// A list of UIDs is judged row by row.
func BenchmarkSpilledUID(b *testing.B) {
	for name, secret := range map[string]string{"password": "hunter22hunter", "short": "hunter2", "beyond": "Größe-und-Maß", "token": strings.Repeat("eyJhbGciOiJSUzI1NiJ9", 100)} {
		b.Run(name, func(b *testing.B) {
			var r redactor
			r.hide(Credentials{User: "me", Password: secret})
			b.ReportAllocs()
			for b.Loop() {
				if r.spilledUID("0000012a5f8e3c11") {
					b.Fatal("withheld")
				}
			}
		})
	}
}
