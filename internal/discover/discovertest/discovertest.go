// Package discovertest plays the DNS and the web servers of mail providers on
// loopback, for tests of whatever looks for a server. Nothing leaves the
// machine.
package discovertest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS is a server whose records can be added to at any time.
type DNS struct {
	conn net.PacketConn

	mu      sync.Mutex
	records map[string][]dnsmessage.Resource // by name with its final dot, in lower case
	asked   []string
	hung    bool
}

// NewDNS starts a server that ends with the test.
func NewDNS(t testing.TB) *DNS {
	t.Helper()
	return ListenDNS(t, "127.0.0.1:0")
}

// ListenDNS is NewDNS at an address of loopback, with its port.
func ListenDNS(t testing.TB, address string) *DNS {
	t.Helper()
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	d := &DNS{conn: conn, records: map[string][]dnsmessage.Resource{}}
	var group sync.WaitGroup
	group.Go(d.serve)
	t.Cleanup(func() {
		_ = conn.Close()
		group.Wait()
	})
	return d
}

// AddMX has hosts take the mail of a domain.
func (d *DNS) AddMX(domain string, hosts ...string) {
	for i, host := range hosts {
		d.add(domain, dnsmessage.TypeMX, &dnsmessage.MXResource{Pref: uint16(i), MX: dnsmessage.MustNewName(host + ".")}) // #nosec G115 -- a handful
	}
}

// AddSRV has a service (with "_tcp" and the domain) at a target, which has its
// final dot.
func (d *DNS) AddSRV(service, target string, port uint16) {
	d.add(service, dnsmessage.TypeSRV, &dnsmessage.SRVResource{Target: dnsmessage.MustNewName(target), Port: port})
}

// AddHost puts a host on loopback.
func (d *DNS) AddHost(host string) {
	d.add(host, dnsmessage.TypeA, &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}})
}

func (d *DNS) add(name string, kind dnsmessage.Type, body dnsmessage.ResourceBody) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name += "."
	d.records[name] = append(d.records[name], dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET, TTL: 60}, Body: body,
	})
}

// Hang stops answering, as a network does that is gone.
func (d *DNS) Hang() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hung = true
}

// Asked are the names of all questions so far.
func (d *DNS) Asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.asked...)
}

// Resolver asks this server and no other.
func (d *DNS) Resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", d.conn.LocalAddr().String())
	}}
}

func (d *DNS) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := d.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if answer := d.answer(buf[:n]); answer != nil {
			_, _ = d.conn.WriteTo(answer, from)
		}
	}
}

func (d *DNS) answer(query []byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	name := strings.ToLower(q.Name.String())
	d.asked = append(d.asked, name)
	if d.hung {
		return nil
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	for _, r := range d.records[name] {
		if r.Header.Type == q.Type {
			m.Answers = append(m.Answers, r)
		}
	}
	if d.records[name] == nil {
		m.RCode = dnsmessage.RCodeNameError
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// Authority signs certificates.
type Authority struct {
	t     testing.TB
	key   *ecdsa.PrivateKey
	cert  *x509.Certificate
	Roots *x509.CertPool
}

// NewAuthority makes one that nobody else trusts.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, Roots: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.Roots.AddCert(a.cert)
	return a
}

// PEM is the authority's certificate, for SSL_CERT_FILE.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Issue makes a certificate for hosts that is valid until then.
func (a *Authority) Issue(until time.Time, hosts ...string) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts,
		NotBefore: a.cert.NotBefore, NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Web has https servers under any name, one handler for each host.
type Web struct {
	t         testing.TB
	authority *Authority

	mu      sync.Mutex
	servers map[string]string // address by host and port
	asked   []string
}

// NewWeb has no servers yet: every other name is refused.
func NewWeb(t testing.TB, a *Authority) *Web {
	return &Web{t: t, authority: a, servers: map[string]string{}}
}

// Serve answers as host on port 443, with a certificate that is valid until then.
func (w *Web) Serve(host string, until time.Time, h http.HandlerFunc) {
	w.t.Helper()
	s := httptest.NewUnstartedServer(w.recording("https", host, h))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{w.authority.Issue(until, host)}, MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	w.t.Cleanup(s.Close)
	w.listen(host+":443", s)
}

// ServePlain answers as host on port 80, which nobody should ask.
func (w *Web) ServePlain(host string, h http.HandlerFunc) {
	s := httptest.NewServer(w.recording("http", host, h))
	w.t.Cleanup(s.Close)
	w.listen(host+":80", s)
}

func (w *Web) listen(name string, s *httptest.Server) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.servers[name] = s.Listener.Addr().String()
}

func (w *Web) recording(scheme, host string, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, scheme+"://"+host+r.URL.RequestURI()+" "+r.Referer())
		w.mu.Unlock()
		h(rw, r)
	})
}

// Asked are the requests so far, "https://host/path?query Referer".
func (w *Web) Asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.asked...)
}

// Transport reaches these servers and nothing else.
func (w *Web) Transport() http.RoundTripper {
	return &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: w.authority.Roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			w.mu.Lock()
			to := w.servers[address]
			w.mu.Unlock()
			if to == "" {
				return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused in this test")}
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", to)
		},
	}
}

// Proxy is a proxy by SOCKS5 and by HTTP CONNECT that knows a few names.
type Proxy struct {
	// Address is where it listens.
	Address string

	mu     sync.Mutex
	routes map[string]string // by host and port
	asked  []string
}

// NewProxy starts a proxy that ends with the test.
func NewProxy(t testing.TB) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Address: l.Addr().String(), routes: map[string]string{}}
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	group.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(ctx, conn) })
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		group.Wait()
	})
	return p
}

// Route has a name and port lead to an address of loopback.
func (p *Proxy) Route(name, address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes[name] = address
}

// Asked are the names and ports of all connections that were asked for.
func (p *Proxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

func (p *Proxy) serve(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	first, err := r.Peek(1)
	if err != nil {
		return
	}
	target, granted, refused := "", "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"
	if first[0] == 5 { // RFC 1928
		target, err = socksTarget(r, conn)
	} else {
		var request *http.Request
		if request, err = http.ReadRequest(r); err == nil {
			target, granted, refused = request.Host, "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\n"
		}
	}
	if err != nil {
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, target)
	to := p.routes[target]
	p.mu.Unlock()
	onward, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
	if to == "" || err != nil {
		_, _ = io.WriteString(conn, refused)
		return
	}
	defer func() { _ = onward.Close() }()
	if _, err := io.WriteString(conn, granted); err != nil {
		return
	}
	go func() { // ends with either connection
		_, _ = io.Copy(onward, r)
		_ = onward.Close()
	}()
	_, _ = io.Copy(conn, onward)
}

// socksTarget reads the request of a client of SOCKS5 without credentials.
func socksTarget(r *bufio.Reader, w io.Writer) (string, error) {
	greeting := make([]byte, 2)
	if _, err := io.ReadFull(r, greeting); err != nil {
		return "", err
	}
	if _, err := r.Discard(int(greeting[1])); err != nil {
		return "", err
	}
	if _, err := io.WriteString(w, "\x05\x00"); err != nil {
		return "", err
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", err
	}
	if head[3] != 3 {
		return "an address", nil // the client has resolved the name
	}
	rest := make([]byte, int(head[4])+2)
	if _, err := io.ReadFull(r, rest); err != nil {
		return "", err
	}
	port := binary.BigEndian.Uint16(rest[head[4]:])
	return net.JoinHostPort(string(rest[:head[4]]), strconv.Itoa(int(port))), nil
}

// Address is where the server for a name and port listens.
func (w *Web) Address(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.servers[name]
}
