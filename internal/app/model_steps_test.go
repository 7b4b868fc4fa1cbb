package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// nextLetter is the next message. No two have the same size, nor do any have
// the sizes of others together: what takes the place of another in such a way
// shows only in the next daily list, or never.
func (m *model) nextLetter() []byte {
	m.next++
	m.size = max(1, m.size) * 3 % 65537 // which has all others before it has 1 again
	return m.letter(fmt.Sprint("m", m.next), strings.Repeat("x", m.size)+"\n")
}

func (m *model) send() {
	m.drop.Deliver(m.nextLetter())
	m.learn()
}

// remove takes messages away, as another program does.
func (m *model) remove(messages ...popserver.Message) {
	entries := m.entries()
	for _, msg := range messages {
		r, known := entries[msg.UID]
		m.forget(msg)
		m.drop.Remove(msg.UID)
		checkable := !m.blank[msg.UID]
		if known {
			checkable = r.Described && r.Subject == m.subject[msg.UID]
		}
		m.blank[msg.UID] = !checkable
		m.removed = append(m.removed, removed{msg, checkable, known && checkable && r.Octets == int64(len(msg.Raw))})
	}
}

// forget allows for the repetition of what is about a message that leaves, where
// nobody knows whether it was shown: then it is told again if it comes back.
func (m *model) forget(msg popserver.Message) {
	for key := range m.flights {
		if told, _ := m.Announced(key); slices.Contains(told[0].UIDs, msg.UID) {
			m.allowed[m.subject[msg.UID]]++
		}
	}
}

