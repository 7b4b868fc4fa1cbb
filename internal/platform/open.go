package platform

import (
	"context"
	"fmt"
	"net/url"
)

// OpenURL shows a web page, or starts a mail to an address, in the user's
// program for it. Only http, https and mailto are opened: a link may come
// out of a message, and others could start anything. It returns when the
// program has been asked; how that goes on is not known.
func OpenURL(ctx context.Context, link string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u, err := url.Parse(link)
	if err != nil {
		return fmt.Errorf("opening a link: %w", err)
	}
	switch {
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
	case u.Scheme == "mailto" && u.Opaque != "":
	default:
		return fmt.Errorf("opening a link: %q is neither a web page nor a mail address", u.Redacted())
	}
	return openURL(u.String())
}
