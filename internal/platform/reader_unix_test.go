//go:build unix

package platform

import (
	"os"
	"testing"
	"time"
)

func TestAwaitReaderGone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	gone := make(chan struct{})
	go func() {
		AwaitReaderGone(w)
		close(gone)
	}()
	if _, err := w.WriteString("x"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
		t.Fatal("somebody still read")
	default:
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody reads, and it waits on")
	}
}
