package platform

import "golang.org/x/sys/windows"

func openURL(link string) error { return shellOpen(link) }

func openFile(path string) error { return shellOpen(path) }

// shellOpen has the shell open what Explorer could.
func shellOpen(what string) error {
	verb, err := windows.UTF16PtrFromString("open")
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(what)
	if err != nil {
		return err
	}
	return windows.ShellExecute(0, verb, target, nil, nil, windows.SW_SHOWNORMAL)
}
