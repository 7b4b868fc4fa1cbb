package pop3

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/plaintext"
)

// Line is a command that a person has written, for Client.Exchange.
type Line struct {
	// Text is sent as it is, without its end.
	Text string
	// Secret is the end of Text that nothing may repeat (S8): a password, or
	// what was made of one.
	Secret string
	// AllowCleartext permits a Secret without TLS to other hosts than loopback
	// (S5).
	AllowCleartext bool
}

// Response is what the server answered to a Line.
type Response struct {
	OK bool
	// Challenge: the server has said "+" and waits for another line (RFC 5034,
	// section 4). OK is false then.
	Challenge bool
	// Text follows the status, and is safe to show (P8).
	Text string
	// Body has the lines that follow, unstuffed and as they came; nil where the
	// response has one line. Close it before the next command.
	Body io.ReadCloser
}

// Exchange sends a line and reads the response, for programs in which a person
// speaks POP3. An -ERR is no error: whoever has written the line reads it. The
// user's name is not hidden from whoever has typed it. After a +OK to STLS the
// connection is encrypted when Exchange returns (RFC 2595, section 4). After
// one to QUIT the session has ended, and what was marked is deleted (S10).
func (c *Client) Exchange(ctx context.Context, l Line) (Response, error) {
	keyword, _, _ := strings.Cut(l.Text, " ")
	keyword = strings.ToUpper(keyword)
	cmd := command{line: l.Text, secret: l.Secret, name: keyword}
	continues := c.challenged
	if continues {
		cmd.name = "AUTH"
	}
	if err := c.ready(ctx, cmd.name); err != nil {
		return Response{}, err
	}
	if l.Secret != "" {
		if err := c.mayReveal(l.AllowCleartext); err != nil {
			return Response{}, err
		}
		cmd.shown = strings.TrimSuffix(l.Text, l.Secret) + redacted
		if raw, err := base64.StdEncoding.DecodeString(l.Secret); err == nil && cmd.name == "AUTH" {
			cmd.proof = string(raw[bytes.LastIndexByte(raw, 0)+1:]) // the password of PLAIN, RFC 4616
		}
	}
	defer c.watch(ctx)()
	ok, text, err := c.exchange(ctx, cmd)
	waits := errors.Is(err, errContinue) && cmd.name == "AUTH"
	c.challenged = waits
	if waits {
		err = nil
	}
	if err != nil {
		return Response{}, c.settle(err)
	}
	r := Response{OK: ok, Challenge: waits}
	r.Text, _ = c.private.text(text)
	switch {
	case !ok:
	case cmd.name == "QUIT":
		c.fault = fault(KindNetwork, CodeReset, "QUIT", errors.New("session closed"))
		_ = c.Close()
	case keyword == "STLS" && !continues:
		err = c.settle(c.encrypt(ctx))
	case cmd.name == "PASS", cmd.name == "APOP", cmd.name == "AUTH" && (continues || !multiline(l.Text)):
		c.loggedIn = true
	case multiline(l.Text):
		r.Body = c.openBody(ctx, keyword)
	}
	return r, err
}

// mayReveal refuses a secret that others could read on the way (S5).
func (c *Client) mayReveal(allowed bool) error {
	if c.TLS() != nil || allowed || loopback.Is(c.cfg.Host) {
		return nil
	}
	return &Error{Kind: KindConfig, Code: CodeCleartext, Command: StepLogin, Err: errors.New("refusing to send credentials without TLS")}
}

// multiline says whether a +OK to a line is followed by more (RFC 1939, RFC
// 2449, RFC 6856; for AUTH alone what servers do).
func multiline(line string) bool {
	fields := strings.Fields(strings.ToUpper(line))
	if len(fields) == 0 {
		return false
	}
	switch fields[0] {
	case "CAPA", "RETR", "TOP":
		return true
	case "LIST", "UIDL", "LANG", "AUTH":
		return len(fields) == 1
	}
	return false
}

