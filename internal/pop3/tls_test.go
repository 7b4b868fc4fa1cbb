package pop3

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// certificate makes one for name, its own authority, with its end after now.
func certificate(t *testing.T, name string, life time.Duration) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	return certificateFrom(t, name, time.Now().Add(-48*time.Hour), time.Now().Add(life))
}

func certificateFrom(t *testing.T, name string, begin, end time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	return certificateOf(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: begin, NotAfter: end})
}

// certificateOf makes one that vouches for itself.
func certificateOf(t *testing.T, template *x509.Certificate) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.IsCA, template.BasicConstraintsValid = big.NewInt(1), true, true
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// serve runs a server on one end of a connection and waits for it when the
// test ends.
func serve(t *testing.T, server func(net.Conn) error) net.Conn {
	t.Helper()
	ours, theirs := pipe()
	attend(t, ours, theirs, server)
	return ours
}

// serveTCP is serve with buffers on the way, without which two ends that talk
// at once would block.
func serveTCP(t *testing.T, server func(net.Conn) error) net.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	attend(t, ours, theirs, server)
	return ours
}

func attend(t *testing.T, ours, theirs net.Conn, server func(net.Conn) error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		err := server(theirs)
		_ = theirs.Close()
		done <- err
	}()
	t.Cleanup(func() {
		_ = ours.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

const inside = `C: CAPA
	+OK
	UIDL
	TOP
	PIPELINING
	.
	C: USER me
	+OK
	C: PASS hunter2
	+OK`

func TestEncryptedSessions(t *testing.T) {
	cert, roots := certificate(t, "pop.example.org", time.Hour)
	for name, security := range map[string]Security{"implicit": ImplicitTLS, "STLS": STLS} {
		t.Run(name, func(t *testing.T) {
			conn := serveTCP(t, func(conn net.Conn) error {
				script := "+OK\n\t" + inside
				if security == STLS {
					// S3: what stands before TLS is never asked for or believed.
					if _, err := io.WriteString(conn, "+OK <1@forged>\r\n"); err != nil {
						return err
					}
					if line, err := bufio.NewReader(conn).ReadString('\n'); line != "STLS\r\n" {
						return err
					}
					if _, err := io.WriteString(conn, "+OK begin\r\n"); err != nil {
						return err
					}
					script = inside
				}
				return play(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}}), script, "\r\n")
			})
			c, err := New(t.Context(), conn, Config{Host: "pop.example.org", Security: security, RootCAs: roots})
			loggedIn(t, c, err)
			if state := c.TLS(); state == nil || state.Version < tls.VersionTLS12 {
				t.Errorf("TLS %+v", state)
			}
			_ = c.Close()
		})
	}
}

func TestUntrustedServers(t *testing.T) { // S4
	good, roots := certificate(t, "pop.example.org", time.Hour)
	other, otherRoots := certificate(t, "other.example.org", time.Hour)
	old, oldRoots := certificate(t, "pop.example.org", -time.Hour)
	young, youngRoots := certificateFrom(t, "pop.example.org", time.Now().Add(time.Hour), time.Now().Add(48*time.Hour))
	named := func(name string) *tls.Config {
		cert, _ := certificateOf(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}})
		return &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	forgeable, forgeableRoots := vouchedFor(t, x509.ECDSAWithSHA1)
	for name, test := range map[string]struct {
		server *tls.Config
		roots  *x509.CertPool
		code   Code
	}{
		"a common name":      {named("pop.example.org"), nil, CodeCommonName},
		"a wildcard":         {named("*.example.org"), nil, CodeCommonName},
		"another's":          {named("pop.example.com"), nil, CodeHostname},
		"no name at all":     {named(""), nil, CodeHostname},
		"vouched by SHA-1":   {&tls.Config{Certificates: []tls.Certificate{forgeable}}, forgeableRoots, CodeSHA1Certificate},
		"wants to know who":  {&tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert}, roots, CodeAlert},
		"and before TLS 1.3": {&tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}, roots, CodeAlert}, //nolint:gosec // as old servers are
		"not yet valid":      {&tls.Config{Certificates: []tls.Certificate{young}}, youngRoots, CodeNotYetValid},
		"no cipher":          {&tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}, roots, CodeNoCipher}, //nolint:gosec // a server that knows RSA key exchange only
		"nobody vouches":     {&tls.Config{Certificates: []tls.Certificate{good}}, otherRoots, CodeUnknownAuthority},
		"another name":       {&tls.Config{Certificates: []tls.Certificate{other}}, otherRoots, CodeHostname},
		"expired":            {&tls.Config{Certificates: []tls.Certificate{old}}, oldRoots, CodeExpired},
		"old TLS":            {&tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, roots, CodeOldTLS}, //nolint:gosec // what S4 refuses
		"alert":              {&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.EOF }}, roots, CodeAlert},
	} {
		t.Run(name, func(t *testing.T) {
			conn := serveTCP(t, func(conn net.Conn) error {
				if tls.Server(conn, test.server).Handshake() == nil { // a client may refuse after its end of it
					_, _ = io.Copy(io.Discard, conn)
				}
				return nil
			})
			_, err := New(t.Context(), conn, Config{Host: "pop.example.org", RootCAs: test.roots})
			wantError(t, err, KindTLS, test.code, true)
		})
	}
}

