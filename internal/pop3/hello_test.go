package pop3

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// P37: a box on the way that loses large ClientHellos costs one try a week.
func TestLargeClientHelloIsLost(t *testing.T) {
	certificate, roots := certificate(t, "localhost", time.Hour)
	for name, lose := range map[string]func(net.Conn){
		"reset":  func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) },
		"closed": func(net.Conn) {},
		"silent": func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
	} {
		t.Run(name, func(t *testing.T) {
			var lost atomic.Int32
			address := listen(t, func(conn net.Conn) {
				hello := make([]byte, 5)
				if _, err := io.ReadFull(conn, hello); err != nil {
					return
				}
				hello = append(hello, make([]byte, binary.BigEndian.Uint16(hello[3:]))...)
				if _, err := io.ReadFull(conn, hello[5:]); err != nil {
					return
				}
				if len(hello) > 1200 {
					lost.Add(1)
					lose(conn)
					return
				}
				secured := tls.Server(&replayed{conn, io.MultiReader(bytes.NewReader(hello), conn)}, &tls.Config{
					Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
				})
				_, _ = secured.Write([]byte("+OK\r\n"))
				_, _ = io.Copy(io.Discard, secured)
			})
			_, text, _ := net.SplitHostPort(address)
			port, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			cfg := Config{Host: "localhost", Port: port, Security: ImplicitTLS, RootCAs: roots, Proxy: "direct", DialTimeout: 2 * time.Second}
			var hints Hints
			for _, step := range []struct {
				lost    int32
				learned time.Duration // ago
			}{{1, 0}, {0, 0}, {0, 6 * 24 * time.Hour}, {1, 8 * 24 * time.Hour}, {1, -24 * time.Hour}} {
				lost.Store(0)
				cfg.Hints = hints
				if step.learned != 0 {
					cfg.Hints.SmallHello = time.Now().Add(-step.learned)
				}
				c, err := Dial(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				hints = c.Hints()
				_ = c.Close()
				if lost.Load() != step.lost || hints.SmallHello.IsZero() {
					t.Errorf("learned %v ago: %d lost, hint %v", step.learned, lost.Load(), hints.SmallHello)
				}
			}
		})
	}
}

// replayed is a connection of which something has been read already.
type replayed struct {
	net.Conn
	r io.Reader
}

func (r *replayed) Read(p []byte) (int, error) { return r.r.Read(p) }
