//go:build unix && !darwin

package platform

import "os/exec"

func openURL(link string) error {
	return startForUser(exec.Command("xdg-open", link)) // #nosec G204 -- the scheme was checked
}
