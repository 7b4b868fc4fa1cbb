package platform

import "fmt"

// RegisterLinks makes exe the user's program for links that begin with
// traymail: (see the root command). Anybody can make such a link, a web page
// too, so what comes with one is checked by whoever takes it. It writes only
// what has changed.
func RegisterLinks(exe string) error { return registerLinks(`Software\Classes\`+name, exe) }

func registerLinks(class, exe string) error {
	for _, v := range []struct{ key, name, value string }{
		{class, "", "URL:traymail"},
		{class, "URL Protocol", ""},
		{class + `\DefaultIcon`, "", `"` + exe + `",0`},
		// What a link holds after a quotation mark would be arguments of its
		// own: after -- none of them is a flag.
		{class + `\shell\open\command`, "", `"` + exe + `" -- "%1"`},
	} {
		if err := setValue(v.key, v.name, v.value); err != nil {
			return fmt.Errorf("registering for traymail: links: %w", err)
		}
	}
	return nil
}