func (m *model) step() {
	messages := m.drop.Messages()
	switch op := m.r.IntN(33); op {
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
			m.remove(msg)
		}
	case 8:
		if len(m.removed) > 0 {
			msg := m.removed[len(m.removed)-1]
			m.note("%s is back", m.subject[msg.UID])
			m.removed = m.removed[:len(m.removed)-1]
			m.drop.DeliverUID(msg.UID, msg.Raw)
			m.learn()
			m.returned++
		}
	case 9:
		m.note("everything is removed")
		m.remove(messages...)
	case 10, 11:
		m.see()
		m.read()
	case 12:
		m.note("a day passes")
		m.removed = nil // so that none is back after 30 of them
		m.clock.advance(25 * time.Hour)
	case 13:
		m.note("restart")
		m.restart()
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
	case 21, 22:
		m.reuse()
	case 23:
		m.reorder()
	case 24:
		m.partial()
	case 25:
		m.fetchElsewhere()
	case 26:
		m.fullDisk()
	case 27:
		m.stalledDaemon()
	case 28:
		m.stall()
	case 29:
		m.relabel()
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
	request := api.DeleteRequest{Account: "a"}
	shown := map[string]string{}
	for _, mail := range list {
		if len(asked) < 3 && m.r.IntN(3) == 0 {
			asked = append(asked, mail.UID)
			shown[mail.UID] = mail.Subject
			request.Shown = append(request.Shown, mail)
		}
	}
	request.UIDs = asked
	if m.r.IntN(4) == 0 && len(asked) > 0 {
		m.note("which are shown; then")
		m.reuse()
		m.told(m.pollAny())
	} else if m.r.IntN(2) == 0 {
		request.Shown = nil
	}
	if messages := m.drop.Messages(); len(messages) > 0 && m.r.IntN(2) == 0 {
		msg := messages[m.r.IntN(len(messages))]
		m.note("remove %s", m.subject[msg.UID])
		m.remove(msg)
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
	usual := m.mood()
	m.server.SetMood(func(line string) *popserver.Override {
		if odd.command == "" || !strings.HasPrefix(line, odd.command) {
			return usual(line)
		}
		if spared--; spared >= 0 && odd.command == "DELE" {
			return nil
		}
		return &odd.answer
	})
	before := m.drop.Messages()
	deleted, err := m.Delete(m.t.Context(), request)
	m.server.SetMood(m.base)
	m.note("delete %d of %d, trouble with %q: %v", len(deleted), len(asked), odd.command, err)
	left := map[string]bool{}
	for _, msg := range m.drop.Messages() {
		left[msg.UID] = true
	}
	for _, msg := range before {
		gone := !left[msg.UID]
		// What a list lacks counts as gone already.
		kept := err == nil && slices.Contains(asked, msg.UID) && !gone && m.base == nil
		if kept || gone && (err != nil || !slices.Contains(asked, msg.UID)) || gone != slices.Contains(deleted, msg.UID) {
			m.fail("%s is gone: %v", m.subject[msg.UID], gone)
		}
		if gone && shown[msg.UID] != "" && shown[msg.UID] != m.subject[msg.UID] {
			m.fail("%s was shown, and %s is gone", shown[msg.UID], m.subject[msg.UID])
		}
		if gone {
			m.forget(msg)
			m.blank[msg.UID] = shown[msg.UID] == ""
			m.removed = append(m.removed, removed{Message: msg, checkable: shown[msg.UID] != ""})
		}
	}
}

func (m *model) see() {
	list, err := m.List("a", 0)
	if err != nil {
		m.t.Fatal(err)
	}
	entries := m.entries()
	for _, mail := range list {
		if m.r.IntN(3) == 0 {
			subject := m.subjectOf(mail.UID, entries)
			m.note("see %s", subject)
			if err := m.MarkSeen(m.t.Context(), "a", mail.UID); err != nil {
				m.t.Fatal(err)
			}
			m.seen[subject] = true
		}
	}
}

// read has the user read a message, which is from then on what the list shows.
func (m *model) read() {
	list, err := m.List("a", 0)
	if err != nil {
		m.t.Fatal(err)
	}
	if len(list) == 0 {
		return
	}
	uid := list[m.r.IntN(len(list))].UID
	mail, err := m.Fetch(m.t.Context(), "a", uid, false, true)
	if err != nil {
		m.note("reading fails: %v", err)
		return
	}
	m.note("read %s", mail.Subject)
	if mail.Subject != m.subject[uid] {
		m.fail("%s is read for %s", mail.Subject, m.subject[uid])
	}
	if r := m.entries()[uid]; r.Subject != mail.Subject || !r.Seen {
		m.fail("%s is read, and %s is listed, seen %v", mail.Subject, r.Subject, r.Seen)
	}
	m.seen[mail.Subject] = true
}

// crash ends the process between showing a notification and recording it.
func (m *model) crash() {
	m.note("crash")
	m.send()
	died := false
	m.announcer.after = func() {
		if !died {
			died = true
			m.excuse()
			_ = m.ledger.Close()
		}
	}
	_, _ = m.Check(m.t.Context())
	m.announcer.after = nil
	if died {
		m.reopen()
	}
}

func (m *model) reopen() {
	m.open()
	m.Service.announcer, m.searchFrom = m, 1
	m.ledger.NoSync()
	clear(m.flights) // another process knows nothing of them
}

func (m *model) restart() {
	m.excuse()
	if err := m.Close(); err != nil {
		m.t.Fatal(err)
	}
	m.reopen()
}

// migrate gives all messages new UIDs, between two polls, in which some more
// may come.
func (m *model) migrate() {
	m.settle()
	if err := poll.Again(m.t.Context(), func() error { return m.Describe(m.t.Context(), "a") }); err != nil {
		m.t.Fatal(err)
	}
	m.removed = nil // they would come back under their old UIDs
	// By another key nobody knows a notification that was not answered.
	for key, f := range m.flights {
		if f.landed && !f.withdrawn {
			told, _ := m.Announced(key)
			for _, uid := range told[0].UIDs {
				m.allowed[m.subject[uid]]++
			}
		}
	}
	m.drop.Renumber()
	m.learn()
	clear(m.single) // their keys mean nothing any more
	n := m.r.IntN(4)
	m.note("migration, and %d more", n)
	for range n {
		m.send()
	}
	m.check()
}

// relabel gives some messages other UIDs, at the end or in their places, while
// others keep theirs, leave and come, and one that left is back under another.
func (m *model) relabel() {
	m.settle()
	entries := m.entries()
	var some []popserver.Message
	for _, msg := range m.drop.Messages() {
		r := entries[msg.UID]
		if len(some) < 3 && r.Described && r.Octets == int64(len(msg.Raw)) && m.r.IntN(4) == 0 {
			some = append(some, msg)
		}
	}
	for _, msg := range some {
		key := announce.Key("a", msg.UID)
		if f := m.flights[key]; f != nil && f.landed && !f.withdrawn {
			m.repeatable(key) // by another key nobody knows it
		}
		place := slices.IndexFunc(m.drop.Messages(), func(at popserver.Message) bool { return at.UID == msg.UID })
		m.drop.Remove(msg.UID)
		if m.r.IntN(2) == 0 {
			place = len(m.drop.Messages())
		}
		uid := m.drop.DeliverAt(place, msg.Raw)
		m.learn()
		m.note("%s has another UID: %s for %s", m.subject[uid], uid, msg.UID)
	}
	if n := len(m.removed); n > 0 && m.removed[n-1].exact {
		uid := m.drop.Deliver(m.removed[n-1].Raw)
		m.removed = m.removed[:n-1]
		m.learn()
		m.note("%s is back as %s", m.subject[uid], uid)
	}
	if messages := m.drop.Messages(); len(messages) > 1 && m.r.IntN(2) == 0 {
		msg := messages[m.r.IntN(len(messages))]
		if _, known := entries[msg.UID]; known {
			m.note("remove %s", m.subject[msg.UID])
			m.remove(msg)
		}
	}
	for range m.r.IntN(3) {
		m.note("deliver 1")
		m.send()
	}
	m.doubt = m.doubt || len(some) > 0
	m.settle()
}

// reuse has other messages take the UIDs of some: of one that is there, or
// of one that left.
func (m *model) reuse() {
	messages := m.drop.Messages()
	if m.returned > 1 || m.base != nil {
		return // with those that are back, it could be many
	}
	entries := m.entries()
	var uid, how string
	switch m.r.IntN(3) {
	case 0:
		if len(m.removed) == 0 || !m.removed[len(m.removed)-1].checkable {
			return
		}
		uid, how = m.removed[len(m.removed)-1].UID, "which left"
		m.removed = m.removed[:len(m.removed)-1]
		m.drop.DeliverUID(uid, m.nextLetter())
	case 1:
		// Of a server that counts its UIDs on from the last message.
		if len(messages) == 0 {
			return
		}
		msg := messages[len(messages)-1]
		if r, known := entries[msg.UID]; known && (!r.Described || r.Subject != m.subject[msg.UID]) || !known && m.blank[msg.UID] {
			return
		}
		uid, how = msg.UID, "the last"
		m.drop.Remove(uid)
		m.drop.DeliverUID(uid, m.nextLetter())
	default:
		if len(messages) == 0 {
			return
		}
		msg := messages[m.r.IntN(len(messages))]
		if r, known := entries[msg.UID]; known && (!r.Described || r.Subject != m.subject[msg.UID]) || !known && m.blank[msg.UID] {
			return
		}
		uid, how = msg.UID, "in place"
		m.drop.Rewrite(uid, m.nextLetter())
	}
	m.note("m%d has the UID of %s, %s", m.next, m.subject[uid], how)
	m.learn()
	m.doubt, m.reused[uid] = true, true
	m.returned++
}

// reorder has the server list messages in another order than they came.
func (m *model) reorder() {
	n := len(m.drop.Messages())
	if n < 2 {
		return
	}
	m.doubt = true
	if m.r.IntN(2) == 0 {
		i, j := m.r.IntN(n), m.r.IntN(n)
		m.note("%d and %d swap their places", i+1, j+1)
		m.drop.Swap(i, j)
		return
	}
	place := m.r.IntN(n)
	m.drop.DeliverAt(place, m.nextLetter())
	m.note("m%d comes to place %d", m.next, place+1)
	m.learn()
}

// mood is the server's when nothing else is wrong.
func (m *model) mood() popserver.Mood {
	if m.base == nil {
		return func(string) *popserver.Override { return nil }
	}
	return m.base
}

// partial has the server list fewer messages than it counts, for some polls.
// Those it lists are known all the same.
func (m *model) partial() {
	hidden := map[string]bool{}
	var names []string
	for _, msg := range m.drop.Messages() {
		// Of many that are back, others are not told apart.
		if m.r.IntN(4) == 0 && !m.reused[msg.UID] {
			hidden[msg.UID] = true
			names = append(names, m.subject[msg.UID])
		}
	}
	if len(hidden) == 0 {
		return
	}
	m.doubt = true
	m.base = func(line string) *popserver.Override {
		if line != "UIDL" {
			return nil
		}
		var list strings.Builder
		for i, msg := range m.drop.Messages() {
			if !hidden[msg.UID] {
				fmt.Fprintf(&list, "%d %s\r\n", i+1, msg.UID)
			}
		}
		return &popserver.Override{Raw: "+OK\r\n" + list.String() + ".\r\n"}
	}
	m.server.SetMood(m.base)
	for range 1 + m.r.IntN(4) {
		if m.r.IntN(2) == 0 {
			m.send()
		}
		m.note("a poll that lists nothing of %s", names)
		a := m.told(m.poll())
		if a.Poll.Mode != ledger.Full || m.emptyOnce() {
			continue
		}
		entries := m.entries()
		for _, msg := range m.drop.Messages() {
			if !hidden[msg.UID] && !m.reused[msg.UID] {
				m.expected(msg.UID, entries)
			}
		}
	}
}

// fetchElsewhere has another mail program fetch some or all, and delete them;
// as many come.
func (m *model) fetchElsewhere() {
	messages := m.drop.Messages()
	if m.r.IntN(2) == 0 {
		messages = messages[:m.r.IntN(len(messages)+1)]
	}
	m.note("another program fetches and deletes %d; as many come", len(messages))
	m.remove(messages...)
	for range messages {
		m.send()
	}
	if m.r.IntN(2) == 0 {
		m.removed = nil
	}
}

// fullDisk has the disk be full from some change on, for some polls.
func (m *model) fullDisk() {
	for range 1 + m.r.IntN(3) {
		if m.r.IntN(2) == 0 {
			m.send()
		}
		room := m.r.IntN(4)
		m.note("the disk is full after %d changes", room)
		m.ledger.Fill(room)
		m.told(m.pollAny())
	}
	m.ledger.Fill(-1)
}

// stalledDaemon has the notification daemon answer nothing for some polls.
func (m *model) stalledDaemon() {
	m.stalls = true
	for range 1 + m.r.IntN(3) {
		m.note("the daemon stalls")
		if m.r.IntN(2) == 0 {
			m.send()
		}
		m.told(m.pollAny())
	}
	switch m.r.IntN(3) {
	case 0:
		m.note("and dies")
		m.wake(true)
	case 1:
		m.note("and comes back")
		m.wake(false)
	}
}

// stall has the server say nothing more in the middle of a session, until the
// user ends it.
func (m *model) stall() {
	command := []string{"AUTH", "STAT", "UIDL", "UIDL ", "LIST ", "TOP "}[m.r.IntN(6)]
	m.note("a stall at %q", command)
	ctx, cancel := context.WithCancel(m.t.Context())
	defer cancel()
	usual := m.mood()
	m.server.SetMood(func(line string) *popserver.Override {
		if line == command || strings.HasPrefix(line, command) && command != "UIDL" {
			cancel()
			return &popserver.Override{Stall: true}
		}
		return usual(line)
	})
	result, err := m.Check(ctx)
	switch {
	case err == nil:
		m.told(result.Accounts[0])
	case !errors.Is(err, context.Canceled):
		m.fail("%v", err)
	}
	m.server.SetMood(m.base)
}

// trouble is a poll that goes wrong in one way or another.
func (m *model) trouble() {
	messages := m.drop.Messages()
	rows := make([]string, len(messages))
	for i, msg := range messages {
		rows[i] = fmt.Sprintf("%d %s\r\n", i+1, msg.UID)
	}
	list := func(rows []string) string { return "+OK\r\n" + strings.Join(rows, "") }
	some := rows[:m.r.IntN(len(rows)+1)]
	shuffled, doubled := slices.Clone(rows), slices.Clone(rows)
	if n := len(rows); n > 1 {
		i, j := m.r.IntN(n), m.r.IntN(n)
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		doubled[i] = fmt.Sprintf("%d %s\r\n", i+1, messages[j].UID)
	}
	odd := []struct {
		command string
		answer  popserver.Override
	}{
		{"UIDL", popserver.Override{Raw: list(some), Close: true}},
		{"UIDL", popserver.Override{Raw: list(some) + ".\r\n"}},
		{"UIDL", popserver.Override{Raw: list(shuffled) + ".\r\n"}},
		{"UIDL", popserver.Override{Raw: list(doubled) + ".\r\n"}},
		{"UIDL", popserver.Override{Raw: "-ERR the mailbox is locked\r\n"}},
		{"STAT", popserver.Override{Raw: "+OK 0 0\r\n"}},
		{"STAT", popserver.Override{Raw: "+OK what\r\n"}},
		{"STAT", popserver.Override{Raw: "-ERR [SYS/TEMP] later\r\n"}},
		{"STAT", popserver.Override{Close: true}},
		{"TOP ", popserver.Override{Close: true}},
		{"TOP ", popserver.Override{Raw: "-ERR not now\r\n"}},
		{"UIDL ", popserver.Override{Raw: "-ERR what\r\n"}},
		{"LIST ", popserver.Override{Raw: "-ERR what\r\n"}},
		{"AUTH", popserver.Override{Raw: "-ERR [SYS/TEMP] busy\r\n"}},
		{"AUTH", popserver.Override{Raw: "-ERR Your mailbox is already locked\r\n"}},
		{"AUTH", popserver.Override{Raw: "-ERR [AUTH] wrong password\r\n"}},
		{"AUTH", popserver.Override{Close: true}},
	}[m.r.IntN(17)]
	if odd.answer.Raw == "+OK 0 0\r\n" {
		if len(m.reused) > 0 {
			return // all may be back at once
		}
		m.returned = math.MaxInt
	}
	m.note("trouble: %s -> %q, close %v", odd.command, odd.answer.Raw, odd.answer.Close)
	usual := m.mood()
	m.server.SetMood(func(line string) *popserver.Override {
		if line == odd.command || strings.HasPrefix(line, odd.command) && odd.command != "UIDL" {
			return &odd.answer
		}
		return usual(line)
	})
	before := m.known()
	if m.emptyOnce() {
		clear(before) // another empty answer may be believed
	}
	missed := m.missed()
	m.told(m.pollAny())
	m.server.SetMood(m.base)
	after := m.known()
	for _, msg := range messages {
		if m.reused[msg.UID] || missed[msg.UID] && after[msg.UID] == "" {
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
