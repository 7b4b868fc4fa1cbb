package pop3_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/mail"
	"strconv"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// exampleServer is a maildrop with two messages, and how to reach it.
func exampleServer() (*popserver.Server, pop3.Config) {
	server := popserver.New(popserver.Options{Users: map[string]string{"tim": "tanstaaf"}, Pipelining: true})
	server.Maildrop("tim").Deliver([]byte("Subject: Dinner?\n\nTonight at eight.\n"))
	server.Maildrop("tim").Deliver([]byte("Subject: Invoice 42\n\nPlease find attached.\n"))
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		log.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	// To loopback, and nowhere else, a password may go without TLS.
	return server, pop3.Config{Host: host, Port: number, Security: pop3.Cleartext, Proxy: pop3.ProxyDirect}
}

func ExampleDial() {
	server, cfg := exampleServer()
	defer func() { _ = server.Close() }()
	ctx := context.Background()

	cfg.Trace = func(kind pop3.TraceKind, line string) {
		if kind != pop3.TraceNote {
			fmt.Println(kind.String() + line)
		}
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	err = c.Login(ctx, pop3.Credentials{User: "tim", Password: "hunter2"}, nil)
	fmt.Println(pop3.IsKind(err, pop3.KindAuth), pop3.CodeOf(err))
	// Output:
	// S: +OK traymail test server ready
	// C: CAPA
	// S: +OK
	// S: USER
	// S: RESP-CODES
	// S: SASL PLAIN
	// S: UIDL
	// S: TOP
	// S: PIPELINING
	// C: AUTH PLAIN ***
	// S: -ERR [AUTH] wrong user name or password
	// true AUTH
}

// With the hints of an earlier session, login and batch are one round trip.
func ExampleBatch() {
	server, cfg := exampleServer()
	defer func() { _ = server.Close() }()
	ctx := context.Background()

	for range 2 {
		c, err := pop3.Dial(ctx, cfg)
		if err != nil {
			log.Fatal(err)
		}
		batch := c.NewBatch()
		stat, uid := batch.Stat(), batch.UIDL(2)
		var subject string
		top := batch.Top(2, 0, func(r io.Reader) error {
			m, err := mail.ReadMessage(r)
			if err == nil {
				subject = m.Header.Get("Subject")
			}
			return err
		})
		if err := c.Login(ctx, pop3.Credentials{User: "tim", Password: "tanstaaf"}, batch); err != nil {
			log.Fatal(err)
		}
		if err := top.Err(); err != nil {
			log.Fatal(err)
		}
		s, _ := stat.Value()
		id, _ := uid.Value()
		fmt.Println(s.Messages, id, subject, "in", c.Metrics().RoundTrips)
		if err := c.Quit(ctx); err != nil {
			log.Fatal(err)
		}
		cfg.Hints = c.Hints()
	}
	// Output:
	// 2 uid00000002 Invoice 42 in 3
	// 2 uid00000002 Invoice 42 in 1
}

func ExampleClient_UIDLs() {
	server, cfg := exampleServer()
	defer func() { _ = server.Close() }()
	ctx := context.Background()

	c, err := pop3.Dial(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(ctx, pop3.Credentials{User: "tim", Password: "tanstaaf"}, nil); err != nil {
		log.Fatal(err)
	}
	for row, err := range c.UIDLs(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Number, row.UID)
	}
	// Output:
	// 1 uid00000001
	// 2 uid00000002
}
