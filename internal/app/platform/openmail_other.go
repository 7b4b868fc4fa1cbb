//go:build darwin || windows

package platform

import "context"

func openMail(context.Context) error { return ErrUnsupported }
