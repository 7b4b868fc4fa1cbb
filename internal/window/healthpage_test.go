//go:build cgo && !nowindow

package window

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/ipc"
)

func TestReport(t *testing.T) {
	f := newFake()
	f.examined = doctor.Report{Level: doctor.Problem, Checks: []doctor.Check{
		{Group: doctor.Desktop, Level: doctor.OK, Text: "The tray shows the icon.", Shared: "The tray shows the icon."},
		{Group: doctor.Accounts, Level: doctor.Problem, Text: "Home: refused", Advice: "Type the password anew.", Shared: "account 1: refused"},
	}}
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings, Page: "health"}, "en", theme.VariantLight)
	p := h.screen.(*settingsScreen).pages[2].(*healthPage)
	h.until("the report", func() bool { return len(p.report.Checks) == 2 })
	if got := p.verdict.label.text; got != "Something needs your attention." {
		t.Errorf("the verdict is %q", got)
	}
	if n := len(p.checks.Objects); n != 4 { // two headings, two findings
		t.Errorf("%d objects", n)
	}
	p.copied.OnTapped()
	if copied := fyne.CurrentApp().Clipboard().Content(); !strings.Contains(copied, "account 1: refused") || strings.Contains(copied, "Home") {
		t.Errorf("copied: %s", copied)
	}

	f.mu.Lock()
	f.fail["doctor"] = &api.ProblemError{Problem: api.Problem{Text: "traymail is ending."}, Err: errors.New("no")}
	f.mu.Unlock()
	p.again.OnTapped()
	h.until("the problem", func() bool { return p.verdict.label.text == "traymail is ending." })
	if len(p.checks.Objects) != 4 {
		t.Error("what was found before is gone")
	}
}
