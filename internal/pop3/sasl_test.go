package pop3

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/xdg-go/scram"
)

// login is a dialog of one login with these mechanisms on offer.
func login(t *testing.T, who Credentials, hints Hints, script string, check func(t *testing.T, c *Client, err error)) {
	t.Helper()
	transcript := &Transcript{}
	var traced []string
	trace := func(kind TraceKind, line string) { traced = append(traced, kind.String()+line) }
	dialog{
		script: script, cfg: Config{Host: "localhost", Port: 110, Security: Cleartext, Hints: hints, Transcript: transcript, Trace: trace},
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			err = c.Login(t.Context(), who, nil)
			check(t, c, err)
			for _, line := range append(transcript.Lines(), traced...) { // S8
				for _, secret := range []string{who.Password, who.Token} {
					if secret != "" && strings.Contains(line, secret) || strings.Contains(line, "AUTH ") && len(line) > 80 {
						t.Errorf("the transcript has %q", line)
					}
				}
			}
			if err != nil && (who.Password != "" && strings.Contains(err.Error(), who.Password) || who.Token != "" && strings.Contains(err.Error(), who.Token)) {
				t.Errorf("the error shows the secret: %v", err)
			}
		},
	}.test(t)
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// code wants an error with this code; "" wants none.
func code(want Code) func(t *testing.T, c *Client, err error) {
	return func(t *testing.T, _ *Client, err error) {
		t.Helper()
		var e *Error
		if err == nil && want == "" || errors.As(err, &e) && e.Code == want && e.Fatal() {
			return
		}
		t.Errorf("got %v, want code %q", err, want)
	}
}

func kind(want Kind) func(t *testing.T, c *Client, err error) {
	return func(t *testing.T, _ *Client, err error) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) || e.Kind != want {
			t.Errorf("got %v, want kind %s", err, want)
		}
	}
}

const offer = "+OK\n\tC: CAPA\n\t+OK\n\tUIDL\n\tTOP\n\tPIPELINING\n\tSASL %s\n\t.\n\t"

