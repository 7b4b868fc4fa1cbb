package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// lockVariable makes the test binary take the lock it names, say so, and wait.
const lockVariable = "TRAYMAIL_PLATFORM_TEST_LOCK"

// children are what this binary is when a variable is set: a child of a test.
var children = map[string]func(value string){lockVariable: func(path string) {
	_, err := Lock(path)
	fmt.Println(err)
	_, _ = os.Stdin.Read(make([]byte, 1))
}}

func TestMain(m *testing.M) {
	for variable, child := range children {
		if value := os.Getenv(variable); value != "" {
			child(value)
			return
		}
	}
	goleak.VerifyTestMain(m)
}

func TestLock(t *testing.T) {
	path := filepath.Join(folder(t), "lock")
	other := exec.Command(os.Args[0]) // #nosec G204 G702 -- this test again
	other.Env = append(os.Environ(), lockVariable+"="+path)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "<nil>\n" {
		t.Fatalf("the other process: %q, %v", line, err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Fatalf("locked by another process: %v", err)
	}
	// However a process ends, its lock ends with it.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("locked by this process: %v", err)
	}
	release()
	release, err = Lock(path)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	release()
	if _, err := Lock(filepath.Join(path, "below a file")); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("a lock that cannot be: %v", err)
	}
}

// folder is t.TempDir for Windows, too: os.RemoveAll asks for something that
// Wine 8 does not have.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tm")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var paths []string
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
			paths = append(paths, path)
			return nil
		})
		for _, path := range slices.Backward(paths) {
			// On Windows a process that is ending may still have it open.
			await(t, "the end of "+path, func() bool {
				err := os.Remove(path)
				return err == nil || errors.Is(err, fs.ErrNotExist)
			})
		}
	})
	return dir
}

// await polls until ok.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timeout: %s", what)
		}
	}
}

// content is the file's text, empty while there is none.
func content(path string) string {
	b, _ := os.ReadFile(path) // #nosec G304 -- the test's
	return string(b)
}

// refuses expects OpenURL to open nothing that is neither a page nor an address.
func refuses(t *testing.T) {
	t.Helper()
	for _, link := range []string{
		"", "example.org", "-version", "--help", "/etc/passwd", "file:///etc/passwd", "javascript:alert(1)", `C:\Windows\system32\calc.exe`, "calc.exe",
		"ssh://example.org", "http:", "https:///path", "http:example.org", "mailto:", "ht tp://x", "http://a b/", "http://x/\x00", "smb://x/y", "traymail:open",
	} {
		if err := OpenURL(t.Context(), link); err == nil {
			t.Errorf("%q was opened", link)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := OpenURL(cancelled, "https://example.org"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
