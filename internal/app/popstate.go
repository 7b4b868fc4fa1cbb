package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/traymail/traymail/internal/settings"
)

const (
	// maxPopState bounds what is read of a popstate.dat, in octets.
	maxPopState = 64 << 20
	// popStateSettles lets Thunderbird finish writing.
	popStateSettles = time.Second
)

// fetched says which of the wanted UIDs stand in Thunderbird's popstate.dat:
// those of messages that it has fetched. The file has a section for each
// maildrop, "*host user", and in it lines of a letter, the UID and a time.
func fetched(r io.Reader, host, user string, wanted map[string]bool) (uids []string, err error) {
	var others []string
	sections, mine := 0, false
	lines := bufio.NewScanner(io.LimitReader(r, maxPopState))
	for lines.Scan() {
		line := lines.Text()
		if section, ok := strings.CutPrefix(line, "*"); ok {
			h, u, _ := strings.Cut(strings.TrimSpace(section), " ")
			sections++
			mine = strings.EqualFold(h, host) && strings.EqualFold(strings.TrimSpace(u), user)
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || len(fields[0]) != 1 || !wanted[fields[1]] {
			continue
		}
		if mine {
			uids = append(uids, fields[1])
		} else {
			others = append(others, fields[1])
		}
	}
	if len(uids) == 0 && sections == 1 {
		// The server may have another name here; there is only one maildrop.
		uids = others
	}
	return uids, lines.Err()
}

// seenElsewhere marks what the desktop's mail program has fetched as seen.
// That program's files are only ever read.
func (s *Service) seenElsewhere(ctx context.Context, a settings.Account) {
	if a.PopState == "" {
		return
	}
	unseen, err := s.ledger.Unseen(a.ID)
	if err != nil || len(unseen) == 0 {
		return
	}
	wanted := map[string]bool{}
	for _, uid := range unseen {
		wanted[uid] = true
	}
	f, err := os.Open(a.PopState)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // it is rewritten from time to time
			s.log.Warn("reading what Thunderbird has fetched", "account", a.ID, "error", err)
		}
		return
	}
	defer func() { _ = f.Close() }()
	uids, err := fetched(f, a.Server, a.User, wanted)
	if err != nil {
		s.log.Warn("reading what Thunderbird has fetched", "account", a.ID, "error", err)
	}
	if len(uids) == 0 {
		return
	}
	if err := s.MarkSeen(ctx, a.ID, uids...); err != nil {
		s.log.Error("marking as seen", "account", a.ID, "error", err)
	}
}

// WatchReaders marks messages as seen as soon as the desktop's mail program
// has fetched them, until ctx ends. Between events it sleeps.
func (s *Service) WatchReaders(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close() }()
	watched := map[string]bool{}
	var settled <-chan time.Time
	for {
		wanted := map[string]bool{}
		for _, a := range s.Accounts() {
			if a.PopState != "" {
				// The folder, because the file is replaced and not written.
				wanted[filepath.Dir(a.PopState)] = true
			}
		}
		for dir := range wanted {
			if !watched[dir] && watcher.Add(dir) == nil {
				watched[dir] = true
			}
		}
		for dir := range watched {
			if !wanted[dir] {
				_ = watcher.Remove(dir)
				delete(watched, dir)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.readers:
		case event := <-watcher.Events:
			for _, a := range s.Accounts() {
				if a.PopState != "" && filepath.Clean(event.Name) == filepath.Clean(a.PopState) {
					settled = time.After(popStateSettles)
				}
			}
		case err := <-watcher.Errors:
			s.log.Debug("watching what Thunderbird fetches", "error", err)
			settled = time.After(popStateSettles) // events were lost: look
		case <-settled:
			settled = nil
			for _, a := range s.Accounts() {
				s.seenElsewhere(ctx, a)
			}
		}
	}
}
