package platform

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func openMail(context.Context) error {
	client, err := findMailClient("Software", chosenClass("mailto"))
	if err != nil {
		return fmt.Errorf("finding the mail program: %w", err)
	}
	if client.app != "" {
		// As its tile in the start menu would: only the shell can start it.
		return shellOpen(`shell:AppsFolder\` + client.app)
	}
	words, err := windows.DecomposeCommandLine(client.command)
	if err != nil || len(words) == 0 {
		return fmt.Errorf("finding the mail program: its command is %q: %w", client.command, errors.Join(err, ErrNoMailProgram))
	}
	return startForUser(exec.Command(words[0], words[1:]...)) // #nosec G204 -- the user's own choice of mail program
}

// mailClient is how a mail program is started without a message to write: by
// a command line, or, as an application from the Store, by its
// AppUserModelID.
type mailClient struct{ command, app string }

// findMailClient finds what the user has chosen for mailto links, or else what
// a program has made the default. Each mail program registers the command that
// opens it below Clients\Mail ("Registering Programs with Client Types" in the
// documentation of the Windows shell). A browser that takes mailto links for a
// webmail does not, and is no mail program. chosen is the class for the links,
// if the shell knows. software is `Software`; tests have their own.
func findMailClient(software, chosen string) (mailClient, error) {
	clients := software + `\Clients\Mail`
	// Newer versions of Windows 11 write the choice to another key than the
	// older, and leave what stood in that.
	for _, key := range []string{`UserChoiceLatest\ProgId`, "UserChoice"} {
		if chosen != "" {
			break
		}
		var err error
		if chosen, err = readValue(software+`\Microsoft\Windows\Shell\Associations\UrlAssociations\mailto\`+key, "ProgId"); err != nil {
			return mailClient{}, err
		}
	}
	if chosen != "" {
		if app, err := readValue(software+`\Classes\`+chosen+`\Application`, "AppUserModelID"); err != nil || app != "" {
			return mailClient{app: app}, err
		}
		names, err := subkeys(clients)
		if err != nil {
			return mailClient{}, err
		}
		for _, name := range names {
			switch class, err := readValue(clients+`\`+name+`\Capabilities\URLAssociations`, "mailto"); {
			case err != nil:
				return mailClient{}, err
			case class == chosen:
				return clientCommand(clients, name)
			}
		}
		return mailClient{}, ErrNoMailProgram
	}
	name, err := readValue(clients, "")
	if err != nil {
		return mailClient{}, err
	}
	if name == "" {
		return mailClient{}, ErrNoMailProgram
	}
	return clientCommand(clients, name)
}

var assocQueryString = windows.NewLazySystemDLL("shlwapi.dll").NewProc("AssocQueryStringW")

// chosenClass asks the shell for the class that opens links of a scheme; empty
// where it does not know, as Wine, or answers with no choice of the user's.
func chosenClass(scheme string) string {
	const (
		isProtocol = 0x1000 // ASSOCF_IS_PROTOCOL
		progID     = 20     // ASSOCSTR_PROGID
	)
	name, err := windows.UTF16PtrFromString(scheme)
	if err != nil {
		return ""
	}
	var class [windows.MAX_PATH]uint16
	size := uint32(len(class))
	if result, _, _ := assocQueryString.Call(isProtocol, progID, uintptr(unsafe.Pointer(name)), 0,
		uintptr(unsafe.Pointer(&class[0])), uintptr(unsafe.Pointer(&size))); result != 0 {
		return ""
	}
	if chosen := windows.UTF16ToString(class[:]); !strings.EqualFold(chosen, scheme) {
		return chosen
	}
	return ""
}

func clientCommand(clients, name string) (mailClient, error) {
	command, err := readValue(clients+`\`+name+`\shell\open\command`, "")
	if err == nil && command == "" {
		err = ErrNoMailProgram
	}
	return mailClient{command: command}, err
}

// roots are where programs register: for one user, which counts first, and for
// all.
var roots = []registry.Key{registry.CURRENT_USER, registry.LOCAL_MACHINE}

// readValue is a text of the registry, for this user or for all, with its
// environment variables filled in; empty if there is none.
func readValue(path, name string) (string, error) {
	for _, root := range roots {
		key, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
		if err != nil {
			if err := unlessMissing(err); err != nil {
				return "", err
			}
			continue
		}
		value, kind, err := key.GetStringValue(name)
		_ = key.Close()
		if err := unlessMissing(err); err != nil {
			return "", err
		}
		if kind == registry.EXPAND_SZ {
			if value, err = registry.ExpandString(value); err != nil {
				return "", err
			}
		}
		if value != "" {
			return value, nil
		}
	}
	return "", nil
}

// subkeys are the names of the keys below one, for this user and for all.
func subkeys(path string) ([]string, error) {
	var names []string
	for _, root := range roots {
		key, err := registry.OpenKey(root, path, registry.ENUMERATE_SUB_KEYS)
		if err != nil {
			if err := unlessMissing(err); err != nil {
				return nil, err
			}
			continue
		}
		below, err := key.ReadSubKeyNames(-1)
		_ = key.Close()
		if err != nil {
			return nil, err
		}
		names = append(names, below...)
	}
	return names, nil
}

// openMessage gives the link to the program for such links, if one is registered.
func openMessage(ctx context.Context, link string) error {
	key, err := registry.OpenKey(registry.CLASSES_ROOT, `mid\shell\open\command`, registry.QUERY_VALUE)
	if err != nil {
		return openMail(ctx)
	}
	_ = key.Close()
	return shellOpen(link)
}
