package pop3_test

import (
	"context"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/traymail/traymail/internal/pop3"
)

// BenchmarkPoll is a whole poll on loopback that finds nothing new: connect,
// greeting, login with STAT and UIDL in one round trip, QUIT. The server answers
// from memory and allocates nothing.
func BenchmarkPoll(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		request := make([]byte, 4096)
		answers := [][]byte{[]byte("+OK ready\r\n"), []byte("+OK\r\n+OK 1000 123456\r\n+OK 1000 0000012a5f8e3c11\r\n"), []byte("+OK bye\r\n")}
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			for i, answer := range answers {
				if i > 0 {
					if _, err := conn.Read(request); err != nil {
						break
					}
				}
				if _, err := conn.Write(answer); err != nil {
					break
				}
			}
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	cfg := pop3.Config{
		Host: "127.0.0.1", Security: pop3.Cleartext, Proxy: "direct",
		Hints: pop3.Hints{Known: true, Pipelining: true, PipelineLogin: true, Mechanism: "PLAIN"},
	}
	if cfg.Port, err = strconv.Atoi(port); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	var cost pop3.Metrics
	b.ReportAllocs()
	for b.Loop() {
		c, err := pop3.Dial(ctx, cfg)
		if err != nil {
			b.Fatal(err)
		}
		batch := c.NewBatch()
		stat, uid := batch.Stat(), batch.UIDL(1000)
		if err := c.Login(ctx, pop3.Credentials{User: "me", Password: "hunter2"}, batch); err != nil || stat.Err() != nil || uid.Err() != nil {
			b.Fatal(err, stat.Err(), uid.Err())
		}
		if err := c.Quit(ctx); err != nil {
			b.Fatal(err)
		}
		cost = c.Metrics()
	}
	b.ReportMetric(float64(cost.RoundTrips), "round-trips/op")
	b.ReportMetric(float64(cost.Sent+cost.Received), "octets/op")
}
