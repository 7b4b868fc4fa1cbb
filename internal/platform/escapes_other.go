//go:build !windows

package platform

import "os"

// Escapes says that a terminal obeys escape sequences: none is known that does
// not, but for those that say so (TERM=dumb).
func Escapes(*os.File) (restore func(), ok bool) { return func() {}, os.Getenv("TERM") != "dumb" }
