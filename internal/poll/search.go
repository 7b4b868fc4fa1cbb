package poll

import (
	"context"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// What left a maildrop leaves a step: from there on, every message stands so
// many places before the one that the ledger has for it. Between two messages
// that are as far apart as there nothing has left; where they are closer, some
// in between are asked for, until each step has a message that is known on
// both sides. That takes flights with the logarithm of the size of a maildrop,
// and a full list as many octets as that has messages.

const (
	// searchFrom is the size of a maildrop, in messages, from which on that is
	// cheaper than a list.
	searchFrom = 300
	// atOnce is how many places are asked for in a flight: one message that
	// left 100,000 is found in four, beside the one with the login.
	atOnce = 25
	// leastAtOnce is how many of those each interval gets in any case, with
	// which ten messages that left take six.
	leastAtOnce = 5
	// maxSteps is how many steps are looked for, and maxLeft how many messages
	// may have left in them; maxSearches bounds the flights.
	maxSteps    = 10
	maxLeft     = 200
	maxSearches = 8
)

// newestFirst are the places before the end that are asked for at once, for
// that is where new messages are: so they need no search of their own.
var newestFirst = []int{0, 1, 3, 7}

// found is what a search has found.
type found struct {
	places *ledger.Places
	// gone are places in the ledger's order, ascending.
	gone []int
	// fresh is the number of the first new message, one behind the last where
	// there is none.
	fresh int
	// last is the UID of the last message, if it is an old one.
	last string
}

// point is a message whose number and whose place in the ledger are known. A
// new one has the place behind all.
type point struct {
	number, place int
	uid           string
}

// searchable says whether a maildrop has changed in a way that a search may
// explain: the order is that of arrival, the ledger is like the last full list,
// and there is something to compare the result with. Without pipelining each
// place would be a flight.
func (p poller) searchable(c *pop3.Client, inPlace bool, o Outcome) bool {
	before := p.Known
	from := p.SearchFrom
	if from == 0 {
		from = searchFrom
	}
	return c.Hints().Pipelining && (!inPlace || o.Messages < before.Count) && o.Messages > 0 && o.Messages >= from &&
		before.Search != ledger.SearchDiffers && !before.Unordered && !before.NoUIDL && !before.SizesLie && !digested(before.LastUID) &&
		before.Octets >= 0 && o.Octets >= 0 &&
		before.Count-o.Messages <= maxLeft && o.Messages-before.Count <= maxGrown
}

// search looks for what left a maildrop that has so many messages now, and for
// where the new ones begin. It finds nothing where a list is needed.
func (p poller) search(ctx context.Context, c *pop3.Client, messages int) (*found, error) {
	places, err := p.book.Places(p.Account.ID)
	if err != nil || places.Len() != p.Known.Count {
		return nil, err
	}
	behind := places.Len() + 1
	points := []point{{}, {number: messages + 1, place: behind}}
	for range maxSearches {
		open, ok := intervals(points, behind)
		if !ok {
			return nil, nil
		}
		if len(open) == 0 {
			return conclude(points, places), nil
		}
		var asked []point
		if len(points) == 2 {
			asked = between(points[0], points[1], atOnce-len(newestFirst))
			for _, n := range newestFirst {
				if n = messages - n; n > 0 && !slices.ContainsFunc(asked, func(at point) bool { return at.number == n }) {
					asked = append(asked, point{number: n})
				}
			}
		} else {
			for _, i := range open {
				asked = append(asked, between(points[i], points[i+1], max(leastAtOnce, atOnce/len(open)))...)
			}
		}
		if ok, err := place(ctx, c, places, asked); !ok || err != nil {
			return nil, err
		}
		points = append(points, asked...)
		slices.SortFunc(points, func(a, b point) int { return a.number - b.number })
	}
	return nil, nil
}

// intervals says between which points, by the first of each two, something is
// still to be found. ok: the old messages are in their order, the new ones
// behind them, and few enough steps are left.
func intervals(points []point, behind int) (open []int, ok bool) {
	steps, left := 0, 0
	for i := range len(points) - 1 {
		a, b := points[i], points[i+1]
		if a.place == behind {
			if b.place != behind {
				return nil, false
			}
			continue
		}
		messages, known := b.number-a.number, b.place-a.place
		switch {
		case b.place != behind && known < messages:
			return nil, false
		case messages > 1 && (b.place == behind || known > messages):
			open = append(open, i)
		}
		if b.place != behind && known > messages {
			steps++ // where the new ones begin is none
		}
		if b.place != behind || messages == 1 {
			left += known - messages
		}
	}
	return open, steps <= maxSteps && left <= maxLeft
}

// between are up to n numbers between two points, as far apart as can be.
func between(a, b point, n int) (asked []point) {
	messages := b.number - a.number - 1
	n = min(n, messages)
	for i := 1; i <= n; i++ {
		asked = append(asked, point{number: a.number + i*(messages+1)/(n+1)})
	}
	return asked
}

// place asks for the UIDs of messages, and fills in where the ledger has them.
func place(ctx context.Context, c *pop3.Client, places *ledger.Places, asked []point) (ok bool, err error) {
	batch := c.NewBatch()
	ids := make([]*identity, len(asked))
	for i, at := range asked {
		ids[i] = identify(batch, at.number, false)
	}
	if err := batch.Do(ctx); err != nil {
		return false, err
	}
	uids := make([]string, len(asked))
	for i, id := range ids {
		if uids[i], err = id.uid(); err != nil || uids[i] == "" {
			return false, nil //nolint:nilerr // a list will tell
		}
	}
	known, err := places.Of(uids...)
	for i, n := range known {
		if n == 0 {
			n = places.Len() + 1
		}
		asked[i].place, asked[i].uid = n, uids[i]
	}
	return true, err
}

// conclude reads what left off points between which nothing is to be found.
// There is nothing to build on where all have left.
func conclude(points []point, places *ledger.Places) *found {
	f := &found{places: places}
	for i := range len(points) - 1 {
		a, b := points[i], points[i+1]
		if a.place > places.Len() {
			break
		}
		f.fresh, f.last = b.number, a.uid
		for n := a.place + 1; n < b.place && b.place-a.place > b.number-a.number; n++ {
			f.gone = append(f.gone, n)
		}
	}
	if f.fresh < 2 {
		return nil
	}
	return f
}

// left are the UIDs of what left.
func (f *found) left() (uids []string, err error) {
	for i := 0; i < len(f.gone); {
		first := f.gone[i]
		last := first
		for i++; i < len(f.gone) && f.gone[i] == last+1; i++ {
			last++
		}
		some, err := f.places.UIDs(first, last)
		if err != nil {
			return nil, err
		}
		uids = append(uids, some...)
	}
	return uids, nil
}

// shrunk makes an outcome of what a search has found, and says whether that
// was possible: where all sizes are known, the octets must add up. If that of
// a message that left is not, the number of messages proves it alone, and the
// sizes are looked at with the next full list.
func (p poller) shrunk(ctx context.Context, c *pop3.Client, f *found, o *Outcome) (done bool, err error) {
	gone, err := f.left()
	if err != nil || digested(gone...) { // P34: it may be there, with a UID
		return false, err
	}
	left, err := p.book.Known(p.Account.ID, gone...)
	if err != nil {
		return false, err
	}
	sum, unsized := p.Known.Octets, false
	for _, e := range left {
		sum -= max(0, e.Octets)
		unsized = unsized || e.Octets <= 0
	}
	var fresh []ledger.Arrival
	last := f.last
	if f.fresh <= o.Messages {
		var octets int64
		fresh, octets, err = p.arrivals(ctx, c, f.fresh, o)
		if fresh == nil || octets < 0 || err != nil {
			return false, err
		}
		uids := make([]string, len(fresh))
		for i, n := range fresh {
			uids[i] = n.UID
		}
		at, err := f.places.Of(uids...)
		if err != nil || slices.Max(at) > 0 { // an old one stands among them
			return false, err
		}
		sum += octets
		last = uids[len(uids)-1]
	}
	if !unsized && sum != o.Octets {
		return false, o.Cut
	}
	marks, err := f.marks(p.Known.Marks)
	if err != nil {
		return false, err
	}
	o.Mode, o.Gone, o.Fresh, o.LastUID = ledger.Shrunk, gone, fresh, last
	o.Unsized, o.Marks = unsized, marks
	return true, p.relabel(o, gone)
}

// marks are those of the last full list where they stand now, with the first
// message among them.
func (f *found) marks(before []ledger.Row) (marks []ledger.Row, err error) {
	if len(before) == 0 {
		return nil, nil
	}
	first := 1
	for _, n := range f.gone {
		if n == first {
			first++
		}
	}
	uids, err := f.places.UIDs(first, first)
	if err != nil {
		return nil, err
	}
	marks = []ledger.Row{{Number: 1, UID: uids[0]}}
	for _, row := range before {
		if before, gone := slices.BinarySearch(f.gone, row.Number); !gone && row.Number != first {
			marks = append(marks, ledger.Row{Number: row.Number - before, UID: row.UID})
		}
	}
	return marks, nil
}

// judge compares a search with the list that was taken after it, and a list
// with the search that was relied upon before it: where nothing can have
// happened in between, there is no message that the search has missed.
func (p poller) judge(f *found, o Outcome) ledger.Search {
	before := p.Known
	few := len(o.Gone)+len(o.Fresh) <= maxLeft // else the server has renumbered all
	switch {
	case !o.Complete || !o.Numbered || o.Staged || !few:
		return ledger.SearchUntried
	case before.Search == ledger.SearchRelied && o.Messages == before.Count && o.Octets == before.Octets && len(o.Gone)+len(o.Fresh) > 0:
		return ledger.SearchDiffers
	case f == nil || before.Search != ledger.SearchUntried:
		return ledger.SearchUntried
	}
	gone, err := f.left()
	slices.Sort(gone)
	listed := slices.Sorted(slices.Values(o.Gone))
	switch {
	case err != nil:
		return ledger.SearchUntried
	case slices.Equal(gone, listed) && len(o.Moved) == 0 && len(o.Fresh) == o.Messages-f.fresh+1:
		return ledger.SearchAgrees
	}
	return ledger.SearchDiffers
}
