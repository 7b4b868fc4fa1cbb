//go:build !windows

package platform

// StoreHasOpenGL: only Microsoft's Store has such a thing.
const StoreHasOpenGL = false
