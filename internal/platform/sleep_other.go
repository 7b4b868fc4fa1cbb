//go:build unix && !darwin && !linux

package platform

import "context"

// watchSleep leaves it to Watch's services to tell.
func watchSleep(ctx context.Context, _ func()) error {
	<-ctx.Done()
	return nil
}
