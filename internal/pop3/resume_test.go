package pop3

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counted counts what a connection carries.
type counted struct {
	net.Conn
	octets *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.octets.Add(int64(n))
	return n, err
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.octets.Add(int64(n))
	return n, err
}

// resumer is a server that writes down how each connection was agreed upon,
// and what it was told there.
type resumer struct {
	mu     sync.Mutex // guards config
	config *tls.Config
	how    chan string
	octets atomic.Int64
	client Config
}

func newResumer(t *testing.T, config *tls.Config) *resumer {
	t.Helper()
	own, roots := certificate(t, "localhost", time.Hour)
	config.Certificates, config.MinVersion = []tls.Certificate{own}, tls.VersionTLS12
	r := &resumer{config: config, how: make(chan string, 10)}
	address := listen(t, func(conn net.Conn) {
		r.mu.Lock()
		config := r.config.Clone()
		r.mu.Unlock()
		secured := tls.Server(counted{conn, &r.octets}, config)
		if err := secured.Handshake(); err != nil {
			r.how <- "failed"
			return
		}
		_, _ = secured.Write([]byte("+OK\r\n"))
		told, _ := io.ReadAll(secured)
		state := secured.ConnectionState()
		r.how <- fmt.Sprintf("%v resumed %v %q", state.CurveID, state.DidResume, told)
	})
	host, text, _ := net.SplitHostPort(address)
	port, err := strconv.Atoi(text)
	if err != nil || host == "" {
		t.Fatal(err)
	}
	r.client = Config{
		Host: "localhost", Port: port, Security: ImplicitTLS, RootCAs: roots, Proxy: "direct",
		Sessions: tls.NewLRUClientSessionCache(2), DialTimeout: 5 * time.Second,
	}
	r.keys(1)
	return r
}

// keys has the server seal its tickets by other keys.
func (r *resumer) keys(n byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.config.SetSessionTicketKeys([][32]byte{{n}})
}

// dial connects, says NOOP, and returns how that was agreed upon and how many
// octets it took.
func (r *resumer) dial(t *testing.T) (how []string, octets int64) {
	t.Helper()
	before := r.octets.Load()
	c, err := Dial(t.Context(), r.client)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c.conn, "NOOP\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.conn.Close()
	for !strings.HasSuffix(strings.Join(how, ""), `NOOP\r\n"`) {
		how = append(how, <-r.how)
	}
	return how, r.octets.Load() - before
}

func (r *resumer) expect(t *testing.T, what string, want ...string) (octets int64) {
	t.Helper()
	how, octets := r.dial(t)
	if !slices.Equal(how, want) {
		t.Errorf("%s: %q, want %q", what, how, want)
	}
	return octets
}

const (
	wholeHybrid = `X25519MLKEM768 resumed false "NOOP\r\n"`
	againHybrid = `X25519MLKEM768 resumed true "NOOP\r\n"`
	againNarrow = `X25519 resumed true "NOOP\r\n"`
)

// A session that has come of a post-quantum exchange is resumed without
// another one, and for no longer than a day; a refused ticket costs a
// connection, in which nothing is said.
func TestResumedByX25519Alone(t *testing.T) {
	r := newResumer(t, &tls.Config{})
	whole := r.expect(t, "the first", wholeHybrid)
	wide := r.expect(t, "the second, which shows that the server resumes", againHybrid)
	narrow := r.expect(t, "the third", againNarrow)
	t.Logf("octets of TLS, a greeting and a command included: %d whole, %d resumed by the hybrid exchange, %d by X25519", whole, wide, narrow)
	if narrow > 1200 || narrow > wide-2000 {
		t.Errorf("%d octets resumed by X25519, %d by the hybrid exchange", narrow, wide)
	}
	r.expect(t, "the fourth", againNarrow)

	r.keys(2)
	r.expect(t, "the ticket is refused", `X25519 resumed false ""`, wholeHybrid)
	r.expect(t, "then", againHybrid)
	r.expect(t, "then", againNarrow)

	age(t, r.client, 23*time.Hour)
	r.expect(t, "23 hours after the hybrid exchange", againNarrow)
	age(t, r.client, 25*time.Hour)
	r.expect(t, "a day after it", againHybrid)
	r.expect(t, "then", againNarrow)
	age(t, r.client, -time.Hour)
	r.expect(t, "of a clock that was wrong", againHybrid)
}

// age moves the hybrid exchange that a session has come of.
func age(t *testing.T, cfg Config, ago time.Duration) {
	t.Helper()
	r := cfg.resumption(true)
	if r.exchanged.IsZero() {
		t.Fatal("the session has no label")
	}
	r.exchanged = time.Now().Add(-ago)
	r.Put(cfg.Host, r.session)
	session, _ := cfg.Sessions.Get(cfg.Host)
	if got := exchanged(session); got.Unix() != r.exchanged.Unix() {
		t.Fatalf("the label says %v", got)
	}
}

// What has not come of a post-quantum exchange is resumed as before, with the
// offer of one.
func TestNotResumedByX25519Alone(t *testing.T) {
	for name, config := range map[string]*tls.Config{
		"X25519":  {CurvePreferences: []tls.CurveID{tls.X25519}},
		"TLS 1.2": {MaxVersion: tls.VersionTLS12},
	} {
		t.Run(name, func(t *testing.T) {
			r := newResumer(t, config)
			for range 4 {
				r.dial(t)
				if c := r.client.resumption(true); c.narrow || c.session == nil {
					t.Errorf("narrow %v, session %v", c.narrow, c.session)
				}
			}
		})
	}
	t.Run("never resumed", func(t *testing.T) {
		r := newResumer(t, &tls.Config{})
		for n := range byte(4) {
			r.keys(n + 10)
			r.expect(t, "another key every time", wholeHybrid)
		}
	})
	t.Run("foreign label", func(t *testing.T) {
		r := newResumer(t, &tls.Config{})
		r.expect(t, "the first", wholeHybrid)
		session, _ := r.client.Sessions.Get("localhost")
		ticket, state, err := session.ResumptionState()
		if err != nil {
			t.Fatal(err)
		}
		state.Extra = [][]byte{binary.BigEndian.AppendUint64([]byte("another "), uint64(time.Now().Unix())), append(slices.Clone(hybridLabel), 1)} // #nosec G115 -- after 1970
		if session, err = tls.NewResumptionState(ticket, state); err != nil {
			t.Fatal(err)
		}
		r.client.Sessions.Put("localhost", session)
		r.expect(t, "then", againHybrid)
	})
}
