package platform

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// agentLabel is the name of the job and of its file. It is the application's
// ID too, by which the settings of macOS show whose it is.
const agentLabel = "io.github.traymail.traymail"

// launchAgent is the property list of a job that launchd(8) starts with the
// user's graphical session; see launchd.plist(5). It is not kept alive: who
// quits traymail means it.
func launchAgent(words []string) ([]byte, error) {
	var arguments bytes.Buffer
	for _, w := range words {
		// XML has no way to write most control characters.
		if strings.ContainsFunc(w, unicode.IsControl) || !utf8.ValidString(w) {
			return nil, fmt.Errorf("%q cannot stand in a property list", w)
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
