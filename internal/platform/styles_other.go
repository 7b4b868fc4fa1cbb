//go:build !windows

package platform

import "os"

// HasStyles says whether the terminal that file is obeys ECMA-48.
func HasStyles(*os.File) bool { return true }