// vouchedFor makes a certificate for pop.example.org that an authority has
// signed.
func vouchedFor(t *testing.T, algorithm x509.SignatureAlgorithm) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	authority, roots := certificate(t, "An authority", time.Hour)
	parent, err := x509.ParseCertificate(authority.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{"pop.example.org"}, SignatureAlgorithm: algorithm,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, authority.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// What a server says by an alert is told; what it signs with SHA-1 is not
// accepted. Go's own server does not, so that there is only the error.
func TestTLSErrors(t *testing.T) {
	alert := &net.OpError{Op: "remote error", Err: tls.AlertError(112)}
	if e := ioFault(t.Context(), StepTLS, alert); e.Code != CodeAlert || e.Text != "unrecognized name" {
		t.Errorf("%+v", e)
	}
	for text, code := range map[string]Code{
		"tls: certificate used with invalid signature algorithm": CodeSHA1,
		"tls: server chose an unconfigured cipher suite":         CodeNoCipher,
	} {
		if e := ioFault(t.Context(), StepTLS, errors.New(text)); e.Kind != KindTLS || e.Code != code {
			t.Errorf("%s: %+v", text, e)
		}
	}
	weak := &net.OpError{Op: "remote error", Err: tls.AlertError(71)}
	if e := ioFault(t.Context(), StepTLS, weak); e.Code != CodeNoCipher {
		t.Errorf("%+v", e)
	}
}

// S4: key exchange without forward secrecy is for those who asked for it, and
// nothing else comes with it.
func TestLegacyTLS(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"pop.example.org"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	cert := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	both := append(modernSuites(), legacySuites...)
	for name, test := range map[string]struct {
		suites []uint16
		max    uint16
		legacy bool
		code   Code   // empty: it is encrypted,
		suite  uint16 // by this
	}{
		"RSA, allowed":         {legacySuites, tls.VersionTLS12, true, "", tls.TLS_RSA_WITH_AES_128_GCM_SHA256},
		"RSA, CBC, allowed":    {[]uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}, tls.VersionTLS12, true, "", tls.TLS_RSA_WITH_AES_256_CBC_SHA},
		"RSA":                  {legacySuites, tls.VersionTLS12, false, CodeNoCipher, 0},
		"a better one":         {both, tls.VersionTLS12, true, "", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		"3DES":                 {[]uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, tls.VersionTLS12, true, CodeNoCipher, 0},
		"RC4":                  {[]uint16{tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA}, tls.VersionTLS12, true, CodeNoCipher, 0},
		"TLS 1.1 all the same": {legacySuites, tls.VersionTLS11, true, CodeOldTLS, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := &tls.Config{Certificates: []tls.Certificate{cert}, CipherSuites: test.suites, MinVersion: tls.VersionTLS10, MaxVersion: test.max} //nolint:gosec // as old servers are
			conn := serveTCP(t, func(conn net.Conn) error {
				secured := tls.Server(conn, server)
				if secured.Handshake() == nil {
					_, _ = io.WriteString(secured, "+OK\r\n")
					_, _ = io.Copy(io.Discard, conn)
				}
				return nil
			})
			c, err := New(t.Context(), conn, Config{Host: "pop.example.org", RootCAs: roots, LegacyTLS: test.legacy})
			if test.code != "" {
				wantError(t, err, KindTLS, test.code, true)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := c.TLS().CipherSuite; got != test.suite {
				t.Errorf("encrypted by %s", tls.CipherSuiteName(got))
			}
			_ = c.Close()
		})
	}
}

func TestTLSWhereThereIsNone(t *testing.T) {
	conn := serve(t, func(conn net.Conn) error {
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		_, _ = io.WriteString(conn, "+OK POP3 server ready\r\n")
		return nil
	})
	_, err := New(t.Context(), conn, Config{Host: "pop.example.org"})
	wantError(t, err, KindTLS, CodeNotTLS, true)
}

func TestSilentHandshakeTimesOut(t *testing.T) { // P3
	conn := serve(t, func(conn net.Conn) error {
		_, _ = io.Copy(io.Discard, conn)
		return nil
	})
	_, err := New(t.Context(), conn, Config{Host: "pop.example.org", DialTimeout: 20 * time.Millisecond})
	wantError(t, err, KindNetwork, CodeTimeout, true)
}

// S1, S2: whatever the server says instead of going on with TLS, no user name
// follows.
func TestSTLSIsMandatory(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		kind   Kind
		code   Code
	}{
		"S1 refused":         {"-ERR unknown command", KindTLS, CodeNoSTLS},
		"S1 busy":            {"-ERR [SYS/TEMP] later", KindTLS, CodeNoSTLS},
		"S1 nonsense":        {"hello", KindProtocol, CodeMalformed},
		"S2 injected answer": {"+OK\n\t+OK logged in", KindTLS, CodeInjection},
		"S2 injected bytes":  {"+OK\n\tx", KindTLS, CodeInjection},
		"S1 breaks off":      {breakOff, KindNetwork, CodeEOF},
	} {
		t.Run(name, func(t *testing.T) {
			conn := serve(t, func(conn net.Conn) error {
				return play(conn, "+OK\n\tC: STLS\n\t"+test.answer+"\n", "\r\n")
			})
			_, err := New(t.Context(), conn, Config{Host: "pop.example.org", Security: STLS})
			wantError(t, err, test.kind, test.code, true)
		})
	}
}
