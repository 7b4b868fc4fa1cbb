package platform

import "context"

// Lock takes the lock at path without waiting.
func Lock(path string) (release func(), err error) { return func() {}, nil }

// OpenURL opens.
func OpenURL(ctx context.Context, url string) error { return nil }

// Watch blocks until ctx ends.
func Watch(ctx context.Context, e Events) error { <-ctx.Done(); return nil }

// EnsureFontHome returns the environment variables to set before Fyne starts (D4).
func EnsureFontHome() (map[string]string, error) { return nil, nil }

// Spawn starts exe detached.
func Spawn(exe string, args ...string) error { return nil }
