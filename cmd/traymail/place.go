package main

import (
	"encoding/json"

	"github.com/traymail/traymail/internal/wholefile"
	"github.com/traymail/traymail/internal/window"
)

// lastPlace is where the last mailbox window was; nothing depends on whether
// that is known.
func lastPlace(path string) (p window.Place) {
	raw, err := wholefile.Read(path, 4<<10)
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return window.Place{}
	}
	return p
}

// keepPlace writes down where the mailbox window was.
func keepPlace(path string, p window.Place) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return wholefile.Replace(path, append(raw, '\n'))
}
