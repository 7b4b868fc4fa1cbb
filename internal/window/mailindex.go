//go:build cgo && !nowindow

package window

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/traymail/traymail/internal/api"
)

// mail is a message in the list. There is one for a message as long as the
// window lasts, however often the list is fetched.
type mail struct {
	api.Mail
	// at is the time by which it stands among the messages of other accounts.
	at time.Time
	// asked: its header was asked for and did not come.
	asked bool
	// words are what a search looks at; empty until it does.
	words string
}

func (m *mail) key() mailKey { return keyOf(m.Mail) }

// take takes over what is known of the message now. A header that the ledger
// has not kept stays.
func (m *mail) take(now api.Mail) {
	if now.Undescribed && !m.Undescribed && (now.Octets == m.Octets || now.Octets == 0) {
		seen := now.Seen
		now = m.Mail
		now.Seen = seen
	}
	m.Mail, m.words = now, ""
}

// order is by what a list is sorted.
type order int

const (
	newestFirst order = iota
	oldestFirst
	bySender
	largestFirst
)

// orders are all of them, as they are offered.
var orders = []order{newestFirst, oldestFirst, bySender, largestFirst}

// extract is which messages of an index a list shows, and in which order.
type extract struct {
	account string // empty for all
	unseen  bool
	// words are all to be found in sender, subject and account.
	words []string
	order order
}

// mailIndex has all messages that are known, of every account. It is used on
// Fyne's goroutine only.
type mailIndex struct {
	accounts map[string][]*mail // newest first, as the server has them
	by       map[mailKey]*mail
	names    map[string]string // account IDs and names, each once in memory
	// hidden are messages that are about to be deleted.
	hidden map[mailKey]bool
}

func newMailIndex() *mailIndex {
	return &mailIndex{accounts: map[string][]*mail{}, by: map[mailKey]*mail{}, names: map[string]string{}, hidden: map[mailKey]bool{}}
}

func (x *mailIndex) once(s string) string {
	if known, ok := x.names[s]; ok {
		return known
	}
	x.names[s] = s
	return s
}

// adopt returns the messages of a page, those that were known before as they
// are.
func (x *mailIndex) adopt(page []api.Mail) []*mail {
	list := make([]*mail, 0, len(page))
	for _, m := range page {
		m.Account, m.AccountName = x.once(m.Account), x.once(m.AccountName)
		known := x.by[keyOf(m)]
		if known == nil {
			known = &mail{Mail: m}
			x.by[keyOf(m)] = known
		} else {
			known.take(m)
		}
		list = append(list, known)
	}
	return list
}

// replace has these be the messages of an account.
func (x *mailIndex) replace(account string, list []*mail) {
	stays := make(map[*mail]bool, len(list))
	for _, m := range list {
		stays[m] = true
	}
	for _, m := range x.accounts[account] {
		if !stays[m] {
			delete(x.by, m.key())
		}
	}
	place(list)
	x.accounts[account] = list
}

// drop takes messages out.
func (x *mailIndex) drop(keys map[mailKey]bool) {
	for id, list := range x.accounts {
		x.accounts[id] = slices.DeleteFunc(slices.Clone(list), func(m *mail) bool { return keys[m.key()] })
	}
	for k := range keys {
		delete(x.by, k)
	}
}

// forget takes accounts out that are not among these.
func (x *mailIndex) forget(accounts []api.AccountStatus) {
	for id := range x.accounts {
		if !slices.ContainsFunc(accounts, func(a api.AccountStatus) bool { return a.ID == id }) {
			x.replace(id, nil)
			delete(x.accounts, id)
		}
	}
}

// place gives messages of an account, newest first, their times: that of one
// without is its elder's, or else that of the next younger one.
func place(list []*mail) {
	var at time.Time
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].Date.IsZero() {
			at = list[i].Date.Time
		}
		list[i].at = at
	}
	for _, m := range list {
		if !m.at.IsZero() {
			at = m.at
		} else {
			m.at = at
		}
	}
}

// fold brings text into the form in which it is compared: a capital, a letter
// of another width and one with its accent written apart are the same.
func fold(s string) string {
	if isASCII(s) { // most are, and a hundred thousand are compared between two keys
		return strings.ToLower(s)
	}
	return cases.Fold().String(norm.NFKC.String(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// searched says whether all of the words are in what is known of a message, or
// in account, the folded name of its account.
func (m *mail) searched(words []string, account string) bool {
	if m.words == "" && !m.Undescribed {
		m.words = fold(m.From + "\n" + m.Subject)
	}
	for _, w := range words {
		if !strings.Contains(m.words, w) && !strings.Contains(account, w) {
			return false
		}
	}
	return true
}

// view is what a list shows.
func (x *mailIndex) view(of extract) (list []*mail, searched, all int) {
	var lists int
	for id, account := range x.accounts {
		if of.account != "" && id != of.account {
			continue
		}
		lists++
		name := ""
		if len(of.words) > 0 && len(account) > 0 {
			name = fold(account[0].AccountName)
		}
		for _, m := range account {
			if of.unseen && m.Seen || x.hidden[m.key()] {
				continue
			}
			all++
			if !m.Undescribed {
				searched++
			}
			if len(of.words) == 0 || m.searched(of.words, name) {
				list = append(list, m)
			}
		}
	}
	byTime := func(a, b *mail) int {
		if n := b.at.Compare(a.at); n != 0 {
			return n
		}
		return cmp.Compare(a.Account, b.Account)
	}
	if lists > 1 { // else the server's order is that of arrival
		slices.SortStableFunc(list, byTime)
	}
	switch of.order {
	case oldestFirst:
		slices.Reverse(list)
	case bySender:
		names := make(map[*mail]string, len(list))
		for _, m := range list {
			names[m] = fold(m.From)
		}
		slices.SortStableFunc(list, func(a, b *mail) int {
			if a.Undescribed != b.Undescribed {
				return one(a.Undescribed)
			}
			return strings.Compare(names[a], names[b])
		})
	case largestFirst:
		slices.SortStableFunc(list, func(a, b *mail) int { return cmp.Compare(b.Octets, a.Octets) })
	}
	return list, searched, all
}

func one(last bool) int {
	if last {
		return 1
	}
	return -1
}
