package poll

// asksForLocalNetwork: the system asks before a program may reach computers of
// the local network, from macOS 15 on.
const asksForLocalNetwork = true
