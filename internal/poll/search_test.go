package poll

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// large is a world with so many messages, whose server has shown that what left
// may be searched for.
func large(t *testing.T, messages int) *world {
	t.Helper()
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.book.NoSync()
	for i := range messages + 2 {
		w.drop.Deliver(sized(fmt.Sprint(i)))
	}
	w.poll()
	w.expect("Search", w.Known.Search, ledger.SearchUntried)
	w.drop.Remove(w.drop.Messages()[messages/3].UID)
	w.expect("both ways", w.poll(), fmt.Sprintf("full [] %d", messages+1))
	w.expect("Search", w.Known.Search, ledger.SearchAgrees)
	w.drop.Remove(w.drop.Messages()[messages/2].UID)
	w.expect("the search alone", w.poll(), fmt.Sprintf("shrunk [] %d", messages))
	w.expect("Search", w.Known.Search, ledger.SearchRelied)
	return w
}

// change removes the messages in some places, which descend, and adds some.
func (w *world) change(places []int, come int) {
	messages := w.drop.Messages()
	for _, n := range places {
		w.drop.Remove(messages[n-1].UID)
	}
	for i := range come {
		w.deliver(fmt.Sprint("new ", i))
	}
}

// listed compares the ledger's order with the server's.
func (w *world) listed() {
	w.t.Helper()
	places, err := w.book.Places("a")
	if err != nil {
		w.t.Fatal(err)
	}
	known, err := places.UIDs(1, places.Len())
	if err != nil {
		w.t.Fatal(err)
	}
	var there []string
	for _, m := range w.drop.Messages() {
		there = append(there, m.UID)
	}
	if !slices.Equal(known, there) {
		w.t.Errorf("the ledger has other messages, or others in their places: %d, %d on the server", len(known), len(there))
	}
	for _, row := range w.Known.Marks {
		if there[row.Number-1] != row.UID {
			w.t.Errorf("mark %v stands at another message", row)
		}
	}
}

// What left is found wherever it stood, and with it what came at once.
func TestSearchFindsAll(t *testing.T) {
	w := large(t, 2000)
	n := func() int { return len(w.drop.Messages()) }
	for _, test := range []struct {
		name   string
		places func() []int
		come   int
	}{
		{"the first", func() []int { return []int{1} }, 0},
		{"the last", func() []int { return []int{n()} }, 0},
		{"both ends", func() []int { return []int{n(), 1} }, 0},
		{"two side by side", func() []int { return []int{701, 700} }, 0},
		{"the last, and one came", func() []int { return []int{n()} }, 1},
		{"one, and one came", func() []int { return []int{900} }, 1},
		{"one, and five came", func() []int { return []int{3} }, 5},
		{"three, and one came", func() []int { return []int{1500, 40, 2} }, 1},
		{"a block, and many came", func() []int {
			var places []int
			for n := 599; n >= 500; n-- {
				places = append(places, n)
			}
			return places
		}, 150},
		{"ten", func() []int { return []int{1900, 1700, 1500, 1300, 1100, 900, 700, 500, 300, 100} }, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			w.change(test.places(), test.come)
			var subjects []string
			for i := range test.come {
				subjects = append(subjects, fmt.Sprint("new ", i))
			}
			w.expect("mode", w.poll(), fmt.Sprint("shrunk ", subjects, " ", n()))
			w.listed()
			w.expect("then", w.poll(), fmt.Sprint("unchanged [] ", n()))
		})
	}
	t.Run("drawn", func(t *testing.T) {
		w.t = t
		random := rand.New(rand.NewPCG(1, 2)) // what fails has to fail again
		for range 150 {
			places := random.Perm(n())[:1+random.IntN(9)]
			for i := range places {
				places[i]++
			}
			w.change(places, random.IntN(4))
			if random.IntN(2) == 0 {
				w.change([]int{1}, 0)
			}
			w.poll()
			w.expect("Search", w.Known.Search, ledger.SearchRelied)
			w.listed()
		}
	})
}

