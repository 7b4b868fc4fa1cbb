package app

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// Problem is what went wrong with an account, for the user. It is never nil.
func Problem(err error, a settings.Account) *api.Problem {
	if known, ok := errors.AsType[*api.ProblemError](err); ok {
		return &known.Problem
	}
	if p := signInProblem(err, a); p != nil {
		return p
	}
	if p := secretProblem(err); p != nil {
		return p
	}
	if file, ok := errors.AsType[*settings.FileError](err); ok {
		return api.FileProblem(api.CodeFile, file)
	}
	if field, ok := errors.AsType[settings.FieldError](err); ok {
		return api.FieldProblem(field)
	}
	return poll.Problem(err, a)
}

// explained is an error with its problem.
func explained(err error, a settings.Account) error {
	return &api.ProblemError{Problem: *Problem(err, a), Err: err}
}

// LedgerError is an error of opening the ledger, with its problem where it is
// one that the user can do something about.
func LedgerError(err error) error {
	if !errors.Is(err, ledger.ErrNewer) {
		return err
	}
	return &api.ProblemError{Problem: api.Problem{Kind: api.KindConfig, Code: api.CodeNewer}, Err: err}
}

func secretProblem(err error) *api.Problem {
	failed, ok := errors.AsType[*secretError](err)
	command, ofCommand := errors.AsType[*secret.CommandError](err)
	switch {
	case errors.Is(err, secret.ErrDismissed):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeDismissed}
	case errors.Is(err, secret.ErrLocked):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeLocked}
	case errors.Is(err, secret.ErrNotFound):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeNoSecret}
	case errors.Is(err, secret.ErrUnavailable):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeNoKeyring}
	case ofCommand && (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeTooManyFiles, Args: api.Args{api.ArgReason: command.Error()}}
	case ofCommand:
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeCommand, Args: api.Args{api.ArgReason: command.Error()}}
	case ok:
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeSecretFailed, Args: api.Args{api.ArgReason: failed.Error()}}
	}
	return nil
}

// settingsProblem is what is wrong with the settings file.
func settingsProblem(err error) *api.Problem {
	file, ok := errors.AsType[*settings.FileError](err)
	switch {
	case !ok:
		return &api.Problem{Kind: api.KindConfig, Args: api.Args{api.ArgReason: err.Error()}}
	case errors.Is(err, fs.ErrPermission):
		return api.FileProblem(api.CodeUnreadable, file)
	}
	return api.FileProblem(api.CodeSettings, file)
}
