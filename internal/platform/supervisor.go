package platform

import (
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Supervisor is whoever started this process as a service and wants to hear of
// it, as sd_notify(3) has it. The zero value is nobody.
type Supervisor struct {
	socket string
	// Watchdog is how often it wants to hear that the process is well, at
	// least; zero if it does not.
	Watchdog time.Duration
}

// SupervisorOf is that of this process, by its environment.
func SupervisorOf(getenv func(string) string) Supervisor {
	s := Supervisor{socket: getenv("NOTIFY_SOCKET")}
	pid := getenv("WATCHDOG_PID")
	usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	if err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.Watchdog = time.Duration(usec) * time.Microsecond
	}
	return s
}

// Messages of Supervisor.Tell.
const (
	SupervisorReady    = "READY=1"
	SupervisorWell     = "WATCHDOG=1"
	SupervisorStopping = "STOPPING=1"
)

// Tell sends a message. Nobody to tell is no error.
func (s Supervisor) Tell(message string) error {
	if s.socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte(message))
	return err
}

// TellStatus sends a line for people.
func (s Supervisor) TellStatus(line string) error {
	return s.Tell("STATUS=" + strings.ReplaceAll(line, "\n", " "))
}
