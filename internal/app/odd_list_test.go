package app

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// oddList is a server that lists its messages in an odd way.
type oddList struct {
	// rows changes the list; nil leaves it.
	rows func(poll int, uids []string) []string
	// uid is what UIDL n says of a UID in the list.
	uid func(uid string) string
	// stat is what STAT says of the octets that there are.
	stat func(poll, octets int) int
	// happens is what happens before a poll.
	happens func(w *world, poll int)
	// before is what happens between STAT and the list.
	before func(w *world)
}

func (o oddList) mood(w *world, poll int) popserver.Mood {
	return func(line string) *popserver.Override {
		command, argument, one := strings.Cut(line, " ")
		messages := w.drop.Messages()
		switch command {
		case "STAT":
			octets := 0
			for _, m := range messages {
				octets += len(m.Raw)
			}
			if o.stat != nil {
				return &popserver.Override{Raw: fmt.Sprintf("+OK %d %d\r\n", len(messages), o.stat(poll, octets))}
			}
		case "UIDL":
			if o.before != nil && !one {
				o.before(w)
				messages = w.drop.Messages()
			}
			var uids []string
			for _, m := range messages {
				uids = append(uids, m.UID)
			}
			if o.rows != nil {
				uids = o.rows(poll, uids)
			}
			if !one {
				var b strings.Builder
				for i, uid := range uids {
					fmt.Fprintf(&b, "%d %s\r\n", i+1, uid)
				}
				return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
			}
			if n, err := strconv.Atoi(argument); err == nil && n >= 1 && n <= len(uids) {
				uid := uids[n-1]
				if o.uid != nil {
					uid = o.uid(uid)
				}
				return &popserver.Override{Raw: fmt.Sprintf("+OK %d %s\r\n", n, uid)}
			}
		}
		return nil
	}
}

// However oddly a server lists its messages: what is new is told, once, what is
// there is listed and counted, and nothing else is.
func TestOddLists(t *testing.T) {
	mapped := func(f func(i int, uid string) string) func(int, []string) []string {
		return func(_ int, uids []string) []string {
			for i, uid := range uids {
				uids[i] = f(i, uid)
			}
			return uids
		}
	}
	for name, o := range map[string]oddList{
		"trailing blanks": {rows: mapped(func(_ int, uid string) string { return uid + "  \t" }), uid: strings.TrimSpace},
		"blanks for a while": {rows: func(poll int, uids []string) []string {
			for i := range uids {
				uids[i] += strings.Repeat(" ", poll%2)
			}
			return uids
		}},
		"only the case differs": {rows: mapped(func(i int, _ string) string {
			return fmt.Sprintf("%c%d", "aA"[i%2], i/2)
		})},
		"another case one by one":       {uid: strings.ToUpper},
		"three by three":                {rows: mapped(func(i int, _ string) string { return fmt.Sprint("u", i/3) })},
		"one for all":                   {rows: mapped(func(int, string) string { return "0" })},
		"octets that never match":       {stat: func(poll, octets int) int { return octets + 17*poll }},
		"octets of two numbers in turn": {stat: func(poll, octets int) int { return octets + poll%2 }},
		"no octets":                     {stat: func(int, int) int { return 0 }},
		"shorter and shorter": {happens: func(w *world, poll int) {
			w.drop.Remove(w.drop.Messages()[0].UID)
		}},
		"two swap their places": {happens: func(w *world, poll int) { w.drop.Swap(0, len(w.drop.Messages())-1) }},
		"two swap their UIDs": {happens: func(w *world, poll int) {
			m := w.drop.Messages()
			a, b := m[len(m)-1], m[len(m)-2]
			w.drop.Rewrite(a.UID, b.Raw)
			w.drop.Rewrite(b.UID, a.Raw)
		}},
		"renumbered at every poll": {happens: func(w *world, poll int) { w.drop.Renumber() }},
		"renumbered after STAT":    {before: func(w *world) { w.drop.Renumber() }},
		"newest first": {happens: func(w *world, poll int) {
			w.drop.Swap(0, len(w.drop.Messages())-1)
		}},
		"numbers for UIDs": {rows: mapped(func(i int, _ string) string { return strconv.Itoa(i + 1) })},
		"UIDs with blanks": {rows: mapped(func(_ int, uid string) string { return "a b " + uid })},
		"very long UIDs":   {rows: mapped(func(_ int, uid string) string { return strings.Repeat("x", 300) + uid })},
		"other octets":     {rows: mapped(func(_ int, uid string) string { return "\xff\xc3\x28" + uid })},
	} {
		for _, pipelining := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " pipelining ", pipelining), func(t *testing.T) {
				w := newWorld(t, popserver.Options{Pipelining: pipelining})
				letter := func(i int) { w.deliverText(fmt.Sprint("m", i), strings.Repeat("x", i*i)) }
				for i := range 6 {
					letter(i)
				}
				w.server.SetMood(o.mood(w, 0))
				w.poll()
				told := map[string]int{}
				for poll := 1; poll <= 6; poll++ {
					if o.happens != nil {
						o.happens(w, poll)
					}
					if poll%2 == 1 {
						letter(5 + poll)
					}
					w.clock.advance([]time.Duration{time.Hour, 25 * time.Hour}[poll/2%2])
					w.server.SetMood(o.mood(w, poll))
					a := w.poll()
					for _, m := range a.New {
						told[m.Subject]++
					}
					var there []string
					news := 0
					for _, m := range w.drop.Messages() {
						_, rest, _ := strings.Cut(string(m.Raw), "Subject: ")
						subject, _, _ := strings.Cut(rest, "\r\n")
						there = append(there, subject)
						if n, _ := strconv.Atoi(subject[1:]); n > 5 {
							news++
							if told[subject] != 1 {
								t.Errorf("poll %d: %s was told %d times", poll, subject, told[subject])
							}
						} else if told[subject] > 0 {
							t.Errorf("poll %d: %s is old, and was told", poll, subject)
						}
					}
					w.expect(fmt.Sprint("poll ", poll, ": unseen, messages"), fmt.Sprint(a.Unseen, a.Messages), fmt.Sprint(news, len(there)))
					if err := w.Describe(t.Context(), "a"); err != nil {
						t.Fatal(err)
					}
					list, err := w.List("a", 0)
					if err != nil {
						t.Fatal(err)
					}
					var listed []string
					for _, m := range list {
						listed = append(listed, m.Subject)
					}
					slices.Sort(listed)
					slices.Sort(there)
					w.expect(fmt.Sprint("poll ", poll, ": listed"), listed, there)
				}
				announced := map[string]int{}
				for _, body := range w.announcer.bodies() {
					announced[body]++
				}
				for subject, times := range announced {
					if times > 1 || told[subject] == 0 {
						t.Errorf("%s was announced %d times", subject, times)
					}
				}
			})
		}
	}
}
