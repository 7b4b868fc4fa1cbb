package app

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// secretError marks what went wrong before the server was asked.
type secretError struct{ err error }

func (e *secretError) Error() string { return e.err.Error() }
func (e *secretError) Unwrap() error { return e.err }

// credentials gets an account's password from where it is. ref replaces the
// account's own reference if it is not empty.
func (s *Service) credentials(ctx context.Context, a settings.Account, ref string) (pop3.Credentials, error) {
	var password string
	var err error
	switch {
	case a.SecretCommand != "" && ref == "":
		password, err = secret.Command(ctx, a.SecretCommand)
	case ref == "":
		password, err = s.secrets.Get(ctx, a.ID)
	default:
		password, err = s.secrets.Get(ctx, ref)
	}
	if err != nil {
		return pop3.Credentials{}, &secretError{err}
	}
	who := pop3.Credentials{User: a.User, Password: password, Mechanism: a.Mechanism}
	if settings.TokenMechanism(a.Mechanism) {
		who.Token, who.Password = password, ""
	}
	return who, nil
}

// dial opens a session with an account's server; nothing of the user is sent
// yet. transcript may be nil.
func (s *Service) dial(ctx context.Context, a settings.Account, hints pop3.Hints, transcript *pop3.Transcript) (*pop3.Client, error) {
	cfg, err := s.server(a, hints, transcript)
	if err != nil {
		return nil, err
	}
	return pop3.Dial(ctx, cfg)
}

// server is what an account says of its server.
func (s *Service) server(a settings.Account, hints pop3.Hints, transcript *pop3.Transcript) (pop3.Config, error) {
	cfg := pop3.Config{
		Host: a.Server, Port: a.Port, Hints: hints, AllowCleartext: a.AllowCleartext, Transcript: transcript,
		Proxy: s.proxy(a),
	}
	// An account that was pointed elsewhere begins anew.
	key := fmt.Sprintf("%s %s:%d %s %s %s", a.ID, a.Server, a.Port, a.CAFile, a.Pin, a.ClientCert)
	sessions, ok := s.tlsSessions.Load(key)
	if !ok {
		sessions, _ = s.tlsSessions.LoadOrStore(key, tls.NewLRUClientSessionCache(2))
	}
	cfg.Sessions = sessions.(tls.ClientSessionCache)
	switch a.Security {
	case settings.TLS:
		cfg.Security = pop3.ImplicitTLS
	case settings.STLS:
		cfg.Security = pop3.STLS
	default:
		cfg.Security = pop3.Cleartext
	}
	if a.CAFile != "" {
		roots, err := ReadRoots(a.CAFile)
		if err != nil {
			return cfg, &pop3.Error{Kind: pop3.KindConfig, Code: codeCAFile, Command: "tls", Err: err}
		}
		cfg.RootCAs = roots
	}
	if a.Pin != "" {
		var pin [sha256.Size]byte
		if n, err := hex.Decode(pin[:], []byte(a.Pin)); err != nil || n != len(pin) {
			return cfg, &pop3.Error{Kind: pop3.KindConfig, Code: "argument", Command: "tls", Err: errors.New("the pin is no SHA-256 digest")}
		}
		cfg.Pins = [][sha256.Size]byte{pin}
	}
	if a.ClientCert != "" {
		pair, err := readKeyPair(a.ClientCert, a.ClientKey)
		if err != nil {
			return cfg, &pop3.Error{Kind: pop3.KindConfig, Code: codeClientCert, Command: "tls", Err: err}
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// proxy is what an account's connections go through, as pop3.Config has it.
// What is on this computer is reached directly, unless the account itself says
// otherwise.
func (s *Service) proxy(a settings.Account) string {
	if a.Proxy == "" && !loopbackHost(a.Server) {
		return s.preferences().Proxy
	}
	return a.Proxy
}

// goodbye bounds the wait for an answer to QUIT, on which nothing hangs.
const goodbye = 2 * time.Second

// leave says goodbye; a server that does not answer is left all the same.
func leave(ctx context.Context, c *pop3.Client) {
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	_ = c.Quit(ctx)
	_ = c.Close()
}

// again runs a session that follows upon one that broke: for a moment the
// server may still hold the maildrop for that one.
func again(ctx context.Context, session func() error) error {
	for wait := 100 * time.Millisecond; ; wait *= 3 {
		err := session()
		var e *pop3.Error
		if !errors.As(err, &e) || e.Code != "IN-USE" || wait > time.Second {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// misled says whether an error may come from hints that no longer hold, so
// that a session without them is worth a try.
func misled(err error) bool {
	var e *pop3.Error
	return errors.As(err, &e) && (e.Kind == pop3.KindProtocol || e.Kind == pop3.KindNetwork && (e.Code == "eof" || e.Code == "reset"))
}
