package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// sizes are those of the mailbox, in messages.
var sizes = []int{10, 1_000, 10_000, 100_000}

// traySituations are those that the tray role is measured in.
var traySituations = append(slices.Clone(situations), oneGone, anotherGone)

// mailnagCan is the largest mailbox for mailnag, which asks for each message by
// itself, every time.
const mailnagCan = 10_000

// use is what a program needed.
type use struct {
	cost
	cpu    time.Duration
	memory int64 // in octets
}

// scale prints what polls cost as the mailbox grows, over TLS: traymail's in
// the tray role that runs all day, and those of others.
func scale(ctx context.Context, program string, largest int) error {
	d, err := desktoptest.Start(ctx, desktoptest.Options{Keyring: "bench"})
	if err != nil {
		return err
	}
	defer d.Close()
	server, err := d.StartDovecot(ctx, map[string]string{"scale": password})
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(out, "\nThe tray role over TLS as the mailbox grows; round trips include the handshake's. Memory is the most that the\n")
	_, _ = fmt.Fprintf(out, "process held during the poll, its files aside, over what it held before; × is beside the smallest mailbox.\n")
	_, _ = fmt.Fprintf(out, "The others start for each poll, which is part of their CPU time.\n\n")
	_, _ = fmt.Fprintln(out, "poll\tprogram\tmessages\tround trips\toctets\t×\tCPU ms\t×\tmemory MB\t")
	n := 0
	deliver := func() error {
		n++
		return server.Deliver("scale", fmt.Appendf(nil, "From: Sender %[1]d <s%[1]d@example.org>\r\nSubject: Message number %[1]d\r\nMessage-ID: <%[1]d@example.org>\r\n\r\nHello.\r\n", n))
	}
	remove := func() error {
		n--
		return server.RemoveOldest("scale")
	}
	smallest := map[string]use{}
	row := func(situation, name string, size int, u use, memory string) {
		key := situation + name
		if size == sizes[0] {
			smallest[key] = u
		}
		s := smallest[key]
		_, _ = fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%d\t%.2f\t%.1f\t%.2f\t%s\t\n", situation, name, size, u.roundTrips, u.octets(),
			float64(u.octets())/float64(s.octets()), float64(u.cpu.Microseconds())/1000, float64(u.cpu)/float64(s.cpu), memory)
	}
	for _, size := range sizes {
		if size > largest {
			break
		}
		for n < size {
			if err := deliver(); err != nil {
				return err
			}
		}
		uses, err := tray(ctx, d, program, server, filepath.Join(d.Dir, "scale", fmt.Sprint(size)), deliver, remove)
		if err != nil {
			return fmt.Errorf("%d messages: %w", size, err)
		}
		for _, situation := range traySituations {
			row(situation, "traymail", size, uses[situation], fmt.Sprintf("%.1f", float64(uses[situation].memory)/(1<<20)))
		}
		peers := []client{{"curl", curl}, {"mpop", mpop}, {"fetchmail", fetchmail}}
		if size <= mailnagCan {
			peers = append(peers, client{"mailnag", mailnag})
		}
		for _, c := range peers {
			uses, err := others(ctx, d, c, server, filepath.Join(d.Dir, "scale", fmt.Sprint(size, c.name)), &n, deliver)
			if err != nil {
				return fmt.Errorf("%s, %d messages: %w", c.name, size, err)
			}
			for _, situation := range situations[1:] {
				row(situation, c.name, size, uses[situation], "")
			}
		}
	}
	return out.Flush()
}

// others measures the polls of another program that has fetched what there is.
func others(ctx context.Context, d *desktoptest.Desktop, c client, server *desktoptest.Dovecot, home string, messages *int, deliver func() error) (map[string]use, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	a := account{d: d, user: "scale", ca: server.CAFile, tls: true, home: home, port: server.POP3S}
	if err := a.fetchedAll(ctx); err != nil {
		return nil, err
	}
	uses := map[string]use{}
	for _, situation := range situations[1:] {
		known := *messages
		if situation == oneNew {
			if err := deliver(); err != nil {
				return nil, err
			}
		}
		m, err := listen(server.POP3S)
		if err != nil {
			return nil, err
		}
		a.port = m.port()
		before := children()
		err = c.poll(ctx, a, situation, known)
		uses[situation] = use{cost: m.close(), cpu: children() - before}
		if err != nil {
			return nil, err
		}
	}
	return uses, nil
}

