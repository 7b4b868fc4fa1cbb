package popserver

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLine bounds a command line.
const maxLine = 4096

type session struct {
	s        *Server
	conn     net.Conn
	r        *bufio.Reader
	w        *bufio.Writer
	tls      bool
	user     string
	drop     *Maildrop
	messages []Message
	deleted  map[int]bool
}

var errQuit = errors.New("quit")

func newSession(s *Server, conn net.Conn) *session {
	c := &session{s: s, deleted: map[int]bool{}}
	if s.options.Implicit {
		conn, c.tls = tls.Server(conn, s.options.TLS), true
	}
	c.attach(conn)
	return c
}

func (c *session) attach(conn net.Conn) {
	c.conn, c.r, c.w = conn, bufio.NewReaderSize(conn, maxLine), bufio.NewWriter(conn)
}

func (c *session) serve() {
	committed := map[string]bool{}
	defer func() {
		if c.drop != nil {
			c.drop.unlock(committed)
		}
	}()
	c.s.mu.Lock()
	greeting := c.s.greeting
	c.s.mu.Unlock()
	c.reply("%s", greeting)
	for {
		// Answers to pipelined commands leave together.
		if c.r.Buffered() == 0 && c.w.Flush() != nil {
			return
		}
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return
		}
		err = c.handle(strings.TrimRight(string(line), "\r\n"))
		if errors.Is(err, errQuit) {
			for i := range c.deleted {
				committed[c.messages[i].UID] = true
			}
			if c.drop != nil { // before the answer: whoever has it may come again
				c.drop.unlock(committed)
				c.drop = nil
			}
			_ = c.w.Flush()
			return
		} else if err != nil {
			return
		}
	}
}

func (c *session) reply(format string, args ...any) {
	_, _ = fmt.Fprintf(c.w, format+"\r\n", args...)
}

func (c *session) handle(line string) error {
	keyword, args, _ := strings.Cut(line, " ")
	keyword = strings.ToUpper(keyword)
	shown := strings.TrimSpace(keyword + " " + args)
	c.s.note(shown)
	c.s.mu.Lock()
	mood := c.s.mood
	c.s.mu.Unlock()
	if mood != nil {
		if o := mood(shown); o != nil {
			return c.override(o)
		}
	}
	switch keyword {
	case "QUIT":
		c.reply("+OK bye")
		return errQuit
	case "NOOP":
		c.reply("+OK")
		return nil
	case "CAPA":
		c.capa()
		return nil
	}
	if c.drop == nil {
		return c.authorization(keyword, args)
	}
	c.transaction(keyword, args)
	return nil
}

func (c *session) override(o *Override) error {
	if o.Drip > 0 {
		if err := c.drip(o); err != nil {
			return err
		}
	} else {
		_, _ = c.w.WriteString(o.Raw)
	}
	if c.w.Flush() != nil || o.Close {
		return io.EOF
	}
	for o.Endless != "" {
		if _, err := c.w.WriteString(o.Endless); err != nil {
			return err
		}
	}
	if o.Stall {
		_, err := io.Copy(io.Discard, c.r)
		return errors.Join(io.EOF, err)
	}
	return nil
}

