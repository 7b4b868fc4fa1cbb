package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// model is what a person knows of the maildrop, by subject, since UIDs may
// change under their feet.
type model struct {
	*world
	r    dice
	next int
	log  []string

	old       map[string]bool // was there at the first poll
	seen      map[string]bool
	news      map[string]int // times that a check called it new
	announced map[string]int
	allowed   map[string]int    // repetitions that a crash explains
	subject   map[string]string // UID -> subject, of every UID ever
	removed   []popserver.Message
}

// Announce implements Announcer: it counts what is announced.
func (m *model) Announce(_ context.Context, n api.Announcement) error {
	if m.announcer.fail != nil {
		return m.announcer.fail
	}
	told, _ := m.Announced(n.Key)
	crash := m.announcer.after
	for _, uid := range told[0].UIDs {
		subject := m.subject[uid]
		m.announced[subject]++
		if crash != nil {
			m.allowed[subject]++
		}
		if !m.described(uid) {
			continue // no rule can know it
		}
		if muted(subject) {
			m.fail("%s is muted, and was announced", subject)
		}
		if m.quiet() && !important(subject) {
			m.fail("%s was announced in quiet hours", subject)
		}
	}
	if crash != nil {
		crash()
	}
	return nil
}

func (m *model) Withdraw(context.Context, string) error { return nil }

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

func (m *model) described(uid string) bool { return m.entries()[uid].Described }

func (m *model) learn() {
	for _, msg := range m.drop.Messages() {
		_, rest, _ := strings.Cut(string(msg.Raw), "Subject: ")
		m.subject[msg.UID], _, _ = strings.Cut(rest, "\r\n")
	}
}

func (m *model) note(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) send() {
	m.next++
	// No two have the same size: a poll cannot tell a message that took the
	// place of another of its size, between the last and one that is back as
	// the last. On real servers UIDs do not come back, and a day later all of
	// them are listed in any case.
	m.deliverText(fmt.Sprint("m", m.next), strings.Repeat("x", m.next*7919%65537)+"\n")
	m.learn()
}

func (m *model) step() {
	messages := m.drop.Messages()
	switch op := m.r.IntN(24); op {
	case 0, 1, 2, 3, 4, 5:
		n := 1 + m.r.IntN(5)
		m.note("deliver %d", n)
		for range n {
			m.send()
		}
	case 6, 7:
		if len(messages) > 0 {
			msg := messages[m.r.IntN(len(messages))]
			m.note("remove %s", m.subject[msg.UID])
			m.drop.Remove(msg.UID)
			m.removed = append(m.removed, msg)
		}
	case 8:
		if len(m.removed) > 0 {
			msg := m.removed[len(m.removed)-1]
			m.note("%s is back", m.subject[msg.UID])
			m.removed = m.removed[:len(m.removed)-1]
			m.drop.DeliverUID(msg.UID, msg.Raw)
		}
	case 9:
		m.note("everything is removed")
		for _, msg := range messages {
			m.drop.Remove(msg.UID)
		}
	case 10, 11:
		m.see()
	case 12:
		m.note("a day passes")
		m.removed = nil // so that none is back after 30 of them
		m.clock.advance(25 * time.Hour)
	case 13:
		m.note("restart")
		m.restart()
		m.announcer.after = nil
	case 14:
		m.crash()
	case 15:
		m.note("no notifications for a while")
		m.announcer.fail = errors.New("no daemon")
		m.told(m.pollAny())
		m.announcer.fail = nil
	case 16:
		m.migrate()
	case 17, 18:
		hours := 1 + m.r.IntN(12)
		m.note("%d hours pass", hours)
		m.removed = nil // as above
		m.clock.advance(time.Duration(hours) * time.Hour)
	case 19, 20:
		m.delete()
	default:
		m.trouble()
	}
}

