//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/child"
)

// queryTimeout bounds the wait for xdg-mime, a shell script.
const queryTimeout = 10 * time.Second

// errSandboxed: what a portal opens is a link or a file, and a mailto link
// would be a new message.
var errSandboxed = errors.New("a Flatpak cannot start the mail program")

func openMail(ctx context.Context) error {
	if Flatpak() != "" {
		return errSandboxed
	}
	command, err := mailCommand(ctx)
	if err != nil {
		return err
	}
	return startForUser(exec.Command(command[0], command[1:]...)) // #nosec G204 -- the user's own choice of mail program
}

// handler is the desktop file of the program for a kind of link; empty if there
// is none.
func handler(ctx context.Context, scheme string) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	query := exec.CommandContext(ctx, "xdg-mime", "query", "default", "x-scheme-handler/"+scheme) // #nosec G204 -- a constant
	query.Env = child.Environment()
	out, err := query.Output()
	if err != nil {
		return "", fmt.Errorf("finding the mail program: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// mailCommand starts the mail program.
func mailCommand(ctx context.Context) ([]string, error) {
	id, err := handler(ctx, "mailto")
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, ErrNoMailProgram
	}
	entry, err := readDesktopEntry(id)
	if err != nil {
		return nil, fmt.Errorf("finding the mail program: %w", err)
	}
	command, err := commandOf(string(entry))
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", id, err)
	}
	return command, nil
}

// openMessage gives the link to the program for such links, or to Thunderbird
// and what is made of it, which know them without saying so everywhere.
func openMessage(ctx context.Context, link string) error {
	if Flatpak() != "" {
		return openURL(link)
	}
	if id, err := handler(ctx, "mid"); err != nil {
		return err
	} else if id != "" {
		return openURL(link)
	}
	command, err := mailCommand(ctx)
	if err != nil {
		return err
	}
	if name := strings.ToLower(strings.Join(command, " ")); strings.Contains(name, "thunderbird") || strings.Contains(name, "betterbird") {
		command = append(command, link)
	}
	return startForUser(exec.Command(command[0], command[1:]...)) // #nosec G204 -- the user's own choice of mail program, and a link that was checked
}

// readDesktopEntry finds the desktop file with this ID in the XDG data folders;
// a "-" in it may stand for a folder (Desktop Entry Specification, "Desktop
// File ID").
func readDesktopEntry(id string) ([]byte, error) {
	if id != filepath.Base(id) {
		return nil, fmt.Errorf("%q is not a desktop file", id)
	}
	home := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(home) {
		home = filepath.Join(os.Getenv("HOME"), ".local", "share")
	}
	dirs := os.Getenv("XDG_DATA_DIRS")
	if dirs == "" {
		dirs = "/usr/local/share:/usr/share"
	}
	for _, dir := range append([]string{home}, filepath.SplitList(dirs)...) {
		for _, name := range []string{id, strings.Replace(id, "-", "/", 1)} {
			entry, err := os.ReadFile(filepath.Join(dir, "applications", name)) // #nosec G304 G703 -- as the specification has it
			if !errors.Is(err, fs.ErrNotExist) {
				return entry, err
			}
		}
	}
	return nil, fmt.Errorf("%s not found", id)
}

// commandOf is the command of a desktop entry, started without any file or
// link.
func commandOf(entry string) ([]string, error) {
	var line string
	ours := false
	for l := range strings.Lines(entry) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "[") {
			ours = l == "[Desktop Entry]"
		}
		key, value, _ := strings.Cut(l, "=")
		switch key = strings.TrimSpace(key); {
		case !ours:
		case key == "Exec":
			line = strings.TrimSpace(value)
		case key == "Terminal" && strings.TrimSpace(value) == "true":
			return nil, errors.New("it needs a terminal")
		}
	}
	words, err := execWords(line)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 {
		return nil, errors.New("its desktop file names no command")
	}
	return words, nil
}

// execWords undoes what execWord does, and drops the field codes.
func execWords(line string) ([]string, error) {
	line = strings.NewReplacer(`\\`, `\`, `\s`, " ", `\t`, "\t").Replace(line)
	var words []string
	for line = strings.TrimLeft(line, " \t"); line != ""; line = strings.TrimLeft(line, " \t") {
		var word strings.Builder
		quoted := false
		i := 0
	word:
		for ; i < len(line); i++ {
			switch c := line[i]; {
			case c == '"':
				quoted = !quoted
			case c == '\\' && quoted && i+1 < len(line):
				i++
				word.WriteByte(line[i])
			case (c == ' ' || c == '\t') && !quoted:
				break word
			default:
				word.WriteByte(c)
			}
		}
		if quoted {
			return nil, errors.New("its command has an unmatched quotation mark")
		}
		raw := line[:i]
		line = line[i:]
		if len(raw) == 2 && raw[0] == '%' && raw != "%%" {
			continue // such as %u: there is no link to pass
		}
		words = append(words, strings.ReplaceAll(word.String(), "%%", "%"))
	}
	return words, nil
}
