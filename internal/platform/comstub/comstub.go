// Package comstub is what traymail.com and the program it starts have to agree
// on, and nothing else: the former is to stay small.
package comstub

import "strconv"

// Left names the event by which the program tells the traymail.com that waits
// for it, the process with this ID, to wait no longer: it goes on without the
// terminal. That the event exists says who has started the program.
func Left(pid int) string { return `Local\traymail-left-` + strconv.Itoa(pid) }

// Guard is the variable that has traymail.com be a guard: with its standard
// input at its end, and the first of its arguments a file that is not empty, it
// starts what the others say.
const Guard = "TRAYMAIL_GUARD"