func TestSASL(t *testing.T) {
	token := Credentials{User: "me@x", Token: "ya29.secret"}
	long := Credentials{User: "me@x", Token: strings.Repeat("t", 300)}
	xoauth2 := "user=me@x\x01auth=Bearer " + long.Token + "\x01\x01"
	bearer := "n,a=me@x,\x01host=localhost\x01port=110\x01auth=Bearer ya29.secret\x01\x01"
	named := func(name string) Credentials {
		return Credentials{User: "tim", Password: "tanstaaftanstaaf", Mechanism: name}
	}
	for name, test := range map[string]struct {
		who    Credentials
		hints  Hints
		script string
		check  func(t *testing.T, c *Client, err error)
	}{
		// Without TLS, what hides the password goes before what shows it. The
		// example is that of RFC 2195.
		"CRAM-MD5": {named(""), Hints{}, fmt.Sprintf(offer, "PLAIN LOGIN CRAM-MD5") +
			"C: AUTH CRAM-MD5\n\t+ " + b64("<1896.697170952@postoffice.reston.mci.net>") +
			"\n\tC: " + b64("tim b913a602c7eda7a495b4e6e7334d3890") + "\n\t+OK", code("")},
		"LOGIN": {named(""), Hints{}, fmt.Sprintf(offer, "LOGIN") +
			"C: AUTH LOGIN\n\t+ " + b64("User Name\x00") + "\n\tC: " + b64("tim") + "\n\t+ " + b64("Password:") +
			"\n\tC: " + b64("tanstaaftanstaaf") + "\n\t+OK", code("")},
		"P26: LOGIN that asks on": {named("LOGIN"), Hints{}, fmt.Sprintf(offer, "LOGIN") +
			"C: AUTH LOGIN\n\t+\n\tC: " + b64("tim") + "\n\t+\n\tC: " + b64("tanstaaftanstaaf") + "\n\t+\n\tC: *\n\t-ERR", code(CodeChallenge)},
		"P26: a challenge that is none": {named("CRAM-MD5"), Hints{}, fmt.Sprintf(offer, "CRAM-MD5") +
			"C: AUTH CRAM-MD5\n\t+ &%$!\n\tC: *\n\t-ERR canceled", code(CodeMalformed)},
		"APOP by name, RFC 1939": {
			Credentials{User: "mrose", Password: "tanstaaf", Mechanism: "APOP"},
			Hints{},
			"+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>" + strings.TrimPrefix(fmt.Sprintf(offer, "PLAIN"), "+OK") +
				"C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\n\t+OK", code(""),
		},
		"S5: APOP with a timestamp that is none": {
			Credentials{User: "mrose", Password: "tanstaaf", Mechanism: "APOP"},
			Hints{},
			"+OK <1896\x80697170952@dbc.mtview.ca.us>" + strings.TrimPrefix(fmt.Sprintf(offer, "PLAIN"), "+OK"), code(CodeNoAPOP),
		},
		"OAUTHBEARER": {token, Hints{}, fmt.Sprintf(offer, "PLAIN XOAUTH2 OAUTHBEARER") + "C: AUTH OAUTHBEARER " + b64(bearer) + "\n\t+OK", code("")},
		"P26: OAUTHBEARER refused": {token, Hints{}, fmt.Sprintf(offer, "OAUTHBEARER") + "C: AUTH OAUTHBEARER " + b64(bearer) +
			"\n\t+ " + b64(`{"status":"invalid_token"}`) + "\n\tC: AQ==\n\t-ERR [AUTH] no", kind(KindAuth)},
		"XOAUTH2 in one line": {token, Hints{}, fmt.Sprintf(offer, "XOAUTH2") +
			"C: AUTH XOAUTH2 " + b64("user=me@x\x01auth=Bearer ya29.secret\x01\x01") + "\n\t+OK", code("")},
		"P25: XOAUTH2 in two lines, not listed": {long, Hints{}, fmt.Sprintf(offer, "PLAIN") +
			"C: AUTH XOAUTH2\n\t+\n\tC: " + b64(xoauth2) + "\n\t+OK", code("")},
		"P25: XOAUTH2 refused": {long, Hints{}, fmt.Sprintf(offer, "XOAUTH2") +
			"C: AUTH XOAUTH2\n\t+ \n\tC: " + b64(xoauth2) + "\n\t+ " + b64(`{"status":"400"}`) + "\n\tC: \n\t-ERR [AUTH] expired", kind(KindAuth)},
		"P24: no other mechanism after a refusal": {named("CRAM-MD5"), Hints{}, fmt.Sprintf(offer, "PLAIN CRAM-MD5") +
			"C: AUTH CRAM-MD5\n\t+ " + b64("<1896.697170952@postoffice.reston.mci.net>") +
			"\n\tC: " + b64("tim b913a602c7eda7a495b4e6e7334d3890") + "\n\t-ERR no", kind(KindAuth)},
		"S6: never weaker than before": {named(""), Hints{Mechanism: "CRAM-MD5"}, fmt.Sprintf(offer, "PLAIN"), code(CodeWeakerLogin)},
		"unknown by name":              {named("NTLM"), Hints{}, fmt.Sprintf(offer, "NTLM"), code(CodeArgument)},
	} {
		t.Run(name, func(t *testing.T) {
			login(t, test.who, test.hints, test.script, test.check)
		})
	}
}

// scramServer plays the server's part of SCRAM; spoil changes what it proves.
func scramServer(hash scram.HashGeneratorFcn, binding func(net.Conn) (scram.ChannelBinding, error), offers, name string, spoil func(string) string) func(net.Conn) error {
	return func(conn net.Conn) error {
		client, err := hash.NewClient("user", "pencil", "")
		if err != nil {
			return err
		}
		stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
		if err != nil {
			return err
		}
		server, err := hash.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
		if err != nil {
			return err
		}
		conversation := server.NewConversation()
		r := bufio.NewReader(conn)
		say := func(s string) { _, _ = conn.Write([]byte(s + "\r\n")) }
		hear := func() (string, error) {
			line, err := r.ReadString('\n')
			return strings.TrimSuffix(line, "\r\n"), err
		}
		say("+OK")
		if line, err := hear(); err != nil || line != "CAPA" {
			return fmt.Errorf("%q, %w", line, err)
		}
		if binding != nil {
			b, err := binding(conn)
			if err != nil {
				return err
			}
			conversation = server.NewConversationWithChannelBinding(b)
		}
		say("+OK\r\nUIDL\r\nTOP\r\nPIPELINING\r\nSASL " + offers + "\r\n.")
		line, err := hear()
		first, ok := strings.CutPrefix(line, "AUTH "+name+" ")
		if err != nil || !ok {
			return fmt.Errorf("%q, %w", line, err)
		}
		for {
			message, err := base64.StdEncoding.DecodeString(first)
			if err != nil {
				return err
			}
			answer, err := conversation.Step(string(message))
			if err != nil {
				say("-ERR [AUTH] no")
				return nil
			}
			say("+ " + base64.StdEncoding.EncodeToString([]byte(spoil(answer))))
			if first, err = hear(); err != nil {
				return nil // the client has seen enough
			}
			if conversation.Done() || first == "*" {
				break
			}
		}
		if first == "*" {
			say("-ERR canceled")
		} else {
			say("+OK")
		}
		_, _ = hear()
		return nil
	}
}

