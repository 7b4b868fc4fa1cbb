package pop3

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/loopback"
)

// Login authenticates and then runs batch, which may be nil. With hints that
// say the server pipelines before login, everything goes out in one write.
//
// A refused login is one *Error of kind auth, temporary or permanent; the
// session has ended then, and no other mechanism was tried with the same
// password (P24). Commands of the batch without a response carry the same
// error.
//
// Stale hints show as a fault of kind protocol or network: responses do not
// fit, or the server breaks off. The user was not refused then, and a session
// without hints is worth a try.
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
	if err := c.ready(ctx, StepLogin); err != nil {
		return err
	}
	if c.loggedIn {
		return &Error{Kind: KindConfig, Code: CodeArgument, Command: StepLogin, Err: errors.New("already logged in")}
	}
	if err := c.mayLogin(who); err != nil {
		return err
	}
	c.private.hide(who)
	c.cfg.Transcript.keep(func(r *redactor) { r.hide(who) })
	defer c.watch(ctx)()

	if !c.hints.Known && !c.hints.NoCapabilities {
		if err := c.learnFirst(ctx); err != nil {
			return err
		}
		c.hints.PipelineLogin = c.caps.Has(capPipelining)
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
		return c.loginPipelined(ctx, m, lines, batch)
	}
	if c.caps.Has(capUTF8) {
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
// server that offers it may replace those whose headers are not ASCII: Courier
// serves a notice in their place. A refusal does no harm.
var utf8Mode = command{line: capUTF8}

// mayLogin refuses credentials that must not be sent (S5, S7).
func (c *Client) mayLogin(who Credentials) error {
	certificate := len(c.cfg.Certificates) > 0 && c.TLS() != nil // EXTERNAL needs no password
	if strings.ContainsAny(who.User+who.Password+who.Token, "\r\n\x00\x01") ||
		!certificate && (who.User == "" || who.Password == "" && who.Token == "") {
		return fault(KindConfig, CodeArgument, StepLogin, errors.New("user name or password is empty or contains a control character"))
	}
	if c.TLS() == nil && !who.AllowCleartext && !loopback.Is(c.cfg.Host) {
		return fault(KindConfig, CodeCleartext, StepLogin, errors.New("refusing to send credentials without TLS"))
	}
	return nil
}

// learnFirst asks for capabilities before login. A server that hangs or breaks
// off instead gets a second session without CAPA (P9).
func (c *Client) learnFirst(ctx context.Context) error {
	err := c.learn(ctx)
	if c.redial == nil || c.fault != nil || ctx.Err() != nil || !IsKind(err, KindNetwork) {
		return err
	}
	c.trace(TraceNote, "no response to CAPA; reconnecting without it")
	c.hints.NoCapabilities = true
	return c.restart(ctx)
}

// learn asks for capabilities. An -ERR means that there are none (P9).
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
			return b.end(fault(KindProtocol, CodeTooMany, "CAPA", errors.New("CAPA list too long")))
		}
		if capability := parseCapability(string(line)); capability != "" && !b.partial {
			c.trace(TraceReceived, capability)
			caps = append(caps, capability)
		}
	}
	c.caps = caps
	return nil
}

