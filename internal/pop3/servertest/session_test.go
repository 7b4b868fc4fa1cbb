//go:build servers

package servertest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3"
)

// mail is what every maildrop holds: a plain message, one that tempts every
// reader of dots and lines, and one that is GBK from its subject on.
var mail = [][]byte{
	[]byte("From: a@example.org\nSubject: one\nMessage-ID: <1@example.org>\n\nbody\n"),
	[]byte("From: b@example.org\nSubject: two\nMessage-ID: <2@example.org>\n\n.\n..\n.dot\n\n \nQUIT\n+OK\n-ERR\n" + strings.Repeat("long ", 180) + "\nlast\n"),
	[]byte("From: c@example.org\nSubject: \xc4\xe3\xba\xc3\nMessage-ID: <3@example.org>\n\n\xca\xc0\xbd\xe7\n"),
}

// gbk is the index of the last, which servers with UTF8 replace by an excuse
// for those that do not ask for it.
const gbk = 2

// config is how to talk to a server; the transcript is in the test's log if
// it fails.
func (s *server) config(t *testing.T, security pop3.Security) pop3.Config {
	transcript := &pop3.Transcript{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(strings.Join(transcript.Lines(), "\n"))
		}
	})
	cfg := pop3.Config{Host: "localhost", Port: s.ports[security], Security: security, Transcript: transcript, Proxy: "direct"}
	if s.id != nil {
		cfg.RootCAs = s.id.Roots
	}
	return cfg
}

func (s *server) login(t *testing.T, cfg pop3.Config, who pop3.Credentials, batch func(*pop3.Client) *pop3.Batch) (*pop3.Client, error) {
	t.Helper()
	c, err := pop3.Dial(t.Context(), cfg)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	var b *pop3.Batch
	if batch != nil {
		b = batch(c)
	}
	return c, c.Login(t.Context(), who, b)
}

// maildrop is all that a session can read.
type maildrop struct {
	stat  pop3.Stat
	sizes []pop3.Size
	uids  []pop3.Listing
	raw   [][]byte
}

func read(t *testing.T, open func() (io.ReadCloser, error)) []byte {
	t.Helper()
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil || r.Close() != nil {
		t.Fatal(err)
	}
	return raw
}

// readAll uses every command that reads.
func (s *server) readAll(t *testing.T, c *pop3.Client) maildrop {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var m maildrop
	var err error
	m.stat, err = c.Stat(ctx)
	must(err)
	for row, err := range c.Lists(ctx) {
		must(err)
		m.sizes = append(m.sizes, row)
	}
	for row, err := range c.UIDLs(ctx) {
		must(err)
		m.uids = append(m.uids, row)
	}
	if len(m.sizes) != m.stat.Messages || len(m.uids) != m.stat.Messages {
		t.Fatalf("%d messages, sizes %v, UIDs %v", m.stat.Messages, m.sizes, m.uids)
	}
	var sum int64
	for i := range m.stat.Messages {
		n := i + 1
		octets, err := c.List(ctx, n)
		must(err)
		uid, err := c.UIDL(ctx, n)
		must(err)
		if m.sizes[i] != (pop3.Size{Number: n, Octets: octets}) || m.uids[i] != (pop3.Listing{Number: n, UID: uid}) {
			t.Errorf("message %d: %d %q, in the lists %+v %+v", n, octets, uid, m.sizes[i], m.uids[i])
		}
		raw := read(t, func() (io.ReadCloser, error) { return c.Retr(ctx, n) })
		header := read(t, func() (io.ReadCloser, error) { return c.Top(ctx, n, 0) })
		first := read(t, func() (io.ReadCloser, error) { return c.Top(ctx, n, 1) })
		end := bytes.Index(raw, []byte("\r\n\r\n")) + 4
		line := end + bytes.IndexByte(raw[end:], '\n') + 1
		if s.doublesBlank {
			first = bytes.Replace(first, []byte("\r\n\r\n\r\n"), []byte("\r\n\r\n"), 1)
		}
		if !bytes.Equal(header, raw[:end]) || !bytes.Equal(first, raw[:line]) {
			t.Errorf("message %d: TOP has %q and %q of %q", n, header, first, raw)
		}
		if int64(len(raw)) != octets {
			t.Errorf("message %d: %d octets, LIST says %d", n, len(raw), octets)
		}
		sum += octets
		m.raw = append(m.raw, raw)
	}
	if sum != m.stat.Octets {
		t.Errorf("%d octets, STAT says %d", sum, m.stat.Octets)
	}
	must(c.Noop(ctx))
	return m
}

