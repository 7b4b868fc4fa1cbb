//go:build cgo && !nowindow

package window

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// formRow is a name and what stands beside it.
type formRow [2]fyne.CanvasObject

// build puts the parts together. Tab follows this order.
func (f *form) build() {
	loc := f.loc
	f.columnWidths = &pairs{gap: 6, drop: 1}
	f.widen()
	port := container.NewBorder(nil, nil, widget.NewLabel(loc.T("window.field.port")), nil,
		container.New(fixedWidth(74), f.fields[fieldPort]))
	server := container.NewBorder(nil, nil, nil, port, f.fields[fieldServer])
	f.clearRow = stackOf(0, f.cleartext)
	f.legacyRow = stackOf(0, f.legacy)
	f.custom = container.NewHBox(container.New(fixedWidth(64), f.fields[fieldInterval]), widget.NewLabel(loc.T("window.minutes_unit")))
	interval := container.NewBorder(nil, nil, nil, f.custom, newFrame(f.interval))
	f.webmail = stackOf(0, f.fields[fieldOpen])
	hour := func(name string) fyne.CanvasObject { return container.New(fixedWidth(74), f.fields[name]) }
	f.hours = stackOf(2,
		container.NewHBox(widget.NewLabel(loc.T("prefs.quiet_from")), hour(fieldQuietFrom), widget.NewLabel(loc.T("prefs.quiet_until")), hour(fieldQuietUntil)),
		f.days.content)
	f.pin = newLine(theme.SizeNameText, theme.ColorNameForeground)
	f.pin.style.Monospace = true
	f.unpin = newButton(f.keys, loc.T("window.remove"), nil, func() { f.edit(func() { f.draft.pin = "" }) })
	f.pinRow = container.NewBorder(nil, nil, nil, f.unpin, inset(8, 0, container.New(middle{}, f.pin)))

	for _, name := range []string{fieldAddress, fieldCAFile, fieldSecretCommand, fieldPopState, fieldClientCert, fieldProxy, fieldOpen} {
		f.fields[name].SetPlaceHolder(loc.T("window.hint." + name))
	}
	main := f.columns(
		f.row(fieldName), f.row(fieldAddress),
		f.row(fieldServer, server, f.captions[fieldPort]), f.row(fieldSecurity, newFrame(f.security), f.clearRow),
		f.row(fieldUser), f.row(fieldPassword, f.fields[fieldPassword], f.signInRow), f.row(fieldInterval, interval),
	)
	extra := stackOf(4,
		f.group("messages"), f.columns(f.row(fieldOpen, newFrame(f.opens), f.webmail),
			formRow{nil, f.silent}, f.row(fieldSound, f.sound.content),
			f.row(fieldQuietFrom, newFrame(f.quiet), f.hours, f.captions[fieldQuietUntil]), f.row(fieldPopState), formRow{nil, f.unseen}, formRow{nil, f.status}),
		f.group("login"), f.columns(f.row(fieldMechanism, newFrame(f.mechanism)), f.row(fieldSecretCommand)),
		f.group("connection"), f.columns(f.row(fieldCAFile), f.pinned(), f.row(fieldClientCert), f.row(fieldClientKey), f.row(fieldProxy), formRow{nil, f.legacyRow}),
	)
	f.content = stackOf(4, main)
	f.more = newDisclosure(f.keys, loc.T("window.more"), extra, func() { f.content.Refresh() })
	f.content.Add(container.NewHBox(f.more))
	f.content.Add(extra)
}

// row is a field with its name before it and what is wrong with it below;
// parts are what the field is made of where it is not a mere text.
func (f *form) row(name string, parts ...fyne.CanvasObject) formRow {
	if len(parts) == 0 {
		parts = append(parts, f.fields[name])
	}
	if slices.Contains(fileFields, name) {
		browse := newButton(f.keys, "", theme.FolderOpenIcon(), func() {
			f.choose(func(path string) {
				f.fields[name].SetText(path)
				f.lookAt(name)
			})
		})
		parts[0] = container.NewBorder(nil, nil, nil, browse, parts[0])
	}
	return formRow{f.named(name), stackOf(2, append(parts, f.captions[name])...)}
}

// pinned is the row of the pinned certificate, which comes and goes whole.
func (f *form) pinned() formRow { return formRow{f.named(fieldPin), f.pinRow} }

// named is a field's name, as high as a field of one line.
func (f *form) named(name string) fyne.CanvasObject {
	return container.New(fixedHeight(widget.NewLabel("").MinSize().Height), inset(themedSize(theme.SizeNameInnerPadding), 0, container.New(middle{}, f.names[name])))
}

// columns puts rows under one another; those of the whole form are equally wide.
func (f *form) columns(rows ...formRow) *fyne.Container {
	all := container.New(f.columnWidths)
	for _, r := range rows {
		if r[0] == nil {
			r[0] = widget.NewLabel("")
		}
		all.Add(r[0])
		all.Add(r[1])
	}
	return all
}

// widen makes room for the longest name.
func (f *form) widen() {
	f.columnWidths.least = 0
	for _, name := range f.names {
		f.columnWidths.least = max(f.columnWidths.least, name.MinSize().Width+2*themedSize(theme.SizeNameInnerPadding))
	}
}

// group is the heading of a group of rows.
func (f *form) group(name string) fyne.CanvasObject {
	l := newLine(theme.SizeNameCaptionText, theme.ColorNamePlaceHolder)
	l.text, l.style.Bold = f.loc.T("window.group."+name), true
	return inset(themedSize(theme.SizeNameInnerPadding), 6, l)
}
