//go:build cgo && !nowindow

package window

import (
	"slices"

	"github.com/traymail/traymail/internal/api"
)

// opened shows a message as seen without waiting for the next snapshot, and
// without asking for a list that differs in that alone. err is why it was not
// opened.
func (s *mailboxScreen) opened(k mailKey, err error) {
	counted := s.counted
	s.counted = false
	i := s.indexOf(k)
	switch {
	case err != nil && counted:
		s.reload() // it was another message that somebody has seen
	case err != nil || i < 0 || s.mails[i].Seen:
	default:
		s.mails[i].Seen = true
		s.list.refreshRow(i)
		if l := s.loader(k.account); l.busy {
			l.stale = true // a list on its way may say otherwise
		}
		if !counted {
			s.snapshot = withSeen(s.snapshot, k.account)
		}
	}
}

// withSeen is a snapshot after one message of an account was seen.
func withSeen(s api.Snapshot, account string) api.Snapshot {
	s.Accounts = slices.Clone(s.Accounts)
	for i := range s.Accounts {
		if s.Accounts[i].ID == account && s.Accounts[i].Unseen > 0 {
			s.Accounts[i].Unseen--
		}
	}
	return s
}

// justRead says whether two snapshots differ in what reading the message does
// that is being opened; its answer is still to come then.
func (s *mailboxScreen) justRead(before, after api.Snapshot) bool {
	k := s.reader.key
	i := s.indexOf(k)
	return s.reader.busy() && i >= 0 && !s.mails[i].Seen && !s.counted && !changedMail(withSeen(before, k.account), after)
}

// changedMail says whether a list made for one snapshot may be wrong for another.
func changedMail(a, b api.Snapshot) bool {
	return !slices.EqualFunc(a.Accounts, b.Accounts, func(a, b api.AccountStatus) bool {
		return a.ID == b.ID && a.Name == b.Name && a.Messages == b.Messages && a.Unseen == b.Unseen && a.Headers == b.Headers && a.LastPoll.Equal(b.LastPoll)
	})
}