func wantAuth(t *testing.T, err error) {
	t.Helper()
	var e *pop3.Error
	if !errors.As(err, &e) || e.Kind != pop3.KindAuth || !e.Fatal() {
		t.Errorf("wrong credentials: %v (%+v)", err, e)
	}
	if err != nil && strings.Contains(err.Error(), password) {
		t.Errorf("the password is in the error: %v", err)
	}
}

var securityNames = map[pop3.Security]string{pop3.ImplicitTLS: "TLS", pop3.STLS: "STLS", pop3.Cleartext: "clear"}

func TestServers(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			me := pop3.Credentials{User: user, Password: password}
			for _, raw := range mail {
				s.deliver(raw)
			}
			best := pop3.STLS
			if s.id == nil {
				best = pop3.Cleartext
			}
			// Some write numbers and marks of their own into the mailbox at the
			// first visit, which changes its size.
			c, err := s.login(t, s.config(t, best), me, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range mail {
				if _, err := c.UIDL(t.Context(), i+1); err != nil {
					t.Fatal(err)
				}
				read(t, func() (io.ReadCloser, error) { return c.Retr(t.Context(), i+1) })
			}
			if err := c.Quit(t.Context()); err != nil {
				t.Error(err)
			}
			offered := slices.Clone(s.mechanisms)
			offered = slices.DeleteFunc(append(offered, s.foreign...), func(m string) bool { return m == "USER" || m == "APOP" })
			slices.Sort(offered)
			if got := slices.Sorted(slices.Values(c.Capabilities().Mechanisms())); !slices.Equal(got, offered) {
				t.Errorf("it offers %v, the test knows of %v", got, offered)
			}

			var all maildrop
			for security := range s.ports {
				t.Run(securityNames[security], func(t *testing.T) {
					m := s.bothSessions(t, security, me)
					if all.raw == nil {
						all = m
					} else if fmt.Sprint(m) != fmt.Sprint(all) {
						t.Errorf("%v, but over another connection %v", m, all)
					}
				})
			}
			for i, raw := range mail {
				if want := bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n")); !bytes.HasSuffix(all.raw[i], want[bytes.Index(want, []byte("\r\n\r\n")):]) || !bytes.Contains(all.raw[i], want[:bytes.IndexByte(want, '\r')]) {
					t.Errorf("delivered %q, received %q", want, all.raw[i])
				}
			}
			for _, mechanism := range s.mechanisms {
				for security := range s.ports {
					// No timestamp outlives STLS, and no client is proven in clear.
					if mechanism == "APOP" && security == pop3.STLS || mechanism == "EXTERNAL" && security == pop3.Cleartext {
						continue
					}
					t.Run(mechanism+"/"+securityNames[security], func(t *testing.T) { s.mechanism(t, security, mechanism) })
				}
			}
			t.Run("wrong", func(t *testing.T) { // in parallel, for some take their time to say no
				for _, mechanism := range s.mechanisms {
					t.Run(mechanism, func(t *testing.T) {
						t.Parallel()
						s.wrong(t, mechanism)
					})
				}
			})
			for security := range s.ports {
				t.Run("curl and mpop/"+securityNames[security], func(t *testing.T) {
					s.curl(t, security, all)
					s.mpop(t, security, all)
				})
			}
			t.Run("deleting", func(t *testing.T) { s.deleting(t, best, me, all) })
		})
	}
}

