//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// limits are what a machine has too little of.
func limits() (all []attack) {
	for name, test := range map[string]struct {
		limit []string
		// starved: the Go runtime itself may give up, and say so in its way.
		starved bool
	}{
		"8 descriptors":           {[]string{"prlimit", "--nofile=8"}, false},
		"12 descriptors":          {[]string{"prlimit", "--nofile=12"}, false},
		"16 descriptors":          {[]string{"prlimit", "--nofile=16"}, false},
		"20 descriptors":          {[]string{"prlimit", "--nofile=20"}, false},
		"100 MB of address space": {[]string{"prlimit", "--as=104857600"}, true},
		"512 MB of address space": {[]string{"prlimit", "--as=536870912"}, true},
		"files of 0 octets":       {[]string{"prlimit", "--fsize=0"}, false},
		"files of 1 KB":           {[]string{"prlimit", "--fsize=1024"}, false},
		"files of 40 KB":          {[]string{"prlimit", "--fsize=40960"}, false},
	} {
		all = append(all, attack{"a limit", name, false, func(ctx context.Context, s *scene) error {
			if err := s.serve(ctx, popserver.Options{}); err != nil {
				return err
			}
			return s.loses(ctx, func() error {
				for _, args := range [][]string{{"check"}, {"account", "test", s.account}, {"list", s.account}, {"account", "list"}, {"--background"}} {
					var o outcome
					if args[0] == "--background" {
						o = s.briefly(ctx, test.limit)
					} else {
						o = s.limited(ctx, test.limit, args...)
					}
					if test.starved && o.code > 0 {
						continue
					}
					if err := o.ends("012", args...); err != nil {
						return err
					}
				}
				return nil
			})
		}})
	}
	return all
}

