package platform

import "os"

// maxLog is the size in octets at which a log begins anew.
const maxLog = 1 << 20

// OpenLog opens the log at path to write at its end. One that has become too
// long is kept as path.old first, in place of the one before.
func OpenLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		_ = os.Rename(path, path+".old") // else it grows on
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // #nosec G304 -- our own log
}