// learnAfterLogin asks again if something needed is missing, since some servers
// list it after login only (P11), and completes the hints.
func (c *Client) learnAfterLogin(ctx context.Context) error {
	if c.hints.Known {
		return nil
	}
	if c.caps != nil && (!c.caps.Has(capPipelining) || !c.caps.Has(capUIDL) || !c.caps.Has(capTOP)) {
		if err := c.learn(ctx); err != nil {
			return err
		}
		c.hints.Pipelining = c.caps.Has(capPipelining)
	}
	c.hints.Capabilities = c.caps
	c.hints.Known = true
	return nil
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
	case !ok && who.Mechanism != "" && c.lacks(m, text):
		e := c.refusal(keyword, text, true)
		e.Kind, e.Code, e.fatal = KindConfig, CodeNoMechanism, true
		return e
	case !ok && m.client != nil && (unknownCommand(text) || c.misspelt && saysNothing(text)) && !m.token && who.Password != "" && who.Mechanism == "":
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

// lacks says whether the refusal of a mechanism that was asked for means that
// the server does not have it. Nothing else is tried then, so that a guess by
// what CAPA lists does no harm.
func (c *Client) lacks(m mechanism, text string) bool {
	code, rest := responseCode(text)
	if unknownCommand(rest) {
		return true
	}
	offered := c.caps.Mechanisms()
	return m.client != nil && !m.token && len(offered) > 0 && !slices.Contains(offered, m.name) && code == "" && saysNothing(rest)
}

// unknownCommand tells an -ERR to the mechanism from one to the credentials,
// after which nothing else may be tried (P24). When in doubt it is the latter.
func unknownCommand(text string) bool {
	text = strings.ToLower(text)
	for _, what := range []string{"command", "mechanism", "authentication type", "authentication method"} {
		for _, how := range []string{"unknown ", "unrecognized ", "unrecognised ", "unsupported ", "unimplemented ", "invalid ", "bad ", "illegal "} {
			if strings.HasPrefix(text, how+what) || strings.HasPrefix(text, how+"authentication "+what) {
				return true
			}
		}
	}
	for _, what := range []string{"command", "auth command", "mechanism", "auth", "authentication type", "authentication method", "authentication mechanism"} {
		for _, how := range []string{"unknown", "unrecognized", "unrecognised", "not supported", "not implemented", "not understood", "not recognized", "not recognised"} {
			if strings.HasPrefix(text, what+" "+how) || strings.HasPrefix(text, what+" is "+how) {
				return true
			}
		}
	}
	return strings.HasPrefix(text, "not implemented") || strings.HasPrefix(text, "unknown authorization state command") || // UW IMAP
		strings.Contains(text, "valid in this state") && !strings.HasPrefix(text, "[")
}

func (c *Client) loginRefusal(keyword, text string) error {
	e := c.refusal(keyword, text, true)
	e.fatal = true
	said := c.refused
	for _, part := range []*string{&said.status, &said.scope} {
		if _, spilled := c.private.text(*part); spilled {
			*part = ""
		}
	}
	e.TokenStatus, e.TokenScope = said.status, said.scope
	return e
}

// loginPipelined sends the login and as much of the batch as fits in one write.
func (c *Client) loginPipelined(ctx context.Context, m mechanism, login []command, batch *Batch) error {
	if c.caps.Has(capUTF8) {
		login = append([]command{utf8Mode}, login...)
	}
	n := batch.fitting(maxWrite / 2) // credentials are far below the other half
	if c.caps.quirk().losesPipelined {
		n = 0
	}
	if err := c.send(ctx, slices.Concat(login, batch.commands(n))...); err != nil {
		return err
	}
	for _, cmd := range login {
		ok, text, err := c.readStatus(ctx, cmd.keyword())
		if m.token && errors.Is(err, errContinue) { // an error in disguise (P25)
			c.refused = tokenRefusal(text)
			if n == 0 {
				ok, text, err = c.exchange(ctx, m.abort())
			} else { // what followed was taken for the response
				ok, text, err = c.readStatus(ctx, cmd.keyword())
			}
		}
		if err != nil {
			return err
		}
		if !ok && cmd != utf8Mode {
			return c.loginRefusal(cmd.keyword(), text)
		}
	}
	c.loggedIn = true
	err := batch.receive(ctx, n)
	switch e, ok := As(err); {
	case ok && e.Code == CodeTimeout && ctx.Err() == nil:
		return fault(KindProtocol, CodeSilent, e.Command, errors.New("no response to commands pipelined with the login"))
	case err != nil:
		return err
	}
	return batch.run(ctx)
}
