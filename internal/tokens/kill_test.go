package tokens

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/secret"
)

// childVariable names the keyring's file and the server of a child, which
// renews once and waits, or for ever.
const childVariable = "TRAYMAIL_TEST_TOKENS"

// file is a keyring that outlives a process: a value is there whole or not.
type file struct {
	secret.Store
	path string
}

func (f file) Get(context.Context, string) (string, error) {
	b, err := os.ReadFile(f.path)
	return string(b), err
}

func (f file) Set(_ context.Context, _, value string) error {
	if err := os.WriteFile(f.path+".new", []byte(value), 0o600); err != nil {
		return err
	}
	return os.Rename(f.path+".new", f.path)
}

// child says whether this process is one, when it is done.
func child() bool {
	told := strings.Split(os.Getenv(childVariable), "|")
	if len(told) != 3 {
		return false
	}
	path, url, once := told[0], told[1], told[2] == "true"
	k := New(file{path: path}, web, time.Now, slog.New(slog.DiscardHandler))
	account := accountAt(url)
	for {
		k.Forget(account.ID)
		if _, err := k.Access(context.Background(), account, ""); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println("renewed")
		if once {
			_, _ = os.Stdin.Read(make([]byte, 1))
		}
	}
}

// Whenever a process is killed, the account works: with a server that takes the
// old refresh token until the new one was used, at any moment; with one that
// does not, from the moment the new one was written down.
func TestKilled(t *testing.T) {
	server := newAuthority(t)
	for i := range 200 {
		strict := i%2 == 0
		server.mu.Lock()
		server.strict = strict
		server.mu.Unlock()
		path := filepath.Join(t.TempDir(), "keyring")
		b := &bench{t: t, server: server, secrets: &store{Store: file{path: path}}, clock: &clock{t: time.Now()}, account: accountAt(server.URL)}
		b.signIn(server.newest())
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+path+"|"+server.URL+"|"+strconv.FormatBool(strict))
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		// It has begun, and is in the midst of one of the next renewals.
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || line != "renewed\n" {
			t.Fatalf("the child says %q, %v", line, err)
		}
		spin := time.Now().Add(rand.N(3 * time.Millisecond))
		for !strict && time.Now().Before(spin) {
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = stdin.Close()
		b.restart()
		if _, err := b.Access(t.Context(), b.account, ""); err != nil {
			t.Errorf("kill %d: %v; the server takes %q", i, err, server.valid)
		}
		b.Close()
		if t.Failed() {
			return
		}
	}
}
