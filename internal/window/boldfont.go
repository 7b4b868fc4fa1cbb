//go:build cgo && !nowindow

package window

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"slices"
	"unicode"

	"fyne.io/fyne/v2"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

// Fyne looks for a system font for what its own has no letters for, and always
// for a regular one: Chinese, Japanese and Korean that should be bold was not.
// A theme can give one font for bold text, and that is asked before Fyne's own.
// So it is the system's bold one, reduced to the letters of these scripts: all
// others, the blank that says how high a line is among them, come from Fyne's.

// eastAsian are the scripts that need a bold font of the system.
var eastAsian = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// hasEastAsian says whether a text needs one.
func hasEastAsian(text string) bool {
	for _, r := range text {
		if r >= 0x1100 && unicode.In(r, eastAsian...) {
			return true
		}
	}
	return false
}

// errNoBold: the system has no bold font of these scripts.
var errNoBold = errors.New("no bold font with Chinese, Japanese or Korean letters")

// emboldener finds the bold font at the first text that needs it: in a window
// without such text it would be 20 MB for nothing.
type emboldener struct {
	app fyne.App
	log *slog.Logger
	// reader is the language that says which forms Chinese characters have.
	reader string
	asked  bool
}

// see looks at texts that may be shown in bold. It runs on Fyne's goroutine,
// and so does what it leads to.
func (e *emboldener) see(b *bridge, texts ...string) {
	if e == nil || e.asked || !slices.ContainsFunc(texts, hasEastAsian) {
		return
	}
	e.asked = true
	goRun(b, func(context.Context) (fyne.Resource, error) { return boldEastAsian(e.reader) },
		func(bold fyne.Resource, err error) {
			if err != nil {
				e.log.Info("bold text of East Asia is not bold", "error", err)
				return
			}
			l := currentLook()
			l.bold = bold
			e.app.Settings().SetTheme(l)
		})
}

type quietly struct{}

func (quietly) Printf(string, ...any) {}

// boldEastAsian makes the font. It reads the fonts of the system, and takes a
// good part of a second.
func boldEastAsian(reader string) (fyne.Resource, error) {
	fonts := fontscan.NewFontMap(quietly{})
	if err := fonts.UseSystemFonts(""); err != nil {
		return nil, err
	}
	fonts.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}, Aspect: font.Aspect{Weight: font.WeightBold}})
	var face *font.Face
	if id, ok := language.NewLangID(language.NewLanguage(reader)); ok {
		face = fonts.ResolveFaceForLang(id)
	}
	const usual = '中'
	if face == nil || !covers(face, usual) {
		fonts.SetScript(language.Han)
		face = fonts.ResolveFace(usual)
	}
	if face == nil || !covers(face, usual) {
		return nil, errNoBold
	}
	if _, aspect := fonts.FontMetadata(face.Font); aspect.Weight < font.WeightSemibold {
		return nil, errNoBold
	}
	at := fonts.FontLocation(face.Font)
	content, err := os.ReadFile(at.File) // #nosec G304 -- a font of the system
	if err != nil {
		return nil, err
	}
	all, err := opentype.NewLoaders(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if int(at.Index) >= len(all) {
		return nil, errNoBold
	}
	reduced, err := reduce(all[at.Index], face)
	if err != nil {
		return nil, err
	}
	return fyne.NewStaticResource("bold-east-asian", reduced), nil
}

func covers(face *font.Face, r rune) bool {
	_, ok := face.NominalGlyph(r)
	return ok
}

// needed are the tables of a font that drawing takes; the rest of them, among
// them those about other scripts, stays away.
var needed = []string{"CFF ", "CFF2", "OS/2", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "prep"}

// reduce makes a font file of one face that has the letters of eastAsian only.
func reduce(from *opentype.Loader, face *font.Face) ([]byte, error) {
	cmap := opentype.MustNewTag("cmap")
	tables := []opentype.Table{{Tag: cmap, Content: lettersOf(face)}}
	for _, name := range needed {
		tag := opentype.MustNewTag(name)
		if !from.HasTable(tag) {
			continue
		}
		content, err := from.RawTable(tag)
		if err != nil {
			return nil, err
		}
		tables = append(tables, opentype.Table{Tag: tag, Content: content})
	}
	slices.SortFunc(tables, func(a, b opentype.Table) int { return int(int64(a.Tag) - int64(b.Tag)) })
	file := opentype.WriteTTF(tables)
	if _, err := font.ParseTTF(bytes.NewReader(file)); err != nil {
		return nil, err // Fyne would crash over it (D4)
	}
	return file, nil
}

// lettersOf writes a table "cmap" with one subtable of format 12: groups of
// characters that follow each other, and so do their glyphs.
func lettersOf(face *font.Face) []byte {
	type group struct{ first, last, glyph uint32 }
	var groups []group
	for r := rune(' '); r <= 0x3ffff; r++ {
		// Their punctuation and full-width forms too, else a sentence would be of two
		// fonts; and blanks, which are drawn in the font of what stands before them.
		if !unicode.In(r, eastAsian...) && (r < 0x3000 || r > 0x303f) && (r < 0xff00 || r > 0xffef) && r != ' ' && r != '\u00a0' {
			continue
		}
		glyph, ok := face.NominalGlyph(r)
		if !ok {
			continue
		}
		if n := len(groups); n > 0 && groups[n-1].last == uint32(r)-1 && groups[n-1].glyph+uint32(r)-groups[n-1].first == uint32(glyph) {
			groups[n-1].last = uint32(r)
			continue
		}
		groups = append(groups, group{uint32(r), uint32(r), uint32(glyph)})
	}
	be := binary.BigEndian
	var b []byte
	for _, v := range []uint16{0, 1, 3, 10} { // version, one subtable: Windows, all of Unicode
		b = be.AppendUint16(b, v)
	}
	b = be.AppendUint32(b, 12) // where it begins
	b = be.AppendUint16(b, 12) // its format
	b = be.AppendUint16(b, 0)
	b = be.AppendUint32(b, uint32(16+12*len(groups))) // #nosec G115 -- at most a group for each character
	b = be.AppendUint32(b, 0)
	b = be.AppendUint32(b, uint32(len(groups))) // #nosec G115 -- as above
	for _, g := range groups {
		b = be.AppendUint32(b, g.first)
		b = be.AppendUint32(b, g.last)
		b = be.AppendUint32(b, g.glyph)
	}
	return b
}
