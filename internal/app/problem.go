package app

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// Problem is what went wrong with an account, for the user. It is never nil.
func Problem(err error, a settings.Account) *api.Problem {
	if known, ok := errors.AsType[*api.ProblemError](err); ok {
		return &known.Problem
	}
	if p := secretProblem(err); p != nil {
		return p
	}
	if file, ok := errors.AsType[*settings.FileError](err); ok {
		return fileProblem(api.CodeFile, file)
	}
	if field, ok := errors.AsType[settings.FieldError](err); ok {
		return &api.Problem{Kind: api.KindConfig, Code: api.Code(field.Field), Args: mistake(field)}
	}
	return poll.Problem(err, a)
}

// explained is an error with its problem.
func explained(err error, a settings.Account) error {
	return &api.ProblemError{Problem: *Problem(err, a), Err: err}
}

func secretProblem(err error) *api.Problem {
	failed, ok := errors.AsType[*secretError](err)
	switch {
	case errors.Is(err, secret.ErrLocked):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeLocked}
	case errors.Is(err, secret.ErrNotFound):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeNoSecret}
	case errors.Is(err, secret.ErrUnavailable):
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeNoKeyring}
	case ok:
		return &api.Problem{Kind: api.KindSecret, Code: api.CodeSecretFailed, Args: api.Args{api.ArgReason: failed.Error()}}
	}
	return nil
}

// mistake is what is wrong with a field.
func mistake(f settings.FieldError) api.Args {
	args := api.Args{api.ArgMistake: string(f.Key)}
	if f.Field != "" {
		args[api.ArgField] = f.Field
	}
	for i, value := range f.Args {
		args[api.ArgValue+api.Arg(strconv.Itoa(i+1))] = fmt.Sprint(value)
	}
	return args
}

func fileProblem(code api.Code, e *settings.FileError) *api.Problem {
	args := api.Args{}
	if field, ok := errors.AsType[settings.FieldError](e.Err); ok {
		args = mistake(field)
	} else {
		args[api.ArgReason] = e.Err.Error()
	}
	args[api.ArgFile] = e.File
	if delete(args, api.ArgField); e.Key != "" {
		args[api.ArgField] = e.Key
	}
	if e.Line > 0 {
		args[api.ArgLine] = strconv.Itoa(e.Line)
	}
	return &api.Problem{Kind: api.KindConfig, Code: code, Args: args}
}

// settingsProblem is what is wrong with the settings file.
func settingsProblem(err error) *api.Problem {
	file, ok := errors.AsType[*settings.FileError](err)
	switch {
	case !ok:
		return &api.Problem{Kind: api.KindConfig, Args: api.Args{api.ArgReason: err.Error()}}
	case errors.Is(err, fs.ErrPermission):
		return fileProblem(api.CodeUnreadable, file)
	}
	return fileProblem(api.CodeSettings, file)
}
