package platform

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// ErrNoMailProgram: no mail program is registered for mailto links.
var ErrNoMailProgram = errors.New("no mail program is registered on this computer")

// OpenMessage shows a message in the user's mail program, by a link of the scheme
// mid (RFC 2392), where that program knows such; else it starts the program, as
// OpenMail does. It returns when the program has been asked.
func OpenMessage(ctx context.Context, link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "mid" || !strings.Contains(u.Opaque, "@") {
		return fmt.Errorf("opening a message: %q is no link to one", link)
	}
	return openMessage(ctx, u.String())
}

// OpenFile opens a file in the user's program for its kind. Whether that may run
// what the file says is for the caller to ask.
func OpenFile(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("opening a file: %q is not absolute", path)
	}
	return openFile(path)
}

// OpenMail starts the mail program that is registered for mailto links, as its
// own icon would: with its list of mail, not a new message. It returns when
// the program was started.
func OpenMail(ctx context.Context) error { return openMail(ctx) }
