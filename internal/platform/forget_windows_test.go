package platform

import (
	"errors"
	"testing"

	"golang.org/x/sys/windows/registry"

	"github.com/traymail/traymail/internal/platform/toasts"
)

func TestUnregister(t *testing.T) {
	const classes = `Software\traymail-test-unregister`
	t.Cleanup(func() { _ = deleteTree(classes) })
	if err := errors.Join(registerLinks(classes+`\`+name, `C:\t.exe`), registerNotifications(classes, `C:\t.exe`, `C:\t.png`),
		setValue(classes+`\kept`, "", "stays")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing
		if err := unregister(classes); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]bool{
		name: false, `AppUserModelId\` + toasts.AppID: false, `CLSID\` + toasts.ActivatorID: false, "kept": true,
	} {
		key, err := registry.OpenKey(registry.CURRENT_USER, classes+`\`+path, registry.QUERY_VALUE)
		if err == nil {
			_ = key.Close()
		}
		if (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}