// bothSessions reads the maildrop in a session that knows nothing, and then
// polls it in one that has learned.
func (s *server) bothSessions(t *testing.T, security pop3.Security, me pop3.Credentials) maildrop {
	cfg := s.config(t, security)
	c, err := s.login(t, cfg, me, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := s.readAll(t, c)
	_, err = c.UIDL(t.Context(), len(mail)+1)
	var e *pop3.Error
	if !errors.As(err, &e) || e.Kind != pop3.KindPermanent || e.Fatal() {
		t.Errorf("a message that is not there: %v (%+v)", err, e)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Error(err)
	}

	cfg.Hints = c.Hints()
	var stat *pop3.Reply[pop3.Stat]
	var uid *pop3.Reply[string]
	c, err = s.login(t, cfg, me, func(c *pop3.Client) *pop3.Batch {
		b := c.NewBatch()
		stat, uid = b.Stat(), b.UIDL(len(mail))
		return b
	})
	if err != nil {
		t.Fatal(err)
	}
	if st, err := stat.Value(); err != nil || st != m.stat {
		t.Errorf("%+v, %v; want %+v", st, err, m.stat)
	}
	if u, err := uid.Value(); err != nil || u != m.uids[len(mail)-1].UID {
		t.Errorf("%q, %v; want %q", u, err, m.uids[len(mail)-1].UID)
	}
	if got, want := c.Metrics().RoundTrips, s.roundTrips(security, c.Hints()); got != want {
		t.Errorf("%d round trips with %+v, want %d", got, c.Hints(), want)
	}
	b := c.NewBatch()
	var top bytes.Buffer
	reply := b.Top(2, 0, func(r io.Reader) error { _, err := io.Copy(&top, r); return err })
	again := b.Stat()
	if err := b.Do(t.Context()); err != nil || reply.Err() != nil || again.Err() != nil {
		t.Error(err, reply.Err(), again.Err())
	}
	if !bytes.HasPrefix(m.raw[1], top.Bytes()) || top.Len() == 0 {
		t.Errorf("TOP in a batch: %q", top.Bytes())
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Error(err)
	}
	return m
}

// roundTrips are those of login, STAT and UIDL where all is known.
func (s *server) roundTrips(security pop3.Security, h pop3.Hints) int {
	n := 1
	switch {
	case strings.HasPrefix(h.Mechanism, "SCRAM"):
		n += 3
	case h.Mechanism == "CRAM-MD5":
		n += 2
		if s.utf8 {
			n++
		}
	case !h.PipelineLogin: // USER, PASS, STAT, UIDL
		n += 3
	case s.losesBatch:
		n++
	}
	if security == pop3.STLS {
		n++
	}
	return n
}

// credentials are those for a mechanism.
func (s *server) credentials(name string, cfg *pop3.Config) pop3.Credentials {
	who := pop3.Credentials{User: user, Password: password, Mechanism: name}
	switch {
	case name == "EXTERNAL":
		who.Password, cfg.Certificates = "", []tls.Certificate{s.certificate}
	case name == "XOAUTH2" || name == "OAUTHBEARER":
		who.Password, who.Token = "", s.token
	case name == "APOP" && s.apopUser != "":
		who.User = s.apopUser
	}
	return who
}

// mechanism logs in with one.
func (s *server) mechanism(t *testing.T, security pop3.Security, name string) {
	cfg := s.config(t, security)
	c, err := s.login(t, cfg, s.credentials(name, &cfg), nil)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := c.Stat(t.Context()); err != nil || st.Messages != len(mail) {
		t.Errorf("%+v, %v", st, err)
	}
	if got := c.Hints().Mechanism; got != name {
		t.Errorf("logged in by %s", got)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Error(err)
	}
}

// wrong is a login with a wrong secret.
func (s *server) wrong(t *testing.T, name string) {
	security := pop3.ImplicitTLS
	if s.id == nil {
		security = pop3.Cleartext
	}
	cfg := s.config(t, security)
	who := s.credentials(name, &cfg)
	switch {
	case who.Token != "":
		who.Token += "x"
	case name == "EXTERNAL":
		who.Password, cfg.Certificates = "anything", nil
	default:
		who.Password = "wrong"
	}
	_, err := s.login(t, cfg, who, nil)
	wantAuth(t, err)
}

// deleting marks, takes back, breaks off and at last deletes.
func (s *server) deleting(t *testing.T, security pop3.Security, me pop3.Credentials, before maildrop) {
	session := func(f func(*pop3.Client)) {
		t.Helper()
		c, err := s.login(t, s.config(t, security), me, nil)
		if err != nil {
			t.Fatal(err)
		}
		f(c)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	session(func(c *pop3.Client) {
		must(c.Dele(t.Context(), 2))
		if _, err := c.UIDL(t.Context(), 2); err == nil {
			t.Error("a deleted message has a UID")
		}
		must(c.Rset(t.Context()))
		must(c.Dele(t.Context(), 1))
		must(c.Rset(t.Context()))
		must(c.Quit(t.Context()))
	})
	session(func(c *pop3.Client) {
		must(c.Dele(t.Context(), 1))
		must(c.Close()) // not Quit
	})
	session(func(c *pop3.Client) {
		if m := s.readAll(t, c); fmt.Sprint(m) != fmt.Sprint(before) {
			t.Errorf("%v is left, %v was there", m, before)
		}
		must(c.Dele(t.Context(), 2))
		must(c.Quit(t.Context()))
	})
	session(func(c *pop3.Client) {
		m := s.readAll(t, c)
		if m.stat.Messages != 2 || m.uids[0].UID != before.uids[0].UID || m.uids[1].UID != before.uids[2].UID {
			t.Errorf("%+v is left of %+v", m.uids, before.uids)
		}
		must(c.Quit(t.Context()))
	})
}
