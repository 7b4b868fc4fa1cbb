package console

import (
	"slices"
	"strings"
)

// state is that of a session (RFC 1939, section 3).
type state string

const (
	authorization state = "AUTHORIZATION"
	transaction   state = "TRANSACTION"
	update        state = "UPDATE"
)

// command is one of POP3, or of the console's own.
type command struct {
	name, args string
	// states are those in which it does something; none for the console's own.
	states []state
	// source is where it is described.
	source string
}

var commands = []command{
	{"USER", "NAME", []state{authorization}, "RFC 1939, section 7"},
	{"PASS", "", []state{authorization}, "RFC 1939, section 7"},
	{"APOP", "NAME", []state{authorization}, "RFC 1939, section 7"},
	{"AUTH", "[MECHANISM [NAME]]", []state{authorization}, "RFC 5034, section 4"},
	{"STLS", "", []state{authorization}, "RFC 2595, section 4"},
	{"UTF8", "", []state{authorization}, "RFC 6856, section 2"},
	{"CAPA", "", []state{authorization, transaction}, "RFC 2449, section 5"},
	{"LANG", "[TAG]", []state{authorization, transaction}, "RFC 6856, section 3"},
	{"STAT", "", []state{transaction}, "RFC 1939, section 5"},
	{"LIST", "[N]", []state{transaction}, "RFC 1939, section 5"},
	{"UIDL", "[N]", []state{transaction}, "RFC 1939, section 7"},
	{"TOP", "N LINES", []state{transaction}, "RFC 1939, section 7"},
	{"RETR", "N", []state{transaction}, "RFC 1939, section 5"},
	{"DELE", "N", []state{transaction}, "RFC 1939, section 5"},
	{"RSET", "", []state{transaction}, "RFC 1939, section 5"},
	{"NOOP", "", []state{transaction}, "RFC 1939, section 5"},
	{"QUIT", "", []state{authorization, transaction}, "RFC 1939, section 6"},
	{name: "HELP", args: "[COMMAND]"},
}

func lookUp(name string) (command, bool) {
	i := slices.IndexFunc(commands, func(c command) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		return command{}, false
	}
	return commands[i], true
}

// usage is a command with its arguments.
func (c command) usage() string { return strings.TrimSpace(c.name + " " + c.args) }

// numbered says whether a command is about a message.
func numbered(name string) bool {
	return slices.Contains([]string{"LIST", "UIDL", "TOP", "RETR", "DELE"}, strings.ToUpper(name))
}

// secretOf is the end of a line that nobody is to see or remember: what follows
// PASS, the digest of APOP, and what is sent by AUTH, or to a challenge.
func secretOf(line string, challenged bool) string {
	if challenged {
		return line
	}
	keyword, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(keyword) {
	case "PASS":
		return rest
	case "APOP", "AUTH":
		_, rest, _ = strings.Cut(strings.TrimLeft(rest, " "), " ")
		return rest
	}
	return ""
}

// private says whether a line belongs in no history.
func private(line string) bool {
	line = strings.TrimLeft(line, "! \t")
	keyword, _, _ := strings.Cut(line, " ")
	_, known := lookUp(keyword)
	return !known || secretOf(line, false) != ""
}
