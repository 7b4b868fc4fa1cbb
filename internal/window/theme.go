//go:build cgo && !nowindow

package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/settings"
)

// look is Fyne's own theme, a little denser and with quieter fields, so that a
// form of ten rows fits a small screen.
type look struct {
	fyne.Theme
	// preferred is settings.Preferences.Theme.
	preferred string
	// bold has the letters that bold text lacks in Fyne's font; see emboldener.
	bold fyne.Resource
	// contrast and textScale are what the desktop asks for.
	contrast  bool
	textScale float32
}

func newLook(preferred string) look {
	return look{Theme: theme.DefaultTheme(), preferred: preferred, textScale: 1}
}

// currentLook is the theme in force.
func currentLook() look {
	if l, ours := fyne.CurrentApp().Settings().Theme().(look); ours {
		return l
	}
	return newLook("")
}

// preferring is l with another of settings.Preferences.Theme.
func (l look) preferring(preferred string) look {
	l.preferred = preferred
	return l
}

func (l look) Font(style fyne.TextStyle) fyne.Resource {
	if l.bold != nil && style.Bold && !style.Italic && !style.Monospace && !style.Symbol {
		return l.bold
	}
	return l.Theme.Font(style)
}

func (l look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameInnerPadding:
		return 7
	case theme.SizeNameCaptionText:
		return 12 * l.textScale
	case theme.SizeNameSplitThickness:
		return 4
	case theme.SizeNameSubHeadingText:
		return 17 * l.textScale
	case theme.SizeNameText, theme.SizeNameHeadingText, theme.SizeNameInlineIcon:
		return l.Theme.Size(name) * l.textScale
	case theme.SizeNameInputBorder:
		if l.contrast {
			return 2
		}
	}
	return l.Theme.Size(name)
}

func (l look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch l.preferred {
	case settings.ThemeLight:
		variant = theme.VariantLight
	case settings.ThemeDark:
		variant = theme.VariantDark
	}
	dark := variant == theme.VariantDark
	if l.contrast {
		if c := contrasting(name, dark); c != nil {
			return c
		}
	}
	switch name {
	case theme.ColorNameBackground:
		return pick(dark, gray(0x1e), color.NRGBA{0xf6, 0xf7, 0xf9, 0xff})
	case theme.ColorNameInputBackground:
		return pick(dark, gray(0x28), gray(0xff))
	case theme.ColorNameInputBorder:
		return pick(dark, gray(0x4a), color.NRGBA{0xcb, 0xd0, 0xd8, 0xff})
	case theme.ColorNameButton:
		return pick(dark, gray(0x38), color.NRGBA{0xe4, 0xe7, 0xec, 0xff})
	case theme.ColorNameDisabledButton:
		return pick(dark, gray(0x2a), color.NRGBA{0xec, 0xee, 0xf1, 0xff})
	case theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground:
		return pick(dark, gray(0x2b), gray(0xff))
	case theme.ColorNameShadow: // also the bar between the panes
		return pick(dark, color.NRGBA{0, 0, 0, 0x60}, color.NRGBA{0, 0, 0, 0x20})
	case theme.ColorNameSeparator:
		return pick(dark, gray(0x33), color.NRGBA{0xde, 0xe2, 0xe8, 0xff})
	case theme.ColorNamePlaceHolder:
		return pick(dark, gray(0x9a), color.NRGBA{0x68, 0x70, 0x7c, 0xff}) // 4.5:1 and more on a field
	case theme.ColorNameDisabled:
		return pick(dark, gray(0x7c), color.NRGBA{0x8d, 0x94, 0x9f, 0xff})
	case theme.ColorNameForeground:
		return pick(dark, gray(0xec), color.NRGBA{0x1d, 0x21, 0x29, 0xff})
	case theme.ColorNameHyperlink: // 4.5:1 and more on a field
		return pick(dark, color.NRGBA{0x7a, 0xb0, 0xff, 0xff}, color.NRGBA{0x1f, 0x5f, 0xd6, 0xff})
	case theme.ColorNameError:
		return pick(dark, color.NRGBA{0xff, 0x7b, 0x72, 0xff}, color.NRGBA{0xc6, 0x28, 0x28, 0xff})
	case theme.ColorNameSuccess:
		return pick(dark, color.NRGBA{0x5f, 0xc9, 0x7b, 0xff}, color.NRGBA{0x1b, 0x7f, 0x3b, 0xff})
	case theme.ColorNameWarning:
		return pick(dark, color.NRGBA{0xf0, 0xb3, 0x4a, 0xff}, color.NRGBA{0x9a, 0x5b, 0x00, 0xff})
	case theme.ColorNameForegroundOnError:
		return pick(dark, gray(0x10), gray(0xff))
	}
	return l.Theme.Color(name, variant)
}

// contrasting is a colour of high contrast; nil where the usual one has it.
func contrasting(name fyne.ThemeColorName, dark bool) color.Color {
	ink, paper := pick(dark, gray(0xff), gray(0)), pick(dark, gray(0), gray(0xff))
	switch name {
	case theme.ColorNameBackground, theme.ColorNameInputBackground, theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground,
		theme.ColorNameForegroundOnError, theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnSuccess, theme.ColorNameForegroundOnWarning:
		return paper
	case theme.ColorNameForeground, theme.ColorNameInputBorder, theme.ColorNameSeparator, theme.ColorNameShadow, theme.ColorNameScrollBar:
		return ink
	case theme.ColorNamePlaceHolder:
		return pick(dark, gray(0xd0), gray(0x3c))
	case theme.ColorNameDisabled:
		return pick(dark, gray(0xa8), gray(0x55))
	case theme.ColorNameButton, theme.ColorNameDisabledButton:
		return pick(dark, gray(0x33), gray(0xdd))
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return pick(dark, color.NRGBA{0x8c, 0xc0, 0xff, 0xff}, color.NRGBA{0, 0x3d, 0xa5, 0xff})
	case theme.ColorNameFocus, theme.ColorNameSelection:
		return pick(dark, color.NRGBA{0x8c, 0xc0, 0xff, 0x80}, color.NRGBA{0, 0x3d, 0xa5, 0x60})
	case theme.ColorNameError:
		return pick(dark, color.NRGBA{0xff, 0x9d, 0x96, 0xff}, color.NRGBA{0xa0, 0, 0, 0xff})
	case theme.ColorNameSuccess:
		return pick(dark, color.NRGBA{0x7d, 0xe0, 0x98, 0xff}, color.NRGBA{0, 0x58, 0x20, 0xff})
	case theme.ColorNameWarning:
		return pick(dark, color.NRGBA{0xff, 0xc9, 0x66, 0xff}, color.NRGBA{0x70, 0x40, 0, 0xff})
	}
	return nil
}

func pick(dark bool, inDark, inLight color.Color) color.Color {
	if dark {
		return inDark
	}
	return inLight
}

func gray(v uint8) color.Color { return color.NRGBA{v, v, v, 0xff} }

// themed is a colour of the theme in force.
func themed(name fyne.ThemeColorName) color.Color {
	s := fyne.CurrentApp().Settings()
	return s.Theme().Color(name, s.ThemeVariant())
}

// themedSize is a size of the theme in force.
func themedSize(name fyne.ThemeSizeName) float32 {
	return fyne.CurrentApp().Settings().Theme().Size(name)
}

// tinted is a colour, given as by color.Color.RGBA, as a faint background.
func tinted(r, g, b uint32) color.Color {
	//nolint:gosec // G115: each is at most 0xffff
	return color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0x24}
}
