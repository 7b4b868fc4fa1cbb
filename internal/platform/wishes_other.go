//go:build !unix || darwin

package platform

import "context"

// WatchWishes has nobody to ask here.
func WatchWishes(context.Context, func(Wishes)) {}
