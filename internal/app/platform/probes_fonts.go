//go:build unix && !darwin

package platform

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"

	"github.com/traymail/traymail/internal/app/doctor/facts"
)

// samples are characters that whoever has any of a script has.
var samples = map[facts.Script]rune{facts.Han: '的', facts.Kana: 'の', facts.Hangul: '한'}

// Fonts looks for fonts where the windows would find them.
func (Probes) Fonts(ctx context.Context) (facts.Fonts, error) {
	found := facts.Fonts{Missing: slices.Clone(facts.Scripts)}
	for _, file := range fontFiles(ctx) {
		if len(found.Missing) == 0 {
			return found, nil
		}
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		found.Missing = lacking(file, found.Missing)
	}
	if len(found.Missing) > 0 {
		b, err := os.ReadFile("/etc/os-release")
		if err != nil {
			b = nil // then the package's name is not known
		}
		found.Package = fontPackage(string(b))
	}
	return found, nil
}

// maxFonts bounds how many files are looked at.
const maxFonts = 20_000

// likely are parts of the names of fonts that have what is looked for; they
// come first, since one of them makes it unnecessary to read hundreds.
var likely = []string{"cjk", "wqy", "han", "fallback", "uming", "ukai", "unifont", "nanum", "sc", "jp", "kr"}

// fontFiles lists the fonts of the user and of the system.
func fontFiles(ctx context.Context) []string {
	var dirs, first, rest []string
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, filepath.Join(home, ".fonts"), filepath.Join(home, ".local", "share", "fonts"))
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		dirs = append(dirs, filepath.Join(dir, "fonts"))
	}
	shared := os.Getenv("XDG_DATA_DIRS")
	if shared == "" {
		shared = "/usr/local/share:/usr/share"
	}
	for _, dir := range filepath.SplitList(shared) {
		dirs = append(dirs, filepath.Join(dir, "fonts"))
	}
	for _, dir := range dirs {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real
		}
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error { // #nosec G703 -- the user's own folders
			switch {
			case err != nil:
				return nil //nolint:nilerr // what cannot be read has no fonts for us
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

// fontPackages are the packages that hold Noto Sans CJK, by distribution.
var fontPackages = map[string]string{
	"debian": "fonts-noto-cjk", "ubuntu": "fonts-noto-cjk",
	"fedora": "google-noto-sans-cjk-fonts", "rhel": "google-noto-sans-cjk-ttc-fonts",
	"arch": "noto-fonts-cjk", "void": "noto-fonts-cjk",
	"opensuse": "google-noto-sans-cjk-fonts", "suse": "google-noto-sans-cjk-fonts",
	"alpine": "font-noto-cjk", "gentoo": "media-fonts/noto-cjk",
}

// fontPackage reads an os-release(5).
func fontPackage(release string) string {
	var ids []string
	for _, field := range []string{"ID", "ID_LIKE"} {
		for line := range strings.Lines(release) {
			if value, ok := strings.CutPrefix(line, field+"="); ok {
				ids = append(ids, strings.Fields(strings.Trim(strings.TrimSpace(value), `"'`))...)
			}
		}
	}
	for _, id := range ids {
		if name := fontPackages[id]; name != "" {
			return name
		}
	}
	return ""
}
