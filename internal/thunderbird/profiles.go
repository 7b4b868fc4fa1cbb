package thunderbird

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

// Profile is a folder in which Thunderbird keeps one user's data.
type Profile struct {
	Name string `json:"name"`
	// Path of the folder.
	Path string `json:"path"`
	// Default: Thunderbird starts with it.
	Default bool `json:"default"`
}

// Profiles lists the user's profiles, those that Thunderbird starts with
// first. Having none is not an error.
func Profiles() ([]Profile, error) {
	var all []Profile
	var errs []error
	for _, folder := range folders() {
		found, err := profilesIn(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b Profile) int {
		switch {
		case a.Default == b.Default:
			return 0
		case a.Default:
			return -1
		}
		return 1
	})
	return all, errors.Join(errs...)
}

// profilesIn reads the profiles.ini of a folder. Which profile is the default
// stands in a section for each installation; older versions marked the profile.
func profilesIn(folder string) ([]Profile, error) {
	raw, err := readFile(filepath.Join(folder, "profiles.ini"))
	if err != nil {
		return nil, err
	}
	var found []Profile
	marked, chosen := map[string]bool{}, map[string]bool{}
	for _, section := range sections(string(raw)) {
		place := func(path string) string {
			path = filepath.FromSlash(path)
			if section.values["IsRelative"] != "0" && !filepath.IsAbs(path) {
				path = filepath.Join(folder, path)
			}
			return filepath.Clean(path)
		}
		switch {
		case strings.HasPrefix(section.name, "Install") && section.values["Default"] != "":
			chosen[place(section.values["Default"])] = true
		case strings.HasPrefix(section.name, "Profile") && section.values["Path"] != "":
			p := Profile{Name: plaintext.Clean(section.values["Name"]), Path: place(section.values["Path"])}
			marked[p.Path] = section.values["Default"] == "1"
			if info, err := os.Stat(filepath.Join(p.Path, prefsFile)); err == nil && info.Mode().IsRegular() {
				found = append(found, p)
			}
		}
	}
	if len(chosen) == 0 {
		chosen = marked
	}
	for i := range found {
		found[i].Default = chosen[found[i].Path] || len(found) == 1
	}
	return found, nil
}

type section struct {
	name   string
	values map[string]string
}

// sections reads the simple INI of profiles.ini.
func sections(text string) []section {
	var all []section
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			all = append(all, section{line[1 : len(line)-1], map[string]string{}})
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && len(all) > 0 {
			all[len(all)-1].values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return all
}

// readFile reads a regular file of bounded size.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path) //nolint:gosec // G304: the user's own profile
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	return raw, err
}
