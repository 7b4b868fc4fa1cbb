package platform

// Probes look at this computer for a report of its health. They show nothing,
// ask the user for nothing and do not use the network. What they return where
// there is nothing to look at is errors.ErrUnsupported.
type Probes struct{}
