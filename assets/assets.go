// Package assets embeds what the program shows and does not compute: icons,
// translations and the demo's mail. It holds data only.
package assets

import "embed"

// Translations are flat JSON files named AREA.LANGUAGE.json, for example
// tray.en.json and tray.zh_Hans.json; package locale merges them.
//
//go:embed translations/*.json
var Translations embed.FS
