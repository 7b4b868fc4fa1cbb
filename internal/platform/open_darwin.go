package platform

import "os/exec"

// openURL leaves it to open(1), which gives the link to the program that the
// user has chosen for its kind.
func openURL(link string) error {
	return startForUser(exec.Command("/usr/bin/open", link)) // #nosec G204 -- the scheme was checked
}
