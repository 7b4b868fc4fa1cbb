package platform

// pathStatus is an nw_path_status_t of Apple's Network framework.
type pathStatus int32

const (
	pathInvalid     pathStatus = iota // nothing is known
	pathSatisfied                     // there is a route
	pathUnsatisfied                   // there is none
	pathSatisfiable                   // there would be one on trying, such as a VPN on demand
)

// reachable says whether a server may be in reach; what is not known, a
// poll finds out.
func (s pathStatus) reachable() bool { return s != pathUnsatisfied }

// networkPath is what a network path monitor reports.
type networkPath struct {
	status      pathStatus
	expensive   bool // such as a phone's
	constrained bool // the user has chosen Low Data Mode
}

// path takes over what the monitor reports.
func (w *relay) path(p networkPath) {
	w.metered = p.expensive || p.constrained
	w.updateSaving()
	w.online(p.status.reachable())
}
