package ledger

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// content is all that a file has, by its place, and the version on its label,
// empty without one.
func content(t *testing.T, path string) (all map[string]string, label string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all = map[string]string{}
	var walk func(place string, b *bbolt.Bucket) error
	walk = func(place string, b *bbolt.Bucket) error {
		all[place] = fmt.Sprint("bucket ", b.Sequence())
		return b.ForEach(func(k, v []byte) error {
			at := fmt.Sprintf("%s/%q", place, k)
			if inner := b.Bucket(k); inner != nil {
				return walk(at, inner)
			}
			all[at] = string(v)
			return nil
		})
	}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if bytes.Equal(name, bucketFile) {
				label = string(b.Get(keyVersion))
				return nil
			}
			return walk(fmt.Sprintf("%q", name), b)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, label
}

// openInAnother has another process open a ledger, kills it after a while, and
// says how long that took and whether it was open before.
func openInAnother(t *testing.T, path string, after time.Duration) (took time.Duration, ended bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWhileItUpgrades$") // #nosec G204 -- this test again
	cmd.Dir, cmd.Env, cmd.Stderr = filepath.Dir(path), append(os.Environ(), "TRAYMAIL_TEST_UPGRADES=1"), os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(output)
	if line, err := lines.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	begun := time.Now()
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	line, err := lines.ReadString('\n')
	took, ended = time.Since(begun), line == "opened\n"
	kill.Stop()
	_ = cmd.Process.Kill() // with the race detector, it would take its time to end
	_ = cmd.Wait()
	if !ended && (line != "" || !errors.Is(err, io.EOF)) {
		t.Fatalf("%q, %v", line, err)
	}
	return took, ended
}

// A ledger of the first version whose upgrade is cut short by the end of the
// process is the old one or the new one, with all that was in it, and opens.
func TestKilledWhileItUpgrades(t *testing.T) {
	if os.Getenv("TRAYMAIL_TEST_UPGRADES") != "" {
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
		l, aside, err := Open("ledger.db", time.Now())
		if err != nil || aside != "" {
			t.Fatalf("%q, %v", aside, err)
		}
		fmt.Println("opened")
		_ = l.Close()
		return
	}
	first := fixture(t, "version1.db")
	want, label := content(t, first)
	if label != "" || len(want) < 10 {
		t.Fatalf("it is not of before: %q, %d", label, len(want))
	}
	took, ended := openInAnother(t, first, time.Minute)
	if got, label := content(t, first); !ended || label != fmt.Sprint(version) || !maps.Equal(got, want) {
		t.Fatalf("without a kill: ended %v, label %q, %d of %d", ended, label, len(got), len(want))
	}
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	killed, labelled := 0, 0
	for range 60 {
		path := fixture(t, "version1.db")
		after := time.Duration(r.Int64N(int64(took) * 5 / 4))
		_, ended := openInAnother(t, path, after)
		got, label := content(t, path)
		switch {
		case label != "" && label != fmt.Sprint(version) || ended && label == "" || !maps.Equal(got, want):
			t.Errorf("killed after %v: ended %v, label %q, %d of %d", after, ended, label, len(got), len(want))
		case !ended:
			killed++
			if label != "" {
				labelled++
			}
		}
		l, aside, err := Open(path, time.Now())
		if err != nil || aside != "" {
			t.Fatalf("killed after %v: %q, %v", after, aside, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if got, label := content(t, path); label != fmt.Sprint(version) || !maps.Equal(got, want) {
			t.Errorf("opened after that: label %q, %d of %d", label, len(got), len(want))
		}
		if names := beside(t, path); !slices.Equal(names, []string{"ledger.db"}) {
			t.Errorf("it left %q", names)
		}
	}
	t.Logf("opened in %v; killed before the end %d times, %d of them with a label", took, killed, labelled)
	if killed == 0 {
		t.Error("none was killed in time")
	}
}
