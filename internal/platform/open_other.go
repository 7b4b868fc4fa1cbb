//go:build !darwin

package platform

import "errors"

// OpenNotificationSettings is for macOS, the one system that refuses
// notifications which the user has not.
func OpenNotificationSettings() error { return errors.ErrUnsupported }
