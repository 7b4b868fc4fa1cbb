//go:build unix

package platform

// Unregister has nothing to do: only Windows is told of the program by itself.
func Unregister() error { return nil }

func isPipe(socket string) bool { return socket == "" }
