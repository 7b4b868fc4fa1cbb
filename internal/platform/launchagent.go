package platform

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// agentLabel is the name of the job and of its file. It is the application's
// ID too, by which the settings of macOS show whose it is.
const agentLabel = "io.github.traymail.traymail"

// errTranslocated: the path that we know is a temporary one.
var errTranslocated = errors.New("macOS runs traymail from a temporary location; move traymail.app to Applications first")

// translocated says whether macOS has mounted the application elsewhere for
// this run, as it does with what was downloaded and never moved.
func translocated(exe string) bool { return strings.Contains(exe, "/AppTranslocation/") }

// launchAgent is the property list of a job that launchd(8) starts with the
// user's graphical session, the program and its arguments; see
// launchd.plist(5). It is not kept alive: whoever quits traymail means it.
func launchAgent(words []string) ([]byte, error) {
	if translocated(words[0]) {
		return nil, errTranslocated
	}
	var arguments bytes.Buffer
	for _, w := range words {
		// XML has no way to write most control characters.
		if strings.ContainsFunc(w, unicode.IsControl) || !utf8.ValidString(w) {
			return nil, fmt.Errorf("%q is not allowed in a property list", w)
		}
		arguments.WriteString("\t\t<string>")
		if err := xml.EscapeText(&arguments, []byte(w)); err != nil {
			return nil, err
		}
		arguments.WriteString("</string>\n")
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>%s</string>
	<key>ProgramArguments</key>
	<array>
%s	</array>
	<key>RunAtLoad</key>
	<true/>
	<key>LimitLoadToSessionType</key>
	<string>Aqua</string>
	<key>ProcessType</key>
	<string>Interactive</string>
	<key>AssociatedBundleIdentifiers</key>
	<string>%s</string>
</dict>
</plist>
`, agentLabel, arguments.String(), agentLabel), nil
}
