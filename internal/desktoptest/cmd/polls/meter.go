package main

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
)

// cost is what went over a connection.
type cost struct {
	roundTrips     int
	sent, received int
}

func (c cost) octets() int { return c.sent + c.received }

// meter passes connections on to a server and counts.
type meter struct {
	l      net.Listener
	target string
	group  sync.WaitGroup

	mu      sync.Mutex
	cost    cost
	waiting bool // the client has spoken and was not answered yet
}

func listen(port int) (*meter, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &meter{l: l, target: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	m.group.Go(m.serve)
	return m, nil
}

func (m *meter) port() int { return m.l.Addr().(*net.TCPAddr).Port }

func (m *meter) serve() {
	for {
		client, err := m.l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", m.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		m.group.Go(func() { pass(server, client, m.said) })
		m.group.Go(func() { pass(client, server, m.heard) })
	}
}

// pass copies one direction, and ends it as it was ended.
func pass(to, from net.Conn, count func([]byte)) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		count(buffer[:n])
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				err = failed
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				_ = to.(*net.TCPConn).CloseWrite()
			} else {
				_ = to.Close()
			}
			return
		}
	}
}

func (m *meter) said(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cost.sent += len(b)
	if len(b) > 0 && !m.waiting && string(b) != "QUIT\r\n" {
		m.cost.roundTrips++
		m.waiting = true
	}
}

func (m *meter) heard(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cost.received += len(b)
	if len(b) > 0 {
		m.waiting = false
	}
}

// take returns the cost so far and begins anew.
func (m *meter) take() cost {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.cost
	m.cost, m.waiting = cost{}, false
	return c
}

// close ends the meter when all that goes through it has ended.
func (m *meter) close() cost {
	_ = m.l.Close()
	m.group.Wait()
	return m.cost
}
