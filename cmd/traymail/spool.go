package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// keepOpened is how long attachments that were opened stay on the disk: the
// program that shows one may read it for as long as it runs.
const keepOpened = 24 * time.Hour

// spool is the folder of this process for mail that a window has fetched whole,
// and for attachments that were opened. end removes the mail. What earlier windows have left is removed once nobody needs it.
func (e *env) spool(log *slog.Logger) (folder string, end func()) {
	const prefix = "window-"
	all := filepath.Join(filepath.Dir(e.paths.Ledger), "attachments")
	entries, _ := os.ReadDir(all) // which need not exist
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !strings.HasPrefix(entry.Name(), prefix) || time.Since(info.ModTime()) < keepOpened {
			continue
		}
		if err := os.RemoveAll(filepath.Join(all, entry.Name())); err != nil {
			log.Warn("removing old attachments", "error", err)
		}
	}
	folder = filepath.Join(all, prefix+strconv.Itoa(os.Getpid()))
	return folder, func() {
		mail, _ := filepath.Glob(filepath.Join(folder, "mail-*"))
		for _, path := range mail {
			if err := os.RemoveAll(path); err != nil {
				log.Warn("removing mail that was read", "error", err)
			}
		}
		_ = os.Remove(folder) // unless attachments were opened
		_ = os.Remove(all)
	}
}
