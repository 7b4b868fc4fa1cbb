package pop3

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/loopback"
)

// maxAuthLine is the longest command line with an initial response (P26).
const maxAuthLine = 255

// Login authenticates and then runs batch, which may be nil. With hints that
// say the server pipelines before login, everything goes out in one write.
//
// A refused login is one *Error of kind auth, temporary or permanent; the
// session has ended then, and no other mechanism was tried with the same
// password (P24). Commands of the batch that were not answered carry the
// same error.
//
// Where the hints no longer hold, the answers do not fit or the server breaks
// off: a fault of kind protocol or network. A session without hints is worth
// a try then; the user was not refused.
func (c *Client) Login(ctx context.Context, who Credentials, batch *Batch) error {
	if batch == nil {
		batch = c.NewBatch()
	}
	err := c.login(ctx, who, batch)
	if err == nil {
		return nil
	}
	_ = batch.fail(err)
	if !c.loggedIn {
		return c.poison(err)
	}
	return c.settle(err)
}

func (c *Client) login(ctx context.Context, who Credentials, batch *Batch) error {
	if err := c.ready(ctx, "login"); err != nil {
		return err
	}
	if c.loggedIn {
		return &Error{Kind: KindConfig, Code: "argument", Command: "login", Err: errors.New("logged in already")}
	}
	if err := c.mayLogin(who); err != nil {
		return err
	}
	c.private.hide(who)
	c.cfg.Transcript.hide(who)
	defer c.watch(ctx)()

	if !c.hints.Known && !c.hints.NoCapabilities {
		if err := c.learnFirst(ctx); err != nil {
			return err
		}
		c.hints.PipelineLogin = c.caps.Has("PIPELINING")
		c.hints.Pipelining = c.hints.PipelineLogin
	}
	m, err := c.choose(who)
	if err != nil {
		return err
	}
	lines, err := c.loginCommands(m, who)
	if err != nil {
		return err
	}
	if lines != nil && c.hints.Known && c.hints.PipelineLogin && m.name == c.hints.Mechanism {
		return c.loginPipelined(ctx, lines, batch)
	}
	if c.caps.Has("UTF8") {
		if _, _, err := c.exchange(ctx, utf8Mode); err != nil {
			return err
		}
	}
	if err := c.authenticate(ctx, m, who); err != nil {
		return err
	}
	if err := c.learnAfterLogin(ctx); err != nil {
		return err
	}
	return batch.run(ctx)
}

// utf8Mode asks for messages as they are (RFC 6856, section 2). Without it a
// server that offers it may replace those with headers in anything but ASCII:
// Courier shows an excuse under a subject of its own. A refusal is no harm.
var utf8Mode = command{line: "UTF8"}

// mayLogin refuses what must not be sent (S5, S7).
func (c *Client) mayLogin(who Credentials) error {
	certificate := len(c.cfg.Certificates) > 0 && c.TLS() != nil // EXTERNAL may do without a password
	if strings.ContainsAny(who.User+who.Password+who.Token, "\r\n\x00\x01") ||
		!certificate && (who.User == "" || who.Password == "" && who.Token == "") {
		return fault(KindConfig, "argument", "login", errors.New("user name or password is empty or holds a line break or NUL"))
	}
	if c.TLS() == nil && !c.cfg.AllowCleartext && !Loopback(c.cfg.Host) {
		return fault(KindConfig, "cleartext", "login", errors.New("the password would be sent without encryption"))
	}
	return nil
}

// Loopback says whether host can only be this machine.
func Loopback(host string) bool {
	return loopback.Is(host)
}

// learnFirst asks for capabilities before login. A server that hangs or breaks
// off instead of an answer gets a second session in which it is not asked (P9).
func (c *Client) learnFirst(ctx context.Context) error {
	err := c.learn(ctx)
	var e *Error
	if c.redial == nil || c.fault != nil || ctx.Err() != nil || !errors.As(err, &e) || e.Kind != KindNetwork {
		return err
	}
	c.cfg.Transcript.add("", "no answer to CAPA; starting over without")
	c.hints.NoCapabilities = true
	return c.restart(ctx)
}

// learn asks for capabilities. A server without CAPA is served without (P9).
func (c *Client) learn(ctx context.Context) error {
	ok, _, err := c.exchange(ctx, command{line: "CAPA"})
	if err != nil || !ok {
		return err
	}
	var caps Capabilities
	b := c.openBody(ctx, "CAPA")
	for {
		line, err := b.piece()
		if b.err != nil && b.c.fault == nil {
			break
		}
		if err != nil {
			return err
		}
		if len(caps) >= maxCapaRows || len(line) > maxRow {
			return b.end(fault(KindProtocol, "too-many", "CAPA", errors.New("too many capabilities")))
		}
		if capability := parseCapability(string(line)); capability != "" && !b.partial {
			c.cfg.Transcript.add("S: ", capability)
			caps = append(caps, capability)
		}
	}
	c.caps = caps
	return nil
}

