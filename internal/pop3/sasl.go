package pop3

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/md5" // #nosec G501 -- CRAM-MD5 and APOP are made of it
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/xdg-go/scram"

	"github.com/traymail/traymail/internal/plaintext"
)

// strength orders mechanisms by what they reveal to a server, or to whoever
// poses as it. A session never goes below what worked before (S6).
type strength int

const (
	revealing strength = iota // the secret itself
	hiding                    // a proof that the secret is known
	bound                     // a proof that is of no use on another connection
)

// mechanism is a way to log in.
type mechanism struct {
	name     string
	strength strength
	// token: it sends an OAuth access token in place of a password.
	token bool
	// client begins an exchange; nil for USER and APOP, which are not SASL.
	client func(*Client, Credentials) (sasl.Client, error)
}

// The mechanisms, best first. Under TLS CRAM-MD5 is not chosen: servers offer
// it even to users whose passwords they store hashed, and a refusal is final
// (P24). Without TLS it comes before those that send the password.
var (
	scramMechanisms = []mechanism{
		{name: "SCRAM-SHA-256-PLUS", strength: bound, client: newSCRAM(scram.SHA256, true)},
		{name: "SCRAM-SHA-1-PLUS", strength: bound, client: newSCRAM(scram.SHA1, true)},
		{name: "SCRAM-SHA-256", strength: hiding, client: newSCRAM(scram.SHA256, false)},
		{name: "SCRAM-SHA-1", strength: hiding, client: newSCRAM(scram.SHA1, false)},
	}
	plain = mechanism{name: "PLAIN", client: func(_ *Client, who Credentials) (sasl.Client, error) {
		return sasl.NewPlainClient("", who.User, who.Password), nil
	}}
	authLogin = mechanism{name: "LOGIN", client: func(_ *Client, who Credentials) (sasl.Client, error) {
		return &loginClient{answers: []string{who.User, who.Password}}, nil
	}}
	cramMD5 = mechanism{name: "CRAM-MD5", strength: hiding, client: func(_ *Client, who Credentials) (sasl.Client, error) {
		return &cramClient{who}, nil
	}}
	userPass     = mechanism{name: "USER"}
	apop         = mechanism{name: "APOP", strength: hiding}
	oauthBearer  = mechanism{name: "OAUTHBEARER", token: true, client: newOAuthBearer}
	xoauth2      = mechanism{name: "XOAUTH2", token: true, client: newXOAUTH2}
	external     = mechanism{name: "EXTERNAL", strength: bound, client: newExternal}
	allMechanism = append(append([]mechanism{}, scramMechanisms...),
		plain, authLogin, cramMD5, userPass, apop, oauthBearer, xoauth2, external)
)

func mechanismNamed(name string) (mechanism, bool) {
	for _, m := range allMechanism {
		if strings.EqualFold(m.name, name) {
			return m, true
		}
	}
	return mechanism{}, false
}

// choose picks the mechanism: the one that was asked for, the one that worked
// before, else the best on offer. A server that no longer offers the strength
// that worked before gets no password (S6).
func (c *Client) choose(who Credentials) (mechanism, error) {
	if who.Mechanism != "" {
		m, ok := mechanismNamed(who.Mechanism)
		if !ok {
			return m, fault(KindConfig, CodeArgument, StepLogin, errors.New("unsupported mechanism "+who.Mechanism))
		}
		return m, nil
	}
	before, known := mechanismNamed(c.hints.Mechanism)
	if known && c.hints.Known && c.usable(before, who) {
		return before, nil
	}
	m := c.best(who)
	if known && m.strength < before.strength && before.token == m.token {
		return m, weaker(before.name)
	}
	return m, nil
}

func weaker(before string) error {
	return fault(KindTLS, CodeWeakerLogin, StepLogin, errors.New("server no longer offers "+before+", which was used before"))
}

// best picks among what is on offer.
func (c *Client) best(who Credentials) mechanism {
	switch {
	case who.Token != "" && c.caps.hasMechanism(oauthBearer.name):
		return oauthBearer
	case who.Token != "":
		return xoauth2 // Microsoft's servers take it without listing it (P25)
	case who.Password == "":
		return external
	}
	quirk := c.caps.quirk()
	candidates := append([]mechanism{}, scramMechanisms...)
	if c.TLS() == nil {
		candidates = append(candidates, cramMD5)
	}
	for _, m := range append(candidates, plain, authLogin) {
		if c.caps.hasMechanism(m.name) && c.usable(m, who) && (m.strength < bound || !quirk.bindsOtherwise) {
			return m
		}
	}
	return userPass
}

// usable says whether m can be used on this connection with these credentials.
func (c *Client) usable(m mechanism, who Credentials) bool {
	switch {
	case m.token != (who.Token != ""):
		return false
	case m.name == external.name:
		return who.Password == "" && who.Token == ""
	case m.name == apop.name:
		return false // only ever by name (S5)
	case m.strength == bound:
		state := c.TLS()
		return who.Password != "" && state != nil && state.Version >= tls.VersionTLS13
	case m.name == plain.name: // longer, some servers take it neither in this line nor in the next
		return len("AUTH "+plain.name+" ")+base64.StdEncoding.EncodedLen(len(who.User)+len(who.Password)+2) <= maxAuthLine
	}
	return m.token || who.Password != ""
}