func honest(s string) string { return s }

func TestSCRAM(t *testing.T) {
	who := Credentials{User: "user", Password: "pencil"}
	for name, hash := range map[string]scram.HashGeneratorFcn{"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256} {
		t.Run(name, func(t *testing.T) {
			conn := serve(t, scramServer(hash, nil, "PLAIN CRAM-MD5 "+name, name, honest))
			c, err := New(t.Context(), conn, Config{Host: "localhost", Security: Cleartext})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login(t.Context(), who, nil); err != nil || c.Hints().Mechanism != name {
				t.Errorf("%v, %q", err, c.Hints().Mechanism)
			}
		})
		t.Run(name+" with a server that cannot prove itself", func(t *testing.T) {
			conn := serve(t, scramServer(hash, nil, name, name, func(s string) string {
				if strings.HasPrefix(s, "v=") {
					return "v=" + base64.StdEncoding.EncodeToString(make([]byte, 32))
				}
				return s
			}))
			c, err := New(t.Context(), conn, Config{Host: "localhost", Security: Cleartext})
			if err != nil {
				t.Fatal(err)
			}
			code(CodeChallenge)(t, c, c.Login(t.Context(), who, nil))
		})
		t.Run(name+" with endless work", func(t *testing.T) {
			conn := serve(t, scramServer(hash, nil, name, name, func(s string) string {
				return strings.ReplaceAll(s, "i=4096", "i=2000000000")
			}))
			c, err := New(t.Context(), conn, Config{Host: "localhost", Security: Cleartext})
			if err != nil {
				t.Fatal(err)
			}
			code(CodeChallenge)(t, c, c.Login(t.Context(), who, nil))
		})
		t.Run(name+"-PLUS", func(t *testing.T) {
			cert, roots := certificate(t, "pop.example.org", time.Hour)
			secured := func(conn net.Conn) error {
				return scramServer(hash, func(conn net.Conn) (scram.ChannelBinding, error) {
					state := conn.(*tls.Conn).ConnectionState()
					return scram.NewTLSExporterBinding(&state)
				}, "PLAIN SCRAM-SHA-1 "+name+" "+name+"-PLUS", name+"-PLUS", honest)(
					tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}))
			}
			c, err := New(t.Context(), serveTCP(t, secured), Config{Host: "pop.example.org", RootCAs: roots})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login(t.Context(), who, nil); err != nil || c.Hints().Mechanism != name+"-PLUS" {
				t.Errorf("%v, %q", err, c.Hints().Mechanism)
			}
			_ = c.Close()
		})
		t.Run(name+"-PLUS that binds to something else", func(t *testing.T) {
			cert, roots := certificate(t, "pop.example.org", time.Hour)
			offers := "PLAIN " + name + " " + name + "-PLUS\r\nIMPLEMENTATION Cyrus POP3 3.6.1"
			secured := func(conn net.Conn) error {
				return scramServer(hash, nil, offers, name, honest)(
					tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}))
			}
			c, err := New(t.Context(), serveTCP(t, secured), Config{Host: "pop.example.org", RootCAs: roots})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login(t.Context(), who, nil); err != nil || c.Hints().Mechanism != name {
				t.Errorf("%v, %q", err, c.Hints().Mechanism)
			}
			_ = c.Close()
		})
	}
}

// S4: a pinned certificate is trusted, and only that one.
func TestPins(t *testing.T) {
	cert, _ := certificate(t, "self-signed", time.Hour)
	other, _ := certificate(t, "self-signed", time.Hour)
	for name, test := range map[string]struct {
		pin  tls.Certificate
		want Code
	}{"pinned": {cert, ""}, "another": {other, CodePin}} {
		t.Run(name, func(t *testing.T) {
			conn := serveTCP(t, func(conn net.Conn) error {
				secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
				if err := secured.Handshake(); err != nil {
					return nil // the client refuses
				}
				_, err := secured.Write([]byte("+OK\r\n"))
				return err
			})
			c, err := New(t.Context(), conn, Config{Host: "pop.example.org", Pins: [][32]byte{sha256.Sum256(test.pin.Certificate[0])}})
			code(test.want)(t, c, err)
			var pin *PinError
			if test.want != "" && (!errors.As(err, &pin) || string(pin.Certificate.Raw) != string(cert.Certificate[0])) {
				t.Errorf("the error does not show the certificate: %v", err)
			}
		})
	}
}

