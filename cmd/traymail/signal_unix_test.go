//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A read that never ends is no reason not to end: the second signal at the
// latest does it.
func TestSignalsEndAWaitForInput(t *testing.T) {
	if home := os.Getenv("TRAYMAIL_TEST_WAITS"); home != "" {
		signal.Ignore(syscall.SIGTERM) // until main listens
		fmt.Println("ready")
		os.Args = []string{"traymail", "--home", home, "account", "import", "-"}
		main()
	}
	input, never, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = input.Close(), never.Close() }()
	cmd := exec.Command(os.Args[0], "-test.run=^TestSignalsEndAWaitForInput$")
	cmd.Env, cmd.Stdin = append(os.Environ(), "TRAYMAIL_TEST_WAITS="+filepath.Join(t.TempDir(), "home")), input
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // by a signal, which is no success
		close(ended)
	}()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-again.C:
			_ = cmd.Process.Signal(syscall.SIGTERM)
		case <-ended:
			return
		case <-deadline:
			_ = cmd.Process.Kill()
			<-ended
			t.Fatal("it waits on")
		}
	}
}
