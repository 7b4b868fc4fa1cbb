package doctor

import "github.com/traymail/traymail/internal/api"

// Ask has the tray role look at itself and its surroundings.
const Ask api.Verb[api.None, Report] = "doctor"
