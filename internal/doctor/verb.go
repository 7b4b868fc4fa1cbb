package doctor

import "github.com/traymail/traymail/internal/api"

// Ask has the tray role look at itself and its surroundings.
const Ask api.Verb[Request, Report] = "doctor"

// Request is Ask's.
type Request struct {
	// Language is the reader's, a BCP 47 tag.
	Language string `json:"language"`
}
