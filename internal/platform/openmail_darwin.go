package platform

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/internal/platform/cocoa"
)

// openMail asks the workspace for the application that mailto links open in,
// and has open(1) start it as the Dock would.
func openMail(context.Context) error {
	if _, err := cocoa.Load("AppKit"); err != nil {
		return fmt.Errorf("finding the mail program: %w", err)
	}
	var path string
	cocoa.Pooled(func() {
		link := cocoa.Call(cocoa.Class("NSURL"), "URLWithString:", cocoa.String("mailto:"))
		workspace := cocoa.Call(cocoa.Class("NSWorkspace"), "sharedWorkspace")
		application := cocoa.Call(workspace, "URLForApplicationToOpenURL:", link)
		if application != objc.ID(0) {
			path = cocoa.GoString(cocoa.Call(application, "path"))
		}
	})
	if path == "" {
		return ErrNoMailProgram
	}
	return startForUser(exec.Command("/usr/bin/open", "-a", path)) // #nosec G204 -- the user's own choice of mail program
}

// openMessage gives the link to the program for such links; Mail calls them
// "message", and wants the brackets of the ID.
func openMessage(ctx context.Context, link string) error {
	id := strings.TrimPrefix(link, "mid:")
	if openURL("message://%3C"+id+"%3E") == nil {
		return nil
	}
	return openMail(ctx)
}
