package pop3

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestInterleave(t *testing.T) {
	a := netip.MustParseAddr
	got := interleave([]netip.Addr{a("2001:db8::1"), a("2001:db8::2"), a("192.0.2.1"), a("2001:db8::3")})
	want := []netip.Addr{a("2001:db8::1"), a("192.0.2.1"), a("2001:db8::2"), a("2001:db8::3")}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// An address that does not answer costs a quarter of a second, one that
// refuses nothing, and no attempt outlives the race.
func TestRace(t *testing.T) {
	addresses := []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}
	refused := errors.New("refused")
	for name, test := range map[string]struct {
		answers []string // by address
		want    int      // which wins
		took    time.Duration
	}{
		"the first":            {[]string{"ok", "ok", "ok"}, 0, 0},
		"a silent first":       {[]string{"silent", "ok", "ok"}, 1, attemptDelay},
		"a refusing first":     {[]string{"refused", "ok", "ok"}, 1, 0},
		"two silent":           {[]string{"silent", "silent", "ok"}, 2, 2 * attemptDelay},
		"all refuse":           {[]string{"refused", "refused", "refused"}, -1, 0},
		"nothing but silence":  {[]string{"silent", "silent", "silent"}, -1, time.Minute},
		"silence, then a no":   {[]string{"silent", "refused", "ok"}, 2, attemptDelay},
		"the first, but later": {[]string{"late", "silent", "silent"}, 0, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				started := time.Now()
				ends := map[netip.Addr]net.Conn{}
				conn, err := race(ctx, addresses, func(ctx context.Context, a netip.Addr) (net.Conn, error) {
					for i, address := range addresses {
						if a != address {
							continue
						}
						switch test.answers[i] {
						case "refused":
							return nil, refused
						case "silent":
							<-ctx.Done()
							return nil, ctx.Err()
						case "late":
							time.Sleep(10 * time.Second)
						}
					}
					ours, theirs := net.Pipe()
					ends[a] = ours
					t.Cleanup(func() { _ = theirs.Close() })
					return ours, nil
				})
				if took := time.Since(started); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				if test.want < 0 {
					if err == nil {
						t.Error("no error")
					}
					return
				}
				if err != nil || conn != ends[addresses[test.want]] {
					t.Errorf("%v, %v", conn, err)
				}
			})
		})
	}
}

// Three dead addresses of one family before the live one cost less than a
// second. net.Dialer takes most of its timeout: if this test finds that it no
// longer does, race and interleave can go.
func TestDeadAddressesOfOneFamily(t *testing.T) {
	dead := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")}
	live := netip.MustParseAddr("192.0.2.4")
	// The resolver's state is the process's and must not be made in a bubble.
	if _, err := resolver([]netip.Addr{live}).LookupHost(t.Context(), "pop.example.org"); err != nil {
		t.Fatal(err)
	}
	reached := errors.New("reached")
	// elapsed is how long it takes until the live address is tried. Dead ones
	// never answer; the hook runs before anything is sent.
	elapsed := func(t *testing.T, dial func(ctx context.Context, d *net.Dialer)) (took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // Config.DialTimeout
			defer cancel()
			started := time.Now()
			d := &net.Dialer{ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
				if address == netip.AddrPortFrom(live, 995).String() {
					took = time.Since(started)
					cancel()
					return reached
				}
				<-ctx.Done()
				return ctx.Err()
			}}
			dial(ctx, d)
		})
		return took
	}
	ours := elapsed(t, func(ctx context.Context, d *net.Dialer) {
		_, _ = race(ctx, interleave(append(slices.Clone(dead), live)), func(ctx context.Context, a netip.Addr) (net.Conn, error) {
			return d.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), "995"))
		})
	})
	if ours != time.Duration(len(dead))*attemptDelay {
		t.Errorf("the live address is tried after %v", ours)
	}
	library := elapsed(t, func(ctx context.Context, d *net.Dialer) {
		d.Resolver = resolver(append(slices.Clone(dead), live))
		_, _ = d.DialContext(ctx, "tcp", "pop.example.org:995")
	})
	if library < 10*time.Second {
		t.Errorf("net.Dialer tries the live address after %v", library)
	}
}

