//go:build linux

// Command attack does to traymail what servers, files, disks, limits and other
// users that mean harm can do, and prints a table of what each cost. It ends
// with 1 if anything cost more than a tray role has at rest by 40 MB, or 2
// seconds of CPU time, if something was lost, or if a secret got anywhere.
// `make attack` runs it. It mounts disks, and is another user, and so needs root.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// The most that an attack may cost.
const (
	mostMemory    = 40 << 10 // KB, beyond the idle tray role
	mostProcessor = 2 * time.Second
)

// within is how long an attack may take: no wait of the program's is longer
// than some minutes.
const within = 6 * time.Minute

// attack is one thing that is tried.
type attack struct {
	kind, name string
	// slow: it waits for a timeout of the program's, and the short form leaves
	// it out.
	slow bool
	// try returns what did not hold.
	try func(ctx context.Context, s *scene) error
}

// result is what came of an attack.
type result struct {
	attack
	memory    int // KB, the most of a process
	processor time.Duration
	took      time.Duration
	err       error
}

func main() {
	if os.Getenv(measuring) != "" {
		measure(os.Args[1:])
		return
	}
	program := flag.String("traymail", "bin/traymail", "the program to attack")
	short := flag.Bool("short", false, "leave out what waits for timeouts")
	only := flag.String("only", "", "try only what has this in its name")
	flag.Parse()
	if os.Getenv(inside) == "" {
		os.Exit(apart())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := all(ctx, *program, *short, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

// inside is set in the process whose mounts nobody else sees.
const inside = "TRAYMAIL_ATTACK_INSIDE"

// apart runs this program again, where what it mounts is gone when it ends.
func apart() int {
	self, err := os.Executable()
	if err == nil && os.Geteuid() != 0 {
		err = errors.New("it needs root, to mount disks and to be another user")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		return 1
	}
	cmd := exec.Command(self, os.Args[1:]...) // #nosec G204 -- this program
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Run(); err != nil {
		if cmd.ProcessState == nil { // else it has said why
			fmt.Fprintln(os.Stderr, "attack:", err)
		}
		return 1
	}
	return 0
}

func all(ctx context.Context, program string, short bool, only string) error {
	dir, err := os.MkdirTemp("", "attack")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o711); err != nil { // #nosec G302 -- another user is to try
		return err
	}
	// Where that user can start it.
	octets, err := os.ReadFile(program) // #nosec G304 -- what we were told
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "traymail"), octets, 0o755) // #nosec G306 -- the same
	}
	if err != nil {
		return err
	}
	identity, err := popserver.NewIdentity("127.0.0.1", "localhost", "autoconfig.attack.example", "attack.example")
	if err != nil {
		return err
	}
	w := &world{dir: dir, program: filepath.Join(dir, "traymail"), identity: identity}
	if err := os.WriteFile(w.ca(), identity.CA, 0o600); err != nil {
		return err
	}
	idle, err := w.idle(ctx)
	if err != nil {
		return fmt.Errorf("the tray role at rest: %w", err)
	}
	attacks := slices.Concat(servers(), encrypted(), strangers(), limits(), disks(), deaths(), sockets())
	attacks = slices.DeleteFunc(attacks, func(a attack) bool { return short && a.slow || !strings.Contains(a.kind+" "+a.name, only) })
	// What waits begins first, and all else happens meanwhile.
	slices.SortStableFunc(attacks, func(a, b attack) int { return cmp.Compare(b.waits(), a.waits()) })
	results := w.try(ctx, attacks)
	return report(results, idle)
}

func (a attack) waits() int {
	if a.slow {
		return 1
	}
	return 0
}

// try carries them out, several at a time; each has a home of its own.
func (w *world) try(ctx context.Context, attacks []attack) []result {
	results := make([]result, len(attacks))
	next := make(chan int)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			for i := range next {
				results[i] = w.one(ctx, attacks[i])
			}
		})
	}
	for i := range attacks {
		next <- i
	}
	close(next)
	group.Wait()
	return results
}

func (w *world) one(ctx context.Context, a attack) result {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	began := time.Now()
	s, err := w.scene()
	if err != nil {
		return result{attack: a, err: err}
	}
	defer s.close()
	err = a.try(ctx, s)
	if leak := s.leak(); leak != nil {
		err = errors.Join(err, leak)
	}
	return result{attack: a, memory: s.memory, processor: s.processor, took: time.Since(began), err: err}
}

// report prints the table.
func report(results []result, idle int) error {
	slices.SortStableFunc(results, func(a, b result) int { return cmp.Compare(a.kind, b.kind) })
	fmt.Printf("\nA tray role at rest holds %.1f MB; what an attack cost beyond that, and of CPU time.\n\n", float64(idle)/1024)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "by\twhat was tried\tMB\tCPU s\tafter s\t")
	var fallen []error
	for _, r := range results {
		more := max(0, r.memory-idle)
		switch {
		case r.err != nil:
		case more > mostMemory:
			r.err = fmt.Errorf("%d MB are too many", more>>10)
		case r.processor > mostProcessor:
			r.err = errors.New("that takes too long")
		}
		verdict := "held"
		if r.err != nil {
			verdict = "FELL"
			fallen = append(fallen, fmt.Errorf("%s, %s: %w", r.kind, r.name, r.err))
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%.1f\t%.2f\t%.0f\t%s\n", r.kind, r.name, float64(more)/1024, r.processor.Seconds(), r.took.Seconds(), verdict)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Println()
	if len(results) == 0 {
		return errors.New("nothing was tried")
	}
	return errors.Join(fallen...)
}