// Where the old part is not what a search takes it for, it is listed.
func TestSearchIsNotBelieved(t *testing.T) {
	for name, test := range map[string]struct {
		change func(w *world)
		want   string
	}{
		"another came to the middle": {func(w *world) {
			w.change([]int{900, 400}, 0)
			w.drop.DeliverAt(100, []byte("Subject: middle\n\nof another size than all\n"))
		}, "full [middle] 999"},
		"another has the UID of an old one": {func(w *world) {
			messages := w.drop.Messages()
			w.drop.Rewrite(messages[len(messages)-5].UID, []byte("From: Eve <eve@example.org>\nSubject: other\nMessage-ID: <other@x>\n\nof another size\n"))
			w.change([]int{len(messages) - 10}, 0)
		}, "full [other] 999"},
		"an old one stands at the end": {func(w *world) {
			first := w.drop.Messages()[0]
			w.change([]int{500, 1}, 0)
			w.drop.DeliverUID(first.UID, first.Raw)
		}, "full [] 999"},
		"two have changed their places": {func(w *world) {
			w.drop.Swap(0, 998)
			w.change([]int{500}, 0)
		}, "full [] 999"},
		"too many steps": {func(w *world) {
			var places []int
			for n := 900; n > 0; n -= 50 {
				places = append(places, n)
			}
			w.change(places, 0)
		}, "full [] 982"},
		"more than is looked for": {func(w *world) {
			var places []int
			for n := 700; n > 450; n-- {
				places = append(places, n)
			}
			w.change(places, 0)
		}, "full [] 750"},
		"all that was there": {func(w *world) {
			var places []int
			for n := len(w.drop.Messages()); n > 0; n-- {
				places = append(places, n)
			}
			w.change(places, 0)
			w.drop.Deliver([]byte("Subject: one\n\nnew\n"))
		}, "full [one] 1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.book.NoSync()
			for i := range 952 {
				w.deliver(fmt.Sprint("old ", i))
			}
			w.poll()
			w.change(nil, 50) // of these the sizes are known
			w.poll()
			w.change([]int{980}, 0)
			w.poll()
			w.change([]int{980}, 0)
			w.poll()
			w.expect("Search", w.Known.Search, ledger.SearchRelied)
			test.change(w)
			w.expect("list", w.poll(), test.want)
		})
	}
}

// A server on which a list has shown what a search had missed gets lists from
// then on.
func TestSearchDiffers(t *testing.T) {
	w := large(t, 1000)
	o := Outcome{}
	o.Complete, o.Numbered, o.Messages, o.Octets, o.Fresh = true, true, w.Known.Count, w.Known.Octets, make([]ledger.Arrival, 1)
	p := poller{Target: w.Target}
	w.expect("missed", p.judge(nil, o), ledger.SearchDiffers)
	o.Mode, o.Maildrop, o.Search = ledger.Full, w.Known.Maildrop, ledger.SearchDiffers
	o.Fresh, o.LastUID, o.Marks = nil, w.Known.LastUID, w.Known.Marks
	if _, err := w.book.Commit("a", o.Poll, time.Now()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.change([]int{500}, 0)
		w.expect("from then on", w.poll(), fmt.Sprintf("full [] %d", len(w.drop.Messages())))
		w.expect("Search", w.Known.Search, ledger.SearchDiffers)
	}
}

// Without pipelining every place would be a round trip.
func TestNoSearchWithoutPipelining(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	for i := range 500 {
		w.drop.Deliver(sized(fmt.Sprint(i)))
	}
	w.poll()
	for range 2 {
		w.change([]int{100}, 0)
		w.expect("list", w.poll(), fmt.Sprintf("full [] %d", len(w.drop.Messages())))
	}
	w.expect("Search", w.Known.Search, ledger.SearchUntried)
}

// The size of a message that was there before the account is not known: then
// the sizes are looked at with the next full list, and no sooner.
func TestSearchWithoutSizes(t *testing.T) {
	w := large(t, 1000)
	w.expect("unsized", w.Known.Unsized, true)
	w.change([]int{200}, 1)
	w.expect("the next", w.poll(), "shrunk [new 0] 1000")
	w.Known.LastFull = time.Now().Add(-25 * time.Hour)
	var session Session
	o, err := Poll(t.Context(), w.Target, w.book, time.Now(), &session)
	if err != nil || o.Mode != ledger.Full {
		t.Fatal(o.Mode, err)
	}
	if !slices.ContainsFunc(session.Transcript.Lines(), func(line string) bool { return line == "C: LIST" }) && !o.Unchecked {
		t.Errorf("nobody looks at the sizes: %q", session.Transcript.Lines())
	}
}