// resolver knows one host with IPv4 addresses, in this order.
func resolver(addresses []netip.Addr) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer func() { _ = server.Close() }()
			var length [2]byte // as over TCP, RFC 1035, section 4.2.2
			_, _ = io.ReadFull(server, length[:])
			query := make([]byte, binary.BigEndian.Uint16(length[:]))
			_, _ = io.ReadFull(server, query)
			var m dnsmessage.Message
			if m.Unpack(query) != nil {
				return
			}
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				for _, a := range addresses {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60},
						Body:   &dnsmessage.AResource{A: a.As4()},
					})
				}
			}
			response, _ := m.Pack()
			_, _ = server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(response))), response...)) // #nosec G115 -- a few addresses
		}()
		return client, nil
	}}
}

// listen serves each connection with one function.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func TestProxies(t *testing.T) {
	socks := func(t *testing.T) string {
		return "socks5://user:hunter2@" + listen(t, func(conn net.Conn) {
			b := make([]byte, 64)
			read := func(n int) string {
				_, _ = io.ReadFull(conn, b[:n])
				return string(b[:n])
			}
			methods := read(4)[2:] // version, two methods
			if !strings.Contains(methods, "\x02") {
				t.Errorf("methods %q", methods)
			}
			_, _ = conn.Write([]byte{5, 2})
			if got := read(1 + 1 + 4 + 1 + 7); got != "\x01\x04user\x07hunter2" {
				t.Errorf("login %q", got)
			}
			_, _ = conn.Write([]byte{1, 0})
			if got := read(4 + 1 + len("mail.invalid") + 2); got != "\x05\x01\x00\x03\x0cmail.invalid\x03\xe3" {
				t.Errorf("request %q", got)
			}
			_, _ = conn.Write([]byte("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x01+OK through\r\n"))
			_, _ = io.Copy(io.Discard, conn)
		})
	}
	connect := func(answer string) func(t *testing.T) string {
		return func(t *testing.T) string {
			return "http://user:hunter2@" + listen(t, func(conn net.Conn) {
				r := bufio.NewReader(conn)
				var request strings.Builder
				for {
					line, err := r.ReadString('\n')
					if request.WriteString(line); err != nil || line == "\r\n" {
						break
					}
				}
				want := "CONNECT mail.invalid:995 HTTP/1.1\r\nHost: mail.invalid:995\r\nProxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n\r\n"
				if request.String() != want {
					t.Errorf("request %q", request.String())
				}
				_, _ = conn.Write([]byte(answer))
			})
		}
	}
	refusesLogin := func(t *testing.T) string {
		return "socks5://user:hunter2@" + listen(t, func(conn net.Conn) {
			greeting, login := make([]byte, 4), make([]byte, len("\x01\x04user\x07hunter2"))
			if _, err := io.ReadFull(conn, greeting); err != nil {
				return
			}
			_, _ = conn.Write([]byte{5, 2})
			if _, err := io.ReadFull(conn, login); err == nil {
				_, _ = conn.Write([]byte{1, 1})
			}
		})
	}
	endless := "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 1<<20)
	for name, test := range map[string]struct {
		proxy func(t *testing.T) string
		want  Code
	}{
		"SOCKS5":             {socks, ""},
		"SOCKS5, login":      {refusesLogin, CodeProxyAuth},
		"CONNECT":            {connect("HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n+OK through\r\n"), ""},
		"CONNECT, login":     {connect("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), CodeProxyAuth},
		"CONNECT, refused":   {connect("HTTP/1.1 403 Forbidden\r\n\r\n"), CodeProxy},
		"CONNECT, no HTTP":   {connect("+OK POP3\r\n\r\n"), CodeProxy},
		"CONNECT, cut":       {connect("HTTP/1.1 200"), CodeProxy},
		"CONNECT, endless":   {connect(endless), CodeProxy},
		"none of the two":    {func(*testing.T) string { return "ftp://127.0.0.1" }, CodeProxy},
		"an unreadable one":  {func(*testing.T) string { return "http://user:hunter2@%zz" }, CodeProxy},
		"one without a host": {func(*testing.T) string { return "http://" }, CodeProxy},
	} {
		for _, environment := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				cfg := Config{Host: "mail.invalid", Port: 995, Security: Cleartext, Proxy: test.proxy(t)}
				for _, name := range []string{"pop3_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"} {
					t.Setenv(name, "")
				}
				if environment {
					t.Setenv("all_proxy", cfg.Proxy)
					cfg.Proxy = ""
				}
				c, err := Dial(t.Context(), cfg)
				code(test.want)(t, c, err)
				if err != nil && strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the error shows the password: %v", err)
				}
				if err == nil {
					_ = c.Close()
				}
			})
		}
	}
}

