package platform

import (
	"os"
	"testing"

	"golang.org/x/sys/windows/registry"
)

func TestIconHidden(t *testing.T) {
	if IconHidden() {
		t.Fatal("hidden, and Windows knows of no icon")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, path := range []string{`\1`, `\2`, ``} {
			if err := registry.DeleteKey(registry.CURRENT_USER, iconSettings+path); err != nil {
				t.Error(err)
			}
		}
	})
	icon := func(name, path string) registry.Key {
		key, _, err := registry.CreateKey(registry.CURRENT_USER, iconSettings+`\`+name, registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = key.Close() })
		if err := key.SetStringValue("ExecutablePath", path); err != nil {
			t.Fatal(err)
		}
		return key
	}
	other := icon("1", `C:\Other\other.exe`)
	if err := other.SetDWordValue("IsPromoted", 0); err != nil {
		t.Fatal(err)
	}
	if IconHidden() {
		t.Error("another program's icon is taken for ours")
	}
	own := icon("2", exe)
	if !IconHidden() {
		t.Error("a new icon is not hidden")
	}
	for promoted := range uint32(2) {
		if err := own.SetDWordValue("IsPromoted", promoted); err != nil {
			t.Fatal(err)
		}
		if got := IconHidden(); got != (promoted == 0) {
			t.Errorf("IsPromoted is %d: %v", promoted, got)
		}
	}
}

func TestSamePath(t *testing.T) {
	const exe = `C:\Program Files\traymail\traymail.exe`
	for path, want := range map[string]bool{
		`c:\program files\Traymail\traymail.exe`:                                       true,
		`{6D809377-6AF0-444B-8957-A3773F02200E}\traymail\traymail.exe`:                 true,
		`{6D809377-6AF0-444B-8957-A3773F02200E}\othertraymail\traymail.exe`:            false,
		`{6D809377-6AF0-444B-8957-A3773F02200E}`:                                       false,
		`D:\traymail.exe`:                                                              false,
		`{6D809377-6AF0-444B-8957-A3773F02200E}C:\Program Files\traymail\traymail.exe`: false,
	} {
		if got := samePath(path, exe); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
