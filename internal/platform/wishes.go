package platform

// Wishes are how the user has asked the desktop to look, beyond light and dark.
type Wishes struct {
	// TextScale is the size of text; 1 is the usual one.
	TextScale    float64
	HighContrast bool
}
