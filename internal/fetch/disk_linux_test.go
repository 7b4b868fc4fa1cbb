package fetch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// envDisk is set in the process that may mount disks.
const envDisk = "FETCH_DISK"

// A disk that gets full leaves whole messages there and all others on the server;
// once there is room, the next run goes on.
func TestFullDisk(t *testing.T) {
	if os.Getenv(envDisk) == "" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestFullDisk$", "-test.timeout=2m")
		cmd.Env = append(os.Environ(), envDisk+"=yes")
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	const messages = 40
	for _, kind := range kinds {
		for _, order := range []Order{Never, Each, End} {
			t.Run(fmt.Sprint(kind, order), func(t *testing.T) {
				w := newWorld(t, popserver.Options{Pipelining: true})
				filler := strings.Repeat(strings.Repeat("x", 70)+"\r\n", 200)
				for n := 1; n <= messages; n++ {
					w.drop.Deliver([]byte(letter(n) + filler))
				}
				w.rest = filler
				disk := filepath.Join(w.dir, "place")
				if err := os.Mkdir(disk, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := syscall.Mount("none", disk, "tmpfs", 0, "size=300k,mode=700"); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
				o := options(w.dir, kind, order)
				o.Path = filepath.Join(disk, "box")
				r, err := w.fetch(o)
				if _, is := errors.AsType[*PlaceError](err); !is || !errors.Is(err, syscall.ENOSPC) {
					t.Fatalf("it ended by %v, %+v", err, r)
				}
				there := len(w.got())
				if there == 0 || there == messages || there != r.Fetched {
					t.Errorf("%d are there, %+v", there, r)
				}
				deleted := 0
				if order == Each {
					deleted = r.Fetched
				}
				if r.Deleted != deleted {
					t.Errorf("%+v", r)
				}
				w.left("with a full disk", messages-deleted)
				if err := syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT, "size=8m,mode=700"); err != nil {
					t.Fatal(err)
				}
				if r := w.must(o); r.Fetched != messages-there {
					t.Errorf("the next run: %+v", r)
				}
				w.once("the next run", messages)
				left := 0
				if order == Never {
					left = messages
				}
				w.left("the next run", left)
			})
		}
	}
}
