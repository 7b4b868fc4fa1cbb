//go:build !windows

package main

func main() { panic("traymail.com is for Windows") }
