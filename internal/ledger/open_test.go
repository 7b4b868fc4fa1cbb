package ledger

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// fixture is a copy of a ledger that an earlier program wrote.
func fixture(t *testing.T, name string) (path string) {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// beside are the names in a file's folder.
func beside(t *testing.T, path string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// What every version has written is read for ever, and written on.
func TestEveryVersionLoads(t *testing.T) {
	path := fixture(t, "version1.db")
	at := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	for range 2 {
		l, aside, err := Open(path, at)
		if err != nil || aside != "" {
			t.Fatalf("%q, %v", aside, err)
		}
		m, err := l.Meta("home-k3fa")
		if err != nil || m.Maildrop != "me@pop.example.org" || m.Count != 4 || m.Octets != 4000 || m.LastUID != "u5" || !m.LastFull.Equal(at) ||
			!m.LastPoll.Equal(at.Add(time.Hour)) || string(m.Hints) != `{"known":true}` || m.Charset("ann@example.org") != "gbk" {
			t.Errorf("%+v, %v", m, err)
		}
		list, err := l.Newest("home-k3fa", 10)
		var uids []string
		for _, e := range list {
			uids = append(uids, e.UID)
		}
		if err != nil || !slices.Equal(uids, []string{"u5", "u4", "u3", "u1"}) || !list[0].Seen || list[1].Seen || !list[1].Announced ||
			list[1].Subject != "news" || list[1].MessageID != "news@example.org" || list[1].Octets != 1000 || list[3].Described {
			t.Errorf("%+v, %v", list, err)
		}
		if unseen, err := l.Unseen("home-k3fa"); err != nil || !slices.Equal(unseen, []string{"u4"}) {
			t.Errorf("unseen %q, %v", unseen, err)
		}
		err = l.view("home-k3fa", func(a *accountLedger) error {
			if r, ok, err := a.get("u2"); err != nil || !ok || !r.Gone.Equal(at.Add(2*time.Hour)) {
				t.Errorf("a tombstone: %+v, %v", r, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if m, err := l.Meta("no-uidl"); err != nil || !m.NoUIDL || !m.SizesLie || m.Octets != -1 || m.LastUID != "digest-1" {
			t.Errorf("%+v, %v", m, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A ledger of a newer program is refused, and left as it is.
func TestNewerVersion(t *testing.T) {
	path := fixture(t, "version1.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(bucketFile)
		_, unheardOf := tx.CreateBucket([]byte("unheard-of"))
		return errors.Join(err, unheardOf, b.Put(keyVersion, []byte("2")))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, aside, err := Open(path, time.Now()); !errors.Is(err, ErrNewer) || aside != "" {
		t.Errorf("%q, %v", aside, err)
	}
	if _, err := Inspect(path); !errors.Is(err, ErrNewer) {
		t.Errorf("inspected: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !slices.Equal(before, after) || len(beside(t, path)) != 1 {
		t.Errorf("it was changed, or %v; %q", err, beside(t, path))
	}
}

// Only what is damage is set aside, however little there is of it.
func TestOnlyDamageIsSetAside(t *testing.T) {
	for _, size := range []int{0, 1, 100, 4095, 70000} {
		path := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		l, aside, err := Open(path, time.Now())
		if err != nil || aside == "" {
			t.Errorf("%d octets of nothing: set aside as %q, %v", size, aside, err)
		}
		if err == nil {
			_ = l.Close()
		}
	}
}

// What the system does not give for the moment is no damage.
func TestPassingFailureKeepsTheLedger(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	var named *fs.PathError
	if _, aside, err := Open(folder, time.Now()); !errors.As(err, &named) || aside != "" {
		t.Errorf("a folder: %q, %v", aside, err)
	}
	for _, err := range []error{bbolterrors.ErrTimeout, io.ErrUnexpectedEOF, &os.SyscallError{Syscall: "CreateFileMapping", Err: errors.New("no memory")}} {
		if damaged(judged(err)) {
			t.Errorf("%v is damage", err)
		}
	}
}

// Ledgers that are set aside within one second each get a name of their own.
func TestSetAsideOverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	now := time.Now()
	var asides []string
	for _, text := range []string{"one", "two", "three"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, aside, err := Open(path, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		asides = append(asides, aside)
	}
	for i, text := range []string{"one", "two", "three"} {
		if got, err := os.ReadFile(asides[i]); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", asides[i], got, err)
		}
	}
}

// Where a damaged ledger went is known until somebody was told, also to a
// process that only looks. An empty file is damaged: it was never written so.
func TestSetAsideIsRemembered(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"empty":    func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"short":    func(path string) error { return os.Truncate(path, 5000) },
		"cut":      func(path string) error { return os.Truncate(path, 6*4096) },
		"no pages": func(path string) error { return os.WriteFile(path, make([]byte, 65536), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			path := fixture(t, "version1.db")
			if err := harm(path); err != nil {
				t.Fatal(err)
			}
			if _, err := Inspect(path); !damaged(err) {
				t.Errorf("looked at: %v", err)
			}
			l, aside, err := Open(path, time.Now())
			if err != nil || !strings.HasPrefix(aside, path+".damaged-") {
				t.Fatalf("%q, %v", aside, err)
			}
			if _, err := os.Stat(aside); err != nil {
				t.Error(err)
			}
			for _, last := range []bool{false, true} {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				if found, err := Inspect(path); err != nil || found.SetAside != aside || len(found.Polled) > 0 {
					t.Errorf("looked at: %+v, %v", found, err)
				}
				var again string
				if l, again, err = Open(path, time.Now()); err != nil || again != "" {
					t.Fatalf("%q, %v", again, err)
				}
				if got, err := l.SetAside(); err != nil || got != aside {
					t.Errorf("it says %q, %v", got, err)
				}
				if last {
					if err := l.Acknowledge(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if got, err := l.SetAside(); err != nil || got != "" {
				t.Errorf("told already: %q, %v", got, err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
