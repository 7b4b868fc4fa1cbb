package packagetest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unitOptions are what the unit for systemd may have, and why. Whatever traymail
// starts inherits the unit: the browser, the mail program, a command for a
// password, the prompt that it brings up. So nothing stands here that would
// break one of them.
var unitOptions = map[string]string{
	"Description":           "says what it is",
	"Documentation":         "likewise",
	"PartOf":                "it ends with the session",
	"After":                 "the panel has to be there first",
	"StartLimitIntervalSec": "three new starts an hour after crashes",
	"StartLimitBurst":       "the same",
	"ExecStart":             "the program",
	"ExecStop":              "its windows are asked to end first",
	"Restart":               "after a crash",
	"RestartSec":            "not at once",
	"KillMode":              "only traymail ends, not the browser that it started",
	"WantedBy":              "it starts with the session",
}

// watchOptions are what the unit without a tray has besides.
var watchOptions = map[string]string{
	"Conflicts":                "one of tray and watch at a time",
	"Type":                     "it says when it is ready, to which its programs are not asked",
	"RestartPreventExitStatus": "wrong settings stay wrong",
	"WatchdogSec":              "it starts again when it hangs",
}

// breaking are options that an analysis of the unit suggests, and what would not
// work with them.
var breaking = map[string]string{
	"NoNewPrivileges":         "setuid helpers: the sandbox of Chromium where users may not have namespaces, pkexec, sudo in a command for a password",
	"RestrictSUIDSGID":        "implies NoNewPrivileges for a user's unit, as all that filter system calls do",
	"SystemCallFilter":        "likewise; and browsers call nearly everything",
	"SystemCallArchitectures": "likewise; Wine and other programs of 32 bits",
	"MemoryDenyWriteExecute":  "compilers of JavaScript in browsers and in Thunderbird; drivers that compile shaders",
	"RestrictNamespaces":      "the sandboxes of Chromium, Firefox and Flatpak",
	"PrivateUsers":            "likewise; and files that belong to others, as sockets of daemons do",
	"LockPersonality":         "implies NoNewPrivileges",
	"RestrictRealtime":        "implies NoNewPrivileges; sound in browsers",
	"RestrictAddressFamilies": "implies NoNewPrivileges; gpg-agent and smart cards by netlink and vsock",
	"PrivateTmp":              "sockets of X and of ssh-agent in /tmp; files that a browser and its user exchange there",
	"ProtectHome":             "downloads; the store of pass",
	"ProtectSystem":           "a namespace for mounts, in which Flatpak's and Snap's launchers fail",
	"PrivateDevices":          "the GPU; smart cards and security keys",
	"PrivateNetwork":          "mail",
	"ProtectProc":             "portals look up who asks",
	"UMask":                   "what a browser downloads would have other modes",
	"LimitCORE":               "traymail sees to its own; others may leave a core",
	"LimitNOFILE":             "browsers open many files",
	"MemoryMax":               "the browser would count",
	"TasksMax":                "likewise",
	"IPAddressDeny":           "the browser would have no network either",
	"ProtectKernelTunables":   "a namespace for mounts, in which sandboxes of browsers cannot mount /proc",
	"ProtectControlGroups":    "likewise",
}

// The unit has no option that was not looked at.
func TestUnitHasOnlyHarmlessOptions(t *testing.T) {
	found := map[string]bool{}
	for file, also := range map[string]map[string]string{"traymail.service": nil, "traymail-watch.service": watchOptions} {
		unit, err := os.ReadFile(filepath.FromSlash(repository + "/packaging/linux/" + file))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(unit)) {
			if name, _, is := strings.Cut(line, "="); is && line[0] != '#' {
				found[name] = true
				if unitOptions[name] == "" && also[name] == "" {
					why := breaking[name]
					if why == "" {
						why = "say why it harms no program that traymail starts"
					}
					t.Errorf("%s: %s: %s", file, name, why)
				}
			}
		}
	}
	for name := range unitOptions {
		if !found[name] {
			t.Errorf("%s is not in the unit", name)
		}
	}
}

// flatpakPermissions are what the Flatpak asks for, and what in the source needs
// it; empty for what no name stands for.
var flatpakPermissions = map[string]string{
	"--share=network":                                         "",
	"--share=ipc":                                             "",
	"--socket=wayland":                                        "",
	"--socket=fallback-x11":                                   "",
	"--device=dri":                                            "",
	"--talk-name=org.freedesktop.secrets":                     "org.freedesktop.secrets",
	"--talk-name=org.kde.StatusNotifierWatcher":               "org.kde.StatusNotifierWatcher",
	"--system-talk-name=org.freedesktop.NetworkManager":       "org.freedesktop.NetworkManager",
	"--system-talk-name=org.freedesktop.UPower.PowerProfiles": "org.freedesktop.UPower.PowerProfiles",
}

// The Flatpak asks for no more than what the program uses.
func TestFlatpakAsksForWhatIsUsed(t *testing.T) {
	manifest, err := os.ReadFile(filepath.FromSlash(repository + "/packaging/flatpak/io.github.traymail.traymail.yml"))
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`(?m)^  - (--[\w-]+=\S+)`).FindAllStringSubmatch(string(manifest), -1)
	var permissions []string
	for _, match := range asked {
		permissions = append(permissions, match[1])
		if _, known := flatpakPermissions[match[1]]; !known {
			t.Errorf("what needs %s?", match[1])
		}
	}
	for permission, name := range flatpakPermissions {
		if !slices.Contains(permissions, permission) {
			t.Errorf("%s is not asked for", permission)
		}
		if name != "" && !inSource(t, name) {
			t.Errorf("nothing uses %s", name)
		}
	}
}

// inSource says whether the program names a service of the bus.
func inSource(t *testing.T, name string) (found bool) {
	t.Helper()
	for _, root := range []string{"/internal/platform", "/internal/secret", "/internal/notify", "/internal/tray"} {
		err := filepath.WalkDir(filepath.FromSlash(repository+root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			b, err := os.ReadFile(path) // #nosec G122 -- the source
			found = found || bytes.Contains(b, []byte(`"`+name+`"`))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
