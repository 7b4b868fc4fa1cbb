package api

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/traymail/traymail/internal/settings"
)

// FieldProblem is what is wrong with a field of the settings; Code is its name.
func FieldProblem(f settings.FieldError) *Problem {
	return &Problem{Kind: KindConfig, Code: Code(f.Field), Args: mistake(f)}
}

// FileProblem is what is wrong with a file of settings, as CodeFile,
// CodeSettings or CodeUnreadable.
func FileProblem(code Code, e *settings.FileError) *Problem {
	args := Args{}
	if field, ok := errors.AsType[settings.FieldError](e.Err); ok {
		args = mistake(field)
	} else {
		args[ArgReason] = e.Err.Error()
	}
	args[ArgFile] = e.File
	if delete(args, ArgField); e.Key != "" {
		args[ArgField] = e.Key
	}
	if e.Line > 0 {
		args[ArgLine] = strconv.Itoa(e.Line)
	}
	return &Problem{Kind: KindConfig, Code: code, Args: args}
}

func mistake(f settings.FieldError) Args {
	args := Args{ArgMistake: string(f.Key)}
	if f.Field != "" {
		args[ArgField] = f.Field
	}
	for i, value := range f.Args {
		args[ArgValue+Arg(strconv.Itoa(i+1))] = fmt.Sprint(value)
	}
	return args
}
