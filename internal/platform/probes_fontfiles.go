//go:build !darwin

package platform

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"

	"github.com/traymail/traymail/internal/doctor/facts"
)

// samples are characters that whoever has any of a script has.
var samples = map[facts.Script]rune{facts.Han: '的', facts.Kana: 'の', facts.Hangul: '한'}

// unwritten are the scripts for which no font lies below these folders.
func unwritten(ctx context.Context, dirs []string) ([]facts.Script, error) {
	missing := slices.Clone(facts.Scripts)
	for _, file := range fontFiles(ctx, dirs) {
		if len(missing) == 0 || ctx.Err() != nil {
			break
		}
		missing = lacking(file, missing)
	}
	return missing, ctx.Err()
}

// maxFonts bounds how many files are looked at.
const maxFonts = 20_000

// likely are parts of the names of fonts that have what is looked for; they
// come first, since one of them makes it unnecessary to read hundreds.
var likely = []string{"cjk", "wqy", "han", "fallback", "uming", "ukai", "unifont", "nanum", "sc", "jp", "kr", "msyh", "sim", "yugoth", "meiryo", "malgun"}

// fontFiles lists the fonts below these folders, the likely ones first.
func fontFiles(ctx context.Context, dirs []string) []string {
	var first, rest []string
	for _, dir := range dirs {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error { // #nosec G703 -- the user's own folders
			switch {
			case err != nil:
				return nil // what cannot be read has no fonts for us
			case ctx.Err() != nil || len(first)+len(rest) > maxFonts:
				return fs.SkipAll
			case !slices.Contains([]string{".ttf", ".otf", ".ttc", ".otc"}, strings.ToLower(filepath.Ext(path))):
				return nil
			}
			name := strings.ToLower(filepath.Base(path))
			if slices.ContainsFunc(likely, func(part string) bool { return strings.Contains(name, part) }) {
				first = append(first, path)
			} else {
				rest = append(rest, path)
			}
			return nil
		})
	}
	return append(first, rest...)
}

// lacking returns those of scripts that a font file has no glyphs for.
func lacking(file string, scripts []facts.Script) []facts.Script {
	f, err := os.Open(file) //nolint:gosec // G304: a font of the system
	if err != nil {
		return scripts
	}
	defer func() { _ = f.Close() }()
	collection, err := sfnt.ParseCollectionReaderAt(f)
	if err != nil || collection.NumFonts() == 0 {
		return scripts
	}
	font, err := collection.Font(0)
	if err != nil {
		return scripts
	}
	var buffer sfnt.Buffer
	return slices.DeleteFunc(slices.Clone(scripts), func(s facts.Script) bool {
		glyph, err := font.GlyphIndex(&buffer, samples[s])
		return err == nil && glyph != 0
	})
}