// What left 100,000 messages costs so many flights and octets, wherever it was.
func TestSearchBudget(t *testing.T) {
	const messages = 100_000
	w := large(t, messages)
	n := func() int { return len(w.drop.Messages()) }
	spread := func(k int) (places []int) {
		for i := k; i > 0; i-- {
			places = append(places, i*n()/(k+1))
		}
		return places
	}
	for _, test := range []struct {
		name            string
		places          func() []int
		come            int
		flights, octets int
	}{
		{"the first", func() []int { return []int{1} }, 0, 5, 8000},
		{"one", func() []int { return []int{77_777} }, 0, 5, 8000},
		{"another", func() []int { return []int{n() - 200} }, 0, 5, 8000},
		{"the last", func() []int { return []int{n()} }, 0, 5, 8000},
		{"one, and one came", func() []int { return []int{50_000} }, 1, 6, 8000},
		{"two", func() []int { return spread(2) }, 0, 6, 10_000},
		{"five", func() []int { return spread(5) }, 0, 7, 16_000},
		{"ten", func() []int { return spread(10) }, 0, 7, 20_000},
		{"ten close together", func() []int {
			return []int{60_091, 60_080, 60_070, 60_060, 60_050, 60_040, 60_030, 60_020, 60_010, 60_000}
		}, 0, 7, 20_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.t = t
			w.change(test.places(), test.come)
			var session Session
			o, err := Poll(t.Context(), w.Target, w.book, time.Now(), &session)
			if err != nil {
				t.Fatal(err)
			}
			cost := session.Stats
			octets := int(cost.Sent + cost.Received)
			t.Logf("%d flights, %d octets", cost.RoundTrips, octets)
			if o.Mode != ledger.Shrunk || cost.RoundTrips > test.flights || octets > test.octets {
				t.Errorf("%s: %d flights, %d octets", o.Mode, cost.RoundTrips, octets)
			}
			if _, err := w.book.Commit("a", o.Poll, time.Now()); err != nil {
				t.Fatal(err)
			}
			w.known()
			w.listed()
		})
	}
}

// P34: what a search misses may be there with a UID, where it had none. It is not
// new then.
func TestSearchDoubtsDigests(t *testing.T) {
	w := large(t, 400)
	bare := ""
	w.server.SetMood(func(line string) *popserver.Override {
		argument, one := strings.CutPrefix(line, "UIDL ")
		n, _ := strconv.Atoi(argument)
		messages := w.drop.Messages()
		switch {
		case one && n > 0 && n <= len(messages) && messages[n-1].UID == bare:
			return &popserver.Override{Raw: "+OK " + argument + "\r\n"}
		case line != "UIDL":
			return nil
		}
		var b strings.Builder
		for i, m := range messages {
			uid := m.UID
			if uid == bare {
				uid = ""
			}
			fmt.Fprintf(&b, "%d %s\r\n", i+1, uid)
		}
		return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
	})
	bare = w.deliver("first", "second")[1]
	w.expect("the last has no UID", w.poll(), "full [first second] 402")
	bare = ""
	w.expect("it has one", w.poll(), "full [] 402")
	bare = w.deliver("third", "fourth")[0]
	w.expect("one before the last has none", w.poll(), "full [fourth third] 404")
	bare = ""
	w.drop.Remove(w.drop.Messages()[100].UID)
	w.expect("it has one, and another left", w.poll(), "full [] 403")
	w.listed()
}

// P34: a message that has no UID once, and of which no header is known, is known
// by its neighbours where others have left and come.
func TestNeighboursTell(t *testing.T) {
	for _, many := range []int{20, 400} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		w.book.NoSync()
		for i := range many {
			w.drop.Deliver(sized(fmt.Sprint(i)))
		}
		w.poll()
		messages := w.drop.Messages()
		bare := messages[5].UID
		w.drop.Remove(messages[2].UID)
		w.deliver("new")
		w.server.SetMood(func(line string) *popserver.Override {
			argument, one := strings.CutPrefix(line, "UIDL ")
			n, _ := strconv.Atoi(argument)
			messages := w.drop.Messages()
			switch {
			case one && n > 0 && n <= len(messages) && messages[n-1].UID == bare:
				return &popserver.Override{Raw: "+OK " + argument + "\r\n"}
			case line != "UIDL":
				return nil
			}
			var b strings.Builder
			for i, m := range messages {
				uid := m.UID
				if uid == bare {
					uid = ""
				}
				fmt.Fprintf(&b, "%d %s\r\n", i+1, uid)
			}
			return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
		})
		w.expect("no UID", w.poll(), fmt.Sprint("full [new] ", many))
		w.server.SetMood(nil)
		w.expect("with one", w.poll(), fmt.Sprint("full [] ", many))
	}
}
