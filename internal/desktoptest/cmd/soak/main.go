// Command soak runs the tray role with a thousand accounts on one Dovecot,
// each polled every minute while mail arrives, and prints what it holds every
// half a minute: nothing of it may grow. `make soak` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

func main() {
	program := flag.String("traymail", "bin/traymail", "the program to run")
	accounts := flag.Int("accounts", 1000, "how many accounts it has")
	length := flag.Duration("for", 10*time.Minute, "how long it runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := soak(ctx, *program, *accounts, *length)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

const password = "soak-password"

// most is what the tray role may hold resident, in MB.
const most = 80

func soak(ctx context.Context, program string, accounts int, length time.Duration) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	d, err := desktoptest.Start(ctx, desktoptest.Options{Keyring: "soak"})
	if err != nil {
		return err
	}
	defer d.Close()
	users := map[string]string{}
	for i := range accounts {
		users[fmt.Sprint("user", i)] = password
	}
	server, err := d.StartDovecot(ctx, users)
	if err != nil {
		return err
	}
	home := filepath.Join(d.Dir, "home", "soak")
	if err := writeSettings(home, accounts, server); err != nil {
		return err
	}
	cmd, err := d.Launch(program, "--background", "--home", home)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Printf("\n%d accounts on one Dovecot over TLS, each polled every minute, ten of them with new mail.\n\n", accounts)
	_, _ = fmt.Fprintln(out, "after\tpolls\tresident MB\tanonymous MB\tdescriptors\tthreads\tCPU s\tms a poll\tkB an account\t")
	var first, second held // the most in each half
	for begin, n := time.Now(), 0; time.Since(begin) < length; n++ {
		for range 10 {
			to := fmt.Sprint("user", rand.IntN(accounts))
			if err := server.Deliver(to, fmt.Appendf(nil, "From: Soak <soak@example.org>\r\nSubject: Message %d\r\nMessage-ID: <%d@example.org>\r\n\r\nHello.\r\n", n, rand.Int())); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(30 * time.Second):
		}
		last, err := look(cmd)
		if err != nil {
			return fmt.Errorf("after %v: %w", time.Since(begin), err)
		}
		half := &second
		if time.Since(begin) < length/2 {
			half = &first
		}
		half.anonymous, half.resident = max(half.anonymous, last.anonymous), max(half.resident, last.resident)
		half.descriptors, half.threads = max(half.descriptors, last.descriptors), max(half.threads, last.threads)
		_, _ = fmt.Fprintf(out, "%v\t%d\t%.1f\t%.1f\t%d\t%d\t%.1f\t%.1f\t%.0f\t\n", time.Since(begin).Round(time.Second), server.Logins(),
			last.resident, last.anonymous, last.descriptors, last.threads, last.processor.Seconds(),
			1000*last.processor.Seconds()/float64(max(1, server.Logins())), 1024*last.anonymous/float64(accounts))
		if err := out.Flush(); err != nil {
			return err
		}
	}
	switch {
	case max(first.resident, second.resident) > most:
		return fmt.Errorf("%.1f MB are resident, %d are allowed", max(first.resident, second.resident), most)
	case first.resident > 0 && (second.anonymous > first.anonymous*1.25 || second.descriptors > first.descriptors+20 || second.threads > first.threads+5):
		return errors.New("it grows")
	}
	return nil
}

// writeSettings does by hand what adding the accounts one by one would.
func writeSettings(home string, accounts int, server *desktoptest.Dovecot) error {
	folder := filepath.Join(home, "config")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	secret := filepath.Join(home, "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("version = 1\n")
	for i := range accounts {
		fmt.Fprintf(&b, "\n[[account]]\nid = \"soak-%04[1]d\"\nname = \"Soak %[1]d\"\nserver = \"localhost\"\nport = %[2]d\nsecurity = \"tls\"\nuser = \"user%[1]d\"\ninterval = \"1m\"\nca_file = %[3]q\nsecret_command = %[4]q\n",
			i, server.POP3S, server.CAFile, "cat "+secret)
	}
	return os.WriteFile(filepath.Join(folder, "settings.toml"), []byte(b.String()), 0o600)
}

// held is what a process holds.
type held struct {
	resident, anonymous  float64 // MB
	descriptors, threads int
	processor            time.Duration
}

func look(cmd *exec.Cmd) (h held, err error) {
	proc := fmt.Sprintf("/proc/%d/", cmd.Process.Pid)
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return h, err
	}
	number := func(name string) (n float64) {
		_, rest, _ := strings.Cut(string(status), name)
		_, _ = fmt.Sscan(rest, &n)
		return n
	}
	h.resident, h.anonymous, h.threads = number("VmRSS:")/1024, number("RssAnon:")/1024, int(number("Threads:"))
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		return h, err
	}
	h.descriptors = len(fds)
	tasks, err := filepath.Glob(proc + "task/*/schedstat")
	for _, task := range tasks {
		var ns int64
		if stat, err := os.ReadFile(task); err == nil { // else a thread that has ended
			_, _ = fmt.Sscan(string(stat), &ns)
		}
		h.processor += time.Duration(ns)
	}
	return h, err
}
