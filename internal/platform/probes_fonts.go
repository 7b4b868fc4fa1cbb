//go:build unix && !darwin

package platform

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/traymail/traymail/internal/doctor/facts"
)

// Fonts looks for fonts where the windows would find them.
func (Probes) Fonts(ctx context.Context) (facts.Fonts, error) {
	missing, err := unwritten(ctx, fontFolders())
	found := facts.Fonts{Missing: missing}
	if err == nil && len(missing) > 0 {
		release := "/etc/os-release"
		if Flatpak() != "" {
			release = "/run/host/os-release" // the fonts are that system's
		}
		b, err := os.ReadFile(release) // #nosec G304 -- one of two
		if err != nil {
			b = nil // then the package's name is not known
		}
		found.Package = fontPackage(string(b))
	}
	return found, err
}

// fontFolders are those of the user and of the system.
func fontFolders() []string {
	var dirs []string
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
	if Flatpak() != "" {
		// Where fontconfig's configuration in there points.
		dirs = append(dirs, "/run/host/fonts", "/run/host/local-fonts", "/run/host/user-fonts")
	}
	return dirs
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