// delete has up to three messages deleted, after other programs were there,
// and on a server that may not do it. Those go, all of them or none, and no
// others.
func (m *model) delete() {
	list, err := m.List("a", 0)
	if err != nil {
		m.t.Fatal(err)
	}
	var asked []string
	for _, mail := range list {
		if len(asked) < 3 && m.r.IntN(3) == 0 {
			asked = append(asked, mail.UID)
		}
	}
	if messages := m.drop.Messages(); len(messages) > 0 && m.r.IntN(2) == 0 {
		msg := messages[m.r.IntN(len(messages))]
		m.note("remove %s", m.subject[msg.UID])
		m.drop.Remove(msg.UID)
		m.removed = append(m.removed, msg)
	}
	if m.r.IntN(3) == 0 {
		m.note("deliver 1")
		m.send()
	}
	odd := []struct {
		command string
		answer  popserver.Override
	}{
		{},
		{},
		{},
		{"DELE", popserver.Override{Raw: "-ERR it is locked\r\n"}},
		{"DELE", popserver.Override{Close: true}},
		{"QUIT", popserver.Override{Raw: "-ERR some are not removed\r\n", Close: true}},
		{"QUIT", popserver.Override{Close: true}},
	}[m.r.IntN(7)]
	spared := m.r.IntN(3) // commands that go well first
	m.server.SetMood(func(line string) *popserver.Override {
		if odd.command == "" || !strings.HasPrefix(line, odd.command) {
			return nil
		}
		if spared--; spared >= 0 && odd.command == "DELE" {
			return nil
		}
		return &odd.answer
	})
	before := m.drop.Messages()
	deleted, err := m.Delete(m.t.Context(), "a", asked...)
	m.server.SetMood(nil)
	m.note("delete %d of %d, trouble with %q: %v", len(deleted), len(asked), odd.command, err)
	left := map[string]bool{}
	for _, msg := range m.drop.Messages() {
		left[msg.UID] = true
	}
	for _, msg := range before {
		gone := !left[msg.UID]
		if gone != (err == nil && slices.Contains(asked, msg.UID)) || gone != slices.Contains(deleted, msg.UID) {
			m.fail("%s is gone: %v", m.subject[msg.UID], gone)
		}
		if gone {
			m.removed = append(m.removed, msg)
		}
	}
}

func (m *model) see() {
	list, err := m.List("a", 0)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, mail := range list {
		if m.r.IntN(3) == 0 {
			m.note("see %s", m.subject[mail.UID])
			if err := m.MarkSeen(m.t.Context(), "a", mail.UID); err != nil {
				m.t.Fatal(err)
			}
			m.seen[m.subject[mail.UID]] = true
		}
	}
}

// crash ends the process between showing a notification and recording it.
func (m *model) crash() {
	m.note("crash")
	m.send()
	died := false
	m.announcer.after = func() {
		died = true
		_ = m.ledger.Close()
	}
	_, _ = m.Check(m.t.Context())
	m.announcer.after = nil
	if died {
		m.reopen()
	}
}

func (m *model) reopen() {
	m.open()
	m.Service.announcer = m
	m.ledger.NoSync()
}

func (m *model) restart() {
	if err := m.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.reopen()
}

// migrate gives all messages new UIDs, between two polls.
func (m *model) migrate() {
	m.check()
	if err := poll.Again(m.t.Context(), func() error { return m.Describe(m.t.Context(), "a") }); err != nil {
		m.t.Fatal(err)
	}
	m.note("migration")
	m.removed = nil // they would come back under their old UIDs
	m.drop.Renumber()
	m.learn()
	m.check()
}

// trouble is a poll that goes wrong in one way or another.
func (m *model) trouble() {
	messages := m.drop.Messages()
	rows := m.r.IntN(len(messages) + 1)
	var list strings.Builder
	for i, msg := range messages[:rows] {
		fmt.Fprintf(&list, "%d %s\r\n", i+1, msg.UID)
	}
	odd := []struct {
		command string
		answer  popserver.Override
	}{
		{"UIDL", popserver.Override{Raw: "+OK\r\n" + list.String(), Close: true}},
		{"UIDL", popserver.Override{Raw: "+OK\r\n" + list.String() + ".\r\n"}},
		{"STAT", popserver.Override{Raw: "+OK 0 0\r\n"}},
		{"STAT", popserver.Override{Raw: "+OK what\r\n"}},
		{"STAT", popserver.Override{Raw: "-ERR [SYS/TEMP] later\r\n"}},
		{"STAT", popserver.Override{Close: true}},
		{"TOP ", popserver.Override{Close: true}},
		{"TOP ", popserver.Override{Raw: "-ERR not now\r\n"}},
		{"UIDL ", popserver.Override{Raw: "-ERR what\r\n"}},
		{"LIST ", popserver.Override{Raw: "-ERR what\r\n"}},
		{"AUTH", popserver.Override{Raw: "-ERR [SYS/TEMP] busy\r\n"}},
		{"AUTH", popserver.Override{Close: true}},
	}[m.r.IntN(12)]
	m.note("trouble: %s -> %q, close %v", odd.command, odd.answer.Raw, odd.answer.Close)
	m.server.SetMood(func(line string) *popserver.Override {
		if line == odd.command || strings.HasPrefix(line, odd.command) && odd.command != "UIDL" {
			return &odd.answer
		}
		return nil
	})
	before := m.known()
	if m.emptyOnce() {
		clear(before) // another empty answer may be believed
	}
	missed := m.missed()
	m.told(m.pollAny())
	m.server.SetMood(nil)
	after := m.known()
	for _, msg := range messages {
		if missed[msg.UID] && after[msg.UID] == "" {
			continue // what two lists in a row lack is gone, until it is back
		}
		if was := before[msg.UID]; was != "" && was != after[msg.UID] {
			m.fail("%s was %s and is %q", m.subject[msg.UID], was, after[msg.UID])
		}
	}
}

