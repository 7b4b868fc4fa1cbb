//go:build !windows

package platform

import "errors"

// IconHidden says whether the system keeps this program's icon out of sight, as
// only Windows does.
func IconHidden() bool { return false }

// OpenIconSettings returns errors.ErrUnsupported.
func OpenIconSettings() error { return errors.ErrUnsupported }
