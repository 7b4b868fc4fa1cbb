package settings

import (
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

// Hook is a program of the user that runs when something happens. A shell has
// no part in it.
type Hook struct {
	// On is what it runs on: HookNew, HookCount or HookProblem.
	On string `toml:"on" json:"on"`
	// Account is the ID of the only account the hook is for; empty is all.
	Account string `toml:"account,omitempty" json:"account,omitempty"`
	// Field, Regexp and Text are a condition as that of a Rule, for HookNew
	// alone; without Field there is none.
	Field  string `toml:"field,omitempty" json:"field,omitempty"`
	Regexp bool   `toml:"regexp,omitempty" json:"regexp,omitempty"`
	Text   string `toml:"text,omitempty" json:"text,omitempty"`
	// Command is the program and its arguments. One that is a placeholder as a
	// whole (Placeholders) is replaced.
	Command []string `toml:"command" json:"command"`
	// Timeout is how long the program may run.
	Timeout Duration `toml:"timeout" json:"timeout"`
}

// What hooks run on.
const (
	// HookNew: a message came.
	HookNew = "new"
	// HookCount: the number of unseen messages is another, or known for the
	// first time.
	HookCount = "count"
	// HookProblem: an account has begun not to work, or works again.
	HookProblem = "problem"
)

// Placeholders are what an argument of a hook may be; what is not known is
// empty.
var Placeholders = []string{"{account}", "{account_name}", "{uid}", "{from}", "{subject}", "{unseen}", "{problem}"}

// How long a hook may run: unless it says so, and the least and the most.
const (
	DefaultHookTimeout = 30 * time.Second
	MinHookTimeout     = time.Second
	MaxHookTimeout     = 10 * time.Minute
)

const (
	maxArguments = 64
	maxArgument  = 4096 // characters
)

var placeholder = regexp.MustCompile(`^\{[a-z_]*\}$`)

// Normalize trims what a person typed, and fills in what has a default.
// Arguments stay as they are.
func (h *Hook) Normalize() {
	h.On = strings.ToLower(strings.TrimSpace(h.On))
	h.Account = strings.TrimSpace(h.Account)
	h.Field = strings.ToLower(strings.TrimSpace(h.Field))
	if !h.Regexp {
		h.Text = strings.TrimSpace(h.Text)
	}
	if h.Timeout == 0 {
		h.Timeout = Duration(DefaultHookTimeout)
	}
}

// Condition is that of the hook, and whether it has one.
func (h Hook) Condition() (Rule, bool) {
	return Rule{Account: h.Account, Field: h.Field, Regexp: h.Regexp, Text: h.Text, Effect: EffectImportant}, h.Field != ""
}

// Validate returns what is wrong with a normalised hook, of which accounts are
// all there are.
func (h Hook) Validate(accounts []Account) []FieldError {
	var problems []FieldError
	add := func(field string, key Mistake, args ...any) {
		problems = append(problems, FieldError{field, key, args})
	}
	if !slices.Contains([]string{HookNew, HookCount, HookProblem}, h.On) {
		add("on", MistakeChoice, strings.Join([]string{HookNew, HookCount, HookProblem}, ", "))
	}
	condition, conditional := h.Condition()
	switch {
	case conditional && h.On != HookNew:
		add("field", MistakeHookField)
	case conditional:
		problems = append(problems, condition.Validate(accounts)...)
	case h.Text != "":
		add("text", MistakeHookText)
	case h.Account != "" && !slices.ContainsFunc(accounts, func(a Account) bool { return a.ID == h.Account }):
		add("account", MistakeRuleAccount)
	}
	if problem := commandProblem(h.Command); problem != nil {
		problems = append(problems, *problem)
	}
	if t := time.Duration(h.Timeout); t < MinHookTimeout || t > MaxHookTimeout {
		add("timeout", MistakeHookTimeout)
	}
	return problems
}

// commandProblem is what is wrong with a program and its arguments.
func commandProblem(command []string) *FieldError {
	wrong := func(key Mistake, args ...any) *FieldError { return &FieldError{"command", key, args} }
	if len(command) == 0 || command[0] == "" {
		return wrong(MistakeRequired)
	}
	// A program named by a path that is not a full one would depend on where
	// traymail was started.
	if placeholder.MatchString(command[0]) || !filepath.IsAbs(command[0]) && strings.ContainsAny(command[0], `/\`) {
		return wrong(MistakeHookProgram)
	}
	for i, argument := range command {
		switch {
		case i > maxArguments || utf8.RuneCountInString(argument) > maxArgument || !utf8.ValidString(argument):
			return wrong(MistakeTooLong)
		case plaintext.Hides(argument):
			return wrong(MistakeHidden)
		case i > 0 && placeholder.MatchString(argument) && !slices.Contains(Placeholders, argument):
			return wrong(MistakeHookPlaceholder, argument, strings.Join(Placeholders, " "))
		}
	}
	return nil
}

// Equal says whether two hooks are the same.
func (h Hook) Equal(other Hook) bool { return reflect.DeepEqual(h, other) }
