//go:build !windows

package main

func main() { panic("explorer is for Windows") }
