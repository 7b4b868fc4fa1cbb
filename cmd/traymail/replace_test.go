package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/platform"
)

// oldVariable makes the test binary an older tray role, on a socket and with a
// lock; it names protocol, version, lock and socket.
const oldVariable = "TRAYMAIL_TEST_OLD"

// oldTray is a tray role that an update has left behind: it greets, and ends
// when it is told to. It prints a line when it is there: to ask by HolderOf
// takes the lock for a moment, and that could be the moment in which this wants
// it.
func oldTray(what string) {
	var protocol int
	var version, lock, socket string
	if _, err := fmt.Sscan(what, &protocol, &version, &lock, &socket); err != nil {
		fail(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		fail(err)
	}
	release, err := platform.Hold(lock, platform.Holder{PID: os.Getpid(), Host: hostname(), Since: time.Now(), Tray: true, Socket: socket})
	if err != nil {
		fail(err)
	}
	fmt.Println("ready")
	end := func() {
		_ = l.Close()
		release()
		os.Exit(0)
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		end()
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			select {}
		}
		go func() {
			_, _ = fmt.Fprintf(conn, `{"traymail":%d,"version":%q}`+"\n", protocol, version)
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				var r struct {
					ID     uint64
					Method string
				}
				if json.Unmarshal(lines.Bytes(), &r) == nil && r.Method == "quit" {
					_, _ = fmt.Fprintf(conn, `{"id":%d}`+"\n", r.ID)
					end()
				}
			}
		}()
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(err.Error()))
	os.Exit(1)
}
