package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// toolkitID is the application's name in the folder of Fyne's own settings.
const toolkitID = "io.github.traymail.traymail"

// Remove removes what traymail keeps in files, and the folders that are empty
// then. strange are files in them that are not traymail's, which stay, as
// does what keep names. The caller holds the lifetime lock, of which the file is removed as well.
func (p Paths) Remove(keep ...string) (strange []string, err error) {
	var errs []error
	folders := []string{filepath.Dir(p.Config), filepath.Dir(p.Ledger)}
	for _, dir := range slices.Compact(folders) {
		files, err := os.ReadDir(dir)
		errs = append(errs, unlessNotExist(err))
		for _, file := range files {
			path := filepath.Join(dir, file.Name())
			if slices.Contains(keep, path) {
				continue
			}
			if !p.owns(path) {
				strange = append(strange, path)
				continue
			}
			errs = append(errs, unlessNotExist(os.Remove(path)))
		}
	}
	if !isPipe(p.Socket) {
		errs = append(errs, unlessNotExist(os.Remove(p.Socket)))
		folders = append(folders, filepath.Dir(p.Socket))
	}
	for _, dir := range folders {
		// What holds something else stays; that was said, or is another's.
		if left, err := os.ReadDir(dir); err == nil && len(left) == 0 {
			errs = append(errs, unlessNotExist(os.Remove(dir)))
		}
	}
	return strange, errors.Join(errs...)
}

// PendingFile is the name, in the ledger's folder, of the note that the keyring
// gets a secret for an account that is not saved yet.
func PendingFile(id string) string { return "pending-" + id }

// owns says whether a file in one of our folders is one that traymail makes.
func (p Paths) owns(path string) bool {
	if info, err := os.Lstat(path); err != nil || info.IsDir() {
		return false
	}
	for _, base := range []string{p.Config, p.Ledger, p.Lock, holderFile(p.Lock), p.Log, p.Log + ".old", p.Log + ".lock", p.WindowLog, p.WindowLog + ".old", p.WindowLog + ".lock", p.Place, p.History} {
		if path == base {
			return true
		}
	}
	for _, pattern := range []string{filepath.Base(p.Ledger) + ".damaged-*", "fetch-*.journal", PendingFile("*"), "crash-*.txt", rawCrash, "no-tray-told", "icon.png", ".traymail-*"} {
		if ours, _ := filepath.Match(pattern, filepath.Base(path)); ours { // the patterns are well-formed
			return true
		}
	}
	return false
}

// RemoveToolkit removes what the windows' toolkit keeps for this program in the
// user's folders.
func RemoveToolkit() error {
	dir, err := toolkitFolder()
	if err != nil {
		return err
	}
	err = os.RemoveAll(filepath.Join(dir, toolkitID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
