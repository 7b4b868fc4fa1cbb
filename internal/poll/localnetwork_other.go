//go:build !darwin

package poll

const asksForLocalNetwork = false