// learnAfterLogin asks again where something needed is missing, since some
// servers tell only those who are logged in (P11), and keeps the hints.
func (c *Client) learnAfterLogin(ctx context.Context) error {
	if c.hints.Known {
		return nil
	}
	if c.caps != nil && (!c.caps.Has("PIPELINING") || !c.caps.Has("UIDL") || !c.caps.Has("TOP")) {
		if err := c.learn(ctx); err != nil {
			return err
		}
		c.hints.Pipelining = c.caps.Has("PIPELINING")
	}
	c.hints.Capabilities = c.caps
	c.hints.Known = true
	return nil
}

// plainResponse is the message of RFC 4616.
func plainResponse(who Credentials) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + who.User + "\x00" + who.Password))
}

func (c *Client) authenticate(ctx context.Context, m mechanism, who Credentials) error {
	ok, text, keyword, err := true, "", "AUTH", error(nil)
	if m.client != nil {
		ok, text, err = c.exchangeSASL(ctx, m, who)
	} else {
		lines, failed := c.loginCommands(m, who)
		if failed != nil {
			return failed
		}
		for _, cmd := range lines {
			keyword = cmd.keyword()
			if ok, text, err = c.exchange(ctx, cmd); err != nil || !ok {
				break
			}
		}
	}
	switch {
	case err != nil:
		return err
	case !ok && m.client != nil && unknownCommand(text) && !m.token && who.Password != "" && who.Mechanism == "":
		if before, known := mechanismNamed(c.hints.Mechanism); known && before.strength > userPass.strength {
			return weaker(before.name)
		}
		return c.authenticate(ctx, userPass, who)
	case !ok:
		return c.loginRefusal(keyword, text)
	}
	c.loggedIn = true
	c.hints.Mechanism = m.name
	return nil
}

// unknownCommand tells a server that has no such AUTH after all from one that
// refused the user, after which nothing else may be tried (P24). When in
// doubt it is a refusal.
func unknownCommand(text string) bool {
	text = strings.ToLower(text)
	for _, what := range []string{"command", "mechanism", "authentication type", "authentication method"} {
		for _, how := range []string{"unknown ", "unrecognized ", "unrecognised ", "unsupported ", "unimplemented ", "invalid "} {
			if strings.HasPrefix(text, how+what) || strings.HasPrefix(text, how+"authentication "+what) {
				return true
			}
		}
		for _, how := range []string{" unknown", " unrecognized", " unrecognised", " not supported", " not implemented"} {
			if strings.HasPrefix(text, what+how) {
				return true
			}
		}
	}
	return false
}

func (c *Client) loginRefusal(keyword, text string) error {
	e := c.refusal(keyword, text, true)
	e.fatal = true
	return e
}

// patience bounds the silence after a login that was pipelined: some servers
// lose what came with it.
const patience = 20 * time.Second

// losesBatch says whether the server is one that offers pipelining but loses
// what follows the login in the same write. Courier's login program reads it,
// and the one that takes over never sees it.
func (c *Client) losesBatch() bool {
	return strings.HasPrefix(c.caps.Implementation(), "Courier ")
}

// loginPipelined sends login and batch in one write, or as much of the batch
// as fits.
func (c *Client) loginPipelined(ctx context.Context, login []command, batch *Batch) error {
	if c.caps.Has("UTF8") {
		login = append([]command{utf8Mode}, login...)
	}
	n := batch.fitting(maxFlight / 2) // the credentials are far below the other half
	if c.losesBatch() {
		n = 0
	}
	if err := c.send(ctx, slices.Concat(login, batch.commands(n))...); err != nil {
		return err
	}
	for _, cmd := range login {
		ok, text, err := c.readStatus(ctx, cmd.keyword())
		if err != nil {
			return err
		}
		if !ok && cmd != utf8Mode {
			return c.loginRefusal(cmd.keyword(), text)
		}
	}
	c.loggedIn = true
	silence := c.cfg.CommandTimeout
	c.cfg.CommandTimeout = min(silence, patience)
	defer func() { c.cfg.CommandTimeout = silence }()
	err := batch.receive(ctx, n)
	var e *Error
	switch {
	case errors.As(err, &e) && e.Code == "timeout" && ctx.Err() == nil:
		return fault(KindProtocol, "silent", e.Command, errors.New("the server does not answer what came with the login"))
	case err != nil:
		return err
	}
	c.cfg.CommandTimeout = silence
	return batch.run(ctx)
}
