// Command explorer stands in for what Explorer does on Windows and Wine does
// not: it tells a program that its balloon was clicked.
//
// It watches the mouse, and posts a click on a balloon to the window of the
// class that its only argument names.
package main
