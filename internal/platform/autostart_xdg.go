//go:build unix && !darwin

package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/traymail/traymail/internal/wholefile"
)

// autostartName is the name of the entry's file, the same as that of the
// desktop file in packages, so that desktops know whose it is.
const autostartName = "io.github.traymail.traymail.desktop"

// desktopEntry is an entry of the Desktop Application Autostart Specification.
type desktopEntry struct {
	exe  string
	args []string
}

func newAutostart(exe string, args []string) Autostart {
	if Flatpak() != "" {
		return background{append([]string{exe}, args...)}
	}
	return desktopEntry{exe, args}
}

// path of the entry; a relative XDG_CONFIG_HOME is to be ignored.
func (d desktopEntry) path() (string, error) {
	config := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "autostart", autostartName), nil
}

// Enabled implements Autostart.
func (d desktopEntry) Enabled() (bool, error) {
	path, err := d.path()
	if err != nil {
		return false, err
	}
	old, err := os.ReadFile(path) // #nosec G304 -- a fixed name in the user's folder
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !switchedOff(old), err
}

// Set implements Autostart.
func (d desktopEntry) Set(_ context.Context, on bool) error {
	if on {
		return d.write(false)
	}
	path, err := d.path()
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("disabling autostart: %w", err)
	}
	return nil
}

// Renew implements Autostart.
func (d desktopEntry) Renew() error { return d.write(true) }

// write makes the entry what it is to be; if told to keep it off, one that is
// switched off stays so.
func (d desktopEntry) write(keepOff bool) error {
	path, err := d.path()
	if err != nil {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	old, err := os.ReadFile(path) // #nosec G304 -- as above
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	entry, err := d.entry(keepOff && switchedOff(old))
	if err == nil && !bytes.Equal(old, entry) {
		err = wholefile.Replace(path, entry) // the session may read it at any moment
	}
	if err != nil {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	return nil
}

// switchedOff says whether an entry was switched off by a session's settings,
// which leave the file and add one of these lines.
func switchedOff(entry []byte) bool {
	for line := range strings.Lines(string(entry)) {
		switch strings.ReplaceAll(strings.TrimSpace(line), " ", "") {
		case "Hidden=true", "X-GNOME-Autostart-enabled=false":
			return true
		}
	}
	return false
}

func (d desktopEntry) entry(off bool) ([]byte, error) {
	words := append([]string{d.exe}, d.args...)
	for i, w := range words {
		if strings.ContainsAny(w, "\r\n\x00") {
			return nil, fmt.Errorf("%q is not allowed in a desktop file", w)
		}
		words[i] = execWord(w)
	}
	hidden, enabled := "", "true"
	if off {
		hidden, enabled = "Hidden=true\n", "false"
	}
	return fmt.Appendf(nil, `[Desktop Entry]
Type=Application
Version=1.0
Name=traymail
Comment=Tells about new mail in POP3 mailboxes
Comment[zh_CN]=POP3 邮箱的新邮件提醒
Exec=%s
Icon=io.github.traymail.traymail
Terminal=false
NoDisplay=true
StartupNotify=false
X-GNOME-Autostart-enabled=%s
%s`, strings.Join(words, " "), enabled, hidden), nil
}

// execWord quotes an argument for the Exec key (Desktop Entry Specification,
// "The Exec key"): first the quoting of arguments, then %, then the escapes
// of a string value.
func execWord(w string) string {
	if w == "" || strings.ContainsAny(w, " \t\n\"'\\><~|&;$*?#()`") {
		w = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`).Replace(w) + `"`
	}
	w = strings.ReplaceAll(w, "%", "%%")
	return strings.ReplaceAll(w, `\`, `\\`)
}