// fetchedAll has mpop and fetchmail know all messages that there are: fetching
// them would take longer than all the rest.
func (a account) fetchedAll(ctx context.Context) error {
	list, err := a.d.OutputWith(ctx, fmt.Sprintf("url = \"pop3s://127.0.0.1:%d/\"\nrequest = \"UIDL\"\nuser = \"%s:%s\"\ncacert = \"%s\"\n", a.port, a.user, password, a.ca),
		"curl", "-q", "-sS", "--config", "-")
	if err != nil {
		return err
	}
	var uids []string
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); len(fields) == 2 {
			uids = append(uids, fields[1])
		}
	}
	var fetchmail, mpop strings.Builder
	for _, uid := range uids {
		fmt.Fprintf(&fetchmail, "%s@localhost %s\n", a.user, uid)
	}
	fmt.Fprintf(&mpop, " %d 127.0.0.1 %s\n", len(uids), a.user)
	slices.Sort(uids)
	for _, uid := range uids {
		fmt.Fprintln(&mpop, uid)
	}
	if _, err := a.secret("ids", fetchmail.String()); err != nil {
		return err
	}
	_, err = a.secret("uids", mpop.String())
	return err
}

// children is the time that programs have used that were started from here
// and have ended.
func children() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// tray starts the tray role on an account of its own and measures its polls.
// Each mailbox loses the oldest message in the last of them.
func tray(ctx context.Context, d *desktoptest.Desktop, program string, server *desktoptest.Dovecot, home string, deliver, remove func() error) (map[string]use, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	m, err := listen(server.POP3S)
	if err != nil {
		return nil, err
	}
	defer m.close()
	cmd, err := d.Launch(program, "--background", "--home", home)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Stop(ctx, cmd) }()
	if err := d.Await(ctx, "the tray role", func() bool {
		_, err := d.Output(ctx, program, "status", "--home", home)
		return err == nil
	}); err != nil {
		return nil, err
	}
	a := account{d: d, user: "scale", ca: server.CAFile, tls: true, home: home, port: m.port()}
	uses := map[string]use{}
	happens := map[string]func() error{oneNew: deliver, oneGone: remove, anotherGone: remove}
	for _, situation := range traySituations {
		if happen := happens[situation]; happen != nil {
			if err := happen(); err != nil {
				return nil, err
			}
		}
		// It gives memory back two seconds after the last change.
		if err := calm(ctx); err != nil {
			return nil, err
		}
		pid := cmd.Process.Pid
		memory, err := anonymous(pid)
		if err != nil {
			return nil, err
		}
		before, err := processor(pid)
		if err != nil {
			return nil, err
		}
		m.take()
		stop := peak(pid)
		if situation == first {
			if err := a.prepare(ctx, program, situation); err != nil { // it is polled at once
				return nil, err
			}
		}
		_, err = d.Output(ctx, program, "check", "--home", home)
		most := stop()
		if err != nil {
			return nil, err
		}
		after, err := processor(pid)
		if err != nil {
			return nil, err
		}
		uses[situation] = use{m.take(), after - before, most - memory}
	}
	return uses, nil
}

func calm(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(4 * time.Second):
		return nil
	}
}

// processor is the time that a process has used.
func processor(pid int) (used time.Duration, err error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	for _, task := range tasks {
		stat, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended
		}
		var ns int64
		if _, err := fmt.Sscan(string(stat), &ns); err == nil {
			used += time.Duration(ns)
		}
	}
	return used, nil
}

// anonymous is what a process holds that is no file's, in octets.
func anonymous(pid int) (octets int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	_, err = fmt.Sscan(rest, &octets)
	return octets << 10, err
}

// peak looks every millisecond until the function it returns is called, which
// returns the most that was there.
func peak(pid int) (stop func() int64) {
	ended, most := make(chan struct{}), make(chan int64)
	go func() {
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		var top int64
		for {
			if octets, err := anonymous(pid); err == nil {
				top = max(top, octets)
			}
			select {
			case <-look.C:
			case <-ended:
				most <- top
				return
			}
		}
	}()
	return func() int64 { close(ended); return <-most }
}
