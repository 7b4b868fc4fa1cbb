package pop3

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// dial connects to the first address of host that accepts, trying IPv6 and IPv4
// in turn (RFC 8305).
//
// net.Dialer has the two families race (its FallbackDelay), but tries the
// addresses of one family one after the other, each for its share of the
// timeout: with three dead addresses before the live one, 22 of 30 seconds
// pass. Here it is three quarters of a second.
func (c Config) dial(ctx context.Context, host, port string) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial(ctx, "tcp", net.JoinHostPort(host, port))
	}
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if host == c.Host {
		c.reached(MilestoneResolved)
	}
	return race(ctx, interleave(addresses), func(ctx context.Context, a netip.Addr) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(a.String(), port))
	})
}

// interleave alternates the families, beginning with that of the address the
// system prefers (RFC 8305, section 4).
func interleave(addresses []netip.Addr) []netip.Addr {
	var families [2][]netip.Addr
	for _, a := range addresses {
		family := 0
		if a.Unmap().Is4() != addresses[0].Unmap().Is4() {
			family = 1
		}
		families[family] = append(families[family], a.Unmap())
	}
	mixed := make([]netip.Addr, 0, len(addresses))
	for i := range max(len(families[0]), len(families[1])) {
		for _, family := range families {
			if i < len(family) {
				mixed = append(mixed, family[i])
			}
		}
	}
	return mixed
}

// race starts an attempt on each address as soon as the one before has failed
// or had its head start, and returns the first connection. All attempts have
// ended when it returns.
func race(ctx context.Context, addresses []netip.Addr, dial func(context.Context, netip.Addr) (net.Conn, error)) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		conn net.Conn
		err  error
	}
	results := make(chan result)
	next := time.NewTimer(0)
	defer next.Stop()
	var won net.Conn
	var failed error
	for started, running := 0, 0; running > 0 || won == nil && started < len(addresses); {
		select {
		case <-next.C:
			if won != nil || started == len(addresses) {
				continue
			}
			address := addresses[started]
			started++
			running++
			go func() {
				conn, err := dial(ctx, address)
				results <- result{conn, err}
			}()
			next.Reset(attemptDelay)
		case r := <-results:
			running--
			switch {
			case r.err != nil:
				if failed == nil {
					failed = r.err
				}
				next.Reset(0)
			case won != nil:
				_ = r.conn.Close()
			default:
				won = r.conn
				cancel()
			}
		}
	}
	if won == nil {
		return nil, failed
	}
	return won, nil
}

// ProxyFromEnvironment returns the proxy that pop3s_proxy or pop3_proxy,
// all_proxy or ALL_PROXY name, unless no_proxy or NO_PROXY exempts the server,
// as curl reads them. HTTPS_PROXY is for the web: few such proxies let mail
// through.
func (c Config) ProxyFromEnvironment() (*url.URL, error) {
	own := "pop3s_proxy"
	if c.Security != ImplicitTLS {
		own = "pop3_proxy"
	}
	env := httpproxy.Config{}
	for _, name := range []string{own, "all_proxy", "ALL_PROXY"} {
		if env.HTTPSProxy = os.Getenv(name); env.HTTPSProxy != "" {
			break
		}
	}
	for _, name := range []string{"no_proxy", "NO_PROXY"} {
		if env.NoProxy = os.Getenv(name); env.NoProxy != "" {
			break
		}
	}
	if env.HTTPSProxy == "" {
		return nil, nil
	}
	if strings.Contains(env.HTTPSProxy, "://") { // httpproxy would ignore an invalid URL
		if _, err := url.Parse(env.HTTPSProxy); err != nil {
			return nil, err
		}
	}
	return env.ProxyFunc()(&url.URL{Scheme: "https", Host: net.JoinHostPort(c.Host, strconv.Itoa(c.Port))})
}

// proxy returns the proxy to use, or nil.
func (c Config) proxy() (*url.URL, error) {
	var u *url.URL
	var err error
	switch c.Proxy {
	case ProxyDirect:
		return nil, nil
	case "":
		u, err = c.ProxyFromEnvironment()
	default:
		u, err = url.Parse(c.Proxy)
	}
	if err != nil || u != nil && u.Hostname() == "" {
		// The cause would quote the URL and with it a password.
		return nil, fault(KindConfig, CodeProxy, StepConnect, errors.New("invalid proxy URL"))
	}
	return u, nil
}

