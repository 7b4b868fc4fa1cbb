package clipboard

import (
	"context"
	"fmt"

	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/internal/platform/cocoa"
)

// put gives the text to the pasteboard, which keeps it without us. By the second
// type, programs that keep a history know that this is not for it
// (http://nspasteboard.org).
func put(ctx context.Context, text string) (serve func(), err error) {
	if _, err := cocoa.Load("AppKit"); err != nil {
		return nil, fmt.Errorf("finding the clipboard: %w", err)
	}
	var board objc.ID
	count := func() int { return objc.Send[int](board, objc.RegisterName("changeCount")) }
	var mine int
	cocoa.Pooled(func() {
		board = cocoa.Call(cocoa.Class("NSPasteboard"), "generalPasteboard")
		if board == 0 {
			return
		}
		cocoa.Call(board, "clearContents")
		cocoa.Call(board, "setString:forType:", cocoa.String(text), cocoa.String("public.utf8-plain-text"))
		cocoa.Call(board, "setString:forType:", cocoa.String(""), cocoa.String("org.nspasteboard.ConcealedType"))
		mine = count()
	})
	if board == 0 {
		return nil, ErrRefused
	}
	return func() {
		<-ctx.Done()
		cocoa.Pooled(func() {
			if count() == mine {
				cocoa.Call(board, "clearContents")
			}
		})
	}, nil
}