// Authenticate logs in by who.Mechanism, and by nothing else. Unlike Login it
// asks for no capabilities, leaves the session usable where the server has
// refused, and hides no name, for a person has typed it.
func (c *Client) Authenticate(ctx context.Context, who Credentials) error {
	if err := c.ready(ctx, StepLogin); err != nil {
		return err
	}
	m, known := mechanismNamed(who.Mechanism)
	err := c.mayLogin(who)
	if !known {
		err = fault(KindConfig, CodeArgument, StepLogin, errors.New("unsupported mechanism "+who.Mechanism))
	}
	if err == nil {
		for _, secret := range []string{who.Password, who.Token} {
			c.keep("", secret)
		}
		defer c.watch(ctx)()
		err = c.authenticate(ctx, m, who)
	}
	if IsKind(err, KindNetwork, KindTLS, KindProtocol) {
		return c.poison(err)
	}
	if e, ok := As(err); ok {
		e.fatal = false
	}
	return err
}

// Capa asks for the capabilities of the session as it is now (RFC 2449, section
// 5). A server that knows no CAPA has none.
func (c *Client) Capa(ctx context.Context) (Capabilities, error) {
	if err := c.ready(ctx, "CAPA"); err != nil {
		return nil, err
	}
	defer c.watch(ctx)()
	c.caps = nil
	err := c.settle(c.learn(ctx))
	return c.Capabilities(), err
}

// StartTLS encrypts a session that has begun without (RFC 2595, section 4).
// Where the server refuses, the session goes on as it was.
func (c *Client) StartTLS(ctx context.Context) error {
	if _, err := c.do(ctx, "STLS"); err != nil {
		return err
	}
	defer c.watch(ctx)()
	return c.settle(c.encrypt(ctx))
}

// encrypt is what follows a +OK to STLS.
func (c *Client) encrypt(ctx context.Context) error {
	if c.r.Buffered() > 0 { // S2
		return fault(KindTLS, CodeInjection, "STLS", errors.New("plaintext data after the response to STLS"))
	}
	c.timestamp, c.caps = "", c.hints.Capabilities // S3
	return c.handshake(ctx)
}

// Pipelines tries whether the server answers commands that come in one write
// (RFC 2449, section 6.6): three of CAPA before the login, of NOOP after it.
// An error is that of a session that has ended: the server lost some, or took
// offence. ctx bounds the wait for what is lost.
func (c *Client) Pipelines(ctx context.Context) error {
	b := c.NewBatch()
	for range 3 {
		if c.loggedIn {
			add(b, "NOOP", func(context.Context, string) (struct{}, error) { return struct{}{}, nil })
			continue
		}
		add(b, "CAPA", func(ctx context.Context, _ string) (struct{}, error) {
			_, err := io.Copy(io.Discard, c.openBody(ctx, "CAPA"))
			return struct{}{}, err
		})
	}
	before := c.hints.Pipelining
	c.hints.Pipelining = true
	err := b.Do(ctx)
	c.hints.Pipelining = before
	return err
}

// Show is a line of a Response's Body as it may be shown: what is not seen is
// written by its code, and a line that repeats a secret is withheld (S8).
func (c *Client) Show(line []byte) string {
	line = bytes.TrimRight(line, "\r\n")
	if _, spilled := c.private.text(string(line)); spilled {
		return "(" + withheld + ")"
	}
	return plaintext.Escape(line)
}

// Repeats says whether a text repeats a secret of this session (S8).
func (c *Client) Repeats(text string) bool { return c.private.spilled(text) }

// Stray reads what the server sends though nothing more of it was to come,
// until it is silent for a while: what an unknown command has for an answer is
// known to who has sent it. The lines are safe to show, and at most most.
func (c *Client) Stray(ctx context.Context, silence time.Duration, most int) ([]string, error) {
	if err := c.fault; err != nil {
		return nil, err
	}
	defer c.watch(ctx)()
	var lines []string
	for {
		c.patience, c.progress.answering = silence, false
		if _, err := c.r.Peek(1); err != nil {
			if isTimeout(err) && ctx.Err() == nil {
				return lines, nil
			}
			return lines, c.settle(ioFault(ctx, "", err))
		}
		line, err := c.readLine(ctx, "", maxStatus)
		if err != nil {
			return lines, c.settle(err)
		}
		if len(lines) == most {
			return lines, c.settle(fault(KindProtocol, CodeTooMany, "", fmt.Errorf("more than %d lines", most)))
		}
		lines = append(lines, c.Show(slices.Clone(line)))
	}
}

// OffersAPOP says whether a greeting has what APOP needs (RFC 1939, section 7).
func OffersAPOP(greeting string) bool { return timestamp(greeting) != "" }