// known is what the ledger says of each UID on the server.
func (m *model) known() map[string]string {
	known := map[string]string{}
	for uid, r := range m.entries() {
		known[uid] = fmt.Sprintf("seen %v, announced %v", r.Seen, r.Announced)
		if !r.Seen {
			known[uid] = "unseen" // and may be announced meanwhile
		}
	}
	return known
}

// missed are the UIDs that the last list lacked.
func (m *model) missed() map[string]bool {
	known, err := m.ledger.Meta("a")
	if err != nil {
		m.t.Fatal(err)
	}
	missed := map[string]bool{}
	for uid, r := range m.entries() {
		missed[uid] = r.Missed > 0 && r.Missed == known.Lists
	}
	return missed
}

func (m *model) emptyOnce() bool {
	known, err := m.ledger.Meta("a")
	if err != nil {
		m.t.Fatal(err)
	}
	return known.EmptyOnce
}

// told counts what checks call new.
func (m *model) told(a api.AccountCheck) api.AccountCheck {
	for _, mail := range a.New {
		subject := m.subject[mail.UID]
		if m.news[subject]++; m.news[subject] > 1 {
			m.fail("%s was new twice", subject)
		}
	}
	return a
}

// check is a poll when all is well, after which everything must be right.
func (m *model) check() {
	m.t.Helper()
	messages := m.drop.Messages()
	a := m.told(m.poll())
	if len(messages) == 0 {
		a = m.told(m.poll()) // an empty maildrop is believed the second time (P17)
	}
	unseen := 0
	for _, msg := range messages {
		subject := m.subject[msg.UID]
		if m.old[subject] {
			continue
		}
		if !m.seen[subject] {
			unseen++
			described := m.described(msg.UID)
			due := described && important(subject) || !m.quiet() && (!described || !muted(subject))
			if due && m.announced[subject] == 0 {
				m.fail("%s was never announced", subject)
			}
		}
	}
	if a.Unseen != unseen || a.Messages != len(messages) {
		m.fail("%d of %d unseen, want %d of %d", a.Unseen, a.Messages, unseen, len(messages))
	}
	for subject, times := range m.announced {
		if m.old[subject] || times > 1+m.allowed[subject] {
			m.fail("%s was announced %d times, and %d crashes", subject, times, m.allowed[subject])
		}
	}
}

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(m.log[max(0, len(m.log)-40):], "\n"))
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
	var done atomic.Int64
	for _, pipelining := range []bool{false, true} {
		t.Run(fmt.Sprint("pipelining ", pipelining), func(t *testing.T) {
			t.Parallel()
			for share := int64(0); share < int64(steps)/2; {
				rapid.Check(t, func(t *rapid.T) {
					if share >= int64(steps)/2 {
						return
					}
					n := live(t, pipelining)
					share += n
					done.Add(n)
				})
			}
		})
	}
	t.Cleanup(func() { t.Logf("%d steps", done.Load()) })
}

// live is one try: a maildrop and what becomes of it. It returns its steps.
func live(t *rapid.T, pipelining bool) (steps int64) {
	m := &model{
		world: newWorld(t, popserver.Options{Pipelining: pipelining}), r: dice{t},
		old: map[string]bool{}, seen: map[string]bool{}, news: map[string]int{}, announced: map[string]int{},
		allowed: map[string]int{}, subject: map[string]string{},
	}
	m.clock.t = m.clock.t.UTC()
	if err := m.SavePreferences(t.Context(), modelPreferences, modelRules); err != nil {
		t.Fatal(err)
	}
	m.Service.announcer = m
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
	return steps
}
