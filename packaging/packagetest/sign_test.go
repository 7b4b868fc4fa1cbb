//go:build packages

package packagetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// signed are the packages for Windows, signed by a certificate of the moment.
func signed(t *testing.T) (folder, certificate string) {
	t.Helper()
	folder = t.TempDir()
	secrets := t.TempDir()
	in := func(name string) string { return filepath.Join(secrets, name) }
	if err := os.WriteFile(in("password"), []byte("throw-away"), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=traymail test",
		"-addext", "extendedKeyUsage=codeSigning", "-addext", "keyUsage=digitalSignature",
		"-keyout", in("key.pem"), "-out", in("certificate.pem"))
	output(t, "openssl", "pkcs12", "-export", "-inkey", in("key.pem"), "-in", in("certificate.pem"),
		"-out", in("both.p12"), "-passout", "file:"+in("password"))
	cmd := exec.CommandContext(t.Context(), filepath.Join(repository, "scripts", "package.sh"), "windows")
	cmd.Env = append(os.Environ(), "DIST="+folder, "TRAYMAIL_SIGN_PKCS12="+in("both.p12"), "TRAYMAIL_SIGN_PASS="+in("password"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder, in("certificate.pem")
}

// verified fails unless file is signed by certificate.
func verified(t *testing.T, file, certificate string) {
	t.Helper()
	out := output(t, "osslsigncode", "verify", "-CAfile", certificate, "-in", file)
	if !strings.Contains(out, "traymail test") {
		t.Errorf("%s is signed by another:\n%s", file, out)
	}
}

// With a certificate, the program, its installer and its uninstaller are
// signed; and that installer does what it should, on a Windows of Wine's.
func TestWindowsInstaller(t *testing.T) {
	folder, certificate := signed(t)
	name := "traymail-" + version(t) + "-windows-amd64"
	verified(t, filepath.Join(folder, name+"-setup.exe"), certificate)
	program := filepath.Join(t.TempDir(), "traymail.exe")
	if err := os.WriteFile(program, zipped(t, filepath.Join(folder, name+".zip"))["traymail.exe"], 0o600); err != nil {
		t.Fatal(err)
	}
	verified(t, program, certificate)

	w := newWindows(t, filepath.Join(folder, name+"-setup.exe"))
	w.install()
	verified(t, filepath.Join(w.installed, "uninstall.exe"), certificate)
	w.isInstalled()

	// An upgrade while it runs: replaced, and running again.
	w.run("", "start", w.program, "--background")
	w.await("traymail to run", w.running)
	w.run("secret-7\n", w.program, "account", "add", "--name", "Nobody", "--server", "127.0.0.1:1", "--user", "me", "--password-stdin")
	if err := os.WriteFile(filepath.Join(w.installed, "LICENSE.txt"), []byte("of an older version"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := w.onPath()
	w.install("/PATH")
	if before || !w.onPath() {
		t.Errorf("terminals find it: before that was asked for %v, then %v", before, w.onPath())
	}
	w.isInstalled()
	w.await("traymail to run again", w.running)

	// Uninstalled while it runs: the settings stay. Wine has none of the
	// notifications for which it registers these on Windows.
	for _, key := range []string{notifierKey, activatorKey + `\LocalServer32`} {
		w.run("", "reg", "add", key, "/f")
	}
	picture := filepath.Join(w.appData, "Local", "traymail", "icon.png")
	if err := os.WriteFile(picture, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.uninstall()
	if w.onPath() {
		t.Error("a folder that is gone is on the PATH")
	}
	settings := filepath.Join(w.appData, "Roaming", "traymail", "settings.toml")
	if text, err := os.ReadFile(settings); err != nil || !strings.Contains(string(text), "Nobody") {
		t.Errorf("the settings are gone: %v, %s", err, text)
	}
	if _, err := os.Stat(picture); err == nil {
		t.Error("the picture for notifications is left behind")
	}
	for _, path := range w.traces() {
		if !strings.Contains(path, "/AppData/Roaming/traymail") && !strings.Contains(path, "/AppData/Local/traymail") {
			t.Errorf("left behind: %s", path)
		}
	}

	// They are there again, and removed on request, with the password.
	w.install()
	if out := w.run("", w.program, "account", "list"); !strings.Contains(out, "Nobody") {
		t.Errorf("the account is gone: %s", out)
	}
	if out := w.run("", "reg", "query", credentials, "/s"); !strings.Contains(out, "traymail") {
		t.Errorf("no password to remove: %s", out)
	}
	w.uninstall("/SETTINGS")
	if left := w.traces(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if out := w.run("", "reg", "query", credentials, "/s"); strings.Contains(out, "traymail") {
		t.Errorf("the password is left: %s", out)
	}
}
