package explain

import (
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
)

// Probe is the report on a port with all its sentences.
func Probe(p api.Probe, loc *locale.Catalogue) api.Probe {
	said := make([]api.Finding, len(p.Verdict))
	for i, f := range p.Verdict {
		f.Text = finding(f, p.Error, loc)
		said[i] = f
	}
	p.Verdict, p.Error = said, sayAsked(p.Error, loc)
	return p
}

// sayAsked is Say for who has asked.
func sayAsked(p *api.Problem, loc *locale.Catalogue) *api.Problem {
	if p == nil {
		return nil
	}
	return &api.Problem{Kind: p.Kind, Code: p.Code, Text: text(p, loc, true)}
}

func finding(f api.Finding, p *api.Problem, loc *locale.Catalogue) string {
	switch f.Code {
	case api.FindingError:
		return text(p, loc, true)
	case "expires", "silent":
		return loc.N("probe."+f.Code, f.Number)
	}
	return loc.T("probe." + f.Code)
}