// dialThrough connects by way of a proxy, which resolves the server's name.
func (c Config) dialThrough(ctx context.Context, u *url.URL) (net.Conn, error) {
	target := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	port := u.Port()
	switch u.Scheme {
	case "socks5", "socks5h":
		if port == "" {
			port = "1080"
		}
		var auth *proxy.Auth
		if u.User != nil {
			password, _ := u.User.Password()
			auth = &proxy.Auth{User: u.User.Username(), Password: password}
		}
		socks, err := proxy.SOCKS5("tcp", net.JoinHostPort(u.Hostname(), port), auth, forward{c})
		if err != nil {
			return nil, fault(KindConfig, CodeProxy, StepConnect, errors.New("invalid proxy URL"))
		}
		conn, err := socks.(proxy.ContextDialer).DialContext(ctx, "tcp", target)
		switch {
		case err == nil:
			return conn, nil
		case strings.Contains(err.Error(), "username/password authentication failed"):
			// Package proxy has no other mark for it (RFC 1929, section 2).
			return nil, fault(KindConfig, CodeProxyAuth, StepConnect, errors.New("proxy authentication required"))
		}
		return nil, fault(KindNetwork, CodeProxy, StepConnect, err)
	case "http":
		if port == "" {
			port = "80"
		}
		conn, err := c.dial(ctx, u.Hostname(), port)
		if err != nil {
			return nil, fault(KindNetwork, CodeProxy, StepConnect, err)
		}
		if err := tunnel(ctx, conn, target, u.User); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return conn, nil
	}
	return nil, fault(KindConfig, CodeProxy, StepConnect, errors.New("unsupported proxy scheme, want socks5 or http"))
}

// forward dials the SOCKS proxy itself.
type forward struct{ c Config }

func (f forward) Dial(network, address string) (net.Conn, error) {
	return f.DialContext(context.Background(), network, address)
}

func (f forward) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return f.c.dial(ctx, host, port)
}

// tunnel asks an HTTP proxy for a connection to target (RFC 9110, section
// 9.3.6). The response is read one octet at a time: a POP3 server speaks first,
// and its greeting must stay unread.
func tunnel(ctx context.Context, conn net.Conn, target string, user *url.Userinfo) error {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	request := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if user != nil {
		request += "Proxy-Authorization: Basic " + basicAuth(user) + "\r\n"
	}
	if _, err := conn.Write([]byte(request + "\r\n")); err != nil {
		return fault(KindNetwork, CodeProxy, StepConnect, err)
	}
	var answer []byte
	for octet := make([]byte, 1); !strings.HasSuffix(string(answer[max(0, len(answer)-4):]), "\r\n\r\n"); {
		if len(answer) > maxProxyResponse {
			return fault(KindNetwork, CodeProxy, StepConnect, fmt.Errorf("proxy response exceeds %d octets", maxProxyResponse))
		}
		n, err := conn.Read(octet)
		if err != nil {
			return fault(KindNetwork, CodeProxy, StepConnect, err)
		}
		answer = append(answer, octet[:n]...)
	}
	fields := strings.Fields(string(answer))
	switch {
	case len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/1.") || len(fields[1]) != 3 || strings.Trim(fields[1], "0123456789") != "":
		return fault(KindNetwork, CodeProxy, StepConnect, errors.New("proxy response is not HTTP"))
	case fields[1] == "407":
		return fault(KindConfig, CodeProxyAuth, StepConnect, errors.New("proxy authentication required"))
	case fields[1][0] != '2':
		return fault(KindNetwork, CodeProxy, StepConnect, fmt.Errorf("proxy responded with status %s", fields[1]))
	}
	return nil
}

// basicAuth is what HTTP sends of a user (RFC 7617, section 2).
func basicAuth(user *url.Userinfo) string {
	password, _ := user.Password()
	return base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
}
