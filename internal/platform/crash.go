package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/wholefile"
)

const (
	// rawCrash is what the runtime writes of a crash, beside the log.
	rawCrash = "crash.raw"
	// maxCrash is how much of it is read, in octets.
	maxCrash = 256 << 10
	// maxReports is how many reports are kept.
	maxReports = 5
	// crashName is the name of a report, with the time of the crash in UTC.
	crashName = "crash-20060102T150405.txt"
	// maxStack is what one goroutine may need. A recursion without an end
	// would otherwise take a gigabyte first.
	maxStack = 64 << 20
)

// CatchCrashes has what the runtime says of a crash of this process, whatever
// its cause, written to a file in dir, where CollectCrash finds it. One process
// at a time may do so, and collects first.
func CatchCrashes(dir string) error {
	debug.SetMaxStack(maxStack)
	f, err := os.OpenFile(filepath.Join(dir, rawCrash), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // #nosec G304 G703 -- our own folder
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // the runtime has a copy
	return debug.SetCrashOutput(f, debug.CrashOptions{})
}

// CollectCrash makes a report of what a process before this one left in dir,
// and returns its path; empty if none crashed. The report begins with about
// and says where in the program it happened, and nothing that came from
// outside: see cleanCrash.
func CollectCrash(dir, about string) (report string, err error) {
	path := filepath.Join(dir, rawCrash)
	info, err := os.Lstat(path)
	if err != nil || info.Size() == 0 {
		return "", unlessNotExist(err)
	}
	raw, err := readSome(path, maxCrash)
	if err != nil {
		return "", err
	}
	when := info.ModTime().UTC()
	named := when
	// Each counts, even within a second.
	for _, earlier := range slices.Backward(CrashReports(dir)) {
		if gap := earlier.When.Sub(named); gap > -time.Second && gap < time.Minute {
			named = earlier.When.Add(time.Second)
		}
	}
	report = filepath.Join(dir, named.Format(crashName))
	head := fmt.Sprintf("%s, %s\n\n", about, when.Format(time.RFC3339))
	if err := wholefile.Replace(report, append([]byte(head), cleanCrash(raw)...)); err != nil {
		return "", err
	}
	for i, old := range CrashReports(dir) {
		if i >= maxReports {
			_ = os.Remove(old.Path)
		}
	}
	return report, os.Remove(path)
}

// readSome reads the beginning of a file.
func readSome(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) // #nosec G304 -- our own file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}

func unlessNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// CrashReport is a file that CollectCrash has made.
type CrashReport struct {
	Path string
	When time.Time
}

// CrashReports are those in dir, the newest first.
func CrashReports(dir string) []CrashReport {
	files, _ := os.ReadDir(dir) // what cannot be read has none
	var reports []CrashReport
	for _, file := range files {
		if when, err := time.Parse(crashName, file.Name()); err == nil {
			reports = append(reports, CrashReport{filepath.Join(dir, file.Name()), when})
		}
	}
	slices.SortFunc(reports, func(a, b CrashReport) int { return b.When.Compare(a.When) })
	return reports
}

// crashLines are lines of what the runtime prints that tell nothing but where
// it happened. They are compiled when something has crashed.
type crashLines struct{ cause, panic, head, call, place *regexp.Regexp }

func newCrashLines() crashLines {
	return crashLines{
		cause: regexp.MustCompile(`^(fatal error: |runtime: goroutine stack exceeds |SIG[A-Z]+: |\[signal SIG).*`),
		panic: regexp.MustCompile(`^panic: (runtime error: (index out of range( \[-?\d+\])?( with length \d+)?|` +
			`slice bounds out of range( \[[-\d:]*\])?( with (length|capacity) \d+)?|invalid memory address or nil pointer dereference|` +
			`integer divide by zero|makeslice: (len|cap) out of range|growslice: len out of range|hash of unhashable type|comparing uncomparable type)|` +
			`interface conversion|assignment to entry in nil map|send on closed channel|close of (nil|closed) channel)`),
		head:  regexp.MustCompile(`^(goroutine \d+) .*(\[[a-zA-Z0-9 ,()]+\]:)$`),
		call:  regexp.MustCompile(`^(created by )?[\w./*()\[\]·~…-]+$`),
		place: regexp.MustCompile(`^\t[^\s:]+(:[\\/][^\s:]+)?:\d+`),
	}
}

// cleanCrash keeps of a crash what was going wrong, if it is the runtime that
// says so, and the calls without their arguments. The value of any other panic
// may be anything, and so may what registers and arguments hold.
func cleanCrash(raw []byte) []byte {
	lines := newCrashLines()
	var out bytes.Buffer
	inside := false // a goroutine's calls
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
			inside = false
			if b := out.Bytes(); len(b) > 0 && !bytes.HasSuffix(b, []byte("\n\n")) {
				out.WriteByte('\n')
			}
			continue
		case lines.head.MatchString(line):
			inside = true
			line = lines.head.ReplaceAllString(line, "$1 $2") // no addresses
		case !inside && lines.cause.MatchString(line):
		case !inside && strings.HasPrefix(line, "panic: "):
			if line = lines.panic.FindString(line); line == "" {
				line = "panic: (its value is left out)"
			}
		case inside && line[0] == '\t':
			line = lines.place.FindString(line)
		case inside:
			if i := strings.LastIndexByte(line, '('); i > 0 && !strings.HasPrefix(line, "created by ") {
				line = line[:i] // the arguments
			}
			line, _, _ = strings.Cut(line, " in goroutine ")
			line = lines.call.FindString(line)
		default:
			line = ""
		}
		if line != "" {
			out.WriteString(line + "\n")
		}
	}
	return out.Bytes()
}