// disks are such as cannot be written.
func disks() (all []attack) {
	for _, kind := range []string{"full", "read-only"} {
		mounted := func(ctx context.Context, s *scene) error {
			if err := syscall.Mount("none", s.home, "tmpfs", 0, "size=4m,nr_inodes=200,mode=755"); err != nil {
				return fmt.Errorf("mounting a disk: %w", err)
			}
			s.closers = append(s.closers, func() { _ = syscall.Unmount(s.home, syscall.MNT_DETACH) })
			return s.serve(ctx, popserver.Options{})
		}
		spoil := func(s *scene) error {
			if kind == "read-only" {
				return syscall.Mount("none", s.home, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
			}
			f, err := os.Create(filepath.Join(s.home, "filler"))
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			for err == nil {
				_, err = f.Write(make([]byte, 4096))
			}
			if errors.Is(err, syscall.ENOSPC) {
				err = nil
			}
			return err
		}
		mend := func(s *scene) error {
			if kind == "read-only" {
				return syscall.Mount("none", s.home, "tmpfs", syscall.MS_REMOUNT, "")
			}
			return os.Remove(filepath.Join(s.home, "filler"))
		}
		all = append(all, attack{"a disk", kind + ", every command", false, func(ctx context.Context, s *scene) error {
			if err := mounted(ctx, s); err != nil {
				return err
			}
			return s.loses(ctx, func() error {
				err := spoil(s)
				for _, args := range [][]string{
					{"account", "list"},
					{"check"},
					{"status"},
					{"list", s.account},
					{"show", s.account, "1"},
					{"account", "test", s.account},
					{"doctor"},
					{"account", "export"},
					{"quit"},
				} {
					if err == nil {
						_, err = s.must(ctx, "01", args...)
					}
				}
				for _, args := range [][]string{
					{"account", "add", "--name", "B", "--server", "127.0.0.1:1", "--security", "none", "--user", "me", "--secret-command", "true"},
				} {
					if err == nil {
						_, err = s.must(ctx, "1", args...)
					}
				}
				if kind == "read-only" && err == nil {
					_, err = s.must(ctx, "1", "--background")
				}
				return errors.Join(err, mend(s))
			})
		}}, attack{"a disk", kind + " under the tray", false, func(ctx context.Context, s *scene) error {
			if err := mounted(ctx, s); err != nil {
				return err
			}
			t, err := s.tray(ctx, nil)
			if err != nil {
				return err
			}
			if kind == "read-only" {
				// What has files open for writing keeps its disk writable.
				return t.quit(ctx)
			}
			err = s.loses(ctx, func() error {
				err := errors.Join(spoil(s), t.rests())
				for range 5 {
					if err == nil {
						_, err = s.must(ctx, "01", "check")
					}
				}
				return errors.Join(err, t.costs(), mend(s))
			})
			return errors.Join(err, t.quit(ctx))
		}})
	}
	return all
}

// deaths are at any moment.
func deaths() []attack {
	kill := func(args ...string) func(ctx context.Context, s *scene) error {
		return func(ctx context.Context, s *scene) error {
			if err := s.serve(ctx, popserver.Options{}); err != nil {
				return err
			}
			const times = 25
			for i := range times {
				s.server.Maildrop("me").Deliver(mail(fmt.Sprint("later ", i)))
				cmd := s.command(ctx, nil, args...)
				if err := cmd.Start(); err != nil {
					return err
				}
				time.AfterFunc(time.Duration(rand.IntN(120))*time.Millisecond, func() { _ = cmd.Process.Kill() })
				_ = cmd.Wait() // killed, or done before
			}
			if _, err := s.must(ctx, "0", "check"); err != nil {
				return err
			}
			list, err := s.list(ctx)
			unseen := 0
			for _, m := range list {
				if m.Unseen {
					unseen++
				}
			}
			if err == nil && (len(list) != 5+times || unseen != 2+times) {
				err = fmt.Errorf("it knows %d messages, %d of them unseen, there are %d and %d", len(list), unseen, 5+times, 2+times)
			}
			return err
		}
	}
	return []attack{
		{"death", "of a check, 25 times", false, kill("check")},
		{"death", "of the tray role, 25 times", false, kill("--background")},
	}
}

// sockets are what others, and other programs, do with the socket.
func sockets() []attack {
	greeting := fmt.Sprintf(`{"traymail":%d,"version":""}`+"\n", ipc.Version)
	send := func(text string, endless bool) func(context.Context, *scene, string) error {
		return func(_ context.Context, _ *scene, path string) error {
			var group sync.WaitGroup
			for range 10 {
				group.Go(func() {
					c, err := net.Dial("unix", path)
					if err != nil {
						return
					}
					defer func() { _ = c.Close() }()
					_ = c.SetDeadline(time.Now().Add(3 * time.Second))
					for range 1000 {
						if _, err := io.WriteString(c, text); err != nil || !endless {
							return // to hang up is its right
						}
					}
				})
			}
			group.Wait()
			return nil
		}
	}
	hold := func(n int, text string) func(context.Context, *scene, string) error {
		return func(ctx context.Context, s *scene, path string) error {
			var held []net.Conn
			defer func() {
				for _, c := range held {
					_ = c.Close()
				}
			}()
			for range n {
				c, err := net.DialTimeout("unix", path, time.Second)
				if err != nil {
					break // no more are taken
				}
				held = append(held, c)
				_ = c.SetDeadline(time.Now().Add(time.Second))
				_, _ = io.WriteString(c, text)
			}
			return nil
		}
	}
	var all []attack
	for _, test := range []struct {
		name  string
		limit []string
		do    func(context.Context, *scene, string) error
	}{
		{"garbage", nil, send(strings.Repeat("\x00\xff{[\"", 200), false)},
		{"a line without end", nil, send(strings.Repeat("x", 65536), true)},
		{"requests of 6 MB", nil, send(greeting+`{"id":1,"method":"seen","params":{"account":"x","uids":["`+strings.Repeat(`u","`, 1_500_000)+"\"]}}\n", false)},
		{"lines without end", nil, send(greeting+strings.Repeat("{}\n", 1000), true)},
		{"JSON without end", nil, send(greeting+`{"id":1,"method":`+strings.Repeat("[", 60_000), true)},
		{"another version", nil, send(`{"traymail":99}`+"\n", false)},
		{"unknown verbs", nil, send(greeting+strings.Repeat(`{"id":1,"method":"--help","params":{}}`+"\n", 100), false)},
		{"1,500 that say nothing", nil, hold(1500, "")},
		{"1,500 that begin", nil, hold(1500, greeting)},
		{"1,500 with 40 descriptors", []string{"prlimit", "--nofile=40"}, hold(1500, greeting)},
		{"another user", nil, stranger},
	} {
		all = append(all, attack{"the socket", test.name, false, func(ctx context.Context, s *scene) error {
			if err := s.serve(ctx, popserver.Options{}); err != nil {
				return err
			}
			t, err := s.tray(ctx, test.limit)
			if err != nil {
				return err
			}
			err = s.loses(ctx, func() error {
				if err := t.rests(); err != nil {
					return err
				}
				err := test.do(ctx, s, filepath.Join(s.home, "run", "sock"))
				if err == nil {
					_, err = s.must(ctx, "0", "status")
				}
				return errors.Join(err, t.costs())
			})
			return errors.Join(err, t.quit(ctx))
		}})
	}
	return all
}

// nobody is another user.
const nobody = 65534

// stranger is another user at the socket, and at the files.
func stranger(ctx context.Context, s *scene, path string) error {
	failed := make(chan error, 1)
	go func() {
		// For this thread alone, which ends with its goroutine.
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			failed <- errno
			return
		}
		var opened []string
		if fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0); err == nil {
			if syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) == nil {
				opened = append(opened, path)
			}
			_ = syscall.Close(fd)
		}
		for _, name := range []string{"config/settings.toml", "state/ledger.db", "state/traymail.log", "state/lock"} {
			if fd, err := syscall.Open(filepath.Join(s.home, name), syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err == nil {
				opened = append(opened, name)
				_ = syscall.Close(fd)
			}
		}
		if len(opened) > 0 {
			failed <- fmt.Errorf("another user opened %v", opened)
			return
		}
		failed <- nil
	}()
	if err := <-failed; err != nil {
		return err
	}
	for _, args := range [][]string{{"status"}, {"quit"}, {"account", "list"}, {"check"}} {
		cmd := s.command(ctx, nil, args...)
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		out, err := cmd.CombinedOutput()
		s.keep(out)
		if cmd.ProcessState == nil {
			return err
		}
		if o := (outcome{cmd.ProcessState.ExitCode(), string(out)}); strings.Contains(o.text, s.account) || o.ends("012", args...) != nil {
			return errors.New("another user: " + strconv.Quote(o.text))
		}
	}
	return nil
}
