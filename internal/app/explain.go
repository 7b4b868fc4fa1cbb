package app

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// Explain turns what went wrong with an account into one sentence that says
// what happened and what to do. It never returns nil.
func Explain(err error, a settings.Account, loc *locale.Catalogue) *api.Problem {
	var explained *api.ProblemError
	if errors.As(err, &explained) {
		return &explained.Problem
	}
	if p := explainSecret(err, loc); p != nil {
		return p
	}
	if errors.Is(err, poll.ErrNoUIDL) {
		return &api.Problem{api.KindPermanent, "no-uidl", loc.T("problem.no_uidl")}
	}
	if errors.Is(err, poll.ErrNoTOP) {
		return &api.Problem{api.KindPermanent, "no-top", loc.T("problem.no_top")}
	}
	switch {
	case errors.Is(err, poll.ErrGone):
		return &api.Problem{Kind: api.KindPermanent, Code: api.CodeGone, Text: loc.T("problem.gone")}
	case errors.Is(err, poll.ErrAlike):
		return &api.Problem{Kind: api.KindPermanent, Code: api.CodeAlike, Text: loc.T("problem.alike")}
	case errors.Is(err, poll.ErrUnconfirmed):
		return &api.Problem{Kind: api.KindNetwork, Code: api.CodeUnconfirmed, Text: loc.T("problem.unconfirmed")}
	}
	var e *pop3.Error
	if errors.As(err, &e) {
		return &api.Problem{api.Kind(e.Kind), api.Code(e.Code), explainServer(e, a, loc)}
	}
	var field settings.FieldError
	var file *settings.FileError
	switch {
	case errors.As(err, &file):
		return &api.Problem{api.KindConfig, "file", file.Text(loc)}
	case errors.As(err, &field):
		return &api.Problem{api.KindConfig, api.Code(field.Field), loc.T("problem.field", field.Field, field.Text(loc))}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &api.Problem{api.KindNetwork, "timeout", loc.T("problem.timeout", a.Server)}
	case errors.Is(err, syscall.ENOSPC):
		return &api.Problem{api.KindConfig, api.CodeDiskFull, loc.T("problem.disk_full")}
	}
	return &api.Problem{api.KindConfig, "", loc.T("problem.other", err.Error())}
}

func explainSecret(err error, loc *locale.Catalogue) *api.Problem {
	var e *secretError
	fromSecret := errors.As(err, &e)
	switch {
	case errors.Is(err, secret.ErrLocked):
		return &api.Problem{api.KindSecret, api.CodeLocked, loc.T("problem.keyring_locked")}
	case errors.Is(err, secret.ErrNotFound):
		return &api.Problem{api.KindSecret, api.CodeNoSecret, loc.T("problem.secret_missing")}
	case errors.Is(err, secret.ErrUnavailable):
		return &api.Problem{api.KindSecret, "unavailable", loc.T("problem.keyring_unavailable")}
	case fromSecret:
		return &api.Problem{api.KindSecret, "failed", loc.T("problem.secret_failed", e.Error())}
	}
	return nil
}

// explainServer has a sentence for each code that has its own, else for each
// kind.
func explainServer(e *pop3.Error, a settings.Account, loc *locale.Catalogue) string {
	switch e.Code {
	case "dns", "refused", "timeout":
		return loc.T("problem."+string(e.Code), a.Server, a.Port)
	case "unknown-authority", "hostname", "expired", "not-tls", "no-stls", "injection", "unproven", "weaker-login":
		return loc.T("problem."+strings.ReplaceAll(string(e.Code), "-", "_"), a.Server)
	case "cleartext", "proxy", "proxy-auth":
		return loc.T("problem." + strings.ReplaceAll(string(e.Code), "-", "_"))
	case "pin":
		return explainPin(e, a, loc)
	case pop3.CodeClientCert:
		return loc.T("problem.client_cert", a.ClientCert)
	case pop3.CodeCAFile:
		return loc.T("problem.ca_file", a.CAFile)
	case "IN-USE":
		return loc.T("problem.in_use")
	case "LOGIN-DELAY":
		return loc.T("problem.login_delay")
	}
	if text := explainAnswer(e, a, loc); text != "" {
		return text
	}
	switch e.Kind {
	case pop3.KindAuth:
		return loc.T("problem.auth", e.Text)
	case pop3.KindTemporary:
		return loc.T("problem.temporary", e.Text)
	case pop3.KindPermanent:
		return loc.T("problem.permanent", e.Text)
	case pop3.KindTLS:
		return loc.T("problem.tls", a.Server)
	case pop3.KindProtocol:
		return loc.T("problem.protocol", a.Server)
	case pop3.KindNetwork:
		return loc.T("problem.network", a.Server)
	}
	return loc.T("problem.other", e.Error())
}

// settingsSentence says what is wrong with the settings file.
func (s *Service) settingsSentence(err error) string {
	var file *settings.FileError
	if !errors.As(err, &file) {
		return err.Error()
	}
	if errors.Is(err, fs.ErrPermission) {
		return s.loc.T("problem.settings_unreadable", file.File)
	}
	return s.loc.T("problem.settings", file.Text(s.loc))
}
