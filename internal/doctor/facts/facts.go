// Package facts says what probes find out about a computer: data only, so
// that whoever judges it needs none of the libraries that found it.
package facts

import "strings"

// Tray is who shows tray icons.
type Tray struct {
	// Bus: there is a session bus; without one there is no tray on Linux.
	Bus bool
	// Watcher: somebody collects the icons. Host: somebody shows them.
	Watcher, Host bool
	// Desktop is what the session calls itself, such as "GNOME"; it may be empty.
	Desktop string
}

// Notifications is who shows notifications.
type Notifications struct {
	// Bus: there is a session bus.
	Bus bool
	// Running: a daemon has answered; what follows is empty otherwise.
	Running       bool
	Name, Version string
	// Portal: they go through the desktop's portal, which does not say who
	// shows them, nor how.
	Portal bool
	// Off: it says that the user or a policy wants none of ours.
	Off bool
	// NotAllowed: it shows none of ours until the user allows them, or because
	// it does not take the signature of this program.
	NotAllowed bool
	// Capabilities are those of the Desktop Notifications Specification.
	Capabilities []string
}

// Script is a writing system that needs fonts of its own.
type Script string

// Scripts that a computer may have no font for.
const (
	Han    Script = "han"    // Chinese
	Kana   Script = "kana"   // Japanese
	Hangul Script = "hangul" // Korean
)

// Scripts are all of them.
var Scripts = []Script{Han, Kana, Hangul}

// ScriptOf is the script of a language, which is a BCP 47 tag; empty if every
// computer has fonts for it.
func ScriptOf(language string) Script {
	base, _, _ := strings.Cut(language, "-")
	return map[string]Script{"zh": Han, "ja": Kana, "ko": Hangul}[base]
}

// Fonts says what can be shown.
type Fonts struct {
	// Missing are the scripts for which no font was found.
	Missing []Script
	// Package is what to install for them on this distribution; empty where
	// that is not known.
	Package string
}

// Windows says whether ours can be drawn.
type Windows struct {
	Drawn bool
	// NoDisplay: there is no screen. Else one without OpenGL.
	NoDisplay bool
	// Store: the system's store has OpenGL for computers without.
	Store bool
}

// Network is what is known of the network without asking it.
type Network struct {
	// Routed: there is a default route.
	Routed bool
	// Manager names the network manager that runs; it may be empty.
	Manager string
	// Offline is the network manager's word that there is no network.
	Offline bool
	// Portal is its suspicion that a page must be visited first. Limited: it
	// reached nothing beyond the local network.
	Portal, Limited bool
	// Metered: it counts what it carries.
	Metered bool
}