// drip sends what o has octet by octet, each after a pause.
func (c *session) drip(o *Override) error {
	if err := c.w.Flush(); err != nil {
		return err
	}
	pause := time.NewTicker(o.Drip)
	defer pause.Stop()
	for i := range len(o.Raw) {
		<-pause.C
		if _, err := io.WriteString(c.conn, o.Raw[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (c *session) capa() {
	o := c.s.options
	if o.NoCAPA {
		c.reply("-ERR unknown command")
		return
	}
	c.reply("+OK")
	c.reply("USER")
	c.reply("RESP-CODES")
	for _, capability := range []struct {
		name string
		has  bool
	}{
		{"SASL" + strings.Join(c.mechanisms(), ""), len(c.mechanisms()) > 0},
		{"UIDL", !o.NoUIDL},
		{"TOP", !o.NoTOP},
		{"PIPELINING", o.Pipelining},
		{"STLS", o.TLS != nil && !c.tls},
	} {
		if capability.has {
			c.reply("%s", capability.name)
		}
	}
	for _, line := range o.Capabilities {
		c.reply("%s", line)
	}
	c.reply(".")
}

func (c *session) authorization(keyword, args string) error {
	switch keyword {
	case "STLS":
		if c.s.options.TLS == nil || c.tls {
			c.reply("-ERR no TLS here")
			return nil
		}
		c.reply("+OK begin")
		if err := c.w.Flush(); err != nil {
			return err
		}
		c.tls = true
		c.attach(tls.Server(c.conn, c.s.options.TLS))
		return nil
	case "USER":
		c.user = args
		c.reply("+OK")
	case "PASS":
		c.login(c.user, args)
	case "AUTH":
		return c.auth(args)
	default:
		c.reply("-ERR log in first")
	}
	return nil
}

// mechanisms are those on offer, each with a blank before it.
func (c *session) mechanisms() (all []string) {
	if !c.s.options.NoPlain {
		all = append(all, " PLAIN")
	}
	if c.s.options.Token != nil {
		all = append(all, " XOAUTH2")
	}
	return all
}

func (c *session) auth(args string) error {
	mechanism, initial, given := strings.Cut(args, " ")
	mechanism = strings.ToUpper(mechanism)
	if !slices.Contains(c.mechanisms(), " "+mechanism) {
		c.reply("-ERR unsupported mechanism")
		return nil
	}
	if !given {
		var err error
		if initial, err = c.challenge(""); err != nil {
			return err
		}
	}
	plain, err := base64.StdEncoding.DecodeString(initial)
	if err == nil && mechanism == "XOAUTH2" {
		return c.token(string(plain))
	}
	parts := bytes.Split(plain, []byte{0})
	if err != nil || len(parts) != 3 {
		c.reply("-ERR malformed response")
		return nil
	}
	c.login(string(parts[1]), string(parts[2]))
	return nil
}

// challenge sends one and returns the response, in Base64.
func (c *session) challenge(text string) (string, error) {
	c.reply("+ %s", base64.StdEncoding.EncodeToString([]byte(text)))
	if err := c.w.Flush(); err != nil {
		return "", err
	}
	line, err := c.r.ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n"), err
}

// token is XOAUTH2, whose refusal comes as a challenge first.
func (c *session) token(response string) error {
	user, rest, _ := strings.Cut(strings.TrimPrefix(response, "user="), "\x01auth=Bearer ")
	token, rest, _ := strings.Cut(rest, "\x01")
	if _, known := c.s.options.Users[user]; known && rest == "\x01" && c.s.options.Token(user, token) {
		c.enter(user)
		return nil
	}
	c.s.update(func() { c.s.failed++ })
	if _, err := c.challenge(`{"status":"400","schemes":"Bearer","scope":"mail"}`); err != nil {
		return err
	}
	c.reply("-ERR [AUTH] the token is of no use")
	return nil
}

func (c *session) login(user, password string) {
	c.s.mu.Lock()
	want, known := c.s.options.Users[user]
	c.s.mu.Unlock()
	if !known || want != password {
		c.s.update(func() { c.s.failed++ })
		c.reply("-ERR [AUTH] wrong user name or password")
		return
	}
	c.enter(user)
}

func (c *session) enter(user string) {
	drop := c.s.Maildrop(user)
	messages, ok := drop.lock()
	if !ok {
		c.reply("-ERR [IN-USE] the maildrop is locked by another session")
		return
	}
	c.drop, c.messages = drop, messages
	c.s.update(func() { c.s.logins++ })
	c.reply("+OK logged in")
}

func (c *session) transaction(keyword, args string) {
	number, rest, _ := strings.Cut(args, " ")
	switch keyword {
	case "STAT":
		count, octets := 0, 0
		for i, m := range c.messages {
			if !c.deleted[i] {
				count++
				octets += len(m.Raw)
			}
		}
		c.reply("+OK %d %d", count, octets)
	case "LIST":
		c.list(number, func(m Message) any { return len(m.Raw) })
	case "UIDL":
		if c.s.options.NoUIDL {
			c.reply("-ERR unknown command")
			return
		}
		c.list(number, func(m Message) any { return m.UID })
	case "RETR":
		if m, ok := c.message(number); ok {
			c.reply("+OK")
			c.multiline(m.Raw)
		}
	case "TOP":
		lines, err := strconv.Atoi(rest)
		if c.s.options.NoTOP || err != nil || lines < 0 {
			c.reply("-ERR unknown command")
			return
		}
		if m, ok := c.message(number); ok {
			c.reply("+OK")
			c.multiline(top(m.Raw, lines))
		}
	case "DELE":
		if _, ok := c.message(number); ok {
			n, _ := strconv.Atoi(number)
			c.deleted[n-1] = true
			c.reply("+OK marked")
		}
	case "RSET":
		c.deleted = map[int]bool{}
		c.reply("+OK")
	default:
		c.reply("-ERR unknown command")
	}
}

func (c *session) message(number string) (Message, bool) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(c.messages) || c.deleted[n-1] {
		c.reply("-ERR no such message")
		return Message{}, false
	}
	return c.messages[n-1], true
}

func (c *session) list(number string, value func(Message) any) {
	if number != "" {
		if m, ok := c.message(number); ok {
			c.reply("+OK %s %v", number, value(m))
		}
		return
	}
	c.reply("+OK")
	for i, m := range c.messages {
		if !c.deleted[i] {
			c.reply("%d %v", i+1, value(m))
		}
	}
	c.reply(".")
}

// multiline writes a message dot-stuffed (RFC 1939, section 3).
func (c *session) multiline(raw []byte) {
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n') + 1
		if raw[0] == '.' {
			_ = c.w.WriteByte('.')
		}
		_, _ = c.w.Write(raw[:end])
		raw = raw[end:]
	}
	c.reply(".")
}

// top cuts a message after its headers and lines of its body.
func top(raw []byte, lines int) []byte {
	headers := bytes.Index(raw, []byte("\r\n\r\n"))
	if headers < 0 {
		return raw
	}
	end := headers + 4
	for ; lines > 0 && end < len(raw); lines-- {
		end += bytes.IndexByte(raw[end:], '\n') + 1
	}
	return raw[:end]
}
