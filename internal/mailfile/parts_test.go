package mailfile

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a process that is gone has left goes, and nothing that is another's.
func TestSweep(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	gone := cmd.Process.Pid
	for kind, folder := range map[Kind]string{Maildir: "x/tmp", Mbox: ".", EML: "x"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x")
		s := open(t, kind, path)
		d, err := s.Begin("uid")
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(d.file.Name())
		if err := d.file.Close(); err != nil {
			t.Fatal(err)
		}
		of := func(pid int) string {
			name := strings.Replace(name, fmt.Sprint("P", os.Getpid(), "Q"), fmt.Sprint("P", pid, "Q"), 1)
			return strings.Replace(name, fmt.Sprint("-", os.Getpid(), "."), fmt.Sprint("-", pid, "."), 1)
		}
		others := []string{of(os.Getppid()), "x" + of(gone), of(gone) + "x", strings.Replace(of(gone), digest("uid"), "draft", 1)}
		for _, n := range append(others, of(gone)) {
			if err := os.WriteFile(filepath.Join(dir, folder, n), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		open(t, kind, path)
		var left []string
		for _, n := range files(t, filepath.Join(dir, folder)) {
			left = append(left, filepath.Base(n))
		}
		slices.Sort(left)
		slices.Sort(others)
		if !slices.Equal(left, others) {
			t.Errorf("%s: %q, want %q", kind, left, others)
		}
	}
}

func TestBelievable(t *testing.T) {
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	for year, want := range map[int]int{1971: 1980, 1990: 1990, 2026: 2026, 2035: 2026, 9999: 2026} {
		if got := believable(time.Date(year, 1, 2, 0, 0, 0, 0, time.UTC), now).Year(); got != want {
			t.Errorf("%d: %d", year, got)
		}
	}
}

// One place has one name, by whatever links, and whether it is there or not.
func TestReal(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("disk", link); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "disk", "Mail")
	for range 2 {
		if got, err := Real(filepath.Join(link, "Mail")); got != want || err != nil {
			t.Errorf("%s, %v", got, err)
		}
		if got, err := Real(link); got != filepath.Dir(want) || err != nil {
			t.Errorf("%s, %v", got, err)
		}
		if err := os.MkdirAll(want, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if _, err := Real(loop); err != nil {
		t.Error(err)
	}
}
