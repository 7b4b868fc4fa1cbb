//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
)

// accountState is how a list shows an account's state: a picture that is told
// apart without its colour, and a sentence.
type accountState struct {
	icon fyne.Resource
	text string
}

// accountStateOf puts status into words; nil is an account not yet heard of.
func accountStateOf(status *api.AccountStatus, offline bool, loc *locale.Catalogue) accountState {
	grey := func(r fyne.Resource) fyne.Resource { return theme.NewColoredResource(r, theme.ColorNamePlaceHolder) }
	switch {
	case status == nil:
		return accountState{grey(theme.HistoryIcon()), loc.T("window.state.new")}
	case status.Checking && status.Listing != nil:
		return accountState{theme.NewPrimaryThemedResource(theme.ViewRefreshIcon()), listing(status.Listing, loc)}
	case status.Checking:
		return accountState{theme.NewPrimaryThemedResource(theme.ViewRefreshIcon()), loc.T("window.state.checking")}
	case status.State == api.Failed:
		text := loc.T("window.state.failed")
		if status.Error != nil {
			text = explain.Text(status.Error, loc)
		}
		return accountState{theme.NewErrorThemedResource(theme.ErrorIcon()), text}
	case status.State == api.Waiting && status.Error != nil:
		return accountState{theme.NewWarningThemedResource(theme.WarningIcon()), explain.Text(status.Error, loc)}
	case status.State == api.Waiting && offline:
		return accountState{grey(theme.CancelIcon()), loc.T("window.state.offline")}
	case status.State == api.Waiting:
		return accountState{grey(theme.HistoryIcon()), loc.T("window.state.waiting")}
	case status.Unseen > 0:
		return accountState{
			theme.NewSuccessThemedResource(theme.ConfirmIcon()),
			loc.N("window.state.unseen", status.Unseen, loc.Count(status.Unseen)),
		}
	}
	return accountState{theme.NewSuccessThemedResource(theme.ConfirmIcon()), loc.N("window.state.ok", status.Messages, loc.Count(status.Messages))}
}

// listing says how far a list of a large mailbox has come.
func listing(l *api.Listing, loc *locale.Catalogue) string {
	return loc.T("window.state.listing", loc.Count(l.Listed), loc.Count(l.Messages))
}

// statusOf finds an account in a snapshot.
func statusOf(s api.Snapshot, id string) *api.AccountStatus {
	for i := range s.Accounts {
		if s.Accounts[i].ID == id {
			return &s.Accounts[i]
		}
	}
	return nil
}

// accountRow is one row of the list of accounts.
type accountRow struct {
	widget.BaseWidget
	icon *widget.Icon
	name *line
	text *line
	body fyne.CanvasObject
}

func newAccountRow() *accountRow {
	r := &accountRow{
		icon: widget.NewIcon(nil),
		name: newLine(theme.SizeNameText, theme.ColorNameForeground),
		text: newCaption(),
	}
	r.name.style.Bold = true
	icon := container.New(layout.NewCustomPaddedLayout(0, 0, 0, 8), container.NewCenter(r.icon))
	r.body = inset(8, 7, container.NewBorder(nil, nil, icon, nil, stackOf(2, r.name, r.text)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *accountRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

func (r *accountRow) show(name string, state accountState) {
	if r.icon.Resource == nil || r.icon.Resource.Name() != state.icon.Name() {
		r.icon.SetResource(state.icon)
	}
	r.name.set(name)
	r.text.set(state.text)
}
