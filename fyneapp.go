// Package traymail holds FyneApp.toml, the one source of the program's version.
package traymail

import (
	_ "embed"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed FyneApp.toml
var fyneApp string

// Version is the version of the program, such as "0.1.0".
var Version = sync.OnceValue(func() string {
	var app struct{ Details struct{ Version string } }
	if err := toml.Unmarshal([]byte(fyneApp), &app); err != nil {
		panic("FyneApp.toml: " + err.Error()) // a test reads it as well
	}
	return app.Details.Version
})
