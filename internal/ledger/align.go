package ledger

import (
	"cmp"
	"slices"
)

// After a migration, messages that nothing else tells are known by their places:
// between two that are known, those of the old order are those of the new one
// where they are as many. Where they are not, which of them left is not known,
// and neither is what any of them was.

// anchor is a message that is known in both orders: it has kept its UID, or was
// recognised.
type anchor struct {
	// at is its place in the new order, seq that in the old one.
	at, seq uint64
	// news and olds count the messages before it in either order that are no
	// anchors, and unseen those of the old ones that are unseen.
	news, olds, unseen int
}

// stretch is what lies between two anchors, or before the first.
type stretch struct{ from, to anchor }

// agrees says whether it has as many messages in either order.
func (s stretch) agrees() bool { return s.to.news-s.from.news == s.to.olds-s.from.olds }

// unseen says whether all that it had were unseen.
func (s stretch) unseen() bool {
	n := s.to.olds - s.from.olds
	return n > 0 && s.to.unseen-s.from.unseen == n
}

// alignment hands the old UIDs to the messages that have their places, newest
// first.
type alignment struct {
	rest    []stretch
	current *stretch
	seq     uint64
}

// align makes an alignment of anchors in the new order. taken are the old UIDs
// of anchors and other messages that are known.
func (a *accountLedger) align(anchors []anchor, taken func(uid string) bool) *alignment {
	inOld := make([]*anchor, len(anchors))
	for i := range anchors {
		inOld[i] = &anchors[i]
	}
	slices.SortFunc(inOld, func(a, b *anchor) int { return cmp.Compare(a.seq, b.seq) })
	var olds, unseen int
	for at := a.from(0); at.more && len(inOld) > 0; at.advance() {
		for len(inOld) > 0 && inOld[0].seq <= at.seq {
			inOld[0].olds, inOld[0].unseen = olds, unseen
			inOld = inOld[1:]
		}
		if taken(at.uid) {
			continue
		}
		olds++
		if a.unseen.Get(seqKey(at.seq)) != nil {
			unseen++
		}
	}
	al := &alignment{}
	var before anchor
	for _, at := range ascending(anchors) {
		al.rest = append(al.rest, stretch{before, at})
		before = at
	}
	return al
}

// next is the old UID of the message at a place in the new order, which is
// before that of the last call; empty where it is not known. unseen: it is known
// to be one that was unseen.
func (al *alignment) next(a *accountLedger, at uint64, taken func(uid string) bool) (uid string, unseen bool) {
	for len(al.rest) > 0 && at < al.rest[len(al.rest)-1].to.at {
		al.current = &al.rest[len(al.rest)-1]
		al.seq = al.current.to.seq
		al.rest = al.rest[:len(al.rest)-1]
	}
	switch {
	case al.current == nil:
		return "", false
	case !al.current.agrees():
		return "", al.current.unseen()
	}
	for uid = a.previous(&al.seq); uid != "" && taken(uid); {
		uid = a.previous(&al.seq)
	}
	return uid, false
}

// ascending are as many of these as can be that stand in the same order in both.
func ascending(anchors []anchor) []anchor {
	var ends []int // of the series of each length, the index with the lowest end
	before := make([]int, len(anchors))
	for i, at := range anchors {
		n, _ := slices.BinarySearchFunc(ends, at.seq, func(end int, seq uint64) int { return cmp.Compare(anchors[end].seq, seq) })
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
	}
	series := make([]anchor, len(ends))
	if len(ends) == 0 {
		return nil
	}
	i := ends[len(ends)-1]
	for n := len(ends) - 1; n >= 0; n-- {
		series[n], i = anchors[i], before[i]
	}
	return series
}
