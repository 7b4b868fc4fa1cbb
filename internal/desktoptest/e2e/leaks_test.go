//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// traces are what a secret looks like where it has leaked: as it is, in Base64
// wherever in it it begins, and in hexadecimal.
func traces(secret string) [][]byte {
	all := [][]byte{[]byte(secret), []byte(hex.EncodeToString([]byte(secret)))}
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		all = append(all, []byte(encoded[(before*8+5)/6:(before+len(secret))*8/6]))
	}
	return all
}

// guard fails the test if a password of the journey is in a file that is left
// when it ends, or, at any time, in the arguments or the environment of a
// process of the program. It returns what ends the watch; the desktop must
// still be up then.
func (j *journey) guard() (end func()) {
	var needles [][]byte
	for _, secret := range []string{password, keyringPassword} {
		needles = append(needles, traces(secret)...)
	}
	spilled := func(b []byte) bool {
		for _, needle := range needles {
			if bytes.Contains(b, needle) {
				return true
			}
		}
		return false
	}
	seen, told := 0, map[string]bool{}
	look := func() {
		for _, pid := range j.Processes(j.program) {
			for _, name := range []string{"cmdline", "environ"} {
				b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
				if err != nil {
					continue // it has just ended
				}
				if seen++; spilled(b) && !told[name] {
					told[name] = true
					j.Errorf("a password is in the %s of a process", name)
				}
			}
		}
	}
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				look()
			}
		}
	})
	return func() {
		close(stop)
		watch.Wait()
		look()
		if seen == 0 {
			j.Error("no process of the program was ever looked at")
		}
		files := 0
		for _, root := range []string{"home", "tmp", "run"} {
			err := filepath.WalkDir(filepath.Join(j.Dir, root), func(path string, d fs.DirEntry, err error) error {
				if os.IsNotExist(err) {
					return nil // others of the desktop come and go
				}
				// The password that a command prints is the test's own file.
				if err != nil || !d.Type().IsRegular() || path == filepath.Join(j.Dir, "home", "secret") {
					return err
				}
				b, err := os.ReadFile(path)
				if os.IsNotExist(err) {
					return nil
				}
				if strings.HasPrefix(path, j.home) {
					files++
				}
				if spilled(b) {
					j.Errorf("a password is in %s", path)
				}
				return err
			})
			if err != nil {
				j.Error(err)
			}
		}
		if files == 0 {
			j.Error("the program has left no file to look at")
		}
	}
}