// The environment's proxy is not for hosts that it exempts, nor for an account
// that says so.
func TestNoProxy(t *testing.T) {
	t.Setenv("pop3s_proxy", "")
	t.Setenv("all_proxy", "socks5://192.0.2.1:1")
	t.Setenv("no_proxy", ".example.org")
	for host, want := range map[string]bool{"pop.example.org": false, "pop.example.com": true, "localhost": false} {
		u, err := Config{Host: host, Port: 995}.proxy()
		if err != nil || (u != nil) != want {
			t.Errorf("%s: %v, %v", host, u, err)
		}
	}
	if u, err := (Config{Host: "pop.example.com", Port: 995, Proxy: "direct"}).proxy(); u != nil || err != nil {
		t.Errorf("direct: %v, %v", u, err)
	}
}

// Each milestone is told when it is reached, and not when all is over: the server
// says nothing before it hears that the client is connected.
func TestProgressIsToldAsItHappens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	id, err := popserver.NewIdentity("localhost")
	if err != nil {
		t.Fatal(err)
	}
	server := popserver.New(popserver.Options{TLS: id.ServerTLS(), Implicit: true})
	defer func() { _ = server.Close() }()
	connected := make(chan struct{})
	go func() { // ends with the listener or the server
		if conn, err := l.Accept(); err == nil {
			<-connected
			server.ServeConn(conn)
		}
	}()
	var reached []Milestone
	c, err := Dial(t.Context(), Config{
		Host: "localhost", Port: l.Addr().(*net.TCPAddr).Port, RootCAs: id.Roots, Proxy: "direct",
		Progress: func(m Milestone) {
			reached = append(reached, m)
			if m == MilestoneConnected {
				close(connected)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	if want := []Milestone{MilestoneResolved, MilestoneConnected, MilestoneSecured}; !slices.Equal(reached, want) {
		t.Errorf("told %v, want %v", reached, want)
	}
}

// A name in another script goes out in ASCII, to a proxy and in TLS.
func TestInternationalName(t *testing.T) {
	asked, named := make(chan string, 1), make(chan string, 1)
	proxy := "http://" + listen(t, func(conn net.Conn) {
		r := bufio.NewReader(conn)
		request, _ := r.ReadString('\n')
		for line := request; line != "\r\n"; {
			var err error
			if line, err = r.ReadString('\n'); err != nil {
				return
			}
		}
		asked <- request
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		_ = tls.Server(conn, &tls.Config{
			MinVersion: tls.VersionTLS12,
			GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				named <- hello.ServerName
				return nil, errors.New("that is enough")
			},
		}).Handshake()
	})
	_, err := Dial(t.Context(), Config{Host: "mail.Müller.invalid", Port: 995, Proxy: proxy})
	if err == nil {
		t.Fatal("connected")
	}
	if got := <-asked; !strings.HasPrefix(got, "CONNECT mail.xn--mller-kva.invalid:995 ") {
		t.Errorf("asked the proxy for %q", got)
	}
	if got := <-named; got != "mail.xn--mller-kva.invalid" {
		t.Errorf("named %q in TLS", got)
	}
}
