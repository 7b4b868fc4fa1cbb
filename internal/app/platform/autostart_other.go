//go:build windows

package platform

// unsupported is the Autostart of systems that have none here yet.
type unsupported struct{}

func newAutostart(string, []string) Autostart { return unsupported{} }

func (unsupported) Enabled() (bool, error) { return false, ErrUnsupported }
func (unsupported) Set(bool) error         { return ErrUnsupported }
func (unsupported) Renew() error           { return ErrUnsupported }
