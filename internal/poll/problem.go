package poll

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

// Problem is what went wrong with an account's session, for the user. It is
// the one place that turns package pop3's kinds and codes into package api's.
func Problem(err error, a settings.Account) *api.Problem {
	args := api.Args{}
	add := func(name api.Arg, value string) {
		if value != "" {
			args[name] = value
		}
	}
	is := func(kind api.Kind, code api.Code) *api.Problem {
		return &api.Problem{Kind: kind, Code: code, Args: args}
	}
	other, replaced := errors.AsType[*ReplacedError](err)
	if about, ok := errors.AsType[*AboutError](err); ok {
		add(api.ArgUIDs, strings.Join(about.UIDs, "\n"))
	} else if replaced {
		add(api.ArgUIDs, strings.Join(other.uids(), "\n"))
	}
	switch {
	case errors.Is(err, ErrNoUIDL):
		return is(api.KindPermanent, api.CodeNoUIDL)
	case errors.Is(err, ErrNoTOP):
		return is(api.KindPermanent, api.CodeNoTOP)
	case errors.Is(err, ErrGone):
		return is(api.KindPermanent, api.CodeGone)
	case errors.Is(err, ErrUnlisted):
		return is(api.KindPermanent, api.CodeUnlisted)
	case errors.Is(err, ErrAlike):
		return is(api.KindPermanent, api.CodeAlike)
	case errors.Is(err, ErrNothingSent):
		return is(api.KindPermanent, api.CodeNothingSent)
	case replaced:
		return is(api.KindPermanent, api.CodeReplaced)
	case errors.Is(err, ErrUnconfirmed):
		return is(api.KindNetwork, api.CodeUnconfirmed)
	}
	add(api.ArgServer, a.Server)
	if e, ok := pop3.As(err); ok {
		add(api.ArgPort, strconv.Itoa(a.Port))
		add(api.ArgUser, a.User)
		add(api.ArgAddress, a.Address)
		add(api.ArgSaid, e.Text)
		if e.Withheld {
			add(api.ArgWithheld, "yes")
		}
		switch e.Code {
		case pop3.CodeCAFile:
			add(api.ArgFile, a.CAFile)
		case pop3.CodeClientCert:
			add(api.ArgFile, a.ClientCert)
		case pop3.CodePin:
			add(api.ArgTrusted, a.Pin)
			if leaf := pop3.Untrusted(err); leaf != nil {
				var now api.TLSHealth
				SetCertificate(&now, leaf, e.Withheld)
				add(api.ArgIssuer, now.Issuer)
				add(api.ArgExpires, now.Expires.Format(time.RFC3339))
				add(api.ArgSHA256, now.SHA256)
			}
		}
		if e.Text == "" {
			add(api.ArgReason, e.Error())
		}
		code := api.Code(e.Code)
		if a.SignsIn() && e.Kind == pop3.KindAuth {
			add(api.ArgAccount, a.ID)
		}
		switch {
		case a.SignsIn() && e.Kind == pop3.KindAuth && e.TokenStatus == "insufficient_scope": // RFC 6750, section 3.1
			code = api.CodeSignInScope
		case asksForLocalNetwork && barred(err):
			code = api.CodeLocalNetwork
		case errors.Is(err, ErrNotDeleted):
			code = api.CodeNotDeleted
		case errors.Is(err, ErrNotSent):
			code = api.CodeNotSent
		}
		return is(api.Kind(e.Kind), code)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return is(api.KindNetwork, api.CodeTimeout)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return is(api.KindConfig, api.CodeDiskFull)
	}
	add(api.ArgReason, err.Error())
	return is(api.KindConfig, "")
}

// barred says whether err is what a program gets on macOS 15 and later that
// may not reach computers of the local network: there is no route to a host
// that is on it.
func barred(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	if !ok || dial.Addr == nil || !errors.Is(err, syscall.EHOSTUNREACH) {
		return false
	}
	to, err := netip.ParseAddrPort(dial.Addr.String())
	return err == nil && (to.Addr().Unmap().IsPrivate() || to.Addr().Unmap().IsLinkLocalUnicast())
}
