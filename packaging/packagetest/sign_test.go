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

// With a certificate, the program and its installer are signed.
func TestWindowsSigned(t *testing.T) {
	folder, certificate := signed(t)
	setup := filepath.Join(folder, "traymail-"+version(t)+"-windows-amd64-setup.exe")
	verified(t, setup, certificate)
	program := filepath.Join(t.TempDir(), "traymail.exe")
	if err := os.WriteFile(program, zipped(t, filepath.Join(folder, "traymail-"+version(t)+"-windows-amd64.zip"))["traymail.exe"], 0o600); err != nil {
		t.Fatal(err)
	}
	verified(t, program, certificate)
}
