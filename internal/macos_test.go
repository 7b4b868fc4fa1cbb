//go:build unix

package internal_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stubs stand in for what scripts/macos-bundle.sh calls on a Mac: each writes
// a line to $CALLS, and makes what the script goes on with.
var stubs = map[string]string{
	"go": `
		out=
		while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
		case $out in
		*/sbom) printf '#!/bin/sh\n[ "$1 $3 $5 $7" = "-version -notices -also -sbom" ] && echo "notices of $9" >"$4" && echo {} >"$8"\n' >"$out"; chmod +x "$out" ;;
		*) echo "$GOOS/$GOARCH, cgo $CGO_ENABLED, macOS $MACOSX_DEPLOYMENT_TARGET" >"$out" ;;
		esac`,
	"lipo":     `[ "$1 $2" = "-create -output" ] && cat "$4" "$5" >"$3"`,
	"codesign": ``, "plutil": ``, "xcrun": ``,
	"shasum": `echo "0123abcd  $3"`,
	"ditto":  `while [ $# -gt 1 ]; do shift; done; echo archive >"$1"`,
}

// bundle runs the script with the stand-ins and more environment, and returns
// the folder with what it made and the calls of the tools, in order.
func bundle(t *testing.T, version string, env ...string) (dist string, calls []string, err error) {
	t.Helper()
	dir := t.TempDir()
	dist = filepath.Join(dir, "dist")
	log := filepath.Join(dir, "calls")
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, does := range stubs {
		script := "#!/bin/sh\nset -e\necho \"" + name + " $*\" >>\"$CALLS\"\n" + does + "\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("../scripts/macos-bundle.sh", version)
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "CALLS="+log, "DIST="+dist, "COMMIT=abc",
		"MACOS_SIGN_IDENTITY=", "MACOS_NOTARY_PROFILE=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	text, readErr := os.ReadFile(log)
	if readErr != nil && !os.IsNotExist(readErr) {
		t.Fatal(readErr)
	}
	return dist, strings.Split(strings.TrimSpace(string(text)), "\n"), err
}

func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?m)^ *Version = "(.*)"`).FindStringSubmatch(string(text))[1]
}

func TestMacBundle(t *testing.T) {
	v := version(t)
	dist, calls, err := bundle(t, v)
	if err != nil {
		t.Fatal(err)
	}
	contents := filepath.Join(dist, "traymail.app", "Contents")
	read := func(path ...string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(append([]string{contents}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := read("MacOS", "traymail"); got != "darwin/amd64, cgo 1, macOS 12.0\ndarwin/arm64, cgo 1, macOS 12.0\n" {
		t.Errorf("the program is of\n%s", got)
	}
	if got := read("Resources", "traymail.icns"); !strings.HasPrefix(got, "icns") {
		t.Error("no icon")
	}
	if got := read("Resources", "THIRD-PARTY-NOTICES.txt"); !strings.HasSuffix(got, "/traymail-arm64\n") {
		t.Errorf("notices: %q", got)
	}
	if _, err := os.Stat(filepath.Join(dist, "traymail-"+v+"-macos-universal.cdx.json")); err != nil {
		t.Error(err)
	}
	info := plist(t, read("Info.plist"))
	for key, want := range map[string]string{
		"CFBundleIdentifier": "io.github.traymail.traymail", "CFBundleExecutable": "traymail", "CFBundleName": "traymail",
		"CFBundleIconFile": "traymail", "CFBundlePackageType": "APPL", "CFBundleShortVersionString": v, "CFBundleVersion": "1",
		"LSUIElement": "true", "CFBundleURLSchemes": "traymail", "LSMinimumSystemVersion": "12.0", "NSHighResolutionCapable": "true",
	} {
		if !slices.Equal(info[key], []string{want}) {
			t.Errorf("%s is %q, want %q", key, info[key], want)
		}
	}
	// Every language of the program is one of the application's, and what the
	// system asks on our behalf is in it.
	files, err := filepath.Glob("../assets/translations/tray.*.json")
	if err != nil {
		t.Fatal(err)
	}
	apple := strings.NewReplacer("zh_Hans", "zh-Hans", "zh_TW", "zh-Hant", "pt_BR", "pt-BR")
	var languages []string
	for _, file := range files {
		l := apple.Replace(strings.Split(filepath.Base(file), ".")[1])
		languages = append(languages, l)
		why := regexp.MustCompile(`^NSLocalNetworkUsageDescription = "([^"\\]+)";\n$`).FindStringSubmatch(read("Resources", l+".lproj", "InfoPlist.strings"))
		if why == nil || l == "en" && !slices.Equal(info["NSLocalNetworkUsageDescription"], why[1:]) {
			t.Errorf("%s: the strings are %q", l, why)
		}
	}
	slices.Sort(languages)
	slices.Sort(info["CFBundleLocalizations"])
	if !slices.Equal(info["CFBundleLocalizations"], languages) {
		t.Errorf("the application has %q, the program %q", info["CFBundleLocalizations"], languages)
	}
	cask, err := os.ReadFile(filepath.Join(dist, "traymail.rb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"version \"" + v + "\"\n", "sha256 \"0123abcd\"\n", "quit:      \"io.github.traymail.traymail\"\n"} {
		if !strings.Contains(string(cask), line) {
			t.Errorf("the cask has no %q", line)
		}
	}
	if regexp.MustCompile(`@[A-Z0-9]+@`).Match(cask) {
		t.Errorf("what is not filled in:\n%s", cask)
	}
	entitlements, err := os.ReadFile("../packaging/macos/entitlements.plist")
	if err != nil {
		t.Fatal(err)
	}
	if got := plist(t, string(entitlements)); len(got) != 0 || strings.Contains(string(entitlements), "<!--") {
		t.Errorf("entitlements: %v", got)
	}
	// Without an identity: signed for this Mac alone, and nothing is sent away.
	inOrder(t, calls, "lipo -create", "plutil -lint", "codesign --force --sign - --options runtime", "codesign --verify --strict", "ditto -c -k --keepParent", "shasum -a 256")
	for _, call := range calls {
		if strings.HasPrefix(call, "xcrun") || strings.Contains(call, "--timestamp") {
			t.Error(call)
		}
	}
}

