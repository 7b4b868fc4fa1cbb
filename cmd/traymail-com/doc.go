// Command traymail-com is traymail.com, which lies beside traymail.exe on
// Windows: what "traymail" in a terminal finds first.
//
// A shell does not wait for a program for windows, and gives it no terminal.
// This one it waits for: it starts traymail.exe with the same arguments, and
// ends when that has, with its exit code, or as soon as it goes on without the
// terminal.
//
// Started by the program itself it is a guard, which starts that again should it
// crash: what waits is to be small. It does nothing else.
package main
