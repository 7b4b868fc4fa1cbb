package poll

import (
	"math/rand/v2"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
)

// maxMarks is how many messages of a full UIDL are remembered with their
// places, beside the first: one of them is looked at in each poll.
const maxMarks = 8

// marker draws marks from a list as it goes by, each row as likely as another.
type marker struct {
	marks []ledger.Row
	rows  int
	// last are the last rows, most of them known, if not all are new.
	last []ledger.Row
}

func (m *marker) add(row ledger.Row) {
	const most = maxChanged + maxGrown
	if m.last = append(m.last, row); len(m.last) == 2*most {
		m.last = append(m.last[:0], m.last[most:]...)
	}
	switch m.rows++; {
	case row.Number == 1:
		m.marks = append([]ledger.Row{row}, m.marks...)
	case len(m.marks) <= maxMarks:
		m.marks = append(m.marks, row)
	default:
		if i := rand.IntN(m.rows); i > 0 && i < len(m.marks) { // #nosec G404 -- nobody gains by foreseeing it
			m.marks[i] = row
		}
	}
}

// drop leaves out some messages, which have the UIDs of others.
func (m *marker) drop(rows []ledger.Row) {
	dropped := map[ledger.Row]bool{}
	for _, row := range rows {
		dropped[row] = true
	}
	has := func(row ledger.Row) bool { return dropped[row] }
	m.last, m.marks = slices.DeleteFunc(m.last, has), slices.DeleteFunc(m.marks, has)
}

// looked are the marks that a poll looks at: the first message, and one drawn
// at random. The last one is looked at anyway.
func looked(known ledger.Meta) []ledger.Row {
	if len(known.Marks) == 0 || known.NoUIDL {
		return nil
	}
	var others []ledger.Row
	for _, row := range known.Marks[1:] {
		if row.Number < known.Count {
			others = append(others, row)
		}
	}
	list := slices.Clone(known.Marks[:1])
	if len(others) > 0 {
		list = append(list, others[rand.IntN(len(others))]) // #nosec G404 -- as above
	}
	if known.Count == 1 {
		return nil
	}
	return list
}
