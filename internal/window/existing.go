//go:build cgo && !nowindow

package window

import (
	"context"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
)

// existing says of accounts that are new that what was in them counts as seen,
// and can have it counted: a badge of none beside a full mailbox wants a reason.
type existing struct {
	*banner
	loc          *locale.Catalogue
	count, leave *button
	ids          []string
}

// newExisting keeps x and y free around itself; failed hears of what could not
// be done.
func newExisting(b *bridge, c api.Engine, k *keys, loc *locale.Catalogue, x, y float32, resized func(), failed func(error)) *existing {
	e := &existing{loc: loc}
	answer := func(count bool) func() {
		return func() {
			ids := e.ids
			goDo(b, func(ctx context.Context) error {
				for _, id := range ids {
					if _, err := api.Existing.Ask(ctx, c, api.ExistingRequest{Account: id, Count: count}); err != nil {
						return err
					}
				}
				return nil
			}, func(err error) {
				if err != nil {
					failed(err)
				}
			})
		}
	}
	e.count = newButton(k, loc.T("window.existing_count"), nil, answer(true))
	e.leave = newButton(k, loc.T("window.existing_leave"), nil, answer(false))
	e.leave.Importance = widget.LowImportance
	e.banner = newBanner(x, y, container.NewCenter(inset(8, 0, container.NewHBox(e.count, e.leave))), resized)
	return e
}

// about says it of those of the accounts that it is true of.
func (e *existing) about(accounts ...api.AccountStatus) {
	n := 0
	e.ids = e.ids[:0:0]
	for _, a := range accounts {
		if a.Existing > 0 {
			n += a.Existing
			e.ids = append(e.ids, a.ID)
		}
	}
	if n == 0 {
		e.say(toneInfo, "")
		return
	}
	e.say(toneInfo, e.loc.N("window.existing", n, e.loc.Count(n)))
}