// loginCommands are the lines of a mechanism if they can be sent without
// awaiting a response in between, else nil.
func (c *Client) loginCommands(m mechanism, who Credentials) ([]command, error) {
	switch m.name {
	case userPass.name:
		return []command{
			{line: "USER " + who.User, shown: "USER ***"},
			{line: "PASS " + who.Password, shown: "PASS ***", secret: who.Password},
		}, nil
	case apop.name:
		if c.timestamp == "" {
			return nil, fault(KindPermanent, CodeNoAPOP, "APOP", errors.New("no valid timestamp in the greeting"))
		}
		digest := md5.Sum([]byte(c.timestamp + who.Password)) // #nosec G401 -- RFC 1939, section 7
		proof := hex.EncodeToString(digest[:])
		return []command{{line: "APOP " + who.User + " " + proof, shown: "APOP ***", secret: proof}}, nil
	case plain.name, external.name, oauthBearer.name, xoauth2.name:
		client, err := m.client(c, who)
		if err != nil {
			return nil, err
		}
		_, response, err := client.Start()
		if cmd := m.initial(response); err == nil && len(cmd.line) <= maxAuthLine {
			return []command{cmd}, nil
		}
	}
	return nil, nil
}

// initial is AUTH with an initial response; an empty one is "=" (RFC 5034).
func (m mechanism) initial(response []byte) command {
	cmd := m.response(response)
	open := "AUTH " + m.name + " "
	cmd.line, cmd.shown, cmd.name = open+cmp.Or(cmd.line, "="), open+"***", ""
	return cmd
}

// response is a line of an exchange.
func (m mechanism) response(response []byte) command {
	line := base64.StdEncoding.EncodeToString(response)
	cmd := command{line: line, shown: "***", secret: line, name: "AUTH"}
	if m.name == cramMD5.name {
		cmd.proof = string(response[bytes.LastIndexByte(response, ' ')+1:])
	}
	if strings.HasPrefix(m.name, "SCRAM-") {
		_, cmd.proof, _ = strings.Cut(string(response), ",p=")
	}
	return cmd
}

// exchangeSASL runs the exchange of RFC 5034, section 4.
func (c *Client) exchangeSASL(ctx context.Context, m mechanism, who Credentials) (ok bool, text string, err error) {
	client, err := m.client(c, who)
	if err != nil {
		return false, "", err
	}
	_, initial, err := client.Start()
	if err != nil {
		return false, "", fault(KindConfig, CodeArgument, "AUTH", err)
	}
	cmd := command{line: "AUTH " + m.name}
	pending := initial // what the first challenge, an empty one, asks for
	if first := m.initial(initial); initial != nil && len(first.line) <= maxAuthLine {
		cmd, pending = first, nil
	}
	name := "AUTH"
	for range maxChallenges {
		ok, text, err = c.exchange(ctx, cmd)
		if !errors.Is(err, errContinue) {
			break
		}
		switch {
		case pending != nil:
			// The challenge before an initial response is empty (P7).
			cmd, pending = m.response(pending), nil
		case strings.TrimSpace(text) == "" && initial != nil:
			// The server ignores initial responses (RFC 1734): what follows it
			// in the same write would be taken for the response.
			c.hints.PipelineLogin = false
			cmd, initial = m.response(initial), nil
		case m.token:
			// An error in disguise; the -ERR follows our response (P25, P26).
			c.refused = tokenRefusal(text)
			cmd = m.abort()
		default:
			answer, failed := c.nextResponse(client, text)
			if failed != nil {
				return false, "", c.cancelSASL(ctx, failed)
			}
			cmd = m.response(answer)
		}
	}
	if errors.Is(err, errContinue) {
		return false, "", fault(KindProtocol, CodeMalformed, name, fmt.Errorf("more than %d challenges", maxChallenges))
	}
	if proof, mutual := client.(*scramClient); err == nil && ok && mutual && !proof.conversation.Valid() {
		return false, "", fault(KindTLS, CodeUnproven, name, errors.New("no valid SCRAM server signature"))
	}
	return ok, text, err
}

// abort is the response to an error in disguise.
func (m mechanism) abort() command {
	cmd := command{shown: "***", name: "AUTH"}
	if m.name == oauthBearer.name {
		cmd.line = oauthAbort
	}
	return cmd
}

// refusedToken is what a server says of a token that it refuses.
type refusedToken struct{ status, scope string }

var (
	tokenStatus = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)
	tokenScope  = regexp.MustCompile(`^[!#-\[\]-~]+( [!#-\[\]-~]+)*$`) // RFC 6749, section 3.3
)

// tokenRefusal reads the challenge by which a token is refused: JSON in Base64.
// What is not of the form is not taken.
func tokenRefusal(challenge string) (r refusedToken) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(challenge))
	var said struct {
		Status any    `json:"status"`
		Scope  string `json:"scope"`
	}
	if err != nil || json.Unmarshal(raw, &said) != nil {
		return r
	}
	if status := fmt.Sprint(said.Status); said.Status != nil && tokenStatus.MatchString(status) {
		r.status = status
	}
	if len(said.Scope) <= maxText && tokenScope.MatchString(said.Scope) {
		r.scope = said.Scope
	}
	return r
}

