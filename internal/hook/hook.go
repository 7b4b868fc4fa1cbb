// Package hook runs the user's programs when something happens: a message came,
// the count changed, an account stopped working. It starts what the settings
// name and nothing else, never by a shell, each hook once at a time and no
// longer than it may; and it never writes what a mail says to the log.
package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/child"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
)

const (
	// maxWaiting bounds the events of a hook that wait for the one before.
	maxWaiting = 100
	// lastMoment is how long a hook may go on when traymail ends.
	lastMoment = 3 * time.Second
	maxStderr  = 4 << 10 // octets; the rest goes nowhere
	maxSaid    = 200     // characters
)

// Options are what a Runner is made of.
type Options struct {
	// Snapshot is the latest.
	Snapshot func() api.Snapshot
	// Say makes the sentence for a problem.
	Say func(*api.Problem) string
	Log *slog.Logger
	Now func() time.Time
}

// Runner runs hooks. Its methods are safe for concurrent use, and none waits
// for a hook but Close.
type Runner struct {
	o       Options
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc

	mu     sync.Mutex
	lines  []*line
	closed bool
	// problems are those of the accounts as hooks were last told.
	problems map[string]string
}

// line is a hook, and what waits for it.
type line struct {
	settings.Hook
	condition *announce.Rule
	waiting   []event
	running   bool
	health    api.HookHealth
	// count is the last one told; nil for none.
	count *int
}

// event is what happened, as a hook reads it from standard input.
type event struct {
	Event       string       `json:"event"`
	Account     string       `json:"account,omitempty"`
	AccountName string       `json:"account_name,omitempty"`
	Unseen      int          `json:"unseen"`
	Message     *message     `json:"message,omitempty"`
	Problem     *api.Problem `json:"problem,omitempty"`
}

// message is one that came; what is not known is null.
type message struct {
	UID     string   `json:"uid"`
	From    *string  `json:"from"`
	Address *string  `json:"address"`
	Subject *string  `json:"subject"`
	Date    api.Time `json:"date"`
	Octets  int64    `json:"octets"`
}

