//go:build unix && !darwin

package platform

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
)

func TestEnsureFontHome(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, root string)
		want map[string]string // TEMP is the temporary cache folder
	}{
		{"a usual home", func(*testing.T, string) {}, nil},
		{"no home", func(t *testing.T, _ string) {
			t.Setenv("HOME", "")
		}, map[string]string{"HOME": "TEMP", "XDG_CACHE_HOME": "TEMP"}},
		{"no home but a cache", func(t *testing.T, root string) {
			t.Setenv("HOME", "")
			t.Setenv("XDG_CACHE_HOME", filepath.Join(root, "new", "cache"))
		}, map[string]string{"HOME": "TEMP"}},
		{"a cache that cannot be made", func(t *testing.T, root string) {
			// A file is in the way, which stops even root.
			if err := os.WriteFile(filepath.Join(root, "home", ".cache"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, map[string]string{"XDG_CACHE_HOME": "TEMP"}},
		{"a read-only cache", func(t *testing.T, _ string) {
			t.Setenv("XDG_CACHE_HOME", "/proc/self") // nobody can write there, root included
		}, map[string]string{"XDG_CACHE_HOME": "TEMP"}},
		{"a relative cache", func(t *testing.T, _ string) {
			t.Setenv("XDG_CACHE_HOME", "cache")
		}, map[string]string{"XDG_CACHE_HOME": "TEMP"}},
		{"a font", func(t *testing.T, root string) {
			t.Setenv("FYNE_FONT", font(t, root, goregular.TTF))
		}, nil},
		{"no font, half a font, a collection", func(t *testing.T, root string) {
			t.Setenv("FYNE_FONT", filepath.Join(root, "missing.ttf"))
			t.Setenv("FYNE_FONT_MONOSPACE", font(t, root, goregular.TTF[:2000]))
			t.Setenv("FYNE_FONT_SYMBOL", font(t, root, append([]byte("ttcf"), goregular.TTF...)))
		}, map[string]string{"FYNE_FONT": "", "FYNE_FONT_MONOSPACE": "", "FYNE_FONT_SYMBOL": ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := environment(t)
			for _, variable := range []string{"FYNE_FONT", "FYNE_FONT_MONOSPACE", "FYNE_FONT_SYMBOL"} {
				t.Setenv(variable, "")
			}
			test.make(t, root)
			got, err := EnsureFontHome()
			if err != nil {
				t.Fatal(err)
			}
			temp, err := temporaryHome()
			if err != nil {
				t.Fatal(err)
			}
			want := maps.Clone(test.want)
			for k, v := range want {
				if v == "TEMP" {
					want[k] = temp
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			for variable, value := range got {
				t.Setenv(variable, value)
			}
			// With that, the folder can be used.
			cache, err := os.UserCacheDir()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(cache, "font_index"), nil, 0o600); err != nil {
				t.Error(err)
			}
			if again, err := EnsureFontHome(); again != nil || err != nil {
				t.Errorf("the second time: %v, %v", again, err)
			}
		})
	}
}

func font(t *testing.T, dir string, b []byte) string {
	t.Helper()
	f, err := os.CreateTemp(dir, "*.ttf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}
