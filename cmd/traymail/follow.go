package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/barline"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
)

// formatJSON is the format that --json means with --follow.
const formatJSON = "json"

// lineFormat is what --format and --json ask for.
func (e *env) lineFormat(format string, asJSON bool) (barline.Format, error) {
	if asJSON && format != "" && format != formatJSON {
		return nil, usageError{errors.New(e.loc.T("cli.status.json_or_format"))}
	}
	if asJSON || format == formatJSON {
		return jsonLine, nil
	}
	line, err := barline.Parse(format)
	if err != nil {
		return nil, usageError{errors.New(e.loc.T("cli.status.bad_format", format))}
	}
	return line, nil
}

// jsonLine is what status --json prints, without what explains the accounts and
// without the revision, which would make a change of every snapshot. It is null
// where no traymail runs.
func jsonLine(s *api.Snapshot, _ time.Time, _ *locale.Catalogue) string {
	if s == nil {
		return "null"
	}
	report := reportOf(*s)
	line := struct {
		statusReport
		Revision *uint64             `json:"revision,omitempty"`
		Accounts []api.AccountStatus `json:"accounts"`
	}{statusReport: report, Accounts: s.Accounts}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(line) // of these types nothing has an error
	return string(bytes.TrimSpace(text.Bytes()))
}

// Pauses between connections of which each ends soon.
const (
	shortConnection = 5 * time.Second
	firstPause      = time.Second
	longestPause    = time.Minute
)

// follow prints a line now and after each change, until ctx ends. In between
// nothing wakes: the tray role tells, and where none runs, the folder in which
// the next one writes down that it does.
func (e *env) follow(ctx context.Context, line barline.Format) error {
	if e.unready != nil {
		return e.unready
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if out, ok := e.stdout.(*os.File); ok {
		// Not every bar ends what it has started, and the next line may be long in coming.
		go func() {
			platform.AwaitReaderGone(out)
			cancel()
		}()
	}
	changed, err := platform.WatchHolder(ctx, e.paths.Lock)
	if err != nil {
		return setupError{err}
	}
	last, printed := "", false
	show := func(s *api.Snapshot) {
		if text := line(s, locale.Now(), e.loc); !printed || text != last {
			last, printed = text, true
			e.printf("%s\n", text)
		}
	}
	pause := firstPause
	for e.unwritten == nil {
		client, err := e.dial(ctx)
		var again <-chan time.Time
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ipc.ErrNoAnswer):
			show(nil)
			again = time.After(longestPause) // it may come round, of which no file tells
		case errors.Is(err, ipc.ErrNotRunning):
			show(nil)
		case err != nil:
			return err
		default:
			began := time.Now()
			e.followClient(ctx, client, show)
			if time.Since(began) >= shortConnection {
				pause = firstPause
				continue
			}
			again = time.After(pause)
			pause = min(2*pause, longestPause)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-again:
		}
	}
	return nil // run tells
}

// followClient shows snapshots until the connection ends.
func (e *env) followClient(ctx context.Context, client *ipc.Client, show func(*api.Snapshot)) {
	defer func() { _ = client.Close() }()
	if client.Subscribe(ctx) != nil {
		return
	}
	for e.unwritten == nil {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-client.Events():
			if !ok {
				return
			}
			if event.Snapshot != nil {
				s := explain.Snapshot(*event.Snapshot, e.loc)
				show(&s)
			}
		}
	}
}
