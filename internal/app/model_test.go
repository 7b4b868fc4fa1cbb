package app

import (
	"context"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// model is what a person knows of the maildrop, by subject, since UIDs may
// change under their feet. What happens to it stands in model_steps_test.go.
type model struct {
	*world
	r    dice
	next int
	size int // of the last message
	log  []string
	// base is the server's mood when nothing else is wrong.
	base popserver.Mood

	old       map[string]bool // was there at the first poll
	seen      map[string]bool
	news      map[string]int // times that a check called it new
	announced map[string]int
	allowed   map[string]int    // repetitions that a crash explains
	subject   map[string]string // UID -> subject, of the last message that had it
	removed   []removed
	// blank are the UIDs of which the ledger remembers nothing to tell another
	// message by: those decide themselves.
	blank map[string]bool

	// doubt: something has changed in a way that may not show before a full
	// poll; under the UIDs in reused there are other messages now.
	doubt  bool
	reused map[string]bool
	// returned is how many UIDs are back since the last check. Of many, those
	// that are other messages need not be told apart.
	returned int
	// shrunk is how many polls found by a search what left.
	shrunk int64

	daemon
	// problem is what the user was told to be wrong last; working since: empty.
	problem string
}

// removed is a message that left, and whether another one under its UID could
// be told from it.
type removed struct {
	popserver.Message
	checkable bool
	// exact: it is known well enough to be told from a copy of it.
	exact bool
}

// daemon is what shows notifications. While it stalls it answers nothing, and
// shows all in the end.
type daemon struct {
	stalls bool
	// flights are the announcements whose answer nobody has got.
	flights map[string]*flight
	// single are the notifications of one message that are to be seen: subjects
	// by their keys.
	single map[string]string
}

type flight struct {
	api.Announcement
	withdrawn, landed bool
}

// Announce implements Announcer: it counts what is announced.
func (m *model) Announce(_ context.Context, n api.Announcement) error {
	if m.announcer.fail != nil {
		return m.announcer.fail
	}
	noAnswer := fmt.Errorf("no answer: %w", context.DeadlineExceeded)
	f := m.flights[n.Key]
	if f != nil && m.stalls && !f.landed {
		return noAnswer
	}
	delete(m.flights, n.Key)
	switch {
	case f != nil && !f.withdrawn && reflect.DeepEqual(f.Announcement, n):
		return nil
	case m.stalls:
		m.flights[n.Key] = &flight{Announcement: n}
		return noAnswer
	}
	m.show(n, false)
	return nil
}

// show is what the user sees; late: it was planned earlier.
func (m *model) show(n api.Announcement, late bool) {
	if n.Kind == api.AccountProblem {
		name := fmt.Sprint(n.Problem.Kind, "/", n.Problem.Code)
		if name == m.problem {
			m.fail("%s was told twice", name)
		}
		m.problem = name
		return
	}
	m.note("shown: %s", n.Key)
	told, _ := m.Announced(n.Key)
	crash := m.announcer.after
	entries := m.entries()
	for _, uid := range told[0].UIDs {
		subject := m.subjectOf(uid, entries)
		m.announced[subject]++
		if crash != nil {
			m.allowed[subject]++
		}
		if late || !entries[uid].Described {
			continue // no rule could know it
		}
		if muted(subject) {
			m.fail("%s is muted, and was announced", subject)
		}
		if m.quiet() && !important(subject) {
			m.fail("%s was announced in quiet hours", subject)
		}
	}
	if n.UID != "" {
		m.single[n.Key] = m.subjectOf(n.UID, entries)
	}
	if crash != nil {
		crash()
	}
}

func (m *model) Withdraw(_ context.Context, key string) error {
	if f := m.flights[key]; f != nil {
		// Nobody knows that it was shown: it is told again if it comes back.
		if f.landed && !f.withdrawn {
			m.allowed[m.single[key]]++
		}
		f.withdrawn = true
	}
	if m.single[key] != "" {
		m.note("withdrawn: %s", key)
	}
	delete(m.single, key)
	return nil
}

// wake ends a stall of the daemon: what it was given is shown, unless it dies.
func (m *model) wake(dies bool) {
	if !m.stalls {
		return
	}
	m.stalls = false
	for key, f := range m.flights {
		switch {
		case dies:
			if f.landed && !f.withdrawn {
				m.repeatable(key) // it was shown, and nobody is left who knows
			}
			delete(m.flights, key)
		case !f.landed:
			f.landed = true
			if !f.withdrawn {
				m.show(f.Announcement, true)
			}
		}
	}
}

// excuse allows for the repetition of what was handed over, or is on its way,
// and is not recorded when a process dies.
func (m *model) excuse() {
	entries := m.entries()
	for uid := range m.mailboxes["a"].handed {
		m.allowed[m.subjectOf(uid, entries)]++
	}
	for key := range m.flights {
		m.repeatable(key)
	}
	m.problem = ""
}

// repeatable allows for the repetition of what a notification is about.
func (m *model) repeatable(key string) {
	entries := m.entries()
	told, _ := m.Announced(key)
	for _, uid := range told[0].UIDs {
		m.allowed[m.subjectOf(uid, entries)]++
	}
}

// The rules of the model, and its quiet hours.
var (
	modelRules = []settings.Rule{
		{Field: settings.FieldSubject, Regexp: true, Text: "[05]$", Effect: settings.EffectMute},
		{Account: "a", Field: settings.FieldSubject, Regexp: true, Text: "[09]$", Effect: settings.EffectImportant},
	}
	modelPreferences = settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00", QuietExceptImportant: true}
)

func muted(subject string) bool { return strings.HasSuffix(subject, "5") }

func important(subject string) bool {
	return strings.HasSuffix(subject, "0") || strings.HasSuffix(subject, "9")
}

// quiet is by the hour alone, for which the model's clock keeps to UTC.
func (m *model) quiet() bool {
	hour := m.clock.now().Hour()
	return hour >= 22 || hour < 7
}

// entries are what the ledger says of the messages on the server.
func (m *model) entries() map[string]ledger.Record {
	list, err := m.ledger.Newest("a", math.MaxInt)
	if err != nil {
		m.t.Fatal(err)
	}
	known := map[string]ledger.Record{}
	for _, e := range list {
		known[e.UID] = e.Record
	}
	return known
}

// subjectOf is the subject of the message that the ledger has under a UID.
func (m *model) subjectOf(uid string, entries map[string]ledger.Record) string {
	if r := entries[uid]; r.Described {
		return r.Subject
	}
	return m.subject[uid]
}

func (m *model) learn() {
	for _, msg := range m.drop.Messages() {
		_, rest, _ := strings.Cut(string(msg.Raw), "Subject: ")
		m.subject[msg.UID], _, _ = strings.Cut(rest, "\r\n")
	}
}

func (m *model) note(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

// searched compares what a search has found with what a list would show.
func (m *model) searched(a api.AccountCheck) {
	if a.Poll == nil || a.Poll.Mode != ledger.Shrunk || m.doubt {
		return
	}
	page, err := m.ledger.Newest("a", math.MaxInt)
	if err != nil {
		m.t.Fatal(err)
	}
	var known, there []string
	for _, e := range page {
		known = append(known, e.UID)
	}
	slices.Reverse(known)
	for _, msg := range m.drop.Messages() {
		there = append(there, msg.UID)
	}
	if m.shrunk++; !slices.Equal(known, there) {
		m.fail("a search leaves %q of %q", known, there)
	}
}

// told counts what checks call new.
func (m *model) told(a api.AccountCheck) api.AccountCheck {
	m.searched(a)
	for _, mail := range a.New {
		subject := mail.Subject
		if subject == "" {
			subject = m.subject[mail.UID]
		}
		if m.news[subject]++; m.news[subject] > 1 {
			m.fail("%s was new twice", subject)
		}
	}
	if a.State == api.OK {
		m.problem = ""
	}
	return a
}

// check is a poll when all is well, after which everything must be right.
func (m *model) check() {
	m.t.Helper()
	if m.base != nil {
		m.base = nil
		m.returned = math.MaxInt
	}
	m.server.SetMood(nil)
	m.wake(false)
	messages := m.drop.Messages()
	a := m.told(m.poll())
	if len(messages) == 0 {
		a = m.told(m.poll()) // an empty maildrop is believed the second time (P17)
	}
	m.note("all is well: %s, %d of %d unseen", a.Poll.Mode, a.Unseen, a.Messages)
	known, err := m.ledger.Meta("a")
	if err != nil {
		m.t.Fatal(err)
	}
	if m.doubt = m.doubt && len(messages) > 0 && (a.Poll.Mode != ledger.Full || known.Unchecked); m.doubt {
		m.repeated()
		return
	}
	clear(m.reused)
	m.returned = 0
	entries := m.entries()
	unseen := 0
	for _, msg := range messages {
		expected := m.expected(msg.UID, entries)
		if expected {
			unseen++
		}
		if r, known := entries[msg.UID]; known && r.Seen == expected {
			m.note("%s, %s: seen %v", msg.UID, m.subject[msg.UID], r.Seen)
		}
	}
	if a.Unseen != unseen || a.Messages != len(messages) {
		m.fail("%d of %d unseen, want %d of %d", a.Unseen, a.Messages, unseen, len(messages))
	}
	for _, msg := range messages {
		delete(entries, msg.UID)
	}
	for uid := range entries {
		m.fail("%s is not on the server", uid)
	}
	there := map[string]string{}
	for _, msg := range messages {
		there[announce.Key("a", msg.UID)] = m.subject[msg.UID]
	}
	for key, subject := range m.single {
		if there[key] != subject {
			m.fail("%s is gone, and its notification is not", subject)
		}
	}
	m.repeated()
}

// expected says whether a message on the server must be unseen; then it must
// have been announced if it is to be.
func (m *model) expected(uid string, entries map[string]ledger.Record) bool {
	subject := m.subject[uid]
	if m.old[subject] || m.seen[subject] {
		return false
	}
	described := entries[uid].Described
	due := described && important(subject) || !m.quiet() && (!described || !muted(subject))
	// One of many in a summary that may have been shown waits for the others.
	due = due && !slices.ContainsFunc(m.flying, func(p announce.Planned) bool { return about(p, "a", uid) })
	if due && !m.stalls && m.announced[subject] == 0 {
		m.fail("%s was never announced", subject)
	}
	return true
}

func (m *model) repeated() {
	for subject, times := range m.announced {
		if m.old[subject] || times > 1+m.allowed[subject] {
			m.fail("%s was announced %d times, and %d crashes", subject, times, m.allowed[subject])
		}
	}
}

// settle is a check that leaves no doubt.
func (m *model) settle() {
	if m.check(); m.doubt {
		m.clock.advance(25 * time.Hour)
	}
	for range 3 { // one poll does not look at everything
		if m.doubt {
			m.check()
		}
	}
	if m.doubt {
		m.fail("a daily poll leaves doubts")
	}
}

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(m.log[max(0, len(m.log)-150):], "\n"))
}

