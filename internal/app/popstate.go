package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/thunderbird"
)

// popStateSettles lets Thunderbird finish writing.
const popStateSettles = time.Second

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
	uids, err := thunderbird.Fetched(f, a.Server, a.User, wanted)
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
