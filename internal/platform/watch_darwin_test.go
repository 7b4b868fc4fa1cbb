package platform

import (
	"context"
	"testing"
	"time"
)

// The network is told at once, and nothing is left when ctx ends; then all of
// it works a second time.
func TestWatch(t *testing.T) {
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		online, ended := make(chan bool, 16), make(chan error, 1)
		go func() { ended <- Watch(ctx, Events{Online: func(on bool) { online <- on }}) }()
		select {
		case <-online:
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		case <-time.After(20 * time.Second):
			t.Error("nothing is told of the network")
		}
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it does not end")
		}
	}
}
