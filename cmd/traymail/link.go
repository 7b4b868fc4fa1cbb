package main

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

const maxLink = 2048 // octets

// parseLink reads "traymail:open?account=ID&uid=UID"; without uid it is the
// account, and without both the mailbox. Any web page can offer such a link,
// so it can show a window and nothing else; any other form is rejected.
func parseLink(link string) (r ipc.OpenRequest, ok bool) {
	u, err := url.Parse(link)
	if err != nil || len(link) > maxLink || u.Scheme != "traymail" || u.Opaque != "open" || strings.Contains(link, "#") {
		return r, false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return r, false
	}
	r.Window = ipc.WindowMailbox
	for name, values := range query {
		if len(values) != 1 {
			return ipc.OpenRequest{}, false
		}
		switch value := values[0]; {
		case name == "account" && settings.ValidID(value):
			r.Account = value
		case name == "uid" && validUID(value):
			r.UID = value
		default:
			return ipc.OpenRequest{}, false
		}
	}
	if r.UID != "" && r.Account == "" {
		return ipc.OpenRequest{}, false
	}
	return r, true
}

func validUID(uid string) bool {
	return uid != "" && len(uid) <= pop3.MaxUID && utf8.ValidString(uid) && !strings.ContainsFunc(uid, unicode.IsControl)
}

// linkArg takes no argument, or a link for request.
func linkArg(e *env, request *ipc.OpenRequest) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var ok bool
		if *request, ok = parseLink(args[0]); !ok || len(args) > 1 {
			return usageError{errors.New(e.loc.T("cli.unexpected_argument", args[len(args)-1], cmd.CommandPath()))}
		}
		return nil
	}
}
