package platform

import (
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

func TestAutostart(t *testing.T) {
	// Under a name of its own: the user may have an entry.
	entry := func(exe string) runEntry {
		e := NewAutostart(exe, "--background").(runEntry)
		e.name = "traymail-test"
		return e
	}
	a, moved := entry(`C:\Program Files\traymail\traymail.exe`), entry(`D:\traymail.exe`)
	defer func() { _ = a.Set(t.Context(), false) }()
	expect := func(what string, enabled bool, command string) {
		t.Helper()
		got, err1 := a.Enabled()
		is, err2 := a.read()
		if got != enabled || is != command || err1 != nil || err2 != nil {
			t.Errorf("%s: %v %q, %v, %v, want %v %q", what, got, is, err1, err2, enabled, command)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Set(t.Context(), false))
	expect("none", false, "")
	must(a.Set(t.Context(), true))
	expect("on", true, `"C:\Program Files\traymail\traymail.exe" --background`)
	if args, err := windows.DecomposeCommandLine(a.command); err != nil || len(args) != 2 || args[0] != `C:\Program Files\traymail\traymail.exe` {
		t.Errorf("Windows would start %q, %v", args, err)
	}
	must(moved.Renew())
	expect("moved", true, `D:\traymail.exe --background`)

	// The user switches it off in the Task Manager.
	key, _, err := registry.CreateKey(registry.CURRENT_USER, approvedKey, registry.SET_VALUE)
	must(err)
	defer func() { _ = key.Close() }()
	must(key.SetBinaryValue(a.name, []byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}))
	expect("switched off", false, `D:\traymail.exe --background`)
	must(a.Renew())
	expect("still switched off", false, a.command)
	must(key.SetBinaryValue(a.name, []byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
	expect("switched on again", true, a.command)
	must(key.SetBinaryValue(a.name, []byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}))
	must(a.Set(t.Context(), true))
	expect("on by us", true, a.command)
	must(a.Set(t.Context(), false))
	expect("off", false, "")
	must(a.Set(t.Context(), false))
}