// dice decides what happens next, in a way that can be repeated and shortened.
type dice struct{ t *rapid.T }

// IntN is one of 0 to n-1.
func (d dice) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "n") }

// rounds is how many times everything is checked in one try of the property,
// between one and four steps after another.
const rounds = 60

// Nothing is lost and nothing is told twice, whatever happens in whatever
// order. MODEL_STEPS says for how many steps; a failure is shortened to the
// few that matter.
func TestModel(t *testing.T) {
	steps := 4000
	if s := os.Getenv("MODEL_STEPS"); s != "" {
		var err error
		if steps, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	var done, searches atomic.Int64
	for _, pipelining := range []bool{false, true} {
		t.Run(fmt.Sprint("pipelining ", pipelining), func(t *testing.T) {
			t.Parallel()
			for share := int64(0); share < int64(steps)/2; {
				rapid.Check(t, func(t *rapid.T) {
					if share >= int64(steps)/2 {
						return
					}
					n, searched := live(t, pipelining)
					searches.Add(searched)
					share += n
					done.Add(n)
				})
			}
		})
	}
	t.Cleanup(func() {
		t.Logf("%d steps, %d searches", done.Load(), searches.Load())
		if searches.Load() == 0 {
			t.Error("nothing was ever searched for")
		}
	})
}

// live is one try: a maildrop and what becomes of it. It returns its steps, and
// how many searches found what left.
func live(t *rapid.T, pipelining bool) (steps, searches int64) {
	m := &model{
		world: newWorld(t, popserver.Options{Pipelining: pipelining}), r: dice{t},
		old: map[string]bool{}, seen: map[string]bool{}, news: map[string]int{}, announced: map[string]int{},
		allowed: map[string]int{}, subject: map[string]string{}, reused: map[string]bool{}, blank: map[string]bool{},
		daemon: daemon{flights: map[string]*flight{}, single: map[string]string{}},
	}
	m.clock.t = m.clock.t.UTC()
	if err := m.SavePreferences(t.Context(), modelPreferences, modelRules); err != nil {
		t.Fatal(err)
	}
	m.Service.announcer, m.searchFrom = m, 1
	m.ledger.NoSync() // the machine does not die here
	for range m.r.IntN(30) {
		m.send()
	}
	for _, subject := range m.subject {
		m.old[subject] = true
	}
	for range rounds {
		m.check()
		steps++
		for range 1 + m.r.IntN(4) {
			m.step()
			steps++
		}
	}
	return steps, m.shrunk
}
