package window

// Place is where a mailbox window was, and how large. The zero value is that of
// one that never was.
type Place struct {
	// Width and Height are in the toolkit's units, Split is the list's part of
	// the width.
	Width  float32 `json:"width"`
	Height float32 `json:"height"`
	Split  float64 `json:"split"`
	// X and Y are the corner of the content in the system's own units, if Placed
	// is set: Wayland tells no program where its windows are.
	X      int  `json:"x"`
	Y      int  `json:"y"`
	Placed bool `json:"placed"`
}

// bounded is p without what no window could have, whoever wrote it.
func (p Place) bounded() Place {
	within := func(v, least, most float32) bool { return v >= least && v <= most }
	if !within(p.Width, 300, 20_000) || !within(p.Height, 200, 20_000) {
		p.Width, p.Height = 0, 0
	}
	if !within(float32(p.Split), 0.1, 0.9) {
		p.Split = 0
	}
	return p
}
