package platform

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows/registry"
)

// register writes texts below HKEY_CURRENT_USER, by key and name; they go with
// the test, the keys with all above them that are then empty.
func register(t *testing.T, values map[[2]string]string) {
	t.Helper()
	for v, text := range values {
		key, _, err := registry.CreateKey(registry.CURRENT_USER, v[0], registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(key.SetExpandStringValue(v[1], text), key.Close()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = deleteValue(v[0], v[1])
			for path := v[0]; path != "." && registry.DeleteKey(registry.CURRENT_USER, path) == nil; {
				path = filepath.Dir(path)
			}
		})
	}
}

func TestFindMailClient(t *testing.T) {
	const (
		test    = `Software\traymail-test`
		mailto  = test + `\Microsoft\Windows\Shell\Associations\UrlAssociations\mailto`
		clients = test + `\Clients\Mail`
	)
	find := func(what string, want mailClient, wantErr error) {
		t.Helper()
		if got, err := findMailClient(test, ""); got != want || !errors.Is(err, wantErr) {
			t.Errorf("%s: %+v, %v, want %+v, %v", what, got, err, want, wantErr)
		}
	}
	find("nothing is registered", mailClient{}, ErrNoMailProgram)
	t.Setenv("MAILDIR", `C:\Program Files\Owl`)
	register(t, map[[2]string]string{
		{clients + `\Owl Post\shell\open\command`, ""}:                 `"%MAILDIR%\owl.exe" -mail`,
		{clients + `\Owl Post\Capabilities\URLAssociations`, "mailto"}: "OwlPost.Url.mailto",
		{clients + `\Pigeon\shell\open\command`, ""}:                   `C:\pigeon.exe /inbox`,
		{clients + `\Pigeon\Capabilities\URLAssociations`, "mailto"}:   "Pigeon.mailto",
		{clients + `\Raven\Capabilities\URLAssociations`, "mailto"}:    "Raven.mailto",
		{test + `\Classes\OwlPost.Url.mailto\shell\open\command`, ""}:  `"%MAILDIR%\owl.exe" -compose "%1"`,
		{test + `\Classes\AppXowl\Application`, "AppUserModelID"}:      "owl.post_8wekyb3d8bbwe!mail",
		{test + `\Classes\BrowserHTML\Application`, "ApplicationName"}: "a browser",
	})
	find("none is the default", mailClient{}, ErrNoMailProgram)
	register(t, map[[2]string]string{{clients, ""}: "Pigeon"})
	find("a default", mailClient{command: `C:\pigeon.exe /inbox`}, nil)
	for _, step := range []struct {
		chosen string
		want   mailClient
		err    error
	}{
		{"OwlPost.Url.mailto", mailClient{command: `"C:\Program Files\Owl\owl.exe" -mail`}, nil},
		{"AppXowl", mailClient{app: "owl.post_8wekyb3d8bbwe!mail"}, nil},
		{"BrowserHTML", mailClient{}, ErrNoMailProgram},
		{"Raven.mailto", mailClient{}, ErrNoMailProgram},
		{"Gone.mailto", mailClient{}, ErrNoMailProgram},
	} {
		register(t, map[[2]string]string{{mailto + `\UserChoice`, "ProgId"}: step.chosen})
		find(step.chosen, step.want, step.err)
	}
	register(t, map[[2]string]string{{mailto + `\UserChoiceLatest\ProgId`, "ProgId"}: "Pigeon.mailto"})
	find("the newer choice", mailClient{command: `C:\pigeon.exe /inbox`}, nil)
	if got, err := findMailClient(test, "AppXowl"); got.app != "owl.post_8wekyb3d8bbwe!mail" || err != nil {
		t.Errorf("what the shell knows: %+v, %v", got, err)
	}
}

func TestOpenMail(t *testing.T) {
	if !wine() {
		return // nobody's own mail program is started
	}
	out := filepath.Join(folder(t), "out")
	t.Setenv(linkVariable, out)
	register(t, map[[2]string]string{
		{`Software\Microsoft\Windows\Shell\Associations\UrlAssociations\mailto\UserChoice`, "ProgId"}: "TraymailTest.mailto",
		{`Software\Clients\Mail\Traymail Test\Capabilities\URLAssociations`, "mailto"}:                "TraymailTest.mailto",
		{`Software\Clients\Mail\Traymail Test\shell\open\command`, ""}:                                `"` + executable(t) + `" -mail "two words"`,
	})
	if err := OpenMail(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "the mail program", func() bool { return content(out) == fmt.Sprintf("%q", []string{"-mail", "two words"}) })
}