func TestMacBundleSignedAndNotarised(t *testing.T) {
	_, calls, err := bundle(t, version(t), "MACOS_SIGN_IDENTITY=Developer ID Application: X (Y)", "MACOS_NOTARY_PROFILE=traymail")
	if err != nil {
		t.Fatal(err)
	}
	// What is notarised is signed, and what is handed out has the ticket.
	inOrder(t, calls, "codesign --force --sign Developer ID Application: X (Y) --options runtime", "codesign --verify", "ditto",
		"xcrun notarytool submit", "xcrun stapler staple", "ditto", "shasum")
	if !slices.ContainsFunc(calls, func(call string) bool {
		return strings.HasPrefix(call, "codesign") && strings.Contains(call, " --timestamp ")
	}) {
		t.Error("signed without a timestamp")
	}
}

func TestMacBundleWrongVersion(t *testing.T) {
	_, calls, err := bundle(t, "99.0")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || calls[0] != "" {
		t.Errorf("%v after %q", err, calls)
	}
}

// inOrder checks that calls begin like these, in this order, whatever lies
// between.
func inOrder(t *testing.T, calls []string, want ...string) {
	t.Helper()
	for _, call := range calls {
		if len(want) > 0 && strings.HasPrefix(call, want[0]) {
			want = want[1:]
		}
	}
	if len(want) > 0 {
		t.Errorf("no %q in its place in\n%s", want[0], strings.Join(calls, "\n"))
	}
}

// plist reads a property list of one level: each key with the strings that
// follow it, and the names of elements such as true.
func plist(t *testing.T, text string) map[string][]string {
	t.Helper()
	values := map[string][]string{}
	key := ""
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
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
