package platform

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// plist reads the flat kind of property list that we write: each key with the
// strings that follow it, and the names of elements such as true.
func plist(t *testing.T, text []byte) map[string][]string {
	t.Helper()
	values := map[string][]string{}
	key := ""
	for d := xml.NewDecoder(strings.NewReader(string(text))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return values
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "key", "string":
			var s string
			if err := d.DecodeElement(&s, &start); err != nil {
				t.Fatal(err)
			}
			if start.Name.Local == "key" {
				key = s
			} else {
				values[key] = append(values[key], s)
			}
		case "true", "false":
			values[key] = append(values[key], start.Name.Local)
		}
	}
}

func TestLaunchAgent(t *testing.T) {
	words := []string{"/Applications/Müller & Söhne <x>/traymail.app/Contents/MacOS/traymail", "--background", "--home", `it's "here"`, ""}
	text, err := launchAgent(words)
	if err != nil {
		t.Fatal(err)
	}
	values := plist(t, text)
	if !slices.Equal(values["ProgramArguments"], words) {
		t.Errorf("it starts %q", values["ProgramArguments"])
	}
	for key, want := range map[string]string{
		"Label": "io.github.traymail.traymail", "RunAtLoad": "true", "LimitLoadToSessionType": "Aqua",
		"AssociatedBundleIdentifiers": "io.github.traymail.traymail",
	} {
		if !slices.Equal(values[key], []string{want}) {
			t.Errorf("%s is %q, want %s", key, values[key], want)
		}
	}
	if _, ok := values["KeepAlive"]; ok {
		t.Error("who quits it gets it back")
	}
	const temporary = "/private/var/folders/x1/y/d/AppTranslocation/0F/d/traymail.app/Contents/MacOS/traymail"
	if _, err := launchAgent([]string{temporary}); !errors.Is(err, errTranslocated) {
		t.Errorf("a program in a temporary place: %v", err)
	}
	for _, bad := range []string{"a\nb", "a\x00b", "\x1b", "\xff"} {
		if _, err := launchAgent([]string{bad}); err == nil {
			t.Errorf("%q was written", bad)
		}
	}
}