// A later session resumes TLS and may prove the client by certificate.
func TestResumptionAndClientCertificate(t *testing.T) {
	cert, roots := certificate(t, "pop.example.org", time.Hour)
	own, ownRoots := certificate(t, "me", time.Hour)
	server := &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: ownRoots, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
	cfg := Config{Host: "pop.example.org", RootCAs: roots, Certificates: []tls.Certificate{own}, Sessions: tls.NewLRUClientSessionCache(1)}
	for i := range 2 {
		conn := serveTCP(t, func(conn net.Conn) error {
			return play(tls.Server(conn, server), fmt.Sprintf(offer, "PLAIN EXTERNAL")+"C: AUTH EXTERNAL =\n\t+OK\n\tC: QUIT\n\t+OK", "\r\n")
		})
		cfg.Transcript = &Transcript{}
		c, err := New(t.Context(), conn, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login(t.Context(), Credentials{}, nil); err != nil {
			t.Fatal(err)
		}
		if c.TLS().DidResume != (i == 1) {
			t.Errorf("session %d: resumed %v\n%s", i, c.TLS().DidResume, strings.Join(cfg.Transcript.Lines(), "\n"))
		}
		if err := c.Quit(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// What a server says of a token that it refuses is read, and nothing else of it
// is taken.
func TestTokenRefusal(t *testing.T) {
	for challenge, want := range map[string]refusedToken{
		b64(`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`):                          {"400", "https://mail.google.com/"},
		b64(`{"status":"invalid_token","scope":"mail openid","openid-configuration":"https://evil.example/"}`): {"invalid_token", "mail openid"},
		b64(`{"status":401}`) + " ":                                           {"401", ""},
		b64(`{"status":"\u001b[2J","scope":"a\nb"}`):                          {},
		b64(`{"status":"` + strings.Repeat("a", 41) + `"}`):                   {},
		b64(`{"status":{},"scope":"` + strings.Repeat("a", maxText+1) + `"}`): {},
		b64(`{"status":"400","scope":7}`):                                     {},
		b64(`["400"]`):                                                        {},
		"{}":                                                                  {},
		"":                                                                    {},
	} {
		if got := tokenRefusal(challenge); got != want {
			t.Errorf("%s: %+v", challenge, got)
		}
	}
}

// A token's refusal comes in disguise in the pipelined login as well, and says
// what it says there; a token in it is not repeated.
func TestTokenRefused(t *testing.T) {
	who := Credentials{User: "me@x", Token: "ya29.secret"}
	first := "C: AUTH XOAUTH2 " + b64("user=me@x\x01auth=Bearer ya29.secret\x01\x01")
	known := Hints{Known: true, PipelineLogin: true, Pipelining: true, Mechanism: "XOAUTH2", Capabilities: Capabilities{"UIDL", "TOP", "PIPELINING", "SASL XOAUTH2"}}
	refused := func(status, scope string) func(*testing.T, *Client, error) {
		return func(t *testing.T, _ *Client, err error) {
			t.Helper()
			if e, ok := As(err); !ok || e.Kind != KindAuth || e.TokenStatus != status || e.TokenScope != scope || !e.Fatal() {
				t.Errorf("%+v", err)
			}
		}
	}
	for name, test := range map[string]struct {
		hints Hints
		open  string
		json  string
		check func(*testing.T, *Client, error)
	}{
		"at first":    {Hints{}, fmt.Sprintf(offer, "XOAUTH2"), `{"status":"400","scope":"mail"}`, refused("400", "mail")},
		"pipelined":   {known, "+OK\n\t", `{"status":"400","scope":"mail"}`, refused("400", "mail")},
		"it repeats":  {known, "+OK\n\t", `{"status":"400","scope":"ya29.secret"}`, refused("400", "")},
		"it is empty": {known, "+OK\n\t", "", refused("", "")},
	} {
		t.Run(name, func(t *testing.T) {
			login(t, who, test.hints, test.open+first+"\n\t+ "+b64(test.json)+"\n\tC: \n\t-ERR [AUTH] no", test.check)
		})
	}
}
