package app

import (
	"iter"

	"github.com/traymail/traymail/internal/pop3"
)

// difference is what a full UIDL says beside the ledger.
type difference struct {
	// rows counts what the server listed.
	rows int
	// fresh are the UIDs that the ledger does not have on the server, in
	// server order; gone are those that the server no longer has.
	fresh []pop3.Listing
	gone  []string
	// moved are those that stand further on than the ledger has them.
	moved []pop3.Listing
	// last is the row with the highest number.
	last pop3.Listing
}

// compare streams a UIDL against the ledger's order. Both usually agree row
// by row, so that memory grows with what differs, not with the maildrop.
func (a *accountLedger) compare(rows iter.Seq2[pop3.Listing, error]) (difference, error) {
	var d difference
	missing := map[string]bool{} // passed over in the ledger, not seen in the rows so far
	var next func() (string, bool)
	if a.known() {
		c := a.order.Cursor()
		started := false
		next = func() (string, bool) {
			var k, uid []byte
			if started {
				k, uid = c.Next()
			} else {
				k, uid = c.First()
				started = true
			}
			return string(uid), k != nil
		}
	} else {
		next = func() (string, bool) { return "", false }
	}
	expected, more := next()
	freshSeen := map[string]bool{}
	for row, err := range rows {
		if err != nil {
			return d, err
		}
		d.rows++
		if row.Number > d.last.Number {
			d.last = row
		}
		switch {
		case more && row.UID == expected:
			expected, more = next()
			continue
		case missing[row.UID]:
			delete(missing, row.UID)
			d.moved = append(d.moved, row)
			continue
		}
		r, ok, err := a.get(row.UID)
		if err != nil {
			return d, err
		}
		if !ok || !r.Gone.IsZero() {
			if !freshSeen[row.UID] { // P15: duplicates
				freshSeen[row.UID] = true
				d.fresh = append(d.fresh, row)
			}
			continue
		}
		// It stands further on: what lies between was left out or comes later.
		// If it stands further back it is a duplicate, which the ledger's
		// sequence tells.
		if !more || !a.ahead(r, expected) {
			continue
		}
		for more && expected != row.UID {
			missing[expected] = true
			expected, more = next()
		}
		expected, more = next()
	}
	for more {
		missing[expected] = true
		expected, more = next()
	}
	for uid := range missing {
		d.gone = append(d.gone, uid)
	}
	return d, nil
}

// ahead says whether r stands at or after expected in the ledger's order.
func (a *accountLedger) ahead(r record, expected string) bool {
	e, ok, err := a.get(expected)
	return err == nil && ok && r.Seq >= e.Seq
}
