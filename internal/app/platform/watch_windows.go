package platform

import "context"

// Watch has no source of events here yet; whoever sets timers notices a sleep
// by comparing clocks. It blocks until ctx ends.
func Watch(ctx context.Context, _ Events) error {
	<-ctx.Done()
	return nil
}
