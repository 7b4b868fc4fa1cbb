//go:build unix

package platform

import (
	"os/exec"
	"runtime"
)

func openURL(link string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	return start(exec.Command(opener, link)) // #nosec G204 -- the scheme was checked
}
