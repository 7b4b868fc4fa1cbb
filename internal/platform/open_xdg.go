//go:build unix && !darwin

package platform

import "os/exec"

func openFile(path string) error {
	return startForUser(exec.Command("xdg-open", path)) // #nosec G204 -- a file of ours
}

func openURL(link string) error {
	return startForUser(exec.Command("xdg-open", link)) // #nosec G204 -- the scheme was checked
}