func (c *Client) nextResponse(client sasl.Client, text string) ([]byte, error) {
	challenge, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, fault(KindProtocol, CodeMalformed, "AUTH", errors.New("challenge is not valid Base64"))
	}
	answer, err := client.Next(challenge)
	if err != nil {
		// Some causes quote the server.
		e := fault(KindProtocol, CodeChallenge, "AUTH", nil)
		said, spilled := c.private.text(err.Error())
		if e.Withheld = spilled; !spilled {
			e.Err = errors.New(plaintext.Truncate(said, maxText))
		}
		return nil, e
	}
	return answer, nil
}

// cancelSASL ends an exchange (P26) and returns why.
func (c *Client) cancelSASL(ctx context.Context, why error) error {
	_, _, _ = c.exchange(ctx, command{line: "*", name: "AUTH"})
	return why
}

// loginClient is LOGIN, which no RFC describes: two prompts, whatever their
// wording, for the name and the password.
type loginClient struct{ answers []string }

func (*loginClient) Start() (string, []byte, error) { return "LOGIN", nil, nil }

func (l *loginClient) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

// cramClient is CRAM-MD5 (RFC 2195).
type cramClient struct{ who Credentials }

func (*cramClient) Start() (string, []byte, error) { return "CRAM-MD5", nil, nil }

func (m *cramClient) Next(challenge []byte) ([]byte, error) {
	mac := hmac.New(md5.New, []byte(m.who.Password))
	mac.Write(challenge)
	return []byte(m.who.User + " " + hex.EncodeToString(mac.Sum(nil))), nil
}

// scramClient is SCRAM (RFC 5802, RFC 7677), with the connection bound in for
// -PLUS (RFC 9266).
type scramClient struct {
	conversation *scram.ClientConversation
}

func newSCRAM(hash scram.HashGeneratorFcn, plus bool) func(*Client, Credentials) (sasl.Client, error) {
	return func(c *Client, who Credentials) (sasl.Client, error) {
		client, err := hash.NewClient(who.User, who.Password, "")
		if err != nil {
			return nil, fault(KindConfig, CodeArgument, "AUTH", errors.New("user name or password not allowed by SASLprep"))
		}
		if !plus {
			return &scramClient{conversation: client.NewConversation()}, nil
		}
		state := c.TLS()
		if state == nil {
			return nil, fault(KindConfig, CodeArgument, "AUTH", errors.New("channel binding requires TLS"))
		}
		binding, err := scram.NewTLSExporterBinding(state)
		if err != nil {
			return nil, fault(KindTLS, CodeHandshake, "AUTH", err)
		}
		return &scramClient{conversation: client.NewConversationWithChannelBinding(binding)}, nil
	}
}

func (s *scramClient) Start() (string, []byte, error) {
	first, err := s.conversation.Step("")
	return "SCRAM", []byte(first), err
}

func (s *scramClient) Next(challenge []byte) ([]byte, error) {
	for field := range strings.SplitSeq(string(challenge), ",") {
		if number, ok := strings.CutPrefix(field, "i="); ok {
			if n, err := strconv.Atoi(number); err != nil || n > maxIterations {
				return nil, errors.New("SCRAM iteration count too high")
			}
		}
	}
	answer, err := s.conversation.Step(string(challenge))
	return []byte(answer), err
}

// oauthAbort is the client's response to an error, 0x01 in Base64 (RFC 7628,
// section 3.2.3).
const oauthAbort = "AQ=="

// newOAuthBearer is RFC 7628.
func newOAuthBearer(c *Client, who Credentials) (sasl.Client, error) {
	user := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(who.User) // RFC 5801, section 4
	return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{
		Username: user, Token: who.Token, Host: c.cfg.Host, Port: c.cfg.Port,
	}), nil
}

// xoauth2Client is the predecessor of OAUTHBEARER that Google and Microsoft
// document.
type xoauth2Client struct{ who Credentials }

func newXOAUTH2(_ *Client, who Credentials) (sasl.Client, error) { return xoauth2Client{who}, nil }

func (x xoauth2Client) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.who.User + "\x01auth=Bearer " + x.who.Token + "\x01\x01"), nil
}

func (xoauth2Client) Next([]byte) ([]byte, error) { return nil, sasl.ErrUnexpectedServerChallenge }

func newExternal(_ *Client, who Credentials) (sasl.Client, error) {
	return sasl.NewExternalClient(who.User), nil
}

// messageID is the timestamp of a greeting, a valid msg-id (RFC 822). Anything
// else would let a server choose what is hashed (CVE-2007-1558).
var messageID = regexp.MustCompile(`<[!-;=?A-~]+@[!-;=?A-~]+>`)

func timestamp(greeting string) string {
	id := messageID.FindString(greeting)
	if strings.Count(id, "@") != 1 {
		return ""
	}
	return id
}