// New returns a Runner without hooks; Close ends it.
func New(o Options) *Runner {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Runner{o: o, problems: map[string]string{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// Use has these hooks in force. Those that are as before go on.
func (r *Runner) Use(hooks []settings.Hook) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.lines
	r.lines = nil
	for _, h := range hooks {
		if i := slices.IndexFunc(before, func(l *line) bool { return l.Equal(h) }); i >= 0 {
			r.lines = append(r.lines, before[i])
			before = slices.Delete(slices.Clone(before), i, i+1)
			continue
		}
		l := &line{Hook: h, health: api.HookHealth{On: h.On, Account: h.Account, Program: filepath.Base(h.Command[0])}}
		if condition, ok := h.Condition(); ok {
			l.condition = &announce.Compile([]settings.Rule{condition})[0]
		}
		r.lines = append(r.lines, l)
	}
	for _, l := range before {
		l.waiting = nil
	}
}

// Arrived tells of messages of an account, oldest first; more is how many older
// ones are not among them.
func (r *Runner) Arrived(account string, list []api.NewMail, more int) {
	s := r.o.Snapshot()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lines {
		if l.On != settings.HookNew || l.Account != "" && l.Account != account {
			continue
		}
		for _, m := range list {
			if l.condition != nil && !l.condition.Matches(announce.Message{Account: account, UID: m.UID, From: m.From, Address: m.Address, Subject: m.Subject, Undescribed: m.Undescribed}) {
				continue
			}
			e := event{Event: l.On, Unseen: unseen(s, l.Account), Message: &message{UID: m.UID, Date: m.Date, Octets: m.Octets}}
			if !m.Undescribed {
				e.Message.From, e.Message.Subject = &m.From, &m.Subject
				if m.Address != "" {
					e.Message.Address = &m.Address
				}
			}
			e.Account, e.AccountName = account, name(s, account)
			r.enqueue(l, e)
		}
		if more > 0 && l.condition == nil {
			r.missed(l, more)
		}
	}
}

// Changed tells of a new snapshot.
func (r *Runner) Changed(s api.Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lines {
		if n := unseen(s, l.Account); l.On == settings.HookCount && (l.count == nil || *l.count != n) {
			l.count = &n
			r.enqueue(l, event{Event: l.On, Account: l.Account, AccountName: name(s, l.Account), Unseen: n})
		}
	}
	for _, a := range s.Accounts {
		now, was := "", r.problems[a.ID]
		switch {
		case a.State == api.Failed && a.Error != nil:
			now = string(a.Error.Kind) + "/" + string(a.Error.Code)
		case a.State != api.OK:
			continue // nobody knows
		}
		if now == was {
			continue
		}
		r.problems[a.ID] = now
		for _, l := range r.lines {
			if l.On != settings.HookProblem || l.Account != "" && l.Account != a.ID {
				continue
			}
			e := event{Event: l.On, Account: a.ID, AccountName: a.Name, Unseen: unseen(s, l.Account)}
			if now != "" {
				problem := *a.Error
				problem.Text, problem.Args = r.o.Say(&problem), nil
				e.Problem = &problem
			}
			r.enqueue(l, e)
		}
	}
}

// unseen is the number of an account, or of all.
func unseen(s api.Snapshot, account string) int {
	if account == "" {
		return s.Unseen
	}
	for _, a := range s.Accounts {
		if a.ID == account {
			return a.Unseen
		}
	}
	return 0
}

// name is that of an account; empty where there is none.
func name(s api.Snapshot, account string) string {
	for _, a := range s.Accounts {
		if a.ID == account {
			return a.Name
		}
	}
	return ""
}

// Health is how the hooks for an account have fared, those for all included.
func (r *Runner) Health(account string) (list []api.HookHealth) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lines {
		if l.Account == "" || l.Account == account {
			list = append(list, l.health)
		}
	}
	return list
}

// enqueue has l run for e, at once or after what waits. The caller holds r.mu.
func (r *Runner) enqueue(l *line, e event) {
	switch {
	case r.closed:
		return
	case l.On == settings.HookCount:
		l.waiting = nil // only the latest is of use
	case len(l.waiting) >= maxWaiting:
		r.missed(l, 1)
		return
	}
	l.waiting = append(l.waiting, e)
	if !l.running {
		l.running = true
		r.running.Go(func() { r.work(l) })
	}
}

// missed notes that a hook does not run for n events. The caller holds r.mu.
func (r *Runner) missed(l *line, n int) {
	l.health.Missed += n
	r.o.Log.Warn("a hook is too slow for what happens", "on", l.On, "program", l.health.Program, "missed", l.health.Missed)
}

// work runs a hook until nothing waits for it.
func (r *Runner) work(l *line) {
	for {
		r.mu.Lock()
		if len(l.waiting) == 0 || r.closed {
			l.running = false
			r.mu.Unlock()
			return
		}
		e := l.waiting[0]
		l.waiting = l.waiting[1:]
		r.mu.Unlock()
		began := r.o.Now()
		said, err := r.run(l.Hook, e)
		r.mu.Lock()
		l.health.Runs++
		l.health.LastRun, l.health.Error, l.health.Said = began, "", ""
		if err != nil {
			l.health.Failures++
			l.health.Error, l.health.Said = err.Error(), said
			r.o.Log.Warn("a hook failed", "on", l.On, "program", l.health.Program, "error", err)
		}
		r.mu.Unlock()
	}
}

// errBatch: such a file is read by a shell, whose quoting a subject could leave.
var errBatch = errors.New("a batch file cannot be given what a mail says; read it from standard input")

// run runs a hook once. said is the first line that it wrote to stderr.
func (r *Runner) run(h settings.Hook, e event) (said string, err error) {
	input, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	timeout := time.Duration(h.Timeout)
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	arguments := slices.Clone(h.Command[1:])
	for i, argument := range arguments {
		arguments[i] = e.fill(argument)
	}
	cmd := exec.CommandContext(ctx, h.Command[0], arguments...) //nolint:gosec // G204: running the user's program is the purpose
	if isBatch(cmd.Path) && !slices.Equal(arguments, h.Command[1:]) {
		return "", errBatch
	}
	cmd.Env = child.Environment()
	cmd.Dir, _ = os.UserHomeDir()
	cmd.Stdin = bytes.NewReader(append(input, '\n'))
	stderr := &head{}
	cmd.Stderr = stderr
	cmd.WaitDelay = time.Second // what it leaves behind may keep stderr open
	err = child.RunGroup(cmd)
	switch {
	case r.ctx.Err() != nil:
		err = errors.New("traymail ended")
	case ctx.Err() != nil:
		err = fmt.Errorf("it took longer than %v", settings.Duration(timeout))
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil
	}
	line, _, _ := strings.Cut(plaintext.CleanText(plaintext.FromBytes(stderr.b)), "\n")
	return plaintext.Truncate(line, maxSaid), err
}

// fill is an argument, or what is known in its place.
func (e event) fill(argument string) string {
	var m message
	if e.Message != nil {
		m = *e.Message
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	switch argument {
	case "{account}":
		return e.Account
	case "{account_name}":
		return e.AccountName
	case "{uid}":
		return plaintext.Clean(m.UID)
	case "{from}":
		return text(m.From)
	case "{subject}":
		return text(m.Subject)
	case "{unseen}":
		return strconv.Itoa(e.Unseen)
	case "{problem}":
		if e.Problem == nil {
			return ""
		}
		return e.Problem.Text
	}
	return argument
}

// head keeps the first octets written to it.
type head struct{ b []byte }

func (h *head) Write(p []byte) (int, error) {
	h.b = append(h.b, p[:min(len(p), maxStderr-len(h.b))]...)
	return len(p), nil
}

// Close ends the runner. What runs has a moment to end by itself, what waits
// does not run any more.
func (r *Runner) Close() error {
	r.mu.Lock()
	r.closed = true
	for _, l := range r.lines {
		if n := len(l.waiting); n > 0 && l.On != settings.HookCount {
			r.o.Log.Warn("a hook does not run any more for what waits", "on", l.On, "program", l.health.Program, "missed", n)
		}
	}
	r.mu.Unlock()
	late := time.AfterFunc(lastMoment, r.cancel)
	r.running.Wait()
	late.Stop()
	r.cancel()
	return nil
}
